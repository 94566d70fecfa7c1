"""Finds all critical points of an objective in a box, with the tree of boxes that shows that they are all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor
from typing import Any

import numpy as np
from flint import arb, arb_mat
from numpy.typing import NDArray

from numerics.budget import Budget
from numerics.landscape_engine import Engine, engine
from numerics.landscape_families import Families, fields_of
from verify.claim import Claim
from verify.errors import Undecidable
from verify.expr.ball import precision
from verify.expr.tape import Tape, trace
from verify.expr.tape_system import System, solve, system
from verify.recheck.batch.contract import Contractor
from verify.recheck.batch.cover import AXES, EMPTY, OPEN, REGION, halves
from verify.recheck.families import is_total
from verify.recheck.jets import run

FloatArray = NDArray[np.float64]

STARTS = 20
"""Newton starts per parameter."""

SMALL = 0.05
"""Boxes narrower than this share of the domain are looked at for critical points."""

FINEST = 2.0**-21
"""Boxes narrower than this share of the domain stay open."""

CROWD, CROWD_WIDTH = 8_000, 2.0**-9
"""More boxes than this, narrower than this share of the domain, seem to follow a family of zeros: they stay open."""

MOST_PER_LEVEL = 20
"""Most boxes of one level from whose middles critical points are sought."""

SLICE = 4096
"""Boxes between two looks at the clock."""

SOLVE_FROM = 3
"""Number of parameters from which on one is solved for."""

MOST_SOLVED = 1
"""Most parameters that are solved for; the formulas of further ones were too wide over boxes to save any."""

POINT_BITS = 256
DIGITS = 30
RADIUS = Fraction(1, 10**24)
"""Radius of the box around a reported point, relative to max(1, largest coordinate)."""

MAX_OPEN = 20_000

FAMILY_SHARE = 0.3
"""Share of the time left that one look for flat families may take."""


@dataclass(frozen=True)
class Region:
    """A box with exactly one critical point of the system (``ends`` (n, 2): minus low, and high), near ``point``.

    ``point`` is exact, close, and has all parameters.
    """

    ends: FloatArray
    point: tuple[Fraction, ...]


@dataclass
class Search:
    """What was found so far; boxes have shape (n, 2, N), minus the lower ends and the upper ends of the inputs."""

    tape: Tape
    system: System
    engine: Engine
    low: FloatArray
    high: FloatArray
    regions: list[Region] = field(default_factory=list)
    levels: list[str] = field(default_factory=list)
    opened: list[FloatArray] = field(default_factory=list)
    looked: int = 0
    failed: list[FloatArray] = field(default_factory=list)
    families: Families | None = None
    kinked: Sequence[FloatArray] = ()
    """Boxes (n, 2) around critical points on kinks."""

    @property
    def nodes(self) -> int:
        """Number of boxes of the tree."""
        return sum(map(len, self.levels)) // 2

    @property
    def scale(self) -> FloatArray:
        """Widths of the domain."""
        return self.high - self.low

    @property
    def inputs(self) -> list[int]:
        """Numbers of the parameters that were not solved for."""
        return list(self.system.inputs)

    @property
    def solved(self) -> list[int]:
        """Numbers of the parameters that were solved for."""
        return [number for number, _ in self.system.solved]

    @property
    def open_boxes(self) -> FloatArray:
        """Boxes that are not decided, with all parameters, as rows (low, high)."""
        boxes = np.concatenate([np.zeros((len(self.inputs), 2, 0)), *self.opened], axis=2)
        low = np.repeat(self.low[:, None], boxes.shape[2], axis=1)
        high = np.repeat(self.high[:, None], boxes.shape[2], axis=1)
        low[self.inputs], high[self.inputs] = -boxes[:, 0], boxes[:, 1]
        if self.solved and boxes.shape[2]:
            ranges = self.engine.contractor.solved_ranges(boxes)
            for row, number in enumerate(self.solved):
                low[number] = np.fmax(low[number], -ranges[row, 0])
                high[number] = np.fmin(high[number], ranges[row, 1])
        return np.concatenate([low, high]).T


def search(
    problem: Claim, low: Sequence[Fraction], high: Sequence[Fraction], budget: Budget, *, max_nodes: int, seed: int = 0,
    compiled: bool | None = None, kinked: Sequence[FloatArray] = (),
) -> Search:  # fmt: skip
    """Return all critical points of the objective in a box, as far as the budget reaches.

    Args:
        low: lower ends of the domain, with high the upper ends.
        max_nodes: most boxes of the tree.
        compiled: whether to use compiled code; None: if there is any.
        kinked: boxes (n, 2) that need no further look; with them, no parameter is solved for.
    """
    if problem.objective is None:
        raise ValueError(f"problem {problem.id!r} has no objective")
    tape = trace(problem.objective, tuple(problem.symbols))
    outer = [outward(a, b) for a, b in zip(low, high, strict=True)]
    starts, stops = np.array([a for a, _ in outer]), np.array([b for _, b in outer])
    fields = fields_of(problem, seed)
    kept = frozenset(range(tape.inputs)) if kinked else frozenset().union(*(own.moved for own in fields))
    equations = reduced(tape, starts, stops, SOLVE_FROM, kept)
    limits = [(low[number], high[number]) for number, _ in equations.solved]
    found = Search(tape, equations, engine(equations, limits, compiled), starts, stops)
    found.kinked = kinked
    rng = np.random.default_rng(seed)
    unit = rng.random((len(found.inputs), STARTS * len(low)))
    middles = found.low[found.inputs, None] + found.scale[found.inputs, None] * unit
    _look_around(found, middles)
    if fields:
        ends = found.low[found.inputs], found.high[found.inputs]
        found.families = Families(found.engine.contractor, fields, *ends, is_total(tape))
        found.families.look(middles, Budget.of(budget.left * FAMILY_SHARE))
    boxes = np.stack([-found.low[found.inputs], found.high[found.inputs]], axis=1)[:, :, None]
    while boxes.shape[2]:
        boxes = _level(found, boxes, budget, max_nodes)
    return found


def reduced(tape: Tape, low: FloatArray, high: FloatArray, least: int, kept: frozenset[int] = frozenset()) -> System:
    """Return the equations, with parameters solved for where that is possible on the whole domain (low, high).

    Args:
        least: number of parameters from which on some are solved for.
        kept: numbers of parameters that are not solved for.
    """
    chosen: list[int] = []
    left = tape
    for number in reversed(range(tape.inputs)):
        if tape.inputs < least or len(chosen) == min(MOST_SOLVED, tape.inputs - 1):
            break
        if number in kept:
            continue
        try:
            _, rest = solve(left, number)
            trial = system(tape, [*chosen, number])
        except Undecidable:
            continue
        contractor = Contractor(trial, [(Fraction(-1), Fraction(1))] * (len(chosen) + 1))
        inputs = list(trial.inputs)
        whole = np.stack([-low[inputs], high[inputs]], axis=1)[:, :, None]
        if np.isfinite(contractor.solved_ranges(whole)).all():
            chosen, left = [*chosen, number], rest
    return system(tape, chosen)


def outward(low: Fraction, high: Fraction) -> tuple[float, float]:
    """Return floats with few bits around an interval, exact where the ends are floats."""
    if Fraction(float(low)) == low and Fraction(float(high)) == high:
        return float(low), float(high)
    reach = max(abs(low), abs(high), high - low)
    grid = Fraction(2) ** (floor(np.log2(float(reach))) - 30)
    return float(floor(low / grid) * grid), float(ceil(high / grid) * grid)


# --- the tree ---------------------------------------------------------------------------------------------------


def _level(found: Search, boxes: FloatArray, budget: Budget, max_nodes: int) -> FloatArray:
    """Examine the boxes of one level and write their marks; return the boxes of the next level."""
    widths = ((boxes[:, 0] + boxes[:, 1]) / found.scale[found.inputs, None]).max(axis=0)
    crowded = boxes.shape[2] > CROWD and widths.max() < CROWD_WIDTH
    parts, marks, budgeted = [], [], found.nodes + boxes.shape[2] <= max_nodes
    for start in range(0, boxes.shape[2], SLICE):
        part = boxes[:, :, start : start + SLICE]
        if crowded or not budgeted or budget.left <= 0:
            marks.append(("0" + OPEN) * part.shape[2])
            found.opened.append(part)
            continue
        mark, following = _slice(found, part, budget)
        marks.append(mark)
        parts.append(following)
    found.levels.append("".join(marks))
    return np.concatenate([np.zeros((len(found.inputs), 2, 0)), *parts], axis=2)


def _slice(found: Search, boxes: FloatArray, budget: Budget) -> tuple[str, FloatArray]:
    found.looked += boxes.shape[2]
    seen = found.engine.examine(boxes)
    inside = _within(found, seen.boxes) & ~seen.empty
    relative = ((seen.boxes[:, 0] + seen.boxes[:, 1]) / found.scale[found.inputs, None]).max(axis=0)
    left = ~seen.empty & ~inside
    small = np.nonzero(left & (relative < SMALL))[0][:MOST_PER_LEVEL]
    middles = 0.5 * (seen.boxes[:, 1, small] - seen.boxes[:, 0, small])
    if len(small) and (_look_along(found, middles, budget) or _look_around(found, middles)):
        inside = _within(found, seen.boxes) & ~seen.empty
        left = ~seen.empty & ~inside
    # A contraction may leave a sliver at a face, which the next look removes: what counts is the box before.
    done = left & (((boxes[:, 0] + boxes[:, 1]) / found.scale[found.inputs, None]).max(axis=0) < FINEST)
    cut = left & ~done
    actions = np.array([ord(letter) for letter in AXES], dtype=np.uint8)[seen.axes]
    actions[seen.empty], actions[inside], actions[done] = ord(EMPTY), ord(REGION), ord(OPEN)
    if done.any():
        found.opened.append(seen.boxes[:, :, done])
    marks = np.stack([seen.programs.astype(np.uint8) + ord("0"), actions], axis=1)
    return marks.tobytes().decode(), halves(seen.boxes[:, :, cut], seen.axes[cut])


def _within(found: Search, boxes: FloatArray) -> Any:
    """Return which boxes lie in some region, with a little to spare."""
    out = np.zeros(boxes.shape[2], dtype=bool)
    for region in found.regions:
        slack = 1e-9 * (region.ends[:, 0] + region.ends[:, 1])
        out |= (boxes <= (region.ends - slack[:, None])[:, :, None]).all(axis=(0, 1))
    for ends in found.kinked:
        out |= (boxes <= ends[:, :, None]).all(axis=(0, 1))
    return out if found.families is None else out | found.families.within(boxes)


def _look_along(found: Search, points: FloatArray, budget: Budget) -> bool:
    """Add flat families near points (n, N); return whether there are new parts of some."""
    return found.families is not None and found.families.look(points, Budget.of(budget.left * FAMILY_SHARE))


# --- boxes with one critical point ------------------------------------------------------------------------------


def _look_around(found: Search, points: FloatArray) -> bool:
    """Add the critical points that Newton's method reaches from points (n, N); return whether there are new ones."""
    scale = found.scale[found.inputs, None]
    roots = found.engine.roots(points, scale)
    slack = 0.1 * scale
    low, high = found.low[found.inputs, None] - slack, found.high[found.inputs, None] + slack
    inside = (roots > low).all(axis=0) & (roots < high).all(axis=0)
    before = len(found.regions)
    for x in roots.T[inside]:
        if not any((-r.ends[:, 0] <= x).all() and (x <= r.ends[:, 1]).all() for r in found.regions) and not any(
            (abs(x - y) <= 1e-9 * found.scale[found.inputs]).all() for y in found.failed
        ):
            region = _region_around(found, x)
            if region is None:
                found.failed.append(x)
            else:
                found.regions.append(region)
    return len(found.regions) > before


