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
        mid: registers (steps, 1 + p + p(p+1)/2): middles of value, gradient, upper triangle of the Hessian.
        rad: their radii.
    """

    packed: Packed
    size: int
    mid: FloatArray
    rad: FloatArray


def machine(tape: Tape) -> Machine:
    """Return a tape ready for the compiled functions."""
    size = tape.inputs
    width = 1 + size + size * (size + 1) // 2
    shape = (len(tape.steps), width)
    return Machine(pack(tape), size, np.zeros(shape), np.zeros(shape))


def pack(tape: Tape) -> Packed:
    """Return a tape as arrays: operations, arguments, constants, terms of forms, root, entries that may be nonzero."""
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
def _form(number: int, packed: Packed, mid: FloatArray, rad: FloatArray, width: int) -> None:
    _, first, second, _, constant, places, factors, _, support = packed
    mid[number, 0], rad[number, 0] = constant[number, 0], constant[number, 1]
    for entry in range(1, width):
        mid[number, entry], rad[number, entry] = 0.0, 0.0
    for term in range(first[number], second[number]):
        place, m, r = places[term], factors[term, 0], factors[term, 1]
        for entry in range(width):
            if entry == 0 or support[place, entry - 1]:
                part = m * mid[place, entry]
                mid[number, entry] += part
                rad[number, entry] += (
                    abs(m) * rad[place, entry] + r * (abs(mid[place, entry]) + rad[place, entry])
                    + EPS * (abs(part) + abs(mid[number, entry])) + TINY
                )  # fmt: skip


@jit
def _mul(number: int, a: int, b: int, size: int, width: int, mid: FloatArray, rad: FloatArray, support: Any) -> None:
    ma, ra, mb, rb = mid[a, 0], rad[a, 0], mid[b, 0], rad[b, 0]
    ta, tb = abs(ma) + ra, abs(mb) + rb
    mid[number, 0] = ma * mb
    rad[number, 0] = ta * rb + ra * abs(mb) + 2 * EPS * ta * tb + TINY
    for entry in range(1, width):
        m, r = 0.0, 0.0
        if support[b, entry - 1]:
            x, y = mid[b, entry], rad[b, entry]
            m += ma * x
            r += ta * y + ra * abs(x) + 2 * EPS * ta * (abs(x) + y)
        if support[a, entry - 1]:
            x, y = mid[a, entry], rad[a, entry]
            m += mb * x
            r += tb * y + rb * abs(x) + 2 * EPS * tb * (abs(x) + y)
        mid[number, entry], rad[number, entry] = m, r + TINY
    if width == 1 + size:
        return
    entry = 1 + size
    for i in range(size):
        for j in range(i, size):
            if support[a, i] and support[b, j]:
                _add_product(number, entry, mid[a, 1 + i], rad[a, 1 + i], mid[b, 1 + j], rad[b, 1 + j], mid, rad)
            if support[b, i] and support[a, j]:
                _add_product(number, entry, mid[b, 1 + i], rad[b, 1 + i], mid[a, 1 + j], rad[a, 1 + j], mid, rad)
            entry += 1


@jit
def _add_product(
    number: int, entry: int, m: float, r: float, x: float, y: float, mid: FloatArray, rad: FloatArray
) -> None:
    mid[number, entry] += m * x
    rad[number, entry] += (
        (abs(m) + r) * y + r * abs(x) + 2 * EPS * (abs(m) + r) * (abs(x) + y) + EPS * abs(mid[number, entry]) + TINY
    )


@jit
def _chain(
    number: int, a: int, ranges: FloatArray, size: int, width: int, mid: FloatArray, rad: FloatArray, support: Any
) -> None:
    mid[number, 0], rad[number, 0] = ranges[0, 0], ranges[0, 1]
    m, r = ranges[1, 0], ranges[1, 1]
    for entry in range(1, width):
        mid[number, entry], rad[number, entry] = 0.0, 0.0
        if support[a, entry - 1]:
            _add_product(number, entry, m, r, mid[a, entry], rad[a, entry], mid, rad)
    if width == 1 + size:
        return
    m, r = ranges[2, 0], ranges[2, 1]
    entry = 1 + size
    for i in range(size):
        for j in range(i, size):
            if support[a, i] and support[a, j]:
                x, y, u, v = mid[a, 1 + i], rad[a, 1 + i], mid[a, 1 + j], rad[a, 1 + j]
                if i == j:
                    low, high = _monomial(x - y, x + y, 2)
                    x, y = _centred(low, high)
                else:
                    x, y = x * u, (abs(x) + y) * v + y * abs(u) + 2 * EPS * (abs(x) + y) * (abs(u) + v)
                _add_product(number, entry, m, r, x, y, mid, rad)
            entry += 1


@jit
def _kinked(op: int, m: float, r: float, ranges: FloatArray) -> int:
    """Write the ranges of relu, abs or step; return the outcome."""
    low, high = m - r, m + r
    sign = 1 if low > 0.0 else -1 if high < 0.0 else 0
    ranges[:, :] = 0.0
    if op == STEP:
        ranges[0, 0] = 1.0 if sign > 0 else 0.0
        return SMOOTH if sign != 0 else UNKNOWN
    slope = 1.0 if sign > 0 else (0.0 if op == RELU else -1.0)
    if sign != 0:
        ranges[0, 0], ranges[0, 1] = slope * m, abs(slope) * r
        ranges[1, 0] = slope
        return SMOOTH
    ranges[0, 0], ranges[0, 1] = _centred(0.0, max(high, 0.0) if op == RELU else max(-low, high))
    ranges[1, 0], ranges[1, 1] = (0.5, 0.5) if op == RELU else (0.0, 1.0)
    return ROUGH


@jit
def _peak(number: int, packed: Packed, mid: FloatArray, rad: FloatArray, size: int, width: int) -> int:
    _, first, second, _, _, places, _, _, _ = packed
    start, stop = first[number], second[number]
    best, most = -np.inf, -np.inf
    for term in range(start, stop):
        best = max(best, mid[places[term], 0] - rad[places[term], 0])
    rivals = 0
    low, high = np.empty(size), np.empty(size)
    for term in range(start, stop):
        place = places[term]
        if mid[place, 0] + rad[place, 0] < best:
            continue
        rivals += 1
        most = max(most, mid[place, 0] + rad[place, 0])
        if rivals == 1:
            for entry in range(width):
                mid[number, entry], rad[number, entry] = mid[place, entry], rad[place, entry]
        for i in range(size):
            a, b = mid[place, 1 + i] - rad[place, 1 + i], mid[place, 1 + i] + rad[place, 1 + i]
            low[i], high[i] = (a, b) if rivals == 1 else (min(low[i], a), max(high[i], b))
    if rivals == 1:
        return SMOOTH
    mid[number, 0], rad[number, 0] = _centred(best, most)
    for i in range(size):
        mid[number, 1 + i], rad[number, 1 + i] = _centred(low[i], high[i])
    return ROUGH


@jit
def jets(
    packed: Packed, center: FloatArray, radius: FloatArray, second_order: bool, mid: FloatArray, rad: FloatArray
) -> int:
    """Fill the registers over a box (center and radius, each (p,)); return SMOOTH, ROUGH or UNKNOWN."""
    op, first, second, third, _, places, _, root, support = packed
    size = center.shape[0]
    width = mid.shape[1] if second_order else 1 + size
    ranges = np.zeros((3, 2))
    known = np.ones(op.shape[0], dtype=np.bool_)
    rough = False
    for number in range(op.shape[0]):
        code, a = op[number], first[number]
        if code == INPUT:
            for entry in range(width):
                mid[number, entry], rad[number, entry] = 0.0, 0.0
            mid[number, 0], rad[number, 0] = center[third[number]], radius[third[number]]
            mid[number, 1 + third[number]] = 1.0
        elif code in (FORM, PEAK, REQUIRE):
            for term in range(a, second[number]):
                known[number] = known[number] and known[places[term]]
            if not known[number]:
                continue
            if code == FORM:
                _form(number, packed, mid, rad, width)
            elif code == PEAK:
                rough = _peak(number, packed, mid, rad, size, width) == ROUGH or rough
            else:
                mid[number, :width], rad[number, :width] = mid[places[a], :width], rad[places[a], :width]
        elif code == SELECT:
            chosen = -1
            if known[a] and mid[a, 0] - rad[a, 0] > 0.0:
                chosen = second[number]
            elif known[a] and mid[a, 0] + rad[a, 0] < 0.0:
                chosen = third[number]
            known[number] = chosen >= 0 and known[chosen]
            if known[number]:
                mid[number, :width], rad[number, :width] = mid[chosen, :width], rad[chosen, :width]
        elif code == MUL:
            known[number] = known[a] and known[second[number]]
            if known[number]:
                _mul(number, a, second[number], size, width, mid, rad, support)
        else:
            known[number] = code != UNDEFINED and known[a]
            if not known[number]:
                continue
            if code in (RELU, ABS, STEP):
                outcome = _kinked(code, mid[a, 0], rad[a, 0], ranges)
                rough = rough or outcome == ROUGH
                known[number] = outcome != UNKNOWN
            else:
                known[number] = _ranges(code, third[number], mid[a, 0], rad[a, 0], ranges)
            if known[number]:
                _chain(number, a, ranges, size, width, mid, rad, support)
    if not known[root] or not np.isfinite(mid[root, 0]):
        return UNKNOWN
    return ROUGH if rough else SMOOTH
