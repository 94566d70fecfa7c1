"""Checks which critical points are copies of others under signed permutations of the parameter entries.

A signed permutation s that leaves the objective unchanged, F(s(x)) = F(x) at every x, carries critical points to
critical points of the same value and index. The identity is shown by exact expansion in the algebraic reading. The
image of a listed point is another listed one if it lies in the box in which that one is the only critical point, or is
the same exact point; the image of a family is another one if the image of one of its points is in one of its pieces.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flint import fmpq

from verify.algebra.reading import growing, read
from verify.algebra.ring import Generator, Ring, Terms
from verify.algebra.signs import Facts
from verify.certificate import fraction, member, natural, sequence
from verify.claim import Claim
from verify.errors import Rejected, Undecidable
from verify.expr.ball import rational
from verify.expr.evaluate import Poison
from verify.recheck.enclosures import Box

if TYPE_CHECKING:
    from verify.recheck.landscape import Checker

KEYS = {"of", "copy", "map", "symmetry"}


@dataclass(frozen=True)
class Motion:
    """Entry i of the image is ``signs[i]`` times entry ``sources[i]``."""

    sources: tuple[int, ...]
    signs: tuple[int, ...]

    def image(self, box: Box) -> Box:
        """Return the image of a box."""
        low: list[fmpq] = []
        high: list[fmpq] = []
        for source, sign in zip(self.sources, self.signs, strict=True):
            ends = (box.low[source], box.high[source]) if sign > 0 else (-box.high[source], -box.low[source])
            low.append(ends[0])
            high.append(ends[1])
        return Box(tuple(low), tuple(high))

    def to_json(self) -> list[list[int]]:
        """Return the motion as a certificate holds it."""
        return [[source, sign] for source, sign in zip(self.sources, self.signs, strict=True)]


def motion_from(data: Any, size: int) -> Motion:
    """Return a signed permutation of ``size`` entries.

    Raises:
        Rejected: the data are not one.
    """
    pairs = [sequence(entry) for entry in sequence(data)]
    if len(pairs) != size or any(len(entry) != 2 for entry in pairs):
        raise Rejected("a signed permutation needs a source and a sign per parameter entry")
    sources, signs = tuple(natural(entry[0]) for entry in pairs), tuple(entry[1] for entry in pairs)
    if sorted(sources) != list(range(size)) or any(isinstance(s, bool) or s not in (1, -1) for s in signs):
        raise Rejected("not a signed permutation")
    return Motion(sources, signs)


def name_of(motion: Motion, names: Sequence[str]) -> str:
    """Return a motion in words, such as ``(q, v) -> (-q, -v)``."""
    moved = [i for i, (j, sign) in enumerate(zip(motion.sources, motion.signs, strict=True)) if i != j or sign < 0]
    images = [("-" if motion.signs[i] < 0 else "") + names[motion.sources[i]] for i in moved]
    if len(moved) == 1:
        return f"{names[moved[0]]} -> {images[0]}"
    return f"({', '.join(names[i] for i in moved)}) -> ({', '.join(images)})"


def require_invariant(claim: Claim, motion: Motion) -> None:
    """Require that the objective of a claim is unchanged by a motion.

    Raises:
        Rejected: it is not.
        Undecidable: the objective is not one formula everywhere.
    """
    objective = claim.objective
    if objective is None:
        raise Rejected("there is no objective")
    names = claim.entry_names
    entries: list[list[Terms]] = [
        [((fraction("1"), ((name, 1),)),) for name in names],
        [
            ((fraction(str(sign)), ((names[source], 1),)),)
            for source, sign in zip(motion.sources, motion.signs, strict=True)
        ],
    ]

    def work(ring: Ring) -> bool:
        values = []
        for flat in entries:
            found, demands = read([objective], _by_parameter(claim, flat), ring, Facts())
            if isinstance(found[0][0], Poison) or demands.touched_zero:
                raise Undecidable("the objective is not one formula everywhere")
            values.append(found[0][0])
        return bool(ring.sum([values[0], ring.mul(values[1], ring.constant(-1))]).num.is_zero())

    # Nothing is assumed of the entries: images may lie outside the domain.
    if not growing(work, Ring([Generator(name, "real") for name in names])):
        raise Rejected("a signed permutation changes the objective")


def _by_parameter(claim: Claim, flat: Sequence[Terms]) -> dict[str, list[Terms]]:
    env, start = {}, 0
    for parameter in claim.parameters:
        count = len(parameter.entry_names)
        env[parameter.name] = list(flat[start : start + count])
        start += count
    return env


def check_copies(checker: Checker, data: Sequence[Any]) -> None:
    """Accept which listed points and families are copies; points are numbered from 0, families after them.

    Raises:
        Rejected: one is not shown to be a copy.
        Undecidable: the objective is not one formula everywhere.
    """
    size = len(checker.problem.entry_names)
    known: set[Motion] = set()
    for entry in data:
        if set(entry) != KEYS:
            raise Rejected("a copy needs " + ", ".join(sorted(KEYS)))
        motion = motion_from(member(entry, "map"), size)
        if motion not in known:
            require_invariant(checker.problem, motion)
            known.add(motion)
        if entry["symmetry"] != name_of(motion, checker.problem.entry_names):
            raise Rejected("a symmetry is not named as it should be")
        original, copy = natural(entry["of"]), natural(entry["copy"])
        if original == copy or not lands_on(checker, motion, original, copy):
            raise Rejected("a critical point is not shown to be a copy of another one")


def lands_on(checker: Checker, motion: Motion, original: int, copy: int) -> bool:
    """Return whether the image of something listed is shown to be something else listed.

    Raises:
        Rejected: there is no such entry.
    """
    count = len(checker.tight)
    roots = checker.families.roots if checker.families is not None else {}
    if max(original, copy) >= count + len(roots):
        raise Rejected("a copy of something that is not listed")
    if (original < count) != (copy < count):
        return False
    if original >= count:
        image = motion.image(roots[original - count].tight)
        return checker.families is not None and checker.families.holds(copy - count, image)
    image = motion.image(checker.tight[original])
    if image.low == image.high and image == checker.tight[copy]:
        return True
    inside = checker.alone.get(copy)
    return inside is not None and all(
        rational(a) <= image.low[n] and image.high[n] <= rational(b) for n, (a, b) in inside.items()
    )


__all__ = ["Motion", "check_copies", "lands_on", "motion_from", "name_of", "require_invariant"]