def _region_around(found: Search, x: FloatArray) -> Region | None:
    """Return a large box around a float zero on which Krawczyk's test succeeds."""
    start = np.zeros(found.tape.inputs)
    start[found.inputs] = x
    if found.solved:
        ranges = found.engine.contractor.solved_ranges(np.stack([-x, x], axis=1)[:, :, None])
        start[found.solved] = 0.5 * (ranges[:, 1, 0] - ranges[:, 0, 0])
    point = refined(found.tape, start) if np.isfinite(start).all() else None
    radius = _largest(found, x)
    if point is None or radius is None:
        return None
    kept = [point[number] for number in found.inputs]
    for _ in range(6):
        grid = 2.0 ** (np.floor(np.log2(radius)) - 4)
        low, high = np.round((x - radius) / grid) * grid, np.round((x + radius) / grid) * grid
        held = all(Fraction(a) < p < Fraction(b) for a, p, b in zip(low.tolist(), kept, high.tolist(), strict=True))
        ends = np.stack([-low, high], axis=1)
        if held and found.engine.contractor.krawczyk(ends[:, :, None])[0]:
            return Region(ends, point)
        radius = radius * 0.8
    return None


def _largest(found: Search, x: FloatArray) -> FloatArray | None:
    """Return the radii of a large box around a zero with Krawczyk's test: first a cube, then axis by axis."""
    scale = found.scale[found.inputs]
    radius = _best(found, x, scale[:, None] * 2.0 ** np.arange(-40.0, 0.0, 2.0))
    if radius is None:
        return None
    radius = _best(found, x, radius[:, None] * 1.25 ** np.arange(0.0, 7.0))
    for _ in range(2):
        for axis in range(len(x)):
            if radius is not None:
                trials = np.repeat(radius[:, None], 6, axis=1)
                trials[axis] *= 1.4 ** np.arange(6.0)
                radius = _best(found, x, trials)
    return radius


