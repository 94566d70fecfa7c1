"""Verdicts: what was decided about a claim or a theorem instance, how strongly, and with which numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

LEVELS = ("exact", "ball", "statistical", "sampled", "float")
"""Strength of evidence, strongest first; only the first two carry proved, refuted and vacuous of quantified claims."""


@dataclass(frozen=True)
class Assumption:
    """One assumption decided on an instance: ``value relation threshold``.

    ``holds`` is None when it could not be decided. ``margin`` is how far the value is on the good side (negative: on
    the bad side), in the unit of the value. All numbers are text: exact, or balls ``m +/- r``, or decimals at level
    ``float``. ``change`` says what would have to change for it to hold (or, where it holds, how far it can be pushed).
    """

    name: str
    statement: str
    holds: bool | None
    value: str
    relation: str
    threshold: str
    margin: str
    level: str
    note: str = ""
    change: str = ""


@dataclass(frozen=True)
class Verdict:
    """The outcome for one claim; :meth:`to_json` is the line that ``check --json`` prints.

    Attributes:
        verdict: proved, refuted, vacuous, supported or undecided.
        level: strength of the evidence; None when undecided.
        witness: parameter entries of a counterexample, exact or as balls ``m +/- r``.
        values: quantities worth knowing (objective at the witness, estimates, confidence, ...), as text.
        reason: for undecided, why, and the closest approach; else None or a remark.
        effort: what was spent and by which method, as text.
        statement: the claim's own texts (parameters, objective, assume, claim), for reports.
    """

    id: str
    verdict: str
    level: str | None
    scope: str
    title: str = ""
    expected: str | None = None
    witness: Mapping[str, str] | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    reason: str | None = None
    certificate: str | None = None
    seconds: float = 0.0
    budget: float = 0.0
    seed: int = 0
    method: str = ""
    effort: Mapping[str, str] = field(default_factory=dict)
    assumptions: tuple[Assumption, ...] = ()
    statement: Mapping[str, Any] = field(default_factory=dict)
    reproduce: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    """JSON-able extra results of a theorem (tables, curves), for reports."""

    @property
    def as_expected(self) -> bool:
        """Whether the verdict is the expected one; without an expectation, whether nothing was refuted."""
        return self.verdict == self.expected if self.expected else self.verdict != "refuted"

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as JSON-able data; ``expected`` is left out when there is none."""
        data = asdict(self)
        if self.expected is None:
            del data["expected"]
        return data


def exit_code(verdicts: list[Verdict], *, strict: bool = False) -> int:
    """Return 0 all as expected, 3 one against its expectation (or refuted without), 4 one stayed undecided.

    Without ``strict`` an undecided verdict counts only where something else was expected.
    """
    wrong = [v for v in verdicts if v.verdict != "undecided" and not v.as_expected]
    if wrong:
        return 3
    if any(v.verdict == "undecided" and (strict or v.expected not in (None, "undecided")) for v in verdicts):
        return 4
    return 0
