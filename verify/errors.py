"""Errors that a user can act on, and the two ways in which a computation may decline to answer."""

from __future__ import annotations

from dataclasses import dataclass, replace


class AttnverifyError(Exception):
    """Base of every error this package raises on purpose."""


@dataclass(frozen=True)
class Location:
    """Where in a user's file an offending text stands; ``None`` marks an unknown part."""

    file: str | None = None
    key: str | None = None
    line: int | None = None
    text: str | None = None

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        parts = [place] if place else []
        if self.key:
            parts.append(f"key '{self.key}'")
        if self.text is not None:
            shown = self.text if len(self.text) <= 60 else self.text[:57] + "..."
            parts.append(f"at {shown!r}")
        return ", ".join(parts)


class InvalidInput(AttnverifyError):
    """A file, option or expression that cannot be accepted; ``fix`` says what to write instead."""

    def __init__(self, problem: str, *, fix: str = "", where: Location | None = None) -> None:
        self.problem = problem
        self.fix = fix
        self.where = where or Location()
        super().__init__(problem)

    def located(self, **known: object) -> InvalidInput:
        """Return the same error with the missing parts of its location filled in."""
        missing = {key: value for key, value in known.items() if getattr(self.where, key) is None}
        return InvalidInput(self.problem, fix=self.fix, where=replace(self.where, **missing))  # type: ignore[arg-type]

    def __str__(self) -> str:
        where = str(self.where)
        message = f"{where}: {self.problem}" if where else self.problem
        return f"{message}; {self.fix}" if self.fix else message


class Undecidable(AttnverifyError):
    """An exact or ball computation met a question it cannot answer (a sign, a kink, a pole)."""


class Rejected(AttnverifyError):
    """A certificate does not prove what it says."""
