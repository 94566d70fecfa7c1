"""What changed between two runs: verdicts, assumptions, margins, seconds; and whether it is for the worse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from reports.parts.numbers import as_float
from verify.verdict import Assumption, Verdict

SLOWER = 1.5
"""A claim is named as slower or faster when its time changed by at least this factor ..."""

NOTICEABLE = 1.0
"""... and by at least this many seconds."""

RIGOROUS = ("exact", "ball")

_STRENGTH = {"proved": 4, "supported": 3, "vacuous": 2, "undecided": 1, "refuted": 0}
"""Order of the words for a claim without an expectation."""

SAME, BETTER, WORSE, DIFFERENT, NEW, GONE = "same", "better", "worse", "different", "new", "gone"


@dataclass(frozen=True)
class MarginChange:
    """An assumption whose decision or margin changed; ``difference`` is None where a margin is not a number."""

    name: str
    old: str
    new: str
    difference: float | None
    old_holds: bool | None
    new_holds: bool | None


@dataclass(frozen=True)
class Change:
    """One claim in both runs; ``kind`` is same, better, worse, different, new or gone, by its verdict alone."""

    id: str
    kind: str
    old: str | None
    new: str | None
    old_level: str | None
    new_level: str | None
    old_seconds: float | None
    new_seconds: float | None
    margins: tuple[MarginChange, ...] = ()

    @property
    def pace(self) -> str | None:
        """``slower`` or ``faster`` where the difference is noticeable."""
        if self.old_seconds is None or self.new_seconds is None:
            return None
        low, high = sorted((self.old_seconds, self.new_seconds))
        if high - low < NOTICEABLE or high < SLOWER * low:
            return None
        return "slower" if self.new_seconds == high else "faster"

    @property
    def is_notable(self) -> bool:
        """Whether anything about the claim changed."""
        return self.kind != SAME or bool(self.margins) or self.pace is not None


def compare(old: Sequence[Verdict], new: Sequence[Verdict]) -> list[Change]:
    """Return one change per claim, in the order of the new run, then what is gone. Claims are matched by id."""
    before, after = _named(old), _named(new)
    changes = [_change(key, before.get(key), verdict) for key, verdict in after.items()]
    return changes + [_change(key, verdict, None) for key, verdict in before.items() if key not in after]


def is_worse(changes: Iterable[Change], *, allow_missing: bool = False) -> bool:
    """Whether any verdict changed for the worse, or is gone (unless that is allowed)."""
    bad = (WORSE,) if allow_missing else (WORSE, GONE)
    return any(change.kind in bad for change in changes)


def to_json(changes: Sequence[Change], *, worse: bool) -> dict[str, Any]:
    """Return the comparison as JSON data."""
    return {
        "worse": worse,
        "claims": len(changes),
        "changes": [asdict(change) | {"pace": change.pace} for change in changes if change.is_notable],
    }


def _named(verdicts: Sequence[Verdict]) -> dict[str, Verdict]:
    """Return verdicts by id; of claims that share an id, the n-th is called ``id #n``."""
    out: dict[str, Verdict] = {}
    seen: dict[str, int] = {}
    for verdict in verdicts:
        seen[verdict.id] = seen.get(verdict.id, 0) + 1
        out[verdict.id if seen[verdict.id] == 1 else f"{verdict.id} #{seen[verdict.id]}"] = verdict
    return out


def _change(key: str, old: Verdict | None, new: Verdict | None) -> Change:
    return Change(
        id=key,
        kind=_kind(old, new),
        old=old.verdict if old else None,
        new=new.verdict if new else None,
        old_level=old.level if old else None,
        new_level=new.level if new else None,
        old_seconds=old.seconds if old else None,
        new_seconds=new.seconds if new else None,
        margins=tuple(_margins(old.assumptions, new.assumptions)) if old and new else (),
    )


def _kind(old: Verdict | None, new: Verdict | None) -> str:
    if old is None or new is None:
        return NEW if old is None else GONE
    if old.verdict == new.verdict:
        return _kind_of_levels(old.level, new.level)
    # One expectation for both sides, so that a new expectation is not taken for a new result.
    expected = new.expected or old.expected
    before, after = _rank(old.verdict, expected), _rank(new.verdict, expected)
    return DIFFERENT if before == after else BETTER if after > before else WORSE


def _rank(word: str, expected: str | None) -> int:
    """As expected above undecided above any other word; without expectation by :data:`_STRENGTH`."""
    if expected is None:
        return _STRENGTH[word]
    return 2 if word == expected else 1 if word == "undecided" else 0


def _kind_of_levels(old: str | None, new: str | None) -> str:
    if old == new:
        return SAME
    before, after = old in RIGOROUS, new in RIGOROUS
    return DIFFERENT if before == after else BETTER if after else WORSE


def _margins(old: Sequence[Assumption], new: Sequence[Assumption]) -> Iterable[MarginChange]:
    before: Mapping[str, Assumption] = {assumption.name: assumption for assumption in old}
    for now in new:
        was = before.get(now.name)
        if was is None or (was.margin == now.margin and was.holds == now.holds):
            continue
        left, right = as_float(was.margin), as_float(now.margin)
        difference = None if left is None or right is None else right - left
        yield MarginChange(now.name, was.margin, now.margin, difference, was.holds, now.holds)
