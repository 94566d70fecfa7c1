"""From a claim to a verdict: look for vacuity, then a counterexample, then a proof; recheck whatever is found.

The order is that of honesty: nothing is called proved before its hypotheses were checked for emptiness, and nothing
is called proved, refuted or vacuous before the trusted checker accepted its certificate.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verify import __version__
from verify.claim import GLOBAL, POINT, Claim
from verify.verdict import Verdict

if TYPE_CHECKING:
    from numerics.budget import Budget
    from numerics.finding import Finding

DEFAULT_BUDGET = 60.0
"""Seconds per claim."""

DEFAULT_CONFIDENCE = Fraction(1, 1000)
"""Probability with which a statistical refutation may be wrong."""

GRACE = 0.93
"""Share of the budget that the methods may use; the rest is for rechecking and writing."""

EXTRA = 3.0
"""Seconds spent, after a proof, on an example of the hypotheses, and as many on showing that there is none."""

Progress = Callable[[str], None]
"""Called with a few words when a new step begins."""


def decide(
    claim: Claim,
    *,
    budget: float = DEFAULT_BUDGET,
    seed: int = 0,
    confidence: Fraction = DEFAULT_CONFIDENCE,
    certificates: Path | None = None,
    progress: Progress = lambda step: None,
) -> Verdict:
    """Return the verdict on a claim within ``budget`` seconds of wall-clock time.

    Args:
        certificates: directory for the certificate; None writes none.
    """
    from numerics.budget import Budget, OutOfTime

    started = time.monotonic()
    clock = Budget.of(budget * GRACE)
    try:
        finding = find_evidence(claim, clock, seed, confidence, progress)
    except OutOfTime:
        finding = _undecided("the budget is used up")
    except MemoryError:
        finding = _undecided("the memory is used up")
    progress("recheck")
    finding, path = settled(claim, finding, seed, certificates)
    return Verdict(
        id=claim.id, verdict=finding.verdict, level=finding.level, scope=claim.scope, title=claim.title,
        expected=claim.expect, witness=finding.witness, values=dict(finding.values), reason=finding.reason,
        certificate=str(path) if path else None, seconds=round(time.monotonic() - started, 3), budget=budget, seed=seed,
        method=finding.method, effort=dict(finding.effort), statement=dict(claim.data),
    )  # fmt: skip


def _undecided(reason: str) -> Finding:
    from numerics.finding import Finding

    return Finding("undecided", reason=reason)


def settled(claim: Claim, finding: Finding, seed: int, directory: Path | None) -> tuple[Finding, Path | None]:
    """Recheck the finding's certificate and write it; a finding that is not accepted is not a verdict."""
    if finding.kind is None:
        return finding, None
    from verify.certificate import certificate, write
    from verify.recheck import recheck_as_written

    made_by = {"version": __version__, "seed": seed, "method": finding.method}
    data = certificate(claim, finding.verdict, finding.kind, finding.evidence or {}, made_by)
    outcome = recheck_as_written(data)
    if not outcome.accepted:
        reason = (
            f"internal: the checker rejected a {finding.kind} certificate for '{finding.verdict}': {outcome.reason}"
        )
        return _undecided(reason), None
    return finding, write(data, directory) if directory is not None else None


def find_evidence(claim: Claim, clock: Budget, seed: int, confidence: Fraction, progress: Progress) -> Finding:
    """Return what the provers find about a claim, with its evidence, not yet rechecked.

    Raises:
        OutOfTime: the budget is used up.
    """
    if claim.arithmetic != "real":
        from numerics.provers.floats import decide as decide_floats

        progress("floating point")
        return decide_floats(claim, clock, seed)
    if claim.bound is not None:
        from numerics.provers.probability import decide as decide_probability

        progress("probability")
        return decide_probability(claim, budget=clock, seed=seed, confidence=confidence)
    return _quantified(claim, clock, seed, progress)


