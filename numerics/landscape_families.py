"""Finds flat families of critical points: orbits of continuous symmetries, covered by overlapping boxes.

A box (a *sheet*) is what :mod:`verify.recheck.families` can check: in it, the critical points are one graph over as
many coordinates as there are independent symmetries. From one sheet, the search walks along the family to its
neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numerics.budget import Budget
from verify.claim import Claim
from verify.errors import AttnverifyError
from verify.expr.ball import precision
from verify.recheck.batch.contract import Contractor, inverted
from verify.recheck.batch.family import graphs
from verify.recheck.batch.sweep import Sweep, powers
from verify.recheck.enclosures import Box
from verify.recheck.symmetries import Field, require_symmetry, transversal

FloatArray = NDArray[np.float64]

STEPS = 60
"""Steps of the damped Newton method towards critical points, isolated or not."""

SMALL_SLOPE = 1e-10
"""Relative length of a gradient that counts as zero, in floats."""

SNAP = 1e-6
"""Coordinates smaller than this share of the domain are zero if that is as good."""

SAME_RANK = 1e-7
"""Relative size below which singular values and curvatures count as zero, in floats."""

INDEPENDENT = 0.2
"""A simple symmetry is preferred unless it moves the point less than this share of what another one does."""

SHRINK = 0.75
FIRST, LAST = 3, 48
"""Boxes tried around a point: half widths along of ``SHRINK**FIRST`` to ``SHRINK**LAST`` of the domain."""

SHAPES = ((1.2, 0.1), (1.5, 0.3), (2.0, 0.5), (3.0, 1.0))
"""Half widths across: the first times what the slope of the graph takes, plus the second times the half width along."""

STRIDE = 0.8
"""How far from its middle a box's neighbours are, in half widths."""

CORE = 0.7
"""Share of a box in which no further box is begun."""

SMALLEST_LEVEL = 1e-3
"""Coordinates smaller than this share of the domain are not held fixed on slices."""

MAX_SHEETS = 1500
MAX_IDLE = 6
"""After so many looks in a row that found nothing new, there are no more."""

MARGIN = 0.05
"""How far beyond the domain boxes are begun, as a share of its width."""

NEWTON_STEPS = 12
CONVERGED = 1e-14
BITS = 96


@dataclass(frozen=True)
class Sheet:
    """A box ``ends`` (n, 2: minus low, and high) of the inputs, in which critical points form a graph.

    Attributes:
        along: positions of the inputs over which it is one.
        fields: numbers of the symmetries.
        point: a critical point in the middle, in floats.
        sweep: what rescalings carry into the box, where it stands for that.
    """

    ends: FloatArray
    along: tuple[int, ...]
    fields: tuple[int, ...]
    point: FloatArray
    sweep: Sweep | None = None


def fields_of(problem: Claim, seed: int) -> list[Field]:
    """Return the affine symmetries of an objective, each one proved."""
    from numerics.provers.symmetry import symmetries

    out = []
    try:
        candidates = symmetries(problem, seed, Budget.of(10))
    except (AttnverifyError, ArithmeticError, np.linalg.LinAlgError):
        return []
    for candidate in candidates:
        found = Field(candidate.matrix, candidate.offset)
        try:
            require_symmetry(problem, found)
        except AttnverifyError:
            continue
        out.append(found)
    return out


