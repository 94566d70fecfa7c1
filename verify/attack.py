"""From a claim file or a theorem to an attack, and from what it found to a verdict.

A counterexample is reported as refuted only when the checker accepts its certificate. A search that finds nothing is
``supported``, with its effort; it is never a proof.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verify.claim import Claim, claim_from_data, load_claim
from verify.errors import InvalidInput, Location
from verify.verdict import Verdict

if TYPE_CHECKING:
    from numerics.attack import Family, Outcome
    from verify.theorem import Setting, Theorem

MOST_SIZES = 6
"""Values of an integer setting that are drawn, beside its default, unless its range is smaller."""


@dataclass(frozen=True)
class Attack:
    """Options of one attack."""

    seconds: float = 30.0
    seed: int = 0
    given: Mapping[str, str] = field(default_factory=dict)
    vary: Sequence[str] = ()
    certificates: Path | None = None
    folders: Sequence[Path] = ()


def attacked(target: str, options: Attack) -> Verdict:
    """Return the verdict on a claim file or a theorem after an attack.

    Raises:
        InvalidInput: no such file or theorem, or wrong settings.
    """
    from numerics.attack import attack

    started = time.monotonic()
    if target.endswith(".toml") or Path(target).is_file():
        claim = load_claim(target)
        family, title, scope, expected = _claim_family(claim), claim.title, claim.scope, claim.expect
        name = claim.id
    else:
        from verify.catalogue import find

        theorem = find(target, tuple(options.folders))
        family = theorem_family(theorem, options.given, options.vary)
        title, name, expected = theorem.title, theorem.id, None if options.given else theorem.expected
        scope = "instances with " + (", ".join(f"{n} in {_span(v)}" for n, v in family.choices.items()) or "defaults")
    outcome = attack(family, seconds=options.seconds - _since(started), seed=options.seed)
    made = _concluded(outcome, options.seed, options.certificates)
    if made["verdict"] != "refuted":
        expected = None  # a search does not meet an expectation, nor does it miss one
    elif outcome.settings and not _is_default(family, outcome):
        expected = None  # what is expected is said of the default instance
    return Verdict(
        id=name, scope=made.pop("scope", scope), title=title, expected=expected, seconds=_since(started),
        budget=options.seconds, seed=options.seed, reproduce=_reproduce(target, options), **made,
    )  # fmt: skip


def _is_default(family: Family, outcome: Outcome) -> bool:
    """Whether the counterexample lies in the family's default instance."""
    return all(outcome.settings.get(name) == str(value) for name, value in family.default.items())


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)


def _span(values: Sequence[Any]) -> str:
    return "{" + ", ".join(str(value) for value in sorted(values)) + "}"


def _reproduce(target: str, options: Attack) -> str:
    parts = [f"attnverify attack {target} --seed {options.seed} --budget {options.seconds:g}"]
    parts += [f"--set {name}={value}" for name, value in options.given.items()]
    return " ".join([*parts, *(f"--vary {name}" for name in options.vary)])


def _claim_family(claim: Claim) -> Family:
    from numerics.attack import Family

    return Family(claim.content_sha256, lambda values: claim)


def theorem_family(theorem: Theorem, given: Mapping[str, str], vary: Sequence[str] = ()) -> Family:
    """Return the instances of a theorem: sizes (or the settings named) vary, the others keep their values.

    Raises:
        InvalidInput: the theorem is no family of claims, or a setting is unknown or has no range.
    """
    from numerics.attack import Family

    statement = theorem.statement
    if statement is None:
        raise InvalidInput(f"{theorem.id} is decided on data and has no points", fix="use 'attnverify check'")
    base = theorem.read_settings(given)
    known = {setting.name: setting for setting in theorem.settings}
    for name in vary:
        if name not in known:
            theorem.read_settings({name: ""})  # says which settings there are
    names = list(vary) or [s.name for s in theorem.settings if _is_size(s) and s.name not in given]
    choices = {name: _values(known[name], base[name]) for name in names}

    def claim(values: Mapping[str, Any]) -> Claim | None:
        merged = {**base, **values}
        if merged != base and not _assumptions_hold(theorem, merged):
            return None
        return claim_from_data(dict(statement(merged, frozenset())))

    default = {name: base[name] for name in choices}
    return Family(theorem.id + repr(sorted(given.items())), claim, choices, default)


def _is_size(setting: Setting) -> bool:
    """Whether the setting counts something: whole numbers from 1 on. Others may be levers that make it false."""
    return setting.kind == "integer" and setting.low is not None and setting.low >= 1


def _values(setting: Setting, default: Any) -> list[Any]:
    if setting.kind == "choice":
        return [default, *(word for word in setting.words if word != default)]
    if setting.kind == "text" or not isinstance(default, int | Fraction):
        raise InvalidInput(
            f"{setting.name} has no values to draw", fix="vary a number or a choice", where=Location(key="--vary")
        )
    low = setting.low if setting.low is not None else Fraction(default) - MOST_SIZES // 2
    high = setting.high if setting.high is not None else low + 10**6
    if setting.kind == "integer":
        some = {int(low) + k for k in range(MOST_SIZES) if low + k <= high} | {int(default)}
        return sorted(some)
    steps = [low + Fraction(k, 4) for k in range(1 if setting.above else 0, 13)]
    near = {Fraction(default), *(step for step in steps if step <= high)}
    return sorted(near, key=lambda value: abs(value - Fraction(default)))  # counterexamples shrink towards the default


def _assumptions_hold(theorem: Theorem, values: Mapping[str, Any]) -> bool:
    """Whether no assumption that is decided on the instance fails."""
    from numerics.budget import Budget
    from verify.theorem import Run

    if theorem.assumptions is None:
        return True
    run = Run(values, (), None, Budget.of(10.0), 0, Fraction(1, 1000), lambda what, done: None)
    return all(one.holds is not False for one in theorem.assumptions(run))


def _concluded(outcome: Outcome, seed: int, directory: Path | None) -> dict[str, Any]:
    """Return what the attack decides of the verdict; refutations are rechecked, their certificates written."""
    effort = {"examples": str(outcome.examples), "instances": str(outcome.instances)}
    if outcome.finding is None or outcome.claim is None:
        if outcome.examples:
            told = f"no counterexample among {outcome.examples} points of {outcome.instances} instances"
            return {"verdict": "supported", "level": "sampled", "reason": told, "effort": effort}
        reason = outcome.reason or "no point was tried within the budget"
        return {"verdict": "undecided", "level": None, "reason": reason, "effort": effort}
    from verify.pipeline import settled

    finding, path = settled(outcome.claim, outcome.finding, seed, directory)
    values = {**dict(finding.values), **{f"setting {name}": value for name, value in outcome.settings.items()}}
    return {
        "verdict": finding.verdict, "level": finding.level, "reason": finding.reason, "effort": effort,
        "witness": finding.witness, "values": values, "certificate": str(path) if path else None,
        "method": finding.method, "scope": outcome.claim.scope, "statement": dict(outcome.claim.data),
    }  # fmt: skip
