"""Copies in a list of critical points: which are images of others under sign changes and permutations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from verify.claim import Claim
from verify.landscape_families import CriticalFamily

if TYPE_CHECKING:
    from numerics.landscape import Search
    from verify.landscape import CriticalPoint
    from verify.recheck.copies import Motion

CLOSE = 1e-8


@dataclass(frozen=True)
class Copy:
    """Entry ``copy`` of a list is entry ``of`` moved by a symmetry; points are numbered from 0, families after them."""

    of: int
    copy: int
    symmetry: str
    motion: Motion

    def shown(self) -> dict[str, Any]:
        """Return the copy for people and programs."""
        return {"of": self.of, "copy": self.copy, "symmetry": self.symmetry}

    def to_json(self) -> dict[str, Any]:
        """Return the copy as a certificate holds it."""
        return {**self.shown(), "map": self.motion.to_json()}


def copies(
    problem: Claim, found: Search, points: Sequence[CriticalPoint], families: Sequence[CriticalFamily],
    pieces: Sequence[Mapping[str, Any]], seed: int,
) -> list[Copy]:  # fmt: skip
    """Return, for each entry that has one, the first entry of which it is a copy, with a proved symmetry."""
    import numpy as np

    from numerics.copies import motions, moved, proved
    from verify.recheck.copies import name_of

    if len(points) < 2 and len(families) < 2:
        return []
    located = [*(point.at for point in points), *(family.at for family in families)]
    places = [np.array([float(c) for c, _ in at.values()]) for at in located]
    known: dict[Motion, bool] = {}
    out: list[Copy] = []
    done: set[int] = set()
    candidates = motions(problem, seed)
    for first in range(len(places)):
        for second in range(first + 1, len(places)):
            if first in done or second in done or (first < len(points)) != (second < len(points)):
                continue
            for motion in candidates:
                image = moved(motion, places[first])
                if second < len(points):
                    held = bool((np.abs(image - places[second]) <= CLOSE * (1 + np.abs(image))).all())
                else:
                    held = _in_family(found, pieces, second - len(points), image)
                if held and known.setdefault(motion, proved(problem, motion)):
                    done.add(second)
                    out.append(Copy(first, second, name_of(motion, problem.entry_names), motion))
                    break
    return out


def _in_family(found: Search, pieces: Sequence[Mapping[str, Any]], number: int, image: Any) -> bool:
    """Return whether a point (n,) seems to lie in a piece of a family."""
    import numpy as np

    from numerics.landscape_links import exact_ends

    x = image[found.inputs]
    sheets = found.families.sheets if found.families is not None else []
    for sheet in sheets:
        low, high = exact_ends(sheet.ends)
        mark = [str(v) for v in low], [str(v) for v in high]
        if not any(p["family"] == number and (p["low"], p["high"]) == mark for p in pieces):
            continue
        if sheet.sweep is not None:
            held = bool(sheet.sweep.holds(np.stack([-x, x], axis=1)[:, :, None])[0])
        else:
            slack = 1e-6 * (sheet.ends[:, 0] + sheet.ends[:, 1])
            held = bool(((x >= slack - sheet.ends[:, 0]) & (x <= sheet.ends[:, 1] - slack)).all())
        if held:
            return True
    return False