@dataclass
class Families:
    """The sheets found so far.

    Args:
        fields: symmetries that leave the parameters alone that were solved for.
        low: lower ends of the inputs in the domain, with high the upper ones.
        total: whether the objective is defined and smooth everywhere.
    """

    contractor: Contractor
    fields: Sequence[Field]
    low: FloatArray
    high: FloatArray
    total: bool = False
    sheets: list[Sheet] = field(default_factory=list)
    idle: int = 0

    def __post_init__(self) -> None:
        inputs = list(self.contractor.system.inputs)
        self.matrices = np.array([[[float(v) for v in row] for row in f.matrix] for f in self.fields])
        self.matrices = self.matrices[:, inputs][:, :, inputs]
        self.offsets = np.array([[float(v) for v in f.offset] for f in self.fields])[:, inputs]

    @property
    def scale(self) -> FloatArray:
        """Widths of the domain."""
        return self.high - self.low

    def look(self, points: FloatArray, budget: Budget) -> bool:
        """Add the families that are reached from points (n, N); return whether there are new sheets."""
        if self.idle >= MAX_IDLE:
            return False
        before = len(self.sheets)
        for x in self.critical(points).T:
            if budget.left <= 0:
                break
            if not self._known(x, CORE):
                self._walk(x, budget)
        found = len(self.sheets) > before
        self.idle = 0 if found else self.idle + 1
        return found

    def within(self, boxes: FloatArray) -> Any:
        """Return which boxes (n, 2, N) lie in one sheet, with a little to spare."""
        out = np.zeros(boxes.shape[2], dtype=bool)
        for sheet in self.sheets:
            if sheet.sweep is not None:
                out |= sheet.sweep.holds(boxes)
                continue
            slack = 1e-9 * (sheet.ends[:, 0] + sheet.ends[:, 1])
            out |= (boxes <= (sheet.ends - slack[:, None])[:, :, None]).all(axis=(0, 1))
        return out

    # --- critical points ---

    def critical(self, points: FloatArray) -> FloatArray:
        """Return critical points (n, M) in the domain near which a damped Newton method ends from points (n, N)."""
        x = points.copy()
        scale = self.scale[:, None]
        with np.errstate(all="ignore"):
            for _ in range(STEPS):
                slopes, hessian = self.contractor.derivatives_at(x)
                good = np.isfinite(slopes).all(axis=0) & np.isfinite(hessian).all(axis=(0, 1))
                x, slopes, hessian = x[:, good], slopes[:, good], hessian[:, :, good]
                if not _long(slopes, hessian).any():
                    break
                step = _damped(slopes, hessian)
                length = (np.abs(step) / scale).max(axis=0, initial=0.0)
                x = x + step / np.maximum(1.0, 8 * length)
            good = ~_long(*self.contractor.derivatives_at(x)) & self._near(x)
            x = x[:, good]
            # Coordinates that are zero but for rounding are on neither side of it.
            snapped = np.where(np.abs(x) < SNAP * scale, 0.0, x)
            return np.where(_long(*self.contractor.derivatives_at(snapped)), x, snapped)

    def _near(self, x: FloatArray) -> Any:
        slack = MARGIN * self.scale[:, None]
        return ((x >= self.low[:, None] - slack) & (x <= self.high[:, None] + slack)).all(axis=0)

    def _known(self, x: FloatArray, share: float) -> bool:
        for sheet in self.sheets:
            if sheet.sweep is not None:
                if sheet.sweep.holds(np.stack([-x, x], axis=1)[:, :, None])[0]:
                    return True
                continue
            middle = 0.5 * (sheet.ends[:, 1] - sheet.ends[:, 0])
            reach = 0.5 * share * (sheet.ends[:, 1] + sheet.ends[:, 0])
            if (np.abs(x - middle) <= reach).all():
                return True
        return False

    # --- sheets ---

    def _walk(self, start: FloatArray, budget: Budget) -> None:
        waiting = [start]
        while waiting and len(self.sheets) < MAX_SHEETS and budget.left > 0:
            x = waiting.pop()
            if self._known(x, CORE):
                continue
            sheet = swept(self, x) if self.total else None
            if sheet is None:
                sheet = self._around(x)
            if sheet is None:
                continue
            self.sheets.append(sheet)
            if sheet.sweep is None:
                waiting += self._neighbours(sheet)

    def _around(self, x: FloatArray) -> Sheet | None:
        """Return a large sheet around a critical point, or None where it is not in a regular family."""
        hessian = self.contractor.derivatives_at(x[:, None])[1]
        if not np.isfinite(hessian).all():
            return None
        split = self.split(x, hessian[:, :, 0])
        if split is None:
            return None
        along, numbers = split
        across = [i for i in range(len(x)) if i not in along]
        inner = hessian[:, :, 0][np.ix_(across, across)]
        slope = np.abs(np.linalg.solve(inner, hessian[:, :, 0][np.ix_(across, along)]))
        scale = self.scale
        reach = min(scale[list(along)]) * SHRINK ** np.arange(FIRST, LAST + 1.0)
        steep, fat = np.array(SHAPES).T
        radii = np.zeros((len(x), len(reach), len(SHAPES)))
        radii[list(along)] = reach[None, :, None]
        for row, place in enumerate(across):
            radii[place] = reach[:, None] * (steep * slope[row].sum() + fat)
        flat = radii.reshape(len(x), -1)
        boxes = _rounded(np.stack([flat - x[:, None], x[:, None] + flat], axis=1), flat)
        held = graphs(self.contractor, boxes, across)
        weight = np.log(np.repeat(reach, len(SHAPES))) + 0.25 * np.tile(np.log(fat), len(reach))
        for k in np.argsort(-weight):
            if held[k] and self._transversal(boxes[:, :, k], along, numbers):
                return Sheet(boxes[:, :, k].copy(), along, numbers, x)
        return None

    def split(self, x: FloatArray, hessian: FloatArray) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
        """Return inputs along, and symmetries, if the kernel of the Hessian is the tangent space of the orbit."""
        from scipy.linalg import qr

        scale = self.scale
        vectors = (np.einsum("kij,j->ik", self.matrices, x) + self.offsets.T) / scale[:, None]
        singular = np.linalg.svd(vectors, compute_uv=False)
        dimension = int((singular > SAME_RANK * max(1.0, singular[0])).sum())
        curvatures = np.abs(np.linalg.eigvalsh(hessian * scale[:, None] * scale[None]))
        flat = int((curvatures < SAME_RANK * curvatures.max()).sum())
        if dimension == 0 or dimension != flat or dimension == len(x):
            return None
        numbers = self._independent(vectors, dimension)
        _, _, rows = qr(vectors[:, numbers].T, mode="economic", pivoting=True)
        return tuple(sorted(int(k) for k in rows[:dimension])), numbers

    def _independent(self, vectors: FloatArray, count: int) -> tuple[int, ...]:
        """Return the numbers of ``count`` independent fields with values ``vectors`` (n, m), simple ones first."""
        left, out = vectors.copy(), []
        simple = sorted(range(len(self.fields)), key=lambda k: (self.matrices[k] != 0).sum())
        for _ in range(count):
            length = np.linalg.norm(left, axis=0)
            chosen = next(k for k in simple if length[k] >= INDEPENDENT * length.max())
            out.append(chosen)
            way = left[:, chosen] / length[chosen]
            left -= np.outer(way, way @ left)
        return tuple(sorted(out))

    def _transversal(self, ends: FloatArray, along: Sequence[int], numbers: Sequence[int]) -> bool:
        from flint import fmpq

        inputs = self.contractor.system.inputs
        size = len(self.fields[0].offset)
        low, high = [fmpq(0)] * size, [fmpq(0)] * size
        for n, (a, b) in zip(inputs, ends.tolist(), strict=True):
            low[n], high[n] = fmpq(*(-a).as_integer_ratio()), fmpq(*b.as_integer_ratio())
        with precision(BITS):
            return transversal(
                [self.fields[k] for k in numbers], [inputs[i] for i in along], Box(tuple(low), tuple(high))
            )

    def _neighbours(self, sheet: Sheet) -> list[FloatArray]:
        """Return points of the family near the ends of a sheet, in the domain or close to it."""
        along = list(sheet.along)
        reach = 0.5 * (sheet.ends[along, 0] + sheet.ends[along, 1])
        ways = np.array([way for way in product((-1.0, 0.0, 1.0), repeat=len(along)) if any(way)]).T
        found = self.on_sheet(sheet, sheet.point[along, None] + STRIDE * reach[:, None] * ways)
        return list(found[:, self._near(found)].T)

    def on_sheet(self, sheet: Sheet, targets: FloatArray) -> FloatArray:
        """Return points (n, M) of a family over values (k, N) of the inputs along; those that Newton's method finds."""
        along = list(sheet.along)
        across = [i for i in range(len(sheet.point)) if i not in along]
        x = np.repeat(sheet.point[:, None], targets.shape[1], axis=1)
        x[along] = targets
        with np.errstate(all="ignore"):
            for _ in range(NEWTON_STEPS):
                slopes, hessian = self.contractor.derivatives_at(x)
                inner = inverted(hessian[np.ix_(across, across)])
                step = np.einsum("ijn,jn->in", inner, slopes[across])
                x[across] -= step
                if not (np.abs(step) > CONVERGED * self.scale[across, None]).any():
                    break
            held = ((-sheet.ends[:, :1] <= x) & (x <= sheet.ends[:, 1:])).all(axis=0)
        return x[:, held]


