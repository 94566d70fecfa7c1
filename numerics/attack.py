"""Attacks claims with Hypothesis: instances, sizes and points together, shrunk together.

Hypothesis draws the settings of an instance and a point of its domain, both from structured families (ties, zeros,
ends of intervals, powers of two, small fractions). The point is tried as it is, and as the start of a descent to a
violation or to a stationary point; what comes out is certified by the trusted checker before it counts. Hypothesis is
guided by how far the conclusion is from failing, keeps what it found in its database, replays it first, and shrinks
settings and point together.
"""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from random import Random
from typing import Any

import numpy as np

from numerics.budget import Budget, OutOfTime
from numerics.finding import Finding
from numerics.provers.candidates import defect, failing_cases, inside, promising, within_defect
from numerics.provers.certify import Certifier
from numerics.provers.shrink import complexity
from numerics.search import feasible_points, stationary_points
from verify.claim import POINT, Claim
from verify.errors import AttnverifyError, InvalidInput

Values = Mapping[str, Any]

EXAMPLES = 100_000
"""More than any budget allows."""

TRY = 2.0
"""Seconds for one drawn instance and point."""

SHRINKING = 4.0
"""Seconds kept for shrinking once something is found, at most."""

FAR = 1e3
"""Defects beyond this do not guide."""


@dataclass(frozen=True)
class Family:
    """What is attacked.

    Attributes:
        name: key of the database.
        choices: values to draw per setting, simplest first; empty for a single claim.
        claim: makes the claim of an instance, or None where its assumptions fail.
        default: values of the instance that the family is named after.
    """

    name: str
    claim: Callable[[Values], Claim | None]
    choices: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    default: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What an attack found: a certified finding on an instance, or nothing, and the effort."""

    claim: Claim | None
    finding: Finding | None
    settings: Mapping[str, str]
    examples: int
    instances: int
    reason: str = ""


def attack(family: Family, *, seconds: float, seed: int) -> Outcome:
    """Search for a counterexample for ``seconds``.

    Raises:
        InvalidInput: the family's default instance is not a claim that has points.
    """
    from hypothesis import HealthCheck, Phase, find, settings
    from hypothesis.errors import HypothesisWarning, NoSuchExample

    run = _Run(family, time.monotonic() + seconds, seed)
    if not family.choices and run.instance({}) is None:
        return Outcome(None, None, {}, 0, 0, run.reason)
    config = settings(
        max_examples=EXAMPLES, deadline=None, derandomize=False, report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck), phases=(Phase.reuse, Phase.generate, Phase.target, Phase.shrink),
    )  # fmt: skip
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore", HypothesisWarning)
            warnings.simplefilter("ignore", RuntimeWarning)
            find(
                run.draws(), run.bad, settings=config, random=Random(seed),
                database_key=f"attnverify-attack:{family.name}".encode(),
            )  # fmt: skip
    except (NoSuchExample, _Over):
        pass
    if run.best is None:
        return Outcome(None, None, {}, run.examples, len(run.known), run.reason)
    _, claim, finding, values = run.best
    shown = {name: str(value) for name, value in values.items()}
    return Outcome(claim, finding, shown, run.examples, len(run.known))


def unsuitable(claim: Claim | None) -> str:
    """Return why points cannot refute the claim, or nothing."""
    if claim is None:
        return "the assumptions fail on this instance"
    if claim.bound is not None:
        return "a claim about probabilities has no points to search; 'attnverify check' decides it"
    if claim.arithmetic != "real":
        return f"claims about {claim.arithmetic} arithmetic are not attacked"
    return ""


class _Over(BaseException):
    """The time is used up; ends Hypothesis' search from outside."""


class _Run:
    """One attack: what was drawn, tried and found."""

    def __init__(self, family: Family, deadline: float, seed: int) -> None:
        self.family, self.deadline, self.seed = family, deadline, seed
        self.known: dict[str, Claim | None] = {}
        self.examples = 0
        self.reason = ""
        self.best: tuple[Any, Claim, Finding, Values] | None = None

    def instance(self, values: Values) -> Claim | None:
        """Return the claim of an instance, made once."""
        key = json.dumps({name: str(value) for name, value in values.items()}, sort_keys=True)
        if key not in self.known:
            try:
                claim = self.family.claim(values)
            except InvalidInput as error:
                claim, self.reason = None, str(error)
            if claim is not None or not self.reason:
                self.reason = unsuitable(claim) or self.reason
            self.known[key] = None if unsuitable(claim) else claim
        return self.known[key]

    def draws(self) -> Any:
        """Return the strategy of (settings, point)."""
        from hypothesis import strategies as st

        from verify.strategies import claim_points

        @st.composite
        def drawn(draw: Any) -> tuple[Values, tuple[Fraction, ...] | None]:
            values = {name: draw(st.sampled_from(list(some))) for name, some in self.family.choices.items()}
            claim = self.instance(values)
            return values, None if claim is None else draw(claim_points(claim))

        return drawn()

    def bad(self, drawn: tuple[Values, tuple[Fraction, ...] | None]) -> bool:
        """Whether a certified counterexample is found from what was drawn."""
        from hypothesis import target

        if time.monotonic() > self.deadline:
            raise _Over
        values, point = drawn
        claim = self.instance(values)
        if claim is None or point is None:
            return False
        self.examples += 1
        budget = Budget(min(self.deadline, time.monotonic() + TRY))
        finding, gap = attempt(claim, point, budget, self.seed)
        if finding is None:
            target(-min(max(gap, -FAR), FAR), label="how far the conclusion is from failing")
            return False
        self._keep(claim, finding, values)
        return True

    def _keep(self, claim: Claim, finding: Finding, values: Values) -> None:
        size = simplicity(finding, values)
        if self.best is None:
            self.deadline = min(self.deadline, time.monotonic() + SHRINKING)
        if self.best is None or size < self.best[0]:
            self.best = (size, claim, finding, values)