def _best(found: Search, x: FloatArray, radii: FloatArray) -> FloatArray | None:
    """Return the last of some radii (n, N) with which Krawczyk's test succeeds."""
    held = found.engine.single(np.stack([radii - x[:, None], x[:, None] + radii], axis=1))
    held &= (radii < found.scale[found.inputs, None]).all(axis=0)
    return radii[:, np.nonzero(held)[0][-1]] if held.any() else None


def refined(tape: Tape, x: FloatArray) -> tuple[Fraction, ...] | None:
    """Return a nearby zero of the gradient to about :data:`DIGITS` digits, by Newton steps in balls."""
    with precision(POINT_BITS):
        at = [arb(float(value)) for value in x]
        for _ in range(8):
            over = run(tape, at, second=True)
            if over is None or over.rough:
                return None
            matrix = arb_mat([[arb(entry.mid()) for entry in row] for row in over.hessian()])
            try:
                step = matrix.solve(arb_mat([[arb(entry.mid())] for entry in over.gradient()]))
            except ZeroDivisionError:
                return None
            at = [arb((value - step[i, 0]).mid()) for i, value in enumerate(at)]
            if all(abs(float(step[i, 0].mid())) < 1e-40 for i in range(len(at))):
                break
        return tuple(_decimal(value) for value in at)


def _decimal(value: Any) -> Fraction:
    """Return the middle of a ball rounded to :data:`DIGITS` decimals."""
    scaled = (value * arb(10) ** DIGITS).mid()
    return Fraction(int((scaled + arb(1) / 2).floor().unique_fmpz()), 10**DIGITS)


def clusters(boxes: FloatArray, scale: FloatArray) -> tuple[tuple[tuple[float, ...], tuple[float, ...]], ...]:
    """Return the hulls (low, high) of boxes (n, 2p) that touch, directly or through others, largest first."""
    size = len(scale)
    slack = 1e-9 * scale
    hulls: list[tuple[FloatArray, FloatArray]] = []
    for row in boxes[:MAX_OPEN]:
        low, high = row[:size], row[size:]
        apart = []
        for a, b in hulls:
            if (low <= b + slack).all() and (a <= high + slack).all():
                low, high = np.minimum(low, a), np.maximum(high, b)
            else:
                apart.append((a, b))
        hulls = [*apart, (low, high)]
    hulls.sort(key=lambda hull: float((hull[1] - hull[0]).prod()), reverse=True)
    return tuple((tuple(a.tolist()), tuple(b.tolist())) for a, b in hulls)
