"""The report as one frozen value: verdicts in reading order, what is counted, and where certificates lie."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from reports.parts.text import clean, clean_data, one_line
from verify.verdict import LEVELS, Assumption, Verdict

WORDS = ("proved", "refuted", "vacuous", "supported", "undecided")
"""The words of a verdict, in the order in which they are counted."""

MAX_CERTIFICATE = 1 << 28
"""Largest certificate that is hashed, in bytes."""

DATA_FIELDS = ("witness", "values", "effort", "statement", "details")


@dataclass(frozen=True)
class CertificateFile:
    """A certificate: ``link`` is relative to the report and percent-encoded; link and hash only where the file is."""

    path: str
    link: str | None = None
    sha256: str | None = None
    size: int = 0


@dataclass(frozen=True)
class Entry:
    """One verdict with what the report adds; ``anchor`` is unique in the report."""

    verdict: Verdict
    anchor: str
    certificate: CertificateFile | None
    rank: int
    details: Mapping[str, Any]
    """The verdict's details, completed by what follows from its statement."""

    @property
    def surprise(self) -> str | None:
        """Why this verdict is listed before others, in words; None where it is not."""
        phrase = SURPRISES.get(self.rank)
        if phrase is None:
            return None
        level = f" ({self.verdict.level})" if self.verdict.level else ""
        expected = f"; expected {self.verdict.expected}" if self.verdict.expected else ""
        return f"{self.verdict.verdict}{level}{phrase}{expected}"

    @property
    def expectation(self) -> str:
        """The verdict against the expectation, in words."""
        if self.verdict.expected is None:
            return "no expectation"
        return "as expected" if self.verdict.as_expected else f"expected {self.verdict.expected}"

    @property
    def heading(self) -> str:
        """The title, or the id of a claim without one."""
        return self.verdict.title or self.verdict.id