def simplicity(finding: Finding, values: Values) -> tuple[Any, ...]:
    """Order of counterexamples: few coordinates, small settings, simple numbers."""
    witness = finding.witness or {}
    costs = []
    for text in witness.values():
        try:
            costs.append(complexity(Fraction(text)))
        except ValueError:
            costs.append((10**6, 0, False))
    sizes = sum(abs(float(value)) for value in values.values() if isinstance(value, int | Fraction))
    return len(witness), sizes, sum(cost[0] for cost in costs), sum(cost[1] for cost in costs)


def attempt(claim: Claim, point: Sequence[Fraction], budget: Budget, seed: int) -> tuple[Finding | None, float]:
    """Return (certified finding or None, defect of the conclusion at the point, at most 0 where it fails)."""
    certifier = Certifier(claim, budget, seed, {})
    x = np.array([float(value) for value in point])
    try:
        if claim.every == POINT or claim.within is not None:
            return _violating(certifier, point, x)
        return _stationary(certifier, x), 0.0
    except (OutOfTime, InvalidInput, AttnverifyError, np.linalg.LinAlgError, ArithmeticError):
        return None, FAR


def _violating(certifier: Certifier, point: Sequence[Fraction], x: Any) -> tuple[Finding | None, float]:
    """Try the point itself, then where a short descent of the defect leads."""
    from numerics.search import domain

    best = FAR
    low, high = domain(certifier.claim)
    for defects in _compiled(certifier.claim):
        worst = float(np.nan_to_num(defects(x[None]).max(initial=-np.inf), nan=FAR))
        best = min(best, worst)
        if worst <= NEARLY:
            found = certifier.at(point, DRAWN)
            if found is not None:
                return certifier.simplified(point, DRAWN, seconds=0.5) or found, worst
        rng = np.random.default_rng(certifier.seed)
        ends = feasible_points(defects, x[None], low, high, rng=rng, budget=certifier.budget.part(0.3), rounds=12)
        for end in ends[:1]:
            gap = float(np.nan_to_num(defects(end[None]).max(initial=-np.inf), nan=FAR))
            best = min(best, gap)
            if gap <= NEARLY:
                found = certifier.near(end, "a descent from a point drawn by Hypothesis")
                if found is not None:
                    return found, gap
    return None, best


NEARLY = 1e-9
"""Defect up to which certification is tried."""

DRAWN = "an exact point drawn by Hypothesis"


def _compiled(claim: Claim) -> list[Callable[[Any], Any]]:
    """Return the defects of each way to fail as functions of points (B, p), made once per claim."""
    key = claim.sha256
    if key not in _conditions:
        if len(_conditions) > KEPT:
            _conditions.clear()
        _conditions[key] = [_defects(claim, case) for case in failing_cases(claim)]
    return _conditions[key]


def _defects(claim: Claim, case: Any) -> Callable[[Any], Any]:
    from numerics.search import batch_function

    compiled = batch_function(claim, [defect(literal) for literal in case] + within_defect(claim))
    return lambda x: np.stack(compiled(x), axis=1)


def _stationary(certifier: Certifier, x: Any) -> Finding | None:
    """Follow Newton steps from the drawn point to stationary points, and certify those that look violating."""
    claim = certifier.claim
    land = _landscape(claim)
    points = [
        stationary_points(land, x[None], minima=minima, budget=certifier.budget.part(0.4)) for minima in (True, False)
    ]
    reached = inside(claim, np.vstack([x[None], *points]))
    chosen = list(promising(claim, land, reached)) if len(reached) else []
    for method in (certifier.stationary, certifier.in_box):
        for one in chosen:
            certifier.budget.check()
            found: Finding | None = method(land, one)
            if found is not None:
                return replace(found, method=f"{found.method}, reached from a point drawn by Hypothesis")
    return None


KEPT = 64
"""Claims whose compiled functions are kept."""

_landscapes: dict[str, Any] = {}
_conditions: dict[str, list[Callable[[Any], Any]]] = {}


def _landscape(claim: Claim) -> Any:
    """Return the compiled objective, made once per claim."""
    from numerics.search import landscape

    key = claim.sha256
    if key not in _landscapes:
        if len(_landscapes) > KEPT:
            _landscapes.clear()
        _landscapes[key] = landscape(claim)
    return _landscapes[key]