def _long(slopes: FloatArray, hessian: FloatArray) -> Any:
    """Return which gradients (n, N) are not zero, in floats, NaN included."""
    size = np.abs(hessian).max(axis=(0, 1), initial=0.0)
    return ~(np.abs(slopes).max(axis=0, initial=0.0) <= SMALL_SLOPE * size)


def _damped(slopes: FloatArray, hessian: FloatArray) -> FloatArray:
    """Return damped Newton steps (n, N) that are not upset by singular Hessians."""
    curvature, axes = np.linalg.eigh(hessian.transpose(2, 0, 1))
    rotated = np.einsum("nji,jn->ni", axes, slopes)
    size = np.maximum(np.abs(curvature).max(axis=1, initial=0.0), 1e-300)
    damping = np.minimum((slopes**2).sum(axis=0), 1e-2 * size**2) + 1e-14 * size**2
    return -np.einsum("nij,nj->in", axes, rotated * curvature / (curvature**2 + damping[:, None]))


def _rounded(boxes: FloatArray, radii: FloatArray) -> FloatArray:
    """Return the boxes (n, 2, N) with ends of few digits."""
    grid = 2.0 ** (np.floor(np.log2(radii)) - 6)
    return np.asarray(np.round(boxes / grid[:, None]) * grid[:, None])


