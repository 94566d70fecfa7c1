"""Ranges of an expression over many boxes by linear relaxations, the mean value theorem and monotonicity.

Every step of a tape lies between two linear functions of its arguments on a box (:mod:`verify.recheck.batch.lines`).
Put into each other from the inputs on, they give two linear functions of the inputs for every step, whose least and
greatest values on the box are intersected with the natural range; put into each other from the result back, they keep
what cancels between uses of one step. H. Zhang et al. (NeurIPS 2018) call the latter CROWN. Coefficients are floats,
taken as exact; what rounding loses of them is bounded by their size times that of what they multiply, and goes into the
offsets, so the results hold for the real expression. The gradient over the box, by natural ranges from the relaxed
ranges of the steps, gives the mean-value form, on the face to which a monotone expression can be moved.

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
from verify.recheck.batch.lines import KINKED, SHAPED, WAVES, middle, point, product, unary

UNIT = 2.0**-52
"""Twice the relative error of one rounding; every bound below counts one such for each, and more."""

CHUNK = 1024
"""Boxes at once, so that they stay in the cache."""

MOST_GRADIENT = 64
"""Up to so many inputs the gradient is used."""

Sides = tuple[list[Any], Any]
"""Coefficients of the arguments (numbers or (N,)) and an offset (N,)."""


@dataclass(frozen=True)
class Local:
    """Linear functions below and above a step, in its arguments ``args``."""

    args: tuple[int, ...]
    low: Sides
    high: Sides


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

    def at(self, points: Any) -> Lanes:
        """Return the values (2, N) at points (n, N)."""
        with np.errstate(all="ignore"):
            return self._at(points)

    def _ranges(self, boxes: Lanes) -> Ranges:
        with np.errstate(all="ignore"):
            walk = _Walk(self.steps, self.root, boxes)
            for number in range(self.root + 1):
                walk.forward(number)
            found = walk.values[self.root].copy()
            low, high = walk.backward(self.root, 0), walk.backward(self.root, 1)
            defined = ~np.isnan(found).any(axis=0)
            found = np.fmin(found, np.stack([-low, high]))
            center = self._at(walk.center)
            gradient = np.full(boxes.shape, np.nan)
            if self.gradient:
                gradient = self._gradient(walk)
                found = np.fmin(found, self._mean_value(walk, gradient, center))
            found[:, ~defined] = np.nan
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

    def _mean_value(self, walk: _Walk, gradient: Lanes, center: Lanes) -> Lanes:
        """Return the mean-value form around the middle of the face on which the expression is least, or greatest."""
        rising, falling = gradient[:, 0] <= 0, gradient[:, 1] <= 0
        ends = -walk.boxes[:, 0], walk.boxes[:, 1]
        out = []
        for side in (0, 1):
            at = np.where(rising, ends[side], np.where(falling, ends[1 - side], walk.center))
            base = self._at(at) if (rising | falling).any() else center
            total = base
            for i in range(self.size):
                span = lanes.add(walk.boxes[i], point(-walk.center[i]))
                part = lanes.mul(gradient[i], span)
                total = lanes.add(total, np.where(rising[i] | falling[i], 0.0, part))
            out.append(total[side])
        return np.stack(out)


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
        lines: (steps, 2, n + 1, N), the linear functions below and above, as slopes and the value at the middle.
    """

    def __init__(self, steps: Sequence[tuple[str, tuple[int, ...], Any]], root: int, boxes: Lanes) -> None:
        size, _, count = boxes.shape
        self.steps, self.boxes = steps, boxes
        self.center = middle(boxes.swapaxes(0, 1))
        self.radius = np.maximum(*(lanes.up(boxes[:, 1] - self.center), lanes.up(self.center + boxes[:, 0])))
        self.reach = self.radius.sum(axis=0)
        self.values = np.empty((len(steps), 2, count))
        self.lines = np.zeros((root + 1, 2, size + 1, count))
        self.local: list[Local | None] = []

    def forward(self, number: int) -> None:
        """Relax one step, the ones before being done."""
        op, args, data = self.steps[number]
        self.values[number] = _naturally(self.steps[number], self.values, self.boxes)
        defined = ~np.isnan(self.values[number]).any(axis=0)
        if op == "input":
            self.local.append(None)
            self.lines[number, :, data] = 1.0
            self.lines[number, :, -1] = self.center[data]
            return
        local = self._local(op, args, data, self.values[number])
        self.local.append(local)
        for side, sides in ((0, local.low), (1, local.high)):
            line = self._substituted(local.args, sides, side)
            self.lines[number, side] = line
            self.values[number, side] = np.fmin(self.values[number, side], self._greatest(line, side))
        self.values[number][:, ~defined] = np.nan
        for side in (0, 1):
            line = self.lines[number, side]
            poor = ~np.isfinite(line).all(axis=0)
            line[:, poor] = 0.0
            line[-1, poor] = self.values[number, side, poor] * (1.0 if side else -1.0)

    def _substituted(self, args: tuple[int, ...], sides: Sides, side: int) -> Any:
        """Return a line (n + 1, N) below (side 0) or above (side 1) a sum of multiples of earlier steps."""
        coefficients, offset = sides
        total = np.zeros(self.lines.shape[2:])
        sizes = np.zeros_like(total)
        for coefficient, place in zip(coefficients, args, strict=True):
            own, other = self.lines[place, side], self.lines[place, 1 - side]
            part = coefficient * (np.where(np.asarray(coefficient) >= 0, own, other))
            total += part
            sizes += np.abs(part)
        lost = (len(args) + len(self.radius) + 4) * UNIT * ((sizes[:-1] * self.radius).sum(axis=0) + sizes[-1])
        lost = lanes.up(lost + TINY * (1.0 + self.reach))
        outward_ = lanes.up if side else lanes.down
        total[-1] = outward_(outward_(total[-1] + offset) + (lost if side else -lost))
        return total

    def _greatest(self, line: Any, side: int) -> Ends:
        """Return the greatest value of a line, or minus its least value."""
        spread = (np.abs(line[:-1]) * self.radius).sum(axis=0) * (1.0 + (len(self.radius) + 4) * UNIT) + TINY
        return lanes.up((line[-1] if side else -line[-1]) + spread)

    def _local(self, op: str, args: tuple[int, ...], data: Any, found: Lanes) -> Local:
        """Return linear functions of the arguments below and above a step."""
        nothing = np.zeros(found.shape[1])
        if op == "form":
            return self._form(data)
        if op == "mul":
            below, above = product(*(self.values[place] for place in args))
            return Local(args, self._closest(args, below, 0), self._closest(args, above, 1))
        if (op in SHAPED and data != 0) or op in KINKED or op in WAVES:
            (low, down), (high, up) = unary(op, self.values[args[0]], data or 0)
            return Local(args, ([low], down), ([high], up))
        if op == "require":
            return Local(args[:1], ([1.0], nothing), ([1.0], nothing))
        if op == "select":
            positive = self.values[args[0], 0] < 0
            shares = [positive.astype(float), (~positive).astype(float)]
            return Local(args[1:], (shares, nothing), (shares, nothing))
        if op == "peak":
            lows = np.stack([-self.values[place, 0] for place in args])
            best = lows.argmax(axis=0)
            shares = [(best == k).astype(float) for k in range(len(args))]
            return Local(args, (shares, nothing), ([0.0] * len(args), found[1]))
        return Local((), ([], -found[0]), ([], found[1]))

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
        return Local(args, (factors, lanes.down(-constant[0] - lost)), (factors, lanes.up(constant[1] + lost)))

    def _closest(self, args: tuple[int, ...], planes: list[tuple[Ends, Ends, Ends]], side: int) -> Sides:
        """Return for each box the plane whose extreme value over the box is closest."""
        ends = [self._greatest(self._substituted(args, ([a, b], c), side), side) for a, b, c in planes]
        first = ~(ends[1] < ends[0])
        a, b, c = (np.where(first, *pair) for pair in zip(*planes, strict=True))
        return [a, b], c

    def backward(self, root: int, side: int) -> Ends:
        """Return a lower bound (side 0) or an upper bound (side 1) by substitution from the result back."""
        count = self.values.shape[2]
        factors: dict[int, Any] = {root: np.ones(count)}
        total, lost = np.zeros(count), np.zeros(count)
        sizes = np.zeros(count)
        steps = 0
        for number in range(root, -1, -1):
            factor, local = factors.get(number), self.local[number]
            if factor is None or local is None:
                continue
            del factors[number]
            same = factor >= 0
            (one, a), (other, b) = (local.high, local.low) if side else (local.low, local.high)
            part = factor * np.where(same, a, b)
            total += part
            sizes += np.abs(part)
            steps += 1
            for place, p, q in zip(local.args, one, other, strict=True):
                new = factor * np.where(same, p, q)
                before = factors.get(place)
                after = new if before is None else before + new
                most = np.maximum(self.values[place, 0], self.values[place, 1])
                lost += (np.abs(new) + np.abs(after) + TINY) * most
                steps += 1
                factors[place] = after
        size = 0
        for number, factor in factors.items():
            axis = self.steps[number][2]
            at, swing = factor * self.center[axis], np.abs(factor) * self.radius[axis]
            total += at + swing if side else at - swing
            sizes += np.abs(at) + swing
            size += 2
        error = (steps + size + 8) * UNIT * (sizes + lost) + (steps + size + 1) * TINY
        return lanes.up(total + error) if side else lanes.down(total - error)
