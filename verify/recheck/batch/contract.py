"""Contracting boxes around critical points, many at once: constraint propagation and interval Newton steps.

For a box X of the inputs of a :class:`~verify.expr.tape_system.System`, :meth:`Contractor.propagate` evaluates all
steps over X, demands that the gradient is zero and that solved parameters lie in the domain, and carries this back
through the steps to the inputs: every critical point of X is in what is left (F. Benhamou, F. Goualard,
L. Granvilliers, J.-F. Puget, Revising hull and box consistency, ICLP 1999). :meth:`Contractor.newton` solves the
linear equations ``0 = Y g(c) + Y H(X) (x - c)``, row by row (Moore, Kearfott, Cloud, Introduction to Interval Analysis,
chapter 8), for any matrix Y. Both only drop points that are no critical points; a box with nothing left is empty.

Boxes in which something may be undefined are never contracted. Where a kink may lie in a box, slopes enclose all
one-sided ones, and there are no Newton steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from verify.expr.tape_system import System
from verify.recheck.batch import lanes
from verify.recheck.batch.lanes import Lanes

Mask = Any
"""Booleans, one per box."""

ROUGH_OPS = ("relu", "abs", "slope", "peak", "share")
NEWTON_SWEEPS = 2


@dataclass
class Contracted:
    """Boxes after a contraction.

    Attributes:
        boxes: (n, 2, N), what is left.
        empty: (N,), where no critical point was in the box.
        smooth: (N,), where everything is defined and without kinks.
    """

    boxes: Lanes
    empty: Mask
    smooth: Mask


def outward(value: Fraction) -> tuple[float, float]:
    """Return minus a lower bound, and an upper bound, of an exact number as floats; both exact where it is one."""
    middle = float(value)
    if Fraction(middle) == value:
        return -middle, middle
    return -float(np.nextafter(middle, -np.inf)), float(np.nextafter(middle, np.inf))


class Contractor:
    """Contracts boxes for one system of equations.

    Args:
        limits: for every solved parameter its interval in the domain, as (low, high).
    """

    def __init__(self, system: System, limits: Sequence[tuple[Fraction, Fraction]]) -> None:
        self.system = system
        self.size = len(system.inputs)
        self.last_hessian: Any = None
        self.demands: list[tuple[int, Any]] = [(place, np.zeros((2, 1))) for place in system.gradient]
        for (_, place), (low, high) in zip(system.solved, limits, strict=True):
            self.demands.append((place, np.array([[outward(low)[0]], [outward(high)[1]]])))
        self.wanted = [system.value, *(place for place, _ in self.demands)]
        """Registers that are defined wherever anything may be concluded."""
        self.steps: list[tuple[str, tuple[int, ...], Any]] = []
        for step in system.steps:
            data = step.data
            if step.op == "form":
                terms = [(place, outward(factor)) for place, factor in data.terms]
                data = (np.array(outward(data.constant))[:, None], terms)
            self.steps.append((step.op, step.args, data))

    def boxes(self, sides: Sequence[Sequence[tuple[Fraction, Fraction]]]) -> Lanes:
        """Return boxes by their exact sides (low, high), rounded outward, as (n, 2, N)."""
        out = np.zeros((self.size, 2, len(sides)))
        for k, box in enumerate(sides):
            for i, (low, high) in enumerate(box):
                out[i, 0, k], out[i, 1, k] = outward(low)[0], outward(high)[1]
        return out

    # --- contractions ---

    def propagate(self, boxes: Lanes, sweeps: int) -> Contracted:
        """Contract boxes (n, 2, N) by propagating the equations ``sweeps`` times forth and back."""
        with np.errstate(all="ignore"):
            values, smooth = self.forward(boxes, self.system.first)
            defined = self._defined(values)
            known = ~np.isnan(values).any(axis=(0, 1))
            steep = np.zeros(boxes.shape[2], dtype=bool)
            for sweep in range(sweeps):
                if sweep:
                    self.forward(boxes, self.system.first, values)
                for place, demand in self.demands:
                    values[place] = np.fmin(values[place], demand)
                    if not sweep:
                        steep |= values[place, 1] < -values[place, 0]
                self.backward(values)
            gone = (values[:, 1] < -values[:, 0]).any(axis=0)
            left = np.where(known, self._inputs(values), boxes)
            return Contracted(left, (steep & defined) | (gone & known), smooth & known)

    def newton(self, boxes: Lanes) -> Contracted:
        """Contract boxes (n, 2, N) by interval Newton steps."""
        with np.errstate(all="ignore"):
            values, smooth = self.forward(boxes, len(self.steps))
            smooth &= self._defined(values)
            center = 0.5 * (boxes[:, 1] - boxes[:, 0])
            hessian = self.last_hessian = self.hessian(values)
            slopes, at_smooth = self.slopes_at(center)
            smooth &= at_smooth
            shifted = lanes.add(boxes, np.stack([center, -center], axis=1))
            left, empty = _solved(hessian, slopes, shifted)
            back = np.fmin(boxes, lanes.add(left, np.stack([-center, center], axis=1)))
            empty |= (back[:, 1] < -back[:, 0]).any(axis=0)
            return Contracted(np.where(smooth, back, boxes), empty & smooth, smooth)

    def krawczyk(self, boxes: Lanes) -> Mask:
        """Return which boxes (n, 2, N) are shown to hold exactly one critical point."""
        with np.errstate(all="ignore"):
            values, smooth = self.forward(boxes, len(self.steps))
            smooth &= self._defined(values)
            center = 0.5 * (boxes[:, 1] - boxes[:, 0])
            hessian = self.hessian(values)
            slopes, at_smooth = self.slopes_at(center)
            inverse = inverted(0.5 * (hessian[:, :, 1] - hessian[:, :, 0]))
            rows, offsets = _preconditioned(inverse, hessian, slopes)
            shifted = lanes.add(boxes, np.stack([center, -center], axis=1))
            single = smooth & at_smooth
            for i in range(self.size):
                image = lanes.negative(offsets[i])
                for j in range(self.size):
                    rest = lanes.negative(rows[i, j])
                    if i == j:
                        rest = lanes.add(rest, np.array([[-1.0], [1.0]]))
                    image = lanes.add(image, lanes.mul(rest, shifted[j]))
                image = lanes.add(image, np.stack([-center[i], center[i]]))
                # Both rows are smaller: strictly inside.
                single &= (image < boxes[i]).all(axis=0)
            return single

    def solved_ranges(self, boxes: Lanes) -> Lanes:
        """Return the ranges (number of solved parameters, 2, N) of the solved parameters over boxes (n, 2, N)."""
        with np.errstate(all="ignore"):
            values, _ = self.forward(boxes, self.system.first)
        return values[[place for _, place in self.system.solved]]

    def derivatives_at(self, points: Any) -> tuple[Any, Any]:
        """Return approximate gradients (n, N) and Hessians (n, n, N) at points (n, N); NaN where there is a kink."""
        values, smooth = self.forward(np.stack([-points, points], axis=1), len(self.steps))
        slopes, hessian = values[list(self.system.gradient)], self.hessian(values)
        middle = 0.5 * (slopes[:, 1] - slopes[:, 0])
        middle[:, ~smooth] = np.nan
        return middle, 0.5 * (hessian[:, :, 1] - hessian[:, :, 0])

    def slopes_at(self, points: Any) -> tuple[Lanes, Mask]:
        """Return gradients (n, 2, N) at points (n, N), and where they are defined and without kinks."""
        values, smooth = self.forward(np.stack([-points, points], axis=1), self.system.first)
        smooth &= self._defined(values)
        return values[list(self.system.gradient)], smooth

    def _defined(self, values: Lanes) -> Mask:
        """Return where value, gradient and solved parameters are known."""
        return ~np.isnan(values[self.wanted]).any(axis=(0, 1))

    def hessian(self, values: Lanes) -> Lanes:
        """Return Hessians (n, n, 2, N) from the values of all steps."""
        out = np.empty((self.size, self.size, *values.shape[1:]))
        places = iter(self.system.hessian)
        for i in range(self.size):
            for j in range(i, self.size):
                out[i, j] = out[j, i] = values[next(places)]
        return out

    def _inputs(self, values: Lanes) -> Lanes:
        places = {data: place for place, (op, _, data) in enumerate(self.steps[: self.system.first]) if op == "input"}
        return values[[places[k] for k in range(self.size)]]

    # --- evaluation ---

    def forward(self, boxes: Lanes, count: int, known: Lanes | None = None) -> tuple[Lanes, Mask]:
        """Return the values (count, 2, N) of the first steps, and where there is no kink.

        Args:
            known: values that are intersected with the new ones, in place.
        """
        shape = (count, 2, boxes.shape[2])
        values = np.empty(shape) if known is None else known
        smooth = np.ones(shape[2], dtype=bool)
        for number, (op, args, data) in enumerate(self.steps[:count]):
            found = boxes[data] if op == "input" else natural(op, [values[a] for a in args], data, values)
            if op in ROUGH_OPS:
                found, decided = found
                smooth &= decided
            values[number] = found if known is None else np.fmin(values[number], found)
        return values, smooth

    def backward(self, values: Lanes) -> None:
        """Carry what is known of the results of the first steps back to their arguments, in place."""
        for number in range(self.system.first - 1, -1, -1):
            op, args, data = self.steps[number]
            if op == "form":
                _form_back(values, number, data)
            elif op == "mul":
                a, b = args
                values[a] = lanes.quotient(values[a], values[number], values[b])
                values[b] = lanes.quotient(values[b], values[number], values[a])
            elif op == "pow" and data > 1 and data % 2 == 0:
                values[args[0]] = lanes.root_of_even(values[args[0]], values[number], data)
            elif op == "inv":
                values[args[0]] = np.fmin(values[args[0]], lanes.inv(values[number]))
            elif op in lanes.GUESSES:
                values[args[0]] = np.fmin(values[args[0]], lanes.preimage(op, values[number]))


def natural(op: str, args: list[Lanes], data: Any, values: Lanes) -> Any:
    """Return the natural range of a step; for :data:`ROUGH_OPS` also where no kink is near.

    Args:
        data: of a form its constant (2, 1) and terms (place, (minus the lower end, upper end)).
        values: all ranges so far (steps, 2, N).
    """
    if op == "form":
        constant, terms = data
        total = constant
        for place, factor in terms:
            total = lanes.add(total, lanes.scaled(values[place], factor))
        return total
    if op == "mul":
        return lanes.mul(*args)
    if op == "pow":
        return lanes.power(args[0], data) if data else 0.0 * args[0] + np.array([[-1.0], [1.0]])
    if op == "inv":
        return lanes.inv(args[0])
    if op in lanes.INCREASING:
        return lanes.increasing(op, args[0])
    return _special(op, args, data, values.shape[1:])


def _form_back(values: Lanes, number: int, data: Any) -> None:
    constant, terms = data
    parts = [lanes.scaled(values[place], factor) for place, factor in terms]
    total = constant
    for part in parts:
        total = lanes.add(total, part)
    for (place, factor), part in zip(terms, parts, strict=True):
        # Row by row, the sum of the others is at most the sum of all minus this one.
        others = lanes.up(total - part)
        own = lanes.add(values[number], lanes.negative(others))
        values[place] = np.fmin(values[place], _divided(own, factor))


def _divided(x: Lanes, factor: tuple[float, float]) -> Lanes:
    if -factor[0] == factor[1]:
        turned = x if factor[1] > 0 else x[::-1]
        return turned if abs(factor[1]) == 1 else lanes.up(turned / abs(factor[1]))
    return lanes.mul(x, lanes.inv(np.array(factor)[:, None]))


def _special(op: str, args: list[Lanes], data: Any, shape: tuple[int, ...]) -> Any:
    """Return the rarer steps; those of :data:`ROUGH_OPS` with where no kink is near."""
    if op == "inverse_sqrt_pi":
        return np.broadcast_to(np.array([[-0.5641895835477562], [0.5641895835477564]]), shape)
    if op == "undefined":
        return np.full(shape, np.nan)
    if op == "require":
        out: Any = args[0].copy()
        for other in args[1:]:
            out[:, np.isnan(other).any(axis=0)] = np.nan
        return out
    x = args[0]
    positive, negative = x[0] < 0, x[1] < 0
    decided = positive | negative
    if op == "step":
        out = np.stack([np.where(positive, -1.0, 0.0), np.where(positive, 1.0, 0.0)])
        out[:, ~decided] = np.nan
        return out
    if op == "select":
        out = np.where(positive, args[1], args[2])
        out[:, ~decided] = np.nan
        return out
    unknown = np.isnan(x).any(axis=0)
    if op == "slope":
        out = np.stack([np.where(positive, -1.0, 0.0), np.where(negative, 0.0, 1.0)])
    elif op == "relu":
        out = np.stack([np.minimum(x[0], 0.0), np.maximum(x[1], 0.0)])
    elif op == "abs":
        least, most = lanes.magnitudes(x)
        out = np.stack([-least, most])
    elif op in ("peak", "share"):
        return _largest(op, args, data)
    else:
        return _by_balls(op, x)
    out[:, unknown] = np.nan
    return out, decided


def _largest(op: str, args: list[Lanes], data: Any) -> tuple[Lanes, Mask]:
    """Return the largest of several, or whether one of them is that; and where it is clear which one is."""
    lows, highs = np.stack([-x[0] for x in args]), np.stack([x[1] for x in args])
    unknown = np.isnan(lows).any(axis=0) | np.isnan(highs).any(axis=0)
    beats = np.ones(lows.shape, dtype=bool)
    for k in range(len(args)):
        for other in range(len(args)):
            beats[k] &= (other == k) | (lows[k] > highs[other])
    decided = beats.any(axis=0)
    if op == "peak":
        out = np.stack([-lows.max(axis=0), highs.max(axis=0)])
    else:
        beaten = (highs[data] < lows.max(axis=0)) | (decided & ~beats[data])
        out = np.stack([np.where(beats[data], -1.0, 0.0), np.where(beaten, 0.0, 1.0)])
    out[:, unknown] = np.nan
    return out, decided


def _by_balls(op: str, x: Lanes) -> Lanes:
    from verify.recheck.jets import function_range

    return lanes.by_balls(function_range(op), x)


# --- linear equations -------------------------------------------------------------------------------------------


def inverted(matrices: Any) -> Any:
    """Return approximate inverses of matrices (n, n, N) by elimination; NaN or infinite where singular."""
    size = len(matrices)
    work, out = matrices.copy(), np.zeros_like(matrices)
    rows = np.arange(matrices.shape[2])
    out[range(size), range(size)] = 1.0
    for column in range(size):
        pivot = column + np.abs(work[column:, column]).argmax(axis=0)
        for part in (work, out):
            top = part[pivot, :, rows].T.copy()
            part[pivot, :, rows] = part[column].T
            part[column] = top
        scale = work[column, column].copy()
        work[column] /= scale
        out[column] /= scale
        for i in range(size):
            if i != column:
                factor = work[i, column].copy()
                work[i] -= factor * work[column]
                out[i] -= factor * out[column]
    return out


def _preconditioned(matrix: Any, hessian: Lanes, slopes: Lanes) -> tuple[Lanes, Lanes]:
    """Return matrices of exact numbers (n, n, N) times Hessians (n, n, 2, N) and times gradients (n, 2, N)."""
    size = len(slopes)
    plus, minus = np.maximum(matrix, 0.0), np.maximum(-matrix, 0.0)
    rows = np.zeros_like(hessian)
    offsets = np.zeros_like(slopes)
    for k in range(size):
        p, m = plus[:, k, None, None], minus[:, k, None, None]
        # One of the two factors is zero, so their sum is exact.
        rows = lanes.up(rows + lanes.up(p * hessian[k] + m * hessian[k, :, ::-1]))
        offsets = lanes.up(offsets + lanes.up(p[:, 0] * slopes[k] + m[:, 0] * slopes[k, ::-1]))
    return rows, offsets


def _solved(hessian: Lanes, slopes: Lanes, shifted: Lanes) -> tuple[Lanes, Mask]:
    """Contract ``shifted = x - c`` (n, 2, N) by the rows of the system, then by those of the preconditioned one."""
    size = len(slopes)
    left = shifted.copy()
    empty = np.zeros(shifted.shape[2], dtype=bool)
    for i in range(size):
        _row(hessian[i], slopes[i], left, range(size), empty)
    inverse = inverted(0.5 * (hessian[:, :, 1] - hessian[:, :, 0]))
    rows, offsets = _preconditioned(inverse, hessian, slopes)
    for _ in range(NEWTON_SWEEPS):
        for i in range(size):
            _row(rows[i], offsets[i], left, (i,), empty)
    return left, empty


def _row(row: Lanes, offset: Lanes, left: Lanes, places: Sequence[int] | range, empty: Mask) -> None:
    """Use ``0 in offset + row . left`` for the coordinates ``places``, in place."""
    parts = [lanes.mul(row[j], left[j]) for j in range(len(left))]
    total = offset
    for part in parts:
        total = lanes.add(total, part)
    empty |= (total[0] < 0) | (total[1] < 0)
    for j in places:
        others = lanes.up(total - parts[j])
        left[j] = lanes.quotient(left[j], lanes.negative(others), row[j])
        empty |= left[j, 1] < -left[j, 0]
