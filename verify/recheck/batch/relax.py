"""Ranges of an expression over many boxes by linear relaxations, the mean value theorem and monotonicity.

Every step of a tape lies between linear functions of its arguments on a box (:mod:`verify.recheck.batch.lines`). Put
into each other from a step back to the inputs, they give linear functions of the inputs below and above it, which keep
what cancels between uses of one step (H. Zhang et al., NeurIPS 2018, call this CROWN). The range of every linear form
and of the result is what is common to its natural range and these. Coefficients are floats, taken as exact; what
rounding loses of them is bounded by their size times that of what they multiply, and goes into the offsets, so the
results hold for the real expression. The gradient over the box, by natural ranges from the relaxed ranges of the steps,
gives the mean-value form, on the face to which a monotone expression can be moved.

NaN means "not known, perhaps not defined", as in :mod:`verify.recheck.batch.lanes`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from verify.errors import AttnverifyError, Undecidable
from verify.expr.tape import Form, Step, Tape, Tracer
from verify.expr.tape_system import MAX_SYSTEM_STEPS, ZERO, gradient
from verify.recheck.batch import lanes
from verify.recheck.batch.contract import ROUGH_OPS, natural, outward
from verify.recheck.batch.lanes import TINY, Ends, Lanes
from verify.recheck.batch.lines import KINKED, LEAST, SHAPED, WAVES, middle, point, product, unary

UNIT = 2.0**-52
"""Twice the relative error of one rounding; every bound below counts one such for each, and more."""

CHOICES = 3
"""How many ways to choose linear functions are tried; a product has as many."""

CHUNK = 1024
"""Boxes at once, so that they stay in the cache."""

MOST_GRADIENT = 64
"""Up to so many inputs the gradient is used."""

Sides = tuple[list[Any], Any]
"""Coefficients of the arguments (numbers or (N,)) and an offset (N,)."""


@dataclass(frozen=True)
class Local:
    """Linear functions below and above a step, in its arguments ``args``.

    Attributes:
        slopes: for every argument a number, or (2 * CHOICES, N): those below, then those above in the opposite order.
        offsets: the same for the offsets.
    """

    args: tuple[int, ...]
    slopes: list[Any]
    offsets: Any


def _local_of(args: tuple[int, ...], low: list[Sides], high: list[Sides]) -> Local:
    """Return the functions of a step by those below and above, one or several of each."""
    below = [low[k % len(low)] for k in range(CHOICES)]
    above = [high[k % len(high)] for k in range(CHOICES)]
    rows = [*below, *above[::-1]]
    count = max(np.size(offset) for _, offset in rows)
    slopes = [np.stack([np.broadcast_to(row[0][k], (count,)) for row in rows]) for k in range(len(args))]
    return Local(args, slopes, np.stack([np.broadcast_to(offset, (count,)) for _, offset in rows]))


@dataclass(frozen=True)
class Ranges:
    """Lower and upper bounds (N,) over boxes, gradients (n, 2, N), and values (2, N) at their middles."""

    low: Ends
    high: Ends
    gradient: Lanes
    center: Lanes


class Relaxation:
    """Encloses one expression over boxes."""

    def __init__(self, tape: Tape) -> None:
        self.size = tape.inputs
        self.root = tape.root
        steps, self.gradient = _with_gradient(tape)
        self.steps = [_prepared(step) for step in steps]

    def ranges(self, boxes: Lanes) -> Ranges:
        """Return bounds over boxes (n, 2, N)."""
        parts = [self._ranges(boxes[:, :, k : k + CHUNK]) for k in range(0, boxes.shape[2], CHUNK)]
        return Ranges(
            np.concatenate([part.low for part in parts]), np.concatenate([part.high for part in parts]),
            np.concatenate([part.gradient for part in parts], axis=2),
            np.concatenate([part.center for part in parts], axis=1),
        )  # fmt: skip

    def closer(self, boxes: Lanes, known: Lanes) -> Lanes:
        """Return ranges (2, N) over boxes, at least as close as what is known of larger ones; NaN where unknown."""
        found = self.ranges(boxes)
        return np.fmin(np.stack([-found.low, found.high]), known)

    def at(self, points: Any) -> Lanes:
        """Return the values (2, N) at points (n, N)."""
        with np.errstate(all="ignore"):
            return self._at(points)

    def _ranges(self, boxes: Lanes) -> Ranges:
        with np.errstate(all="ignore"):
            walk = _Walk(self.steps, boxes)
            for number in range(self.root + 1):
                walk.forward(number, last=number == self.root)
            found = walk.values[self.root].copy()
            center = self._at(walk.center)
            gradient = np.full(boxes.shape, np.nan)
            if self.gradient:
                gradient = self._gradient(walk)
                self._mean_value(walk, gradient, center, found)
            return Ranges(-found[0], found[1], gradient, center)

    def _at(self, points: Any) -> Lanes:
        """Return the values (2, N) at points (n, N)."""
        values = np.empty((self.root + 1, 2, points.shape[1]))
        boxes = np.stack([-points, points], axis=1)
        for number in range(self.root + 1):
            values[number] = _naturally(self.steps[number], values, boxes)
        return values[self.root]

    def _gradient(self, walk: _Walk) -> Lanes:
        for number in range(self.root + 1, len(self.steps)):
            walk.values[number] = _naturally(self.steps[number], walk.values, walk.boxes)
        return walk.values[self.gradient]

    def _mean_value(self, walk: _Walk, gradient: Lanes, center: Lanes, found: Lanes) -> None:
        """Intersect with mean-value forms around the middle of the face on which the expression is least, or greatest.

        Only where they may be closer than what is found.
        """
        settled = (gradient <= 0).any(axis=1)
        steepness = np.where(settled, 0.0, np.maximum(gradient[:, 0], gradient[:, 1]))
        which = np.nonzero((steepness * walk.radius).sum(axis=0) < found[0] + found[1])[0]
        if not len(which):
            return
        boxes, slopes, middles = walk.boxes[:, :, which], gradient[:, :, which], walk.center[:, which]
        rising, falling = slopes[:, 0] <= 0, slopes[:, 1] <= 0
        ends = -boxes[:, 0], boxes[:, 1]
        for side in (0, 1):
            at = np.where(rising, ends[side], np.where(falling, ends[1 - side], middles))
            total = self._at(at) if (rising | falling).any() else center[:, which]
            for i in range(self.size):
                part = lanes.mul(slopes[i], lanes.add(boxes[i], point(-middles[i])))
                total = lanes.add(total, np.where(rising[i] | falling[i], 0.0, part))
            found[side, which] = np.where(
                np.isnan(found[side, which]), np.nan, np.fmin(found[side, which], total[side])
            )


def around(sides: Sequence[tuple[Fraction, Fraction]]) -> Lanes:
    """Return one box (n, 2, 1) around exact sides (low, high)."""
    return np.array([[[outward(low)[0]], [outward(high)[1]]] for low, high in sides]).reshape(len(sides), 2, 1)


def _with_gradient(tape: Tape) -> tuple[Sequence[Step], list[int]]:
    """Return the steps of a tape, followed by those of its gradient, and the registers of that."""
    if tape.inputs > MOST_GRADIENT:
        return tape.steps, []
    tracer = _Longer()
    tracer.steps = list(tape.steps)
    tracer.known = {step: place for place, step in enumerate(tape.steps)}
    places = [Form(Fraction(0), ((place, Fraction(1)),)) for place in range(len(tape.steps))]
    try:
        slopes = gradient(tape, places, [ZERO] * tape.inputs, tracer)
        return tracer.steps, [tracer.place(slope) for slope in slopes]
    except AttnverifyError:
        return tape.steps, []


class _Longer(Tracer):
    """Records steps, more of them than a plain tape may have."""

    limit = MAX_SYSTEM_STEPS


def _prepared(step: Step) -> tuple[str, tuple[int, ...], Any]:
    data = step.data
    if step.op == "form":
        try:
            terms = [(place, outward(factor)) for place, factor in data.terms]
            data = (np.array(outward(data.constant))[:, None], terms)
        except OverflowError:
            raise Undecidable("a coefficient does not fit into a float") from None
    return step.op, step.args, data


def _naturally(step: tuple[str, tuple[int, ...], Any], values: Lanes, boxes: Lanes) -> Lanes:
    op, args, data = step
    if op == "input":
        return boxes[data]
    found = natural(op, [values[place] for place in args], data, values)
    return found[0] if op in ROUGH_OPS else found


class _Walk:
    """Ranges and linear relaxations of all steps over some boxes.

    Attributes:
        values: (steps, 2, N), the ranges.
    """

    def __init__(self, steps: Sequence[tuple[str, tuple[int, ...], Any]], boxes: Lanes) -> None:
        _, _, count = boxes.shape
        self.steps, self.boxes = steps, boxes
        self.center = np.clip(middle(boxes.swapaxes(0, 1)), -boxes[:, 0], boxes[:, 1])
        self.radius = np.maximum(lanes.up(boxes[:, 1] - self.center), lanes.up(self.center + boxes[:, 0]))
        self.values = np.empty((len(steps), 2, count))
        self.local: list[Local | None] = []

    def forward(self, number: int, *, last: bool) -> None:
        """Enclose one step, the ones before being done."""
        op, args, data = self.steps[number]
        value = self.values[number]
        value[:] = _naturally(self.steps[number], self.values, self.boxes)
        if op == "input":
            self.local.append(None)
            return
        self.local.append(self._local(op, args, data, value))
        if op == "form" or last:
            defined = ~np.isnan(value).any(axis=0)
            ends = self.backward(number)
            value[:] = np.fmin(value, ends)
            value[:, ~defined] = np.nan

    def _local(self, op: str, args: tuple[int, ...], data: Any, found: Lanes) -> Local:
        """Return linear functions of the arguments below and above a step."""
        nothing = np.zeros(found.shape[1])
        if op == "form":
            return self._form(data)
        if op == "mul":
            below, above = product(*(self.values[place] for place in args))
            return _local_of(args, *([([a, b], c) for a, b, c in planes] for planes in (below, above)))
        if (op in SHAPED and data != 0) or op in KINKED or op in WAVES:
            (low, down), (high, up) = unary(op, self.values[args[0]], data or 0)
            return _local_of(args, [([low], down)], [([high], up)])
        if op == "require":
            return _local_of(args[:1], [([1.0], nothing)], [([1.0], nothing)])
        if op == "select":
            positive = self.values[args[0], 0] < 0
            shares = [positive.astype(float), (~positive).astype(float)]
            return _local_of(args[1:], [(shares, nothing)], [(shares, nothing)])
        if op == "peak":
            lows = np.stack([-self.values[place, 0] for place in args])
            best = lows.argmax(axis=0)
            shares = [(best == k).astype(float) for k in range(len(args))]
            return _local_of(args, [(shares, nothing)], [([0.0] * len(args), found[1])])
        return _local_of((), [([], -found[0])], [([], found[1])])

    def _form(self, data: Any) -> Local:
        constant, terms = data
        factors = [middle(np.array(factor)) for _, factor in terms]
        # Where a coefficient is no float, its half width times the size of what it multiplies.
        lost: Any = np.zeros(self.values.shape[2])
        for (place, (minus, plus)), factor in zip(terms, factors, strict=True):
            if -minus != plus:
                most = np.maximum(self.values[place, 0], self.values[place, 1])
                lost = lanes.up(lost + lanes.up(max(plus - factor, factor + minus) * (1.0 + UNIT) * most))
        args = tuple(place for place, _ in terms)
        below, above = lanes.down(-constant[0] - lost), lanes.up(constant[1] + lost)
        return Local(args, [float(factor) for factor in factors], np.stack([below] * CHOICES + [above] * CHOICES))

    def backward(self, root: int) -> Lanes:
        """Return the range (2, N) of a step by substitution back to the inputs.

        All choices of linear functions are carried along, :data:`CHOICES` from below, then as many from above.
        """
        shape = (2 * CHOICES, self.values.shape[2])
        factors: dict[int, Any] = {root: np.ones(shape)}
        total, sizes, lost = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        count = 8
        for number in range(root, -1, -1):
            local = self.local[number]
            if local is None or number not in factors:
                continue
            factor = factors.pop(number)
            same = factor >= 0
            part = factor * np.where(same, local.offsets, local.offsets[::-1])
            total += part
            sizes += np.abs(part)
            for place, slopes in zip(local.args, local.slopes, strict=True):
                new = factor * (slopes if np.ndim(slopes) == 0 else np.where(same, slopes, slopes[::-1]))
                after = factors[place] + new if place in factors else new
                most = np.maximum(self.values[place, 0], self.values[place, 1])
                lost += (np.abs(new) + np.abs(after) + LEAST) * most  # UNIT*LEAST: what underflow takes
                factors[place] = after
            count += 1 + len(local.args)
        for number, factor in factors.items():
            axis = self.steps[number][2]
            at, swing = factor * self.center[axis], np.abs(factor) * self.radius[axis]
            at[:CHOICES] -= swing[:CHOICES]
            at[CHOICES:] += swing[CHOICES:]
            total += at
            sizes += np.abs(at) + 2 * swing
            count += 3
        error = count * UNIT * (sizes + lost) + count * TINY
        total[:CHOICES] *= -1.0
        ends = lanes.up(total + error)
        return np.stack([np.fmin.reduce(ends[:CHOICES]), np.fmin.reduce(ends[CHOICES:])])
