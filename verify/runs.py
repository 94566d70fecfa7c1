"""What targets of one run share, what stands in place of a verdict, and the line that repeats a check."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from verify.pipeline import DEFAULT_BUDGET, DEFAULT_CONFIDENCE
from verify.verdict import Verdict


@dataclass(frozen=True)
class Settings:
    """What all targets of one run share."""

    budget: float = DEFAULT_BUDGET
    seed: int = 0
    confidence: Fraction = DEFAULT_CONFIDENCE
    certificates: Path | None = None
    theorem_settings: dict[str, str] = field(default_factory=dict)
    data: Path | None = None
    column: str | None = None
    folders: tuple[Path, ...] = ()
    jobs: int = 0


@dataclass(frozen=True)
class Failure:
    """A target that has no verdict: an invalid file, or (``internal``) a defect of this program."""

    target: str
    error: str
    internal: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the line that stands in place of a verdict."""
        return {"file": self.target, "error": self.error}


Result = Verdict | Failure


def reproduce_line(target: str, settings: Settings) -> str:
    """Return the command line that repeats a check."""
    parts = [f"attnverify check {target} --seed {settings.seed} --budget {settings.budget:g}"]
    parts += [f"--set {name}={value}" for name, value in settings.theorem_settings.items()]
    if settings.data is not None:
        parts.append(f"--data {settings.data}")
    if settings.column is not None:
        parts.append(f"--target {settings.column}")
    return " ".join(parts)
