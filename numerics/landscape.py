"""Finds all critical points of an objective in a box, with the evidence that they are all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor
from typing import Any

import numpy as np
from flint import arb, arb_mat

from numerics.budget import Budget
from numerics.intervals import FloatArray, Machine, machine
from numerics.landscape_kernel import CUT, EMPTY, INSIDE, NARROW, OPEN, STEEP, cover, is_unique, newton
from verify.claim import Claim
from verify.expr.ball import precision
from verify.expr.tape import Tape, trace
from verify.recheck.jets import run

STARTS = 300
"""Newton starts per parameter."""

STAGES = tuple(2.0**-k for k in (3, 6, 9, 12, 15, 18, 21))
"""Widths, relative to the domain, at which boxes that are still open are looked at again from outside."""

SLICE = 40_000
"""Nodes of one compiled call."""

MAX_OPEN = 200_000
POINT_BITS = 256
DIGITS = 30
RADIUS = Fraction(1, 10**24)
"""Radius of the box around a reported point, relative to max(1, largest coordinate)."""


@dataclass(frozen=True)
class Region:
    """A box (center and radius, floats, exact) with exactly one critical point, near ``point`` (exact, close)."""

    center: FloatArray
    radius: FloatArray
    point: tuple[Fraction, ...]


@dataclass
class Search:
    """What was found so far."""

    tape: Tape
    machine: Machine
    low: FloatArray
    high: FloatArray
    regions: list[Region] = field(default_factory=list)
    stages: list[_Stage] = field(default_factory=list)
    looked: int = 0
    nodes: int = 0

    @property
    def scale(self) -> FloatArray:
        """Widths of the domain."""
        return self.high - self.low

    @property
    def open_boxes(self) -> FloatArray:
        """Boxes that are not decided, (n, 2p)."""
        return self.stages[-1].opened

    def cover_nodes(self) -> list[Any]:
        """Return the nodes of the whole cover, as the certificate has them."""
        return list(_emitted(self.stages, 0, 0, len(self.low)))


@dataclass(frozen=True)
class _Stage:
    """One call of the kernel: subtrees of the boxes that the previous one left open."""

    nodes: Any
    numbers: FloatArray
    begins: Any
    opened: FloatArray


def search(
    problem: Claim, low: Sequence[Fraction], high: Sequence[Fraction], budget: Budget, *, max_nodes: int, seed: int = 0
) -> Search:
    """Return all critical points of the objective in a box, as far as the budget reaches.

    Args:
        low: lower ends of the domain, with high the upper ends.
        max_nodes: most nodes of the cover.
    """
    if problem.objective is None:
        raise ValueError(f"problem {problem.id!r} has no objective")
    tape = trace(problem.objective, tuple(problem.symbols))
    outer = [outward(a, b) for a, b in zip(low, high, strict=True)]
    found = Search(tape, machine(tape), np.array([a for a, _ in outer]), np.array([b for _, b in outer]))
    rng = np.random.default_rng(seed)
    points = found.low + found.scale * rng.random((STARTS * len(low), len(low)))
    _look_around(found, points)
    begin = np.concatenate([found.low, found.high])[None, :]
    for finest in STAGES:
        while True:
            stage, looked = _run(found, begin, finest, SLICE)
            found.stages.append(stage)
            found.looked += looked
            found.nodes += len(stage.nodes)
            begin = stage.opened
            if len(begin) == 0 or budget.left <= 0 or found.nodes > max_nodes or len(begin) > MAX_OPEN:
                return found
            widths = ((begin[:, len(low) :] - begin[:, : len(low)]) / found.scale).max(axis=1)
            if (widths <= finest).all():
                break
        _look_around(found, 0.5 * (begin[:, : len(low)] + begin[:, len(low) :]))
    return found


def prepare() -> None:
    """Load the compiled code; the first time on a machine this compiles it, which takes some seconds."""
    from verify.expr import build

    symbol = build.symbol("x")
    tape = trace(build.power(symbol, 2), (symbol,))
    found = Search(tape, machine(tape), np.array([-1.0]), np.array([2.0]))
    _look_around(found, np.array([[0.3]]))
    _run(found, np.array([[-1.0, 2.0]]), 1.0, 100)


def outward(low: Fraction, high: Fraction) -> tuple[float, float]:
    """Return floats with few bits around an interval, exact where the ends are floats."""
    if Fraction(float(low)) == low and Fraction(float(high)) == high:
        return float(low), float(high)
    reach = max(abs(low), abs(high), high - low)
    grid = Fraction(2) ** (floor(np.log2(float(reach))) - 30)
    return float(floor(low / grid) * grid), float(ceil(high / grid) * grid)


def _run(found: Search, begin: FloatArray, finest: float, limit: int) -> tuple[_Stage, int]:
    size = len(found.low)
    limit = max(limit, 4 * len(begin) + 64)
    nodes = np.empty((limit, 2), dtype=np.int64)
    numbers, opened = np.empty((limit, 2 * size)), np.empty((limit, 2 * size))
    begins = np.empty(len(begin) + 1, dtype=np.int64)
    centers = np.array([r.center for r in found.regions]).reshape(-1, size)
    radii = np.array([r.radius for r in found.regions]).reshape(-1, size)
    count, rows, open_count, looked = cover(
        found.machine.packed, found.machine.mid, found.machine.rad, np.ascontiguousarray(begin[:, :size]),
        np.ascontiguousarray(begin[:, size:]), found.scale, centers - radii, centers + radii, finest, nodes, numbers,
        begins, opened,
    )  # fmt: skip
    return _Stage(nodes[:count].copy(), numbers[:rows].copy(), begins, opened[:open_count].copy()), looked


def _emitted(stages: Sequence[_Stage], number: int, start: int, size: int) -> Iterator[Any]:
    stage = stages[number]
    for code, data in stage.nodes[stage.begins[start] : stage.begins[start + 1]].tolist():
        if code >= 0 or code in (STEEP, EMPTY):
            yield code
        elif code == INSIDE:
            yield ["box", data]
        elif code == CUT:
            axis, place = stage.numbers[data, :2]
            yield ["cut", int(axis), _text(place)]
        elif code == NARROW:
            row = stage.numbers[data]
            yield ["to", [_text(x) for x in row[:size]], [_text(x) for x in row[size:]]]
        elif code == OPEN and number + 1 < len(stages):
            yield from _emitted(stages, number + 1, data, size)
        else:
            yield OPEN


def _text(value: float) -> str:
    return str(Fraction(float(value)))


# --- boxes with one critical point ------------------------------------------------------------------------------


def _look_around(found: Search, points: FloatArray) -> None:
    """Add the critical points that Newton's method reaches and Krawczyk's test confirms."""
    points = np.ascontiguousarray(points)
    converged = np.zeros(len(points), dtype=bool)
    newton(found.machine.packed, found.machine.mid, found.machine.rad, points, found.scale, converged)
    slack = 0.1 * found.scale
    inside = ((points > found.low - slack) & (points < found.high + slack)).all(axis=1)
    for x in points[converged & inside]:
        if not any((abs(x - r.center) <= r.radius).all() for r in found.regions):
            region = _region_around(found, x)
            if region is not None:
                found.regions.append(region)


def _region_around(found: Search, x: FloatArray) -> Region | None:
    """Return the largest box around a float zero on which Krawczyk's test succeeds."""
    radius = _largest(found, x)
    if radius is None:
        return None
    point = refined(found.tape, x)
    if point is None:
        return None
    for _ in range(6):
        grid = 2.0 ** (np.floor(np.log2(radius)) - 4)
        center = np.round(x / grid) * grid
        reach = np.floor(radius / grid) * grid
        away = [abs(Fraction(float(c)) - p) for c, p in zip(center, point, strict=True)]
        held = all(a < Fraction(float(r)) for a, r in zip(away, reach, strict=True))
        if held and _unique(found, center, reach):
            return Region(center, reach, point)
        radius = radius * 0.8
    return None


def _unique(found: Search, center: FloatArray, radius: FloatArray) -> bool:
    return bool(is_unique(found.machine.packed, found.machine.mid, found.machine.rad, center, radius))


def _largest(found: Search, x: FloatArray) -> FloatArray | None:
    sizes = [t for t in 2.0 ** np.arange(-40, 0, 2.0) if _unique(found, x, t * found.scale)]
    if not sizes:
        return None
    radius = sizes[-1] * found.scale
    for factor in (1.5, 1.25, 1.1):
        while (radius < found.scale).all() and _unique(found, x, factor * radius):
            radius = factor * radius
    for factor in (2.0, 1.4, 1.15):
        for axis in range(len(x)):
            for _ in range(6):
                trial = radius.copy()
                trial[axis] *= factor
                if trial[axis] > found.scale[axis] or not _unique(found, x, trial):
                    break
                radius = trial
    return radius


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
