"""Proofs of properties of variants that are definitions on expressions.

A property's formal statement becomes a claim at small sizes, and the claim goes the way of every other: provers, a
certificate, the trusted checker. So what is proved here is proved for all real inputs at the printed sizes and masks;
where the statement holds for arbitrary scores, whatever queries, keys and score function they come from.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verify.attention._base import Mask, Variant
from verify.errors import InvalidInput, Undecidable
from verify.expr import build
from verify.expr.claim_text import claim_text
from verify.expr.node import Expr, symbols, topological
from verify.properties._base import Property
from verify.properties._formal import TAKEN, Goal, Sizes, Subject, apart, joined
from verify.properties._free_scores import with_free_scores, with_free_weights

if TYPE_CHECKING:
    from verify.claim import Claim
    from verify.verdict import Verdict

SIZES: tuple[Sizes, ...] = ((2, 3, 2, 2), (2, 3, 1, 1))
"""Queries, keys, width and value width of the statements; narrower ones where those stay undecided."""

MAX_CONDITIONS = 48
"""Conditions in one claim; masks beyond it are left out, and the scope says so."""

RESERVED = ("lambda", "in", "is", "if", "for")


@dataclass(frozen=True)
class Proof:
    """What became of one property.

    Attributes:
        verdict: proved, refuted or undecided (see the claim contract).
        level: exact or ball; None when undecided.
        scope: the inputs, sizes and masks that the verdict covers.
        claim: the claim that was decided, as data; None where there was none.
        certificate: its file, where one was asked for; accepted: whether the checker accepted it.
        witness: values that violate the property, by entry.
    """

    property: str
    verdict: str
    level: str | None
    scope: str
    claim: Mapping[str, Any] | None = None
    certificate: str | None = None
    witness: Mapping[str, str] | None = None
    reason: str = ""
    seconds: float = 0.0


def subject_of(one: Variant, sizes: Sizes = SIZES[0]) -> Subject:
    """Return a library variant at small sizes, made even and square where it needs to be; nothing is masked."""
    n, t, d, dv = sizes
    n, d = t if one.square else n, d + -d % one.multiple
    dv = dv + -dv % one.shrinks

    def parameters(width: int, values: int) -> Mapping[str, Expr]:
        shapes = one.parameters(width, values)
        return {name: _parameter(one, name, shape, set(shapes) - {name}) for name, shape in shapes.items()}

    constants = ", ".join(f"{name} = {one.defaults[name]}" for name in one.parameters(d, dv) if name in one.defaults)
    return Subject(
        one.name, one.attend, (n, t, d, dv), _full(n, t), parameters, one.square, constants=constants
    )  # fmt: skip


def _parameter(one: Variant, name: str, shape: tuple[int, ...], others: Collection[str]) -> Expr:
    """A declared constant is a number; everything learned is a symbol, so that it ranges over all reals."""
    from verify.exact import parse_rational

    if name in one.defaults:
        return build.full(parse_rational(str(one.defaults[name])), shape)
    return build.symbol(apart(name, {*RESERVED, *others}), shape)


def _full(n: int, t: int) -> Mask:
    return ((True,) * t,) * n


def masks(subject: Subject, *, per_query: bool) -> Iterator[Mask]:
    """Yield the full mask, then masks that cover every pattern of a row, then the others; every row sees a key."""
    n, t = subject.sizes[:2]
    patterns = [row for row in product((True, False), repeat=t) if any(row)]
    equal = [(row,) * n for row in patterns]
    covering = [tuple(patterns[(first + i) % len(patterns)] for i in range(n)) for first in range(1, len(patterns), n)]
    order = [equal[0], *(covering if per_query else ()), *equal, *(product(patterns, repeat=n) if per_query else ())]
    yield from dict.fromkeys(order)


def prove(
    one: Variant | Subject, what: Property, *, sizes: Sequence[Sizes] = SIZES, budget: float = 10.0, seed: int = 0,
    certificates: Path | None = None,
) -> Proof:  # fmt: skip
    """Return whether a property is proved or refuted for all real inputs at small sizes.

    First for arbitrary scores, where the statement allows it; then for the variant's own; then on a box. Sizes are
    tried in turn while the property is undecided.
    """
    started = time.monotonic()
    per_query = one.per_query if isinstance(one, Variant) else True
    subjects = [subject_of(one, some) for some in sizes] if isinstance(one, Variant) else [one]
    found = _open(what, "")
    for subject in dict.fromkeys(subjects):
        try:
            found = _attempts(subject, what, per_query, budget / len(subjects), seed, certificates)
        except (Undecidable, InvalidInput) as reason:
            found = _open(what, str(reason))
        if found.verdict != "undecided" or what.formal is None:
            break
    return replace(found, seconds=round(time.monotonic() - started, 3))


def _open(what: Property, reason: str) -> Proof:
    return Proof(what.name, "undecided", None, "", reason=reason)


def _attempts(
    subject: Subject, what: Property, per_query: bool, budget: float, seed: int, certificates: Path | None
) -> Proof:
    if what.formal is None:
        return _open(what, "the property has no formal statement")
    goal, covered = _goal(subject, what, per_query)
    if goal is None:
        return _open(what, "the statement has no meaning at these sizes")
    if subject.own & TAKEN or set(symbols(subject.run().output)) - subject.own - set("qkv"):
        return _open(what, "a symbol of the definition is none of its parameters")
    violated = _violated(goal)
    if violated is not None:
        goal = replace(goal, conclusion=(violated,))
        found = _decided(subject, what, goal, _scope(subject, goal, "inputs", covered), budget, seed, certificates)
        if found.verdict == "refuted" and goal.sufficient:
            return _open(what, "a stronger statement is refuted")
        return found
    own = "the inputs" if subject.fixed else "q, k, v"
    freed = f"{own}, with the scores as free numbers"
    lighter = with_free_weights(goal)
    if lighter is not None and _violated(lighter) is not None:
        lighter = None
    tries = [
        (lighter, f"{own}, with the weights as free numbers", 0.3), (with_free_scores(goal), freed, 0.6),
        (goal, own, 0.4),
    ]  # fmt: skip
    last = _open(what, "")
    for attempt, over, share in tries:
        if attempt is None:
            continue
        if attempt is not goal and _partial(goal, weights="weights" in _free(attempt)):
            attempt = replace(attempt, note="; ".join(filter(None, (attempt.note, WHERE_DEFINED))))
        scope = _scope(subject, attempt, over, covered)
        last = _decided(subject, what, attempt, scope, budget * share, seed, certificates, full=attempt is goal)
        if last.verdict == "proved" or (last.verdict == "refuted" and attempt is goal and not goal.sufficient):
            return last
    if last.verdict == "refuted":
        last = _open(what, "a stronger statement is refuted")
    return _on_a_box(subject, what, goal, covered, budget, seed, certificates) or last


def _partial(goal: Goal, *, weights: bool) -> bool:
    """Whether what became free numbers (scores, features; weights) has an operation that is not defined everywhere."""
    parts = [(run.scores, *run.features) for run in goal.runs]
    parts += [(run.weights, *getattr(run, "maps", ())) for run in goal.runs if weights]
    arrays = [node for some in parts for node in some if node is not None]
    return any(
        node.op in PARTIAL and symbols(node.args[-1]) and not _whole_power(node) for node in topological(*arrays)
    )


def _whole_power(node: Expr) -> bool:
    if node.op != "pow":
        return False
    exponents = node.attrs if isinstance(node.attrs, tuple) else (node.attrs,)
    return all(isinstance(x, int | Fraction) and x >= 0 and x == int(x) for x in exponents)


def _violated(goal: Goal) -> Expr | None:
    """Return a condition that is violated at a random point, if any: then no proof is looked for."""
    from random import Random

    from verify.expr.ball import Balls, precision
    from verify.expr.evaluate import evaluate

    rng = Random(1)
    for _ in range(LOOKS):
        env = {name: [Fraction(rng.randint(1, 60), 17) for _ in range(one.size)] for name, one in _free(goal).items()}
        signs = {name: 1 if name in goal.domains else rng.choice((1, -1)) for name in env}
        with precision(100):
            exact = {name: [Balls().constant(signs[name] * x) for x in row] for name, row in env.items()}
            for one in (*goal.assume.values(), *goal.conclusion):
                try:
                    holds = evaluate([one], exact, Balls())[0][0]
                except Undecidable:
                    continue
                if not holds and one not in goal.assume.values():
                    return one
                if not holds:
                    break
    return None


def _goal(subject: Subject, what: Property, per_query: bool) -> tuple[Goal | None, str]:
    """Return the conjunction over masks, as many as fit, and which they are."""
    assert what.formal is not None
    goals: list[Goal] = []
    count = used = 0
    every = list(masks(subject, per_query=per_query)) if what.masked != "never" else [subject.visible]
    for mask in every if not subject.fixed else [subject.visible]:
        one = what.formal(subject.under(mask))
        if one is None:
            continue
        count += len(one.conclusion)
        if goals and count > MAX_CONDITIONS:
            break
        goals.append(one)
        used += 1
    if not goals:
        return None, ""
    return joined(goals), _covered(used, len(every), subject, per_query)


def _covered(used: int, every: int, subject: Subject, per_query: bool) -> str:
    if subject.fixed or every == 1:
        return "without a mask"
    rows = "in which every row sees a key" if per_query else "with one row for all queries, which sees a key"
    return f"{used} of the {every} masks of these sizes {rows}"


def _scope(subject: Subject, goal: Goal, over: str, covered: str, *, box: bool = False) -> str:
    n, t, d, dv = subject.sizes
    shown = f"n={n}, T={t}, d={d}, dv={dv}"
    if box:
        bounded = ", ".join(name for name in _free(goal) if name not in goal.domains)
        unbounded = "".join(f"; all {domain} {name}" for name, domain in goal.domains.items())
        first = f"entries in {BOX} of {bounded}{unbounded}"
        return "; ".join(part for part in (first, subject.constants, shown, goal.note, covered) if part)
    own = ", ".join(name for name in _free(goal) if name not in ("q", "k", "v", "scores"))
    if "scores" in _free(goal) and not {"q", "k"} & set(_free(goal)):
        over = "scores and v, whatever q, k and score function the scores come from"
    parts = (f"all real {over}", f"all {own}" if own else "", subject.constants, shown, goal.note, covered)
    return "; ".join(part for part in parts if part)


def _free(goal: Goal) -> dict[str, Expr]:
    return symbols(*goal.conclusion, *goal.assume.values())


def claim_data(name: str, title: str, goal: Goal, *, box: str | None = None) -> dict[str, Any]:
    """Return the claim, as data, that the goal's conclusion holds at every point.

    Args:
        box: domain of every symbol that has none of its own, such as ``[-1, 1]``.
    """
    free = _free(goal)
    texts = claim_text({f"c{place}": one for place, one in enumerate(goal.conclusion)})
    assume = claim_text({f"h{place}": one for place, one in enumerate(goal.assume.values())}, prefix="a")
    wanted = {f"c{place}" for place in range(len(goal.conclusion))} | {f"h{p}" for p in range(len(goal.assume))}
    hypotheses = {name: assume[f"h{place}"] for place, name in enumerate(goal.assume)}
    data: dict[str, Any] = {"id": name, "title": title}
    data["parameters"] = {
        symbol: goal.domains.get(symbol, box or "real") + _shape(node.shape) for symbol, node in free.items()
    }
    definitions = {key: text for key, text in (*texts.items(), *assume.items()) if key not in wanted}
    if definitions:
        data["definitions"] = definitions
    if hypotheses:
        data["assume"] = hypotheses
    data["claim"] = {"every": "point", "satisfies": " and ".join(texts[f"c{p}"] for p in range(len(goal.conclusion)))}
    return data


def _shape(shape: Sequence[int]) -> str:
    return f"[{','.join(map(str, shape))}]" if shape else ""


def _decided(
    subject: Subject, what: Property, goal: Goal, scope: str, budget: float, seed: int, certificates: Path | None,
    box: str | None = None, full: bool = True,
) -> Proof:  # fmt: skip
    from verify.claim import claim_from_data

    if not _free(goal):
        return _open(what, "the statement mentions no input")
    title = f"{subject.name}: {what.statement}"
    data = claim_data(f"{subject.name}-{what.name}".replace("_", "-"), title, goal, box=box)
    quick = not full and not goal.assume
    verdict = _timed(claim_from_data(data), budget, seed, certificates, proof_only=quick)
    sound = verdict.verdict if verdict.verdict in ("proved", "refuted") else "undecided"
    return Proof(
        what.name, sound, verdict.level if sound != "undecided" else None, scope, data, verdict.certificate,
        verdict.witness if sound == "refuted" else None, verdict.reason or "",
    )  # fmt: skip


def _timed(claim: Claim, budget: float, seed: int, certificates: Path | None, *, proof_only: bool) -> Verdict:
    """Decide a claim in a process of its own, which is ended when it does not keep its budget."""
    import numerics.provers.emptiness  # noqa: F401, before the process is forked, once for all proofs
    from verify.pipeline import decide
    from verify.runner import Task, run_all
    from verify.verdict import Verdict

    def ended(reason: str) -> Verdict:
        return Verdict(id=claim.id, verdict="undecided", level=None, scope=claim.scope, reason=reason)

    def run(*_: Any) -> Verdict:
        if proof_only:
            return _proved(claim, budget, seed, certificates)
        return decide(claim, budget=budget, seed=seed, certificates=certificates)

    ((_, found),) = run_all([Task(run, budget, ended)], jobs=1)
    if isinstance(found, Exception):
        raise found
    verdict: Verdict = found
    return verdict


def _proved(claim: Claim, budget: float, seed: int, certificates: Path | None) -> Verdict:
    """Look for a proof only, of a claim without hypotheses; recheck it as every other."""
    from numerics.budget import Budget
    from numerics.finding import Finding
    from numerics.provers.emptiness import decide
    from verify.pipeline import settled
    from verify.verdict import Verdict

    found, prover = decide(claim, "proved", Budget.of(budget * 0.9), effort=1)
    finding = found or Finding("undecided", reason=next(iter(prover.open_branches), ""))
    finding, path = settled(claim, finding, seed, certificates)
    return Verdict(
        id=claim.id, verdict=finding.verdict, level=finding.level, scope=claim.scope, reason=finding.reason,
        certificate=str(path) if path else None,
    )  # fmt: skip


PARTIAL, WHERE_DEFINED = ("div", "log", "sqrt", "pow"), "wherever the function is defined"
"""Operations that have no value at some numbers, by their last argument, and what the scope then adds.

What is proved of free numbers in place of scores says nothing about inputs at which the scores have no value.
"""

LOOKS = 3
"""Random points at which a statement is tried before it is proved."""

BOX = "[-1, 1]"
"""Domain of the last attempt, at inequalities."""


def _on_a_box(
    subject: Subject, what: Property, goal: Goal, covered: str, budget: float, seed: int, certificates: Path | None
) -> Proof | None:
    """Enclose inequalities in balls over a box; an equation never follows from enclosures."""
    if any(node.op in ("eq", "ne") for node in goal.conclusion) or goal.assume:
        return None
    scope = _scope(subject, goal, "", covered, box=True)
    found = _decided(subject, what, goal, scope, budget * 0.5, seed, certificates, BOX)
    return found if found.verdict == "proved" else None