# --- sweeps -----------------------------------------------------------------------------------------------------


def swept(families: Families, x: FloatArray) -> Sheet | None:
    """Return a box of a slice that stands for the whole orbit of a critical point under rescalings, or None."""
    hessian = families.contractor.derivatives_at(x[:, None])[1][:, :, 0]
    split = families.split(x, hessian) if np.isfinite(hessian).all() else None
    if split is None or not all(families.fields[k].rescales for k in split[1]):
        return None
    inputs = families.contractor.system.inputs
    rows = [[families.fields[k].matrix[n][n] for n in inputs] for k in split[1]]
    best: Sheet | None = None
    for along in combinations(range(len(x)), len(split[0])):
        exponents = powers(rows, along)
        if exponents is None or (np.abs(x[list(along)]) < SMALLEST_LEVEL * families.scale[list(along)]).any():
            continue
        found = _on_slice(families, x, along, exponents, split[1])
        if found is not None and (best is None or _size(families, found) > _size(families, best)):
            best = found
    return best


def _size(families: Families, sheet: Sheet) -> float:
    across = [i for i in range(len(sheet.point)) if i not in sheet.along]
    return float(((sheet.ends.sum(axis=1) / families.scale)[across]).min())


def _on_slice(
    families: Families, x: FloatArray, along: tuple[int, ...], exponents: tuple[tuple[int, ...], ...],
    numbers: tuple[int, ...],
) -> Sheet | None:  # fmt: skip
    """Return the box of the slice at simple levels, else at those of the point itself."""
    places = list(along)
    across = [i for i in range(len(x)) if i not in along]
    for grid in (1.0, 0.25, 2.0**-10):
        level = np.round(x[places] / grid) * grid
        if (level == 0).any() or (level * x[places] < 0).any():
            continue
        start = x.copy()
        for place in across:
            start[place] *= np.prod((level / x[places]) ** np.array(exponents[place], dtype=float))
        start[places] = level
        if ((start < families.low) | (start > families.high)).any():
            continue
        ends = _largest(families, start, across)
        if ends is not None:
            ends[places] = np.stack([-level, level], axis=1)
            inner = ends.copy()
            inner[across] -= 1e-9 * ends[across].sum(axis=1, keepdims=True)
            return Sheet(ends, along, numbers, start, Sweep(inner, along, exponents))
    return None


def _largest(families: Families, x: FloatArray, across: Sequence[int]) -> FloatArray | None:
    """Return the ends (n, 2) of a large box of the slice through a critical point: a cube, then axis by axis."""

    def held(radii: FloatArray) -> tuple[FloatArray, FloatArray] | None:
        boxes = np.repeat(np.stack([-x, x], axis=1)[:, :, None], radii.shape[1], axis=2)
        middle = x[across, None]
        boxes[across] = _rounded(np.stack([radii - middle, middle + radii], axis=1), radii)
        good = np.nonzero(graphs(families.contractor, boxes, across))[0]
        return (boxes[:, :, good[-1]], radii[:, good[-1]]) if len(good) else None

    scale = families.scale[across]
    best = held(scale[:, None] * 2.0 ** np.arange(-24.0, 0.0))
    for axis in (*range(len(across)), *range(len(across))):
        if best is not None:
            trials = np.repeat(best[1][:, None], 6, axis=1)
            trials[axis] *= 1.4 ** np.arange(6.0)
            best = held(trials) or best
    return best[0].copy() if best is not None else None
