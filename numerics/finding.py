"""What a prover returns: a proposed verdict with its evidence, not yet rechecked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Finding:
    """A proposed verdict.

    Attributes:
        verdict: proved, refuted, vacuous, supported or undecided.
        level: exact, ball, statistical, sampled or float; None when undecided.
        kind: kind of evidence (a module of :mod:`verify.recheck`), None where there is no certificate.
        evidence: the certificate's evidence, plain JSON data.
        method: the method in a few words.
        reason: why undecided, with the closest approach; or a remark.
    """

    verdict: str
    level: str | None = None
    kind: str | None = None
    evidence: Mapping[str, Any] | None = None
    witness: Mapping[str, str] | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    method: str = ""
    reason: str | None = None
    effort: Mapping[str, str] = field(default_factory=dict)
