"""Claims about floating point: simple and extreme floats as counterexamples, covers of all floats as proofs."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import product

from numerics.budget import Budget, OutOfTime
from numerics.finding import Finding
from verify.claim import Claim
from verify.errors import AttnverifyError, Rejected, Undecidable
from verify.expr import build
from verify.floating.formats import FORMATS
from verify.floating.margin import real_claim
from verify.floating.reading import FloatProblem, float_problem
from verify.floating.sets import exactly
from verify.recheck.floats import LEAF, FloatExcluder, Places, halves, refutes, require_meaning, root_places
from verify.system import PROVED, VACUOUS

MAX_BOXES = 200_000
"""Most boxes looked at."""

QUICK = 500
"""Points tried before the first attempt at a proof."""

GRID = 3000
"""Most combinations of special numbers tried before random ones."""

SHARE = 0.4
"""Share of the time for the search of a counterexample."""


def decide(claim: Claim, budget: Budget, seed: int = 0) -> Finding:
    """Return the finding about a claim whose arithmetic is a floating-point format."""
    try:
        require_meaning(claim)
        problem = float_problem(claim)
        root = root_places(claim)
    except AttnverifyError as error:
        return Finding("undecided", reason=str(error))
    tried = 0
    try:
        search = budget.part(SHARE)
        for values in _candidates(claim, root, random.Random(seed)):
            if search.left <= 0:
                break
            tried += 1
            if _refuted(problem, values):
                return _refutation(problem, _simplified(problem, values), tried)
            if tried == QUICK:  # a proof may be quick
                found = _covered(problem, root, PROVED, search.part(0.1)) or _by_margin(problem, budget.part(0.3))
                if found is not None:
                    return _unless_vacuous(problem, root, found, budget, seed)
        for goal in (PROVED, VACUOUS):
            found = _covered(problem, root, goal, budget.part(0.8))
            if found is not None:
                return _unless_vacuous(problem, root, found, budget, seed)
    except OutOfTime:
        pass
    reason = f"{tried} points evaluated without a counterexample; no cover of the floats within the budget"
    return Finding("undecided", reason=reason, effort={"points": str(tried)})


def _refuted(problem: FloatProblem, values: list[Fraction]) -> bool:
    try:
        return refutes(problem, values)
    except (Rejected, Undecidable):
        return False


def _simplified(problem: FloatProblem, values: list[Fraction]) -> list[Fraction]:
    """Return a refuting point whose entries have few binary digits."""
    for place, value in enumerate(values):
        for digits in range(0, 12):
            other = [*values[:place], _with_digits(value, digits), *values[place + 1 :]]
            if _refuted(problem, other):
                values = other
                break
    return values


def _with_digits(value: Fraction, digits: int) -> Fraction:
    if value == 0 or digits == 0:
        return Fraction(0)
    scale = Fraction(2) ** (digits - math.frexp(float(value))[1])
    return Fraction(round(value * scale)) / scale


def _refutation(problem: FloatProblem, values: list[Fraction], tried: int) -> Finding:
    claim = problem.claim
    point = dict(zip(claim.entry_names, map(str, values), strict=True))
    shown = {name: str(value) for name, value in zip(claim.entry_names, values, strict=True)}
    return Finding(
        "refuted", "exact", "floats", {"point": point}, witness=shown, values=_sides(problem, values),
        method=f"evaluated in {claim.arithmetic} arithmetic, for every admissible implementation",
        effort={"points": str(tried)},
    )  # fmt: skip


def _sides(problem: FloatProblem, values: list[Fraction]) -> dict[str, str]:
    """Return the computed sides of the conclusion, where it is one comparison."""
    condition = problem.satisfies
    if condition.op not in ("lt", "le", "eq", "ne") or condition.shape != ():
        return {}
    sides = problem.values(list(condition.args), [exactly(float(value)) for value in values])
    names = ("smaller side", "larger side") if condition.op in ("lt", "le") else ("left side", "right side")
    texts = (repr(s.low) if s.low == s.high or math.isnan(s.low) else f"{s.low!r} to {s.high!r}" for s in sides)
    return dict(zip(names, texts, strict=True))


def _unless_vacuous(problem: FloatProblem, root: Places, found: Finding, budget: Budget, seed: int) -> Finding:
    """A proof stands when some float meets the hypotheses."""
    claim = problem.claim
    if found.verdict == VACUOUS or (not claim.assumptions and claim.objective is None):
        return found
    never = build.compare("<", build.number(1), build.number(0))
    without = replace(problem, satisfies=never)
    time = budget.at_most(3.0)
    for values in _candidates(claim, root, random.Random(seed)):
        if time.left <= 0:
            break
        if _refuted(without, values):
            shown = ", ".join(f"{n} = {v}" for n, v in zip(claim.entry_names, values, strict=True))
            return replace(found, values={**found.values, "hypotheses met at": shown})
    try:
        empty = _covered(problem, root, VACUOUS, budget.at_most(3.0))
    except OutOfTime:
        empty = None
    return empty or replace(found, reason="no example of floats that meet the hypotheses was found")


# --- candidates -------------------------------------------------------------------------------------------------


def _candidates(claim: Claim, root: Places, rng: random.Random) -> Iterator[list[Fraction]]:
    """Yield points: combinations of special numbers, then random ones of all sizes."""
    form = FORMATS[claim.arithmetic]
    columns = []
    for first, last in root:
        wanted = [*_special(form), form.at(first), form.at(last)]
        inside = [x for x in dict.fromkeys(wanted) if first <= form.place(x) <= last]
        columns.append(inside or [form.at(first)])
    size = len(root)
    if math.prod(map(len, columns)) <= GRID:
        combinations = sorted(product(*[range(len(c)) for c in columns]), key=sum)
        yield from ([Fraction(c[i]) for c, i in zip(columns, places, strict=True)] for places in combinations)
    else:
        for k in range(len(max(columns, key=len))):
            yield [Fraction(c[min(k, len(c) - 1)]) for c in columns]
        for _ in range(GRID):
            yield [Fraction(rng.choice(c)) for c in columns]
    while True:
        kind = rng.randrange(3)
        common = rng.uniform(-8, 8)
        values = []
        for (first, last), _ in zip(root, range(size), strict=True):
            x = form.rounded(rng.gauss(0, 3) if kind else common + rng.choice((0, 0, 1e-3)) * rng.random())
            place = form.place(x) if kind < 2 and abs(x) <= form.largest else rng.randint(first, last)
            values.append(Fraction(form.at(min(max(place, first), last))))
        yield values


def _special(form: object) -> list[float]:
    from verify.floating.formats import Format

    assert isinstance(form, Format)
    epsilon = float(form.epsilon)
    plain = [0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 3.0, 5.0, 10.0, -10.0, 20.0, -20.0, 100.0, -100.0, 800.0, -800.0]
    plain += [0.1, 0.2, 0.3, 0.7, 1 / 3, 7.0, 49.0, epsilon, epsilon / 2, 1 + epsilon, 1 - epsilon / 2, 1 / epsilon]
    plain += [2 / epsilon, form.largest, -form.largest, form.smallest, -form.smallest, math.ldexp(1.0, 1 - form.top)]
    plain += [math.ldexp(1.0, form.top // 2 + 1), -math.ldexp(1.0, form.top // 2 + 1), math.ldexp(1.0, form.low // 2)]
    return [x for x in map(form.rounded, plain) if math.isfinite(x)]


def _by_margin(problem: FloatProblem, budget: Budget) -> Finding | None:
    """Return a proof of the claim over the real numbers with the rounding errors as margins."""
    from numerics.provers import boxes, emptiness

    try:
        real = real_claim(problem)
    except AttnverifyError:
        return None
    found, _ = emptiness.decide(real, PROVED, budget.part(0.7))
    if found is None:
        found, _ = boxes.decide(real, PROVED, budget)
    if found is None or found.kind is None:
        return None
    evidence = {"margin": {"kind": found.kind, "evidence": found.evidence}}
    return replace(
        found, kind="floats", evidence=evidence, method=f"rounding errors bounded, then over the reals: {found.method}"
    )


# --- covers -----------------------------------------------------------------------------------------------------


def _covered(problem: FloatProblem, root: Places, goal: str, budget: Budget) -> Finding | None:
    """Return a proof or a proof of vacuity by a cover of all floats of the domain."""
    if goal == VACUOUS and not problem.assumptions and not problem.slopes:
        return None
    excluder = FloatExcluder(problem, goal)
    stack: list[Places] = [root]
    cuts: list[int] = []
    while stack:
        if budget.left <= 0 or len(cuts) > MAX_BOXES:
            return None
        places = stack.pop()
        if excluder.excludes(places):
            cuts.append(LEAF)
            continue
        axis = max(range(len(places)), key=lambda a: places[a][1] - places[a][0])
        if places[axis][0] == places[axis][1]:
            return None
        cuts.append(axis)
        stack.extend(reversed(halves(places, axis)))
    leaves = sum(cut == LEAF for cut in cuts)
    method = f"every float of the domain, in {leaves} ranges"
    return Finding(goal, "exact", "floats", {"cuts": cuts}, method=method, effort={"boxes": str(len(cuts))})