@dataclass(frozen=True)
class Report:
    """Everything that a format renders. All texts are clean of control characters, none is escaped."""

    title: str
    entries: tuple[Entry, ...]
    environment: Mapping[str, str]
    created: str | None = None
    errors: tuple[Mapping[str, str], ...] = ()

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdicts in reading order."""
        return tuple(entry.verdict for entry in self.entries)

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """How many verdicts carry each word at each level; words and levels that do not occur are left out."""
        table: dict[str, dict[str, int]] = {}
        for word in WORDS:
            levels = [v.level or "none" for v in self.verdicts if v.verdict == word]
            counted = {level: levels.count(level) for level in (*LEVELS, "none") if level in levels}
            if counted:
                table[word] = counted
        return table

    @property
    def levels(self) -> list[str]:
        """The levels that occur, strongest first."""
        found = {level for row in self.counts.values() for level in row}
        return [level for level in (*LEVELS, "none") if level in found]

    @property
    def surprises(self) -> tuple[Entry, ...]:
        """The entries to read first."""
        return tuple(entry for entry in self.entries if entry.surprise)

    @property
    def summary(self) -> str:
        """The headline in one sentence."""
        total = len(self.entries)
        words = [f"{sum(row.values())} {word}" for word, row in self.counts.items()]
        listed = ", ".join(words) if words else "none"
        expected = [v for v in self.verdicts if v.expected is not None]
        sentence = f"{total} claim{'' if total == 1 else 's'}: {listed}."
        if expected:
            met = sum(v.as_expected for v in expected)
            known = "the one expectation" if len(expected) == 1 else f"{len(expected)} expectations"
            sentence += f" {met} of {known} met." if len(expected) > 1 else f" {known.capitalize()} {_met(met)}."
        return sentence


def _met(count: int) -> str:
    return "is met" if count else "is not met"


SURPRISES = {
    0: ", although every assumption holds",
    1: "",
    2: ", although every assumption holds",
    3: "",
    4: "",
}
"""Ranks of verdicts worth reading first, most surprising first, and what is said besides verdict and expectation:
refuted against expectation with all assumptions holding, otherwise against expectation, refuted without expectation
with and without assumptions that hold, undecided though expected to be decided."""

UNSURPRISING = 9


def surprise_rank(verdict: Verdict) -> int:
    """Return the place of a verdict in :data:`SURPRISES`, or :data:`UNSURPRISING`."""
    refuted = verdict.verdict == "refuted"
    hold = bool(verdict.assumptions) and all(assumption.holds for assumption in verdict.assumptions)
    if verdict.expected == verdict.verdict:
        return UNSURPRISING
    if verdict.verdict == "undecided":
        return UNSURPRISING if verdict.expected is None else 4
    if verdict.expected is not None:
        return 0 if refuted and hold else 1
    return (2 if hold else 3) if refuted else UNSURPRISING


def build(
    verdicts: Sequence[Verdict],
    directory: Path,
    *,
    title: str,
    created: str | None = None,
    errors: Sequence[Mapping[str, str]] = (),
    environment: Mapping[str, str] | None = None,
) -> Report:
    """Return the report on ``verdicts`` as it will lie in ``directory``.

    Raises:
        InvalidInput: ``SOURCE_DATE_EPOCH`` is set and not a time.
    """
    from reports.parts.derived import with_derived
    from reports.parts.environment import stamp, versions

    ranked = sorted((clean_verdict(verdict) for verdict in verdicts), key=surprise_rank)
    anchors = _anchors(ranked)
    entries = tuple(
        Entry(
            verdict, anchor, _certificate(verdict.certificate, directory), surprise_rank(verdict), with_derived(verdict)
        )
        for verdict, anchor in zip(ranked, anchors, strict=True)
    )
    return Report(
        title=one_line(clean(title)),
        entries=entries,
        environment=clean_data(dict(environment)) if environment is not None else versions(),
        created=stamp() if created is None else clean(created) or None,
        errors=tuple({str(key): clean(text) for key, text in error.items()} for error in errors),
    )


def clean_verdict(verdict: Verdict) -> Verdict:
    """Return a verdict without unsafe characters in any of its texts."""
    texts = {key: clean(getattr(verdict, key)) for key in ("verdict", "scope", "method", "reproduce")}
    texts |= {key: one_line(clean(getattr(verdict, key))) for key in ("id", "title")}
    optional = {key: getattr(verdict, key) for key in ("level", "expected", "reason", "certificate")}
    cleaned: dict[str, Any] = texts | {key: None if text is None else clean(text) for key, text in optional.items()}
    cleaned |= {key: clean_data(getattr(verdict, key)) for key in DATA_FIELDS}
    return replace(verdict, **cleaned, assumptions=tuple(_clean_assumption(a) for a in verdict.assumptions))


def _clean_assumption(assumption: Assumption) -> Assumption:
    keys = ("name", "statement", "value", "relation", "threshold", "margin", "level", "note")
    cleaned: dict[str, Any] = {key: clean(getattr(assumption, key)) for key in keys}
    return replace(assumption, **cleaned)


def _anchors(verdicts: Sequence[Verdict]) -> list[str]:
    """Return one name per verdict, unique, of letters, digits and hyphens."""
    taken: dict[str, int] = {}
    out = []
    for verdict in verdicts:
        kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in verdict.id.lower())
        base = "claim-" + ("-".join(part for part in kept.split("-") if part)[:60] or "untitled")
        taken[base] = taken.get(base, 0) + 1
        out.append(base if taken[base] == 1 else f"{base}--{taken[base]}")
    return out


def _certificate(path: str | None, directory: Path) -> CertificateFile | None:
    """Return where a certificate lies, seen from the report, and its hash if it is a readable JSON file."""
    if not path:
        return None
    try:
        file = Path(path)
        if file.suffix != ".json" or not file.is_file() or file.stat().st_size > MAX_CERTIFICATE:
            return CertificateFile(path)
        with file.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        link = quote(os.path.relpath(file, directory).replace(os.sep, "/"), safe="/")
        return CertificateFile(path, link, digest, file.stat().st_size)
    except (OSError, ValueError):
        return CertificateFile(path)
