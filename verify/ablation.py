"""Ablation: drop one assumption of a theorem at a time, and decide what is left of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from verify.claim import canonical, claim_from_data
from verify.pipeline import decide
from verify.theorem import Hypothesis, Theorem, Values
from verify.verdict import Verdict

NEEDED = "needed"
NEEDED_IF = "needed, if the statement holds with it"
NOT_NEEDED = "not needed on this instance"
NOT_SHOWN = "not shown to be needed"
VACUOUS = "vacuous without it"
FIXED = "cannot be dropped"
FALSE_ANYWAY = "false with it and without it"
MAKES_FALSE = "makes the statement false"
UNUSED = "not used by the proof"

WEAKER: dict[str, tuple[str, str | None]] = {
    "strict local minimum": ("stationary point", None),
    "local minimum": ("stationary point", None),
    "second-order point": ("stationary point", None),
    "global minimum": ("stationary point", None),
    "stationary point": ("stationary point", "1000"),
}
"""What is left of a kind of point when it is dropped: the kind, and the gradient norm up to which points count."""

OUTCOMES = {"refuted": NEEDED, "proved": NOT_NEEDED, "vacuous": VACUOUS, "undecided": NOT_SHOWN, "supported": NOT_SHOWN}
"""What a verdict on the rest says about the assumption that was dropped."""


@dataclass(frozen=True)
class Row:
    """One assumption: what is decided without it.

    Attributes:
        change: what was decided instead, in words.
        verdict: None where there is nothing to decide.
        witness: counterexample to the rest.
    """

    assumption: str
    outcome: str
    change: str = ""
    verdict: str | None = None
    level: str | None = None
    witness: Mapping[str, str] | None = None
    reason: str = ""
    certificate: str | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class Ablation:
    """All assumptions of a theorem; ``base`` is the verdict with all of them, None where it is no single claim."""

    id: str
    base: str | None
    rows: tuple[Row, ...]
    settings: Mapping[str, str]
    remark: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the matrix as JSON-able data."""
        return asdict(self)


def ablate(
    theorem: Theorem,
    given: Mapping[str, str],
    *,
    budget: float = 20.0,
    seed: int = 0,
    certificates: Path | None = None,
    progress: Callable[[str, float], None] = lambda what, done: None,
) -> Ablation:
    """Return what is left of a theorem without each of its assumptions.

    A theorem that is a family of claims is decided on the instance that the settings give; for any other the twin
    that drops the assumption is decided, which does not depend on settings.

    Args:
        budget: seconds for each assumption.

    Raises:
        InvalidInput: an unknown setting, or a value out of range.
    """
    values = theorem.read_settings(given)
    decided = _Decider(budget, seed, certificates)
    base, remark = None, "each row is the small claim (twin) that drops the assumption; settings do not change it"
    if theorem.statement is not None:
        progress("all assumptions", 0.0)
        base = decided(theorem.statement(values, frozenset())).verdict
        remark = "" if base == "proved" else f"the statement is {base} with all of its assumptions"
    rows = []
    for number, hypothesis in enumerate(theorem.hypotheses):
        progress(f"without {hypothesis.name}", number / len(theorem.hypotheses))
        rows.append(_row(theorem, hypothesis, values, base, decided))
    return Ablation(theorem.id, base, tuple(rows), {name: str(value) for name, value in values.items()}, remark)


@dataclass(frozen=True)
class _Decider:
    budget: float
    seed: int
    certificates: Path | None

    def __call__(self, data: Mapping[str, Any]) -> Verdict:
        return decide(claim_from_data(data), budget=self.budget, seed=self.seed, certificates=self.certificates)


def _row(theorem: Theorem, hypothesis: Hypothesis, values: Values, base: str | None, decided: _Decider) -> Row:
    if hypothesis.unused:
        return Row(hypothesis.name, UNUSED, reason=hypothesis.unused)
    data, change = _rest(theorem, hypothesis, values)
    if data is None:
        return Row(hypothesis.name, FIXED, reason=change)
    verdict = decided(data)
    twin = next((twin for twin in theorem.twins if twin.name == hypothesis.twin), None)
    if verdict.verdict in ("proved", "undecided") and base != "refuted" and twin is not None and twin.claim != data:
        other = decided(twin.claim)
        if other.verdict == "refuted":
            verdict, change = other, f"{twin.change} (another instance)"
    outcome = OUTCOMES[verdict.verdict]
    if base in ("undecided", "supported") and outcome == NEEDED:
        outcome = NEEDED_IF
    if base == "refuted":
        outcome = {NEEDED: FALSE_ANYWAY, NOT_NEEDED: MAKES_FALSE}.get(outcome, outcome)
    return Row(
        hypothesis.name, outcome, change, verdict.verdict, verdict.level, verdict.witness, verdict.reason or "",
        verdict.certificate, verdict.seconds,
    )  # fmt: skip


def _rest(theorem: Theorem, hypothesis: Hypothesis, values: Values) -> tuple[Mapping[str, Any] | None, str]:
    """Return the claim without an assumption and what was changed; no claim, and why, where there is none."""
    twin = next((twin for twin in theorem.twins if twin.name == hypothesis.twin), None)
    if theorem.statement is not None:
        full = theorem.statement(values, frozenset())
        rest = theorem.statement(values, frozenset({hypothesis.name}))
        if canonical(list(_parts(rest))) != canonical(list(_parts(full))):
            return {**rest, "id": f"{theorem.id}-without-{_plain(hypothesis.name)}"}, ""
        if twin is not None:
            return twin.claim, twin.change
        if "quantifier" in hypothesis.decided_by and full["claim"].get("every") in WEAKER:
            every, within = WEAKER[full["claim"]["every"]]
            more = {} if within is None else {"within": within}
            weaker = {**full, "claim": {**full["claim"], "every": every, **more}}
            change = f"every {every}" if within is None else f"every point with a gradient of norm up to {within}"
            return {**weaker, "id": f"{theorem.id}-without-{_plain(hypothesis.name)}"}, change
        return None, "it is part of the model, not a condition of the claim"
    if twin is None:
        return None, "the theorem has no twin that drops it"
    return twin.claim, twin.change


def _parts(data: Mapping[str, Any]) -> Iterator[Any]:
    """Yield what makes a claim, without its name and with its order."""
    for key, value in data.items():
        if key not in ("id", "title", "notes", "source", "expect"):
            yield [key, list(value.items()) if isinstance(value, Mapping) else value]


def _plain(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name)
