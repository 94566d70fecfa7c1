"""Second-order interval arithmetic in floats, compiled: value, gradient and Hessian of a tape over a box.

The float twin of :mod:`verify.recheck.jets`, step by step, so that what is found here is confirmed there: intervals
are kept as middle and radius, and every radius grows by more than what rounding may have lost. Results find; the balls
of the checker decide.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from verify.expr.tape import Form, Step, Tape

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Packed = tuple[Any, ...]
"""A tape as arrays, as the compiled functions take it."""

OPS = (
    "input", "form", "mul", "pow", "exp", "log", "sqrt", "inv", "tanh", "sigmoid", "softplus", "erf", "sin", "cos",
    "relu", "abs", "step", "peak", "select", "undefined", "require",
)  # fmt: skip
(INPUT, FORM, MUL, POW, EXP, LOG, SQRT, INV, TANH, SIGMOID, SOFTPLUS, ERF, SIN, COS,
 RELU, ABS, STEP, PEAK, SELECT, UNDEFINED, REQUIRE) = range(len(OPS))  # fmt: skip

SMOOTH, ROUGH, UNKNOWN = 0, 1, 2
"""Outcome over a box: smooth, with a kink (no Hessian), or possibly undefined."""

EPS = 4e-16
TINY = 1e-300
SIGMOID_PLACE = 1.3169578969248166
SIGMOID_PEAK = 0.09622504486493763
TANH_PEAK = 0.7698003589195011
ERF_PLACE = 0.7071067811865476
ERF_PEAK = 0.9678828980938711
TWO_OVER_ROOT_PI = 1.1283791670955126

jit = njit(cache=True, error_model="numpy", fastmath=False, nogil=True)


@dataclass(frozen=True)
class Machine:
    """A packed tape with room for its registers.

    Attributes:
        packed: the tape as arrays.
        size: number of inputs p.
        room: registers (steps, 1 + p + p(p+1)/2, 2): value, gradient, upper triangle of the Hessian; middle, radius.
    """

    packed: Packed
    size: int
    room: FloatArray


def machine(tape: Tape) -> Machine:
    """Return a tape ready for the compiled functions."""
    size = tape.inputs
    width = 1 + size + size * (size + 1) // 2
    return Machine(pack(tape), size, np.zeros((len(tape.steps), width, 2)))


def pack(tape: Tape) -> Packed:
    """Return a tape as arrays: operations, arguments, constants, terms of forms, root, and which entries are not zero."""
    count = len(tape.steps)
    op, first, second, third = (np.zeros(count, dtype=np.int64) for _ in range(4))
    constant = np.zeros((count, 2))
    places: list[int] = []
    factors: list[tuple[float, float]] = []
    for number, step in enumerate(tape.steps):
        if step.op == "inverse_sqrt_pi":
            op[number], constant[number] = FORM, (TWO_OVER_ROOT_PI / 2, EPS)
            first[number] = second[number] = len(places)
            continue
        op[number] = OPS.index(step.op)
        if step.op == "form":
            constant[number] = _rounded(step.data.constant)
            first[number] = len(places)
            places += [place for place, _ in step.data.terms]
            factors += [_rounded(coefficient) for _, coefficient in step.data.terms]
            second[number] = len(places)
        elif step.op in ("peak", "require"):
            first[number] = len(places)
            places += step.args
            factors += [(1.0, 0.0)] * len(step.args)
            second[number] = len(places)
        else:
            arguments = [*step.args, 0, 0, 0][:3]
            first[number], second[number], third[number] = arguments
            if step.op in ("input", "pow"):
                third[number] = step.data
    return (
        op, first, second, third, constant, np.array(places, dtype=np.int64),
        np.array(factors, dtype=float).reshape(-1, 2), tape.root, _support(tape),
    )  # fmt: skip


def _rounded(value: Fraction) -> tuple[float, float]:
    middle = float(value)
    return middle, 0.0 if Fraction(middle) == value else abs(middle) * EPS + TINY


def _support(tape: Tape) -> NDArray[np.bool_]:
    """Return which entries of gradient and Hessian of each step may be nonzero."""
    size = tape.inputs
    slopes = np.zeros((len(tape.steps), size), dtype=bool)
    curves = np.zeros((len(tape.steps), size, size), dtype=bool)
    for number, step in enumerate(tape.steps):
        sources = _arguments(step)
        if step.op == "input":
            slopes[number, step.data] = True
        for place in sources:
            slopes[number] |= slopes[place]
            curves[number] |= curves[place]
        if step.op == "mul":
            a, b = sources
            cross = np.outer(slopes[a], slopes[b])
            curves[number] |= cross | cross.T
        elif step.op not in ("form", "input", "select", "require"):
            curves[number] |= np.outer(slopes[number], slopes[number])
    rows, columns = np.triu_indices(size)
    return np.concatenate([slopes, curves[:, rows, columns]], axis=1)


def _arguments(step: Step) -> list[int]:
    if isinstance(step.data, Form):
        return [place for place, _ in step.data.terms]
    return list(step.args)


# --- ranges of functions ----------------------------------------------------------------------------------------


@jit
def _centred(low: float, high: float) -> tuple[float, float]:  # type: ignore[no-untyped-def, unused-ignore]
    return 0.5 * (low + high), 0.5 * (high - low) + 2 * EPS * (abs(low) + abs(high)) + TINY


@jit
def _power(x: float, n: int) -> float:
    out = 1.0
    for _ in range(n):
        out *= x
    return out


@jit
def _monomial(low: float, high: float, n: int) -> tuple[float, float]:
    if n <= 0:
        return 1.0, 1.0
    a, b = _power(low, n), _power(high, n)
    if n % 2 == 1:
        return a, b
    if low <= 0.0 <= high:
        return 0.0, max(a, b)
    return min(a, b), max(a, b)


@jit
def _logistic(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x))


@jit
def _logistic_slope(x: float) -> float:
    decay = math.exp(-abs(x))
    return decay / ((1.0 + decay) * (1.0 + decay))


@jit
def _bend(op: int, x: float) -> float:
    """Second derivative of sigmoid, tanh or erf: odd, positive left of zero."""
    if op == SIGMOID:
        return -_logistic_slope(x) * math.tanh(0.5 * x)
    if op == TANH:
        return -8.0 * _logistic_slope(2.0 * x) * math.tanh(x)
    return -2.0 * x * TWO_OVER_ROOT_PI * math.exp(-x * x)


@jit
def _bump(op: int, x: float) -> float:
    """First derivative of sigmoid, tanh or erf: even, decreasing away from zero."""
    if op == SIGMOID:
        return _logistic_slope(x)
    if op == TANH:
        return 4.0 * _logistic_slope(2.0 * x)
    return TWO_OVER_ROOT_PI * math.exp(-x * x)


@jit
def _step_value(op: int, x: float) -> float:
    if op == SIGMOID:
        return _logistic(x)
    if op == TANH:
        return math.tanh(x)
    return math.erf(x)


@jit
def _bump_range(op: int, low: float, high: float) -> tuple[float, float]:
    near = 0.0 if low <= 0.0 <= high else min(abs(low), abs(high))
    return _bump(op, max(abs(low), abs(high))), _bump(op, near)


@jit
def _bend_range(op: int, low: float, high: float) -> tuple[float, float]:
    place, peak = SIGMOID_PLACE, SIGMOID_PEAK
    if op == TANH:
        place, peak = 0.5 * SIGMOID_PLACE, TANH_PEAK
    elif op == ERF:
        place, peak = ERF_PLACE, ERF_PEAK
    a, b = _bend(op, low), _bend(op, high)
    least, most = min(a, b), max(a, b)
    if low <= -place <= high:
        most = peak
    if low <= place <= high:
        least = -peak
    return least, most


@jit
def _sine_range(low: float, high: float, quarters: int) -> tuple[float, float]:
    low, high = low + quarters * (0.5 * math.pi), high + quarters * (0.5 * math.pi)
    a, b = math.sin(low), math.sin(high)
    least, most = min(a, b), max(a, b)
    turn = 2.0 * math.pi
    slack = 1e-14 * (1.0 + abs(low) + abs(high))
    if math.floor((high + slack) / turn - 0.25) >= math.ceil((low - slack) / turn - 0.25):
        most = 1.0
    if math.floor((high + slack) / turn + 0.25) >= math.ceil((low - slack) / turn + 0.25):
        least = -1.0
    return least - slack, most + slack


@jit
def _ranges(op: int, n: int, middle: float, radius: float, out: FloatArray) -> bool:
    """Write the ranges of a function and two derivatives as middle and radius (3, 2); False where undefined."""
    low, high = middle - radius, middle + radius
    if op == POW:
        first, second, third = _monomial(low, high, n), _monomial(low, high, n - 1), _monomial(low, high, n - 2)
        if n == 0:
            second = (0.0, 0.0)
        slope, curve = float(n), float(n * (n - 1))
        second = (slope * second[0], slope * second[1])
        third = (curve * third[0], curve * third[1])
    elif op == EXP:
        first = (math.exp(low), math.exp(high))
        second = first
        third = first
    elif op == SOFTPLUS:
        first = (max(low, 0.0) + math.log1p(math.exp(-abs(low))), max(high, 0.0) + math.log1p(math.exp(-abs(high))))
        second = (_logistic(low), _logistic(high))
        third = _bump_range(SIGMOID, low, high)
    elif op in (SIGMOID, TANH, ERF):
        first = (_step_value(op, low), _step_value(op, high))
        second = _bump_range(op, low, high)
        third = _bend_range(op, low, high)
    elif op in (SIN, COS):
        shift = 0 if op == SIN else 1
        first = _sine_range(low, high, shift)
        second = _sine_range(low, high, shift + 1)
        third = _sine_range(low, high, shift + 2)
    elif op == INV:
        if low <= 0.0 <= high:
            return False
        first = (1.0 / high, 1.0 / low)
        a, b = -1.0 / (low * low), -1.0 / (high * high)
        second = (min(a, b), max(a, b))
        third = (2.0 / (high * high * high), 2.0 / (low * low * low))
    else:
        if not low > 0.0:
            return False
        if op == LOG:
            first = (math.log(low), math.log(high))
            second = (1.0 / high, 1.0 / low)
            third = (-1.0 / (low * low), -1.0 / (high * high))
        else:
            a, b = math.sqrt(low), math.sqrt(high)
            first = (a, b)
            second = (0.5 / b, 0.5 / a)
            third = (-0.25 / (low * a), -0.25 / (high * b))
    out[0, 0], out[0, 1] = _centred(first[0], first[1])
    out[1, 0], out[1, 1] = _centred(second[0], second[1])
    out[2, 0], out[2, 1] = _centred(third[0], third[1])
    return True


# --- jets -------------------------------------------------------------------------------------------------------


@jit
def _product(a: FloatArray, b: FloatArray) -> tuple[float, float]:
    middle = a[0] * b[0]
    radius = abs(a[0]) * b[1] + a[1] * abs(b[0]) + a[1] * b[1]
    return middle, radius * (1 + EPS) + abs(middle) * EPS + TINY


@jit
def _square_of(a: FloatArray) -> tuple[float, float]:
    low, high = _monomial(a[0] - a[1], a[0] + a[1], 2)
    return _centred(low, high)


@jit
def _added(target: FloatArray, middle: float, radius: float) -> None:
    target[0] += middle
    target[1] = (target[1] + radius) * (1 + EPS) + abs(target[0]) * EPS


@jit
def _form(row: FloatArray, number: int, packed: Packed, room: FloatArray, width: int) -> None:
    _, first, second, _, constant, places, factors, _, support = packed
    row[:width, :] = 0.0
    row[0, 0], row[0, 1] = constant[number, 0], constant[number, 1]
    for term in range(first[number], second[number]):
        source = room[places[term]]
        for entry in range(width):
            if entry == 0 or support[places[term], entry - 1]:
                middle, radius = _product(factors[term], source[entry])
                _added(row[entry], middle, radius)


@jit
def _mul(row: FloatArray, a: FloatArray, b: FloatArray, size: int, width: int, in_a: Any, in_b: Any) -> None:
    row[:width, :] = 0.0
    row[0, 0], row[0, 1] = _product(a[0], b[0])
    for entry in range(1, width):
        if in_b[entry - 1]:
            middle, radius = _product(a[0], b[entry])
            _added(row[entry], middle, radius)
        if in_a[entry - 1]:
            middle, radius = _product(b[0], a[entry])
            _added(row[entry], middle, radius)
    if width == 1 + size:
        return
    entry = 1 + size
    for i in range(size):
        for j in range(i, size):
            if in_a[i] and in_b[j]:
                middle, radius = _product(a[1 + i], b[1 + j])
                _added(row[entry], middle, radius)
            if in_b[i] and in_a[j]:
                middle, radius = _product(b[1 + i], a[1 + j])
                _added(row[entry], middle, radius)
            entry += 1


@jit
def _chain(row: FloatArray, a: FloatArray, ranges: FloatArray, size: int, width: int, in_a: Any) -> None:
    row[:width, :] = 0.0
    row[0, 0], row[0, 1] = ranges[0, 0], ranges[0, 1]
    for entry in range(1, width):
        if in_a[entry - 1]:
            row[entry, 0], row[entry, 1] = _product(ranges[1], a[entry])
    if width == 1 + size:
        return
    pair = np.empty(2)
    entry = 1 + size
    for i in range(size):
        for j in range(i, size):
            if in_a[i] and in_a[j]:
                pair[0], pair[1] = _square_of(a[1 + i]) if i == j else _product(a[1 + i], a[1 + j])
                middle, radius = _product(ranges[2], pair)
                _added(row[entry], middle, radius)
            entry += 1


@jit
def _kinked(op: int, a: FloatArray, ranges: FloatArray) -> int:
    """Write the ranges of relu, abs or step; return the outcome."""
    low, high = a[0, 0] - a[0, 1], a[0, 0] + a[0, 1]
    sign = 1 if low > 0.0 else -1 if high < 0.0 else 0
    ranges[:, :] = 0.0
    if op == STEP:
        ranges[0, 0] = 1.0 if sign > 0 else 0.0
        return SMOOTH if sign != 0 else UNKNOWN
    slope = 1.0 if sign > 0 else (0.0 if op == RELU else -1.0)
    if sign != 0:
        ranges[0, 0], ranges[0, 1] = slope * a[0, 0], abs(slope) * a[0, 1]
        ranges[1, 0] = slope
        return SMOOTH
    ranges[0, 0], ranges[0, 1] = _centred(0.0, high if op == RELU else max(-low, high))
    ranges[1, 0], ranges[1, 1] = (0.5, 0.5) if op == RELU else (0.0, 1.0)
    return ROUGH


@jit
def _peak(row: FloatArray, number: int, packed: Packed, room: FloatArray, size: int, width: int) -> int:
    _, first, second, _, _, places, _, _, _ = packed
    start, stop = first[number], second[number]
    best = -np.inf
    for term in range(start, stop):
        value = room[places[term], 0]
        best = max(best, value[0] - value[1])
    rivals, most = 0, -np.inf
    low, high = np.empty(size), np.empty(size)
    for term in range(start, stop):
        jet = room[places[term]]
        if jet[0, 0] + jet[0, 1] < best:
            continue
        rivals += 1
        most = max(most, jet[0, 0] + jet[0, 1])
        if rivals == 1:
            row[:width, :] = jet[:width, :]
        for i in range(size):
            a, b = jet[1 + i, 0] - jet[1 + i, 1], jet[1 + i, 0] + jet[1 + i, 1]
            low[i], high[i] = (a, b) if rivals == 1 else (min(low[i], a), max(high[i], b))
    if rivals == 1:
        return SMOOTH
    row[0, 0], row[0, 1] = _centred(best, most)
    for i in range(size):
        row[1 + i, 0], row[1 + i, 1] = _centred(low[i], high[i])
    return ROUGH


@jit
def jets(packed: Packed, box: FloatArray, second_order: bool, room: FloatArray) -> int:
    """Fill the registers over a box (p, 2) of middles and radii; return SMOOTH, ROUGH or UNKNOWN."""
    op, first, second, third, _, places, _, root, support = packed
    size = box.shape[0]
    width = room.shape[1] if second_order else 1 + size
    ranges = np.zeros((3, 2))
    known = np.ones(op.shape[0], dtype=np.bool_)
    rough = False
    for number in range(op.shape[0]):
        code, row = op[number], room[number]
        if code == INPUT:
            row[:width, :] = 0.0
            row[0, 0], row[0, 1] = box[third[number], 0], box[third[number], 1]
            row[1 + third[number], 0] = 1.0
            continue
        if code == FORM or code == PEAK or code == REQUIRE:
            for term in range(first[number], second[number]):
                known[number] = known[number] and known[places[term]]
            if not known[number]:
                continue
            if code == FORM:
                _form(row, number, packed, room, width)
            elif code == REQUIRE:
                row[:width, :] = room[places[first[number]], :width, :]
            elif _peak(row, number, packed, room, size, width) == ROUGH:
                rough = True
            continue
        if code == UNDEFINED:
            known[number] = False
            continue
        if code == SELECT:
            condition = room[first[number], 0]
            chosen = -1
            if known[first[number]]:
                if condition[0] - condition[1] > 0.0:
                    chosen = second[number]
                elif condition[0] + condition[1] < 0.0:
                    chosen = third[number]
            known[number] = chosen >= 0 and known[chosen]
            if known[number]:
                row[:width, :] = room[chosen, :width, :]
            continue
        a = room[first[number]]
        known[number] = known[first[number]] and (code != MUL or known[second[number]])
        if not known[number]:
            continue
        if code == MUL:
            _mul(row, a, room[second[number]], size, width, support[first[number]], support[second[number]])
            continue
        if code == RELU or code == ABS or code == STEP:
            outcome = _kinked(code, a, ranges)
            rough = rough or outcome == ROUGH
            known[number] = outcome != UNKNOWN
        else:
            known[number] = _ranges(code, third[number], a[0, 0], a[0, 1], ranges)
        if known[number]:
            _chain(row, a, ranges, size, width, support[first[number]])
    if not known[root] or not np.isfinite(room[root, 0, 0]):
        return UNKNOWN
    return ROUGH if rough else SMOOTH