def _quantified(claim: Claim, clock: Budget, seed: int, progress: Progress) -> Finding:
    from numerics.provers import boxes, emptiness, reach
    from numerics.provers.refute import Refuter
    from numerics.provers.survivors import refutation_at_extremes, refutation_from

    progress("vacuity")
    vacuous, _ = emptiness.decide(claim, "vacuous", clock.part(0.05, 0.5), effort=0)
    if vacuous is not None:
        return vacuous
    progress("short proof")
    proved, _ = emptiness.decide(claim, "proved", clock.part(0.05, 1.0), effort=1)
    if proved is not None:
        return _unless_vacuous(claim, proved, clock, seed, progress)
    progress("counterexample")
    refuter = Refuter(claim, clock.part(0.4, 1.0), seed)
    refuted = refuter.find()
    if refuted is not None:
        return refuted
    if claim.every == POINT:
        from numerics.provers import segment

        progress("derivatives along segments")
        found = segment.decide(claim, clock.part(0.3))
        if found is not None:
            return _unless_vacuous(claim, found, clock, seed, progress)
    progress("proof")
    proved, prover = emptiness.decide(claim, "proved", clock.part(0.6, 1.0))
    if proved is not None:
        return _unless_vacuous(claim, proved, clock, seed, progress)
    refuted = refutation_from(claim, prover.survivors, clock) or refutation_at_extremes(claim, clock.part(0.2))
    if refuted is not None:
        return refuted
    progress("boxes")
    boxed, stopped = boxes.decide(claim, "proved", clock.part(0.5))
    if boxed is not None:
        return _unless_vacuous(claim, boxed, clock, seed, progress)
    vacuous, _ = emptiness.decide(claim, "vacuous", clock.part(0.3))
    if vacuous is None:
        vacuous, _ = boxes.decide(claim, "vacuous", clock.part(0.3))
    if vacuous is not None:
        return vacuous
    for goal in ("proved", *(("refuted",) if claim.every == GLOBAL else ()), "vacuous"):
        located, why = reach.decide(claim, goal, clock.part(0.6))
        stopped = stopped if not why or goal != "proved" else why
        if located is not None:
            return _unless_vacuous(claim, located, clock, seed, progress) if goal == "proved" else located
    return _open(prover.open_branches, stopped, refuter)


def _unless_vacuous(claim: Claim, proved: Finding, clock: Budget, seed: int, progress: Progress) -> Finding:
    """A proof stands when some point meets the hypotheses; otherwise look harder for emptiness."""
    from numerics.provers import emptiness
    from numerics.provers.refute import Refuter

    progress("an example of the hypotheses")
    example = Refuter(_without_conclusion(claim), clock.at_most(EXTRA), seed, thorough=False).find()
    if example is not None and example.witness is not None:
        shown = ", ".join(f"{name} = {value}" for name, value in example.witness.items())
        return replace(proved, values={**proved.values, "hypotheses met at": shown})
    if claim.every == GLOBAL:
        from numerics.provers import reach

        located, _ = reach.decide(_without_conclusion(claim), "refuted", clock.at_most(EXTRA))
        if located is not None and located.witness is not None:
            shown = ", ".join(f"{name} = {value}" for name, value in located.witness.items())
            return replace(proved, values={**proved.values, "global minima within": shown})
    vacuous, _ = emptiness.decide(claim, "vacuous", clock.at_most(EXTRA))
    if vacuous is not None:
        return vacuous
    return replace(proved, reason="no exact example of a point that meets the hypotheses was found")


def _without_conclusion(claim: Claim) -> Claim:
    """Return the claim whose every point is a counterexample."""
    from verify.expr import build

    never = build.compare("<", build.number(1), build.number(0))
    return replace(claim, satisfies=never)


def _open(branches: list[str], stopped: str, refuter: Any) -> Finding:
    from numerics.finding import Finding

    parts = [f"algebra: {branches[0]}" if branches else "", f"boxes: {stopped}" if stopped else "", refuter.closest]
    reason = "; ".join(part for part in parts if part) or "no method applies"
    return Finding("undecided", reason=reason, effort=dict(refuter.effort))
