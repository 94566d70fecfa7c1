"""Linear functions above and below a function of one variable on an interval, for many intervals at once.

:func:`unary` returns slopes and offsets with ``slope*y + offset`` above (or below) the function everywhere on [l, u].
Slopes are any floats, taken as exact; only the offsets are proved, so a poor slope costs width and never truth. With
h the function (above it) or minus the function (below it) and h concave on a part [a, b] and convex beside it,

    h(y) - slope*y <= max(h(l) - slope*l, h(u) - slope*u,
                          h(t) - slope*t + max over y in {a, b} of (h'(t) - slope)*(y - t))

for any t in [a, b]: a concave function lies below its tangents, and a convex one is greatest at the ends of its part.
Slopes are those of the chord, of the tangent in the middle, or of the tangent through the other end, as in H. Zhang,
T.-W. Weng, P.-Y. Chen, C.-J. Hsieh, L. Daniel, Efficient Neural Network Robustness Certification with General
Activation Functions, NeurIPS 2018.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from verify.recheck.batch import lanes
from verify.recheck.batch.lanes import Ends, Lanes

Line = tuple[Ends, Ends]
"""Slope and offset (N,)."""

ONE = np.array([[-1.0], [1.0]])
TWO_OVER_ROOT_PI = np.array([[-1.1283791670955122], [1.128379167095513]])
TANGENT_STEPS = 4
"""Bisections for the point where a tangent through an end touches."""

LEAST = 2.0**-970
"""Smaller slopes may lose all their digits to underflow; 2**-50 times this is still a normal number."""

SHAPED = ("exp", "log", "sqrt", "inv", "tanh", "sigmoid", "softplus", "erf", "pow")
KINKED = ("relu", "abs")
WAVES = ("sin", "cos")


def point(v: Ends) -> Lanes:
    """Return numbers as intervals."""
    return np.stack([-v, v])


def middle(x: Lanes) -> Ends:
    """Return the middles of intervals, roughly."""
    return 0.5 * (x[1] - x[0])


def value(op: str, x: Lanes, n: int) -> Lanes:
    """Return the range of a function of :data:`SHAPED` or :data:`WAVES` over intervals (n: exponent of ``pow``)."""
    if op == "pow":
        return lanes.power(x, n)
    if op == "inv":
        return lanes.inv(x)
    if op in lanes.INCREASING:
        return lanes.increasing(op, x)
    from verify.recheck.jets import function_range

    return lanes.by_balls(function_range(op), x)


def derivative(op: str, x: Lanes, n: int) -> Lanes:
    """Return the range of the first derivative over intervals."""
    if op == "exp":
        return value(op, x, n)
    if op == "log":
        return lanes.inv(x)
    if op == "sqrt":
        return 0.5 * lanes.inv(value(op, x, n))
    if op == "inv":
        return lanes.negative(lanes.power(lanes.inv(x), 2))
    if op == "tanh":
        return lanes.add(ONE, lanes.negative(lanes.power(value(op, x, n), 2)))
    if op == "sigmoid":
        return lanes.mul(value(op, x, n), value(op, lanes.negative(x), n))
    if op == "softplus":
        return value("sigmoid", x, n)
    if op == "erf":
        return lanes.mul(TWO_OVER_ROOT_PI, value("exp", lanes.negative(lanes.power(x, 2)), n))
    if op == "pow":
        return lanes.scaled(lanes.power(x, n - 1), (-float(n), float(n))) if n > 1 else np.broadcast_to(ONE, x.shape)
    if op == "sin":
        return value("cos", x, n)
    return lanes.negative(value("sin", x, n))


def concave_part(op: str, n: int, sign: int) -> tuple[float, float] | None:
    """Return where sign times a function of :data:`SHAPED` is concave; it is convex elsewhere.

    ``inv`` is meant on intervals without zero.
    """
    if op in ("exp", "softplus") or (op == "pow" and (n % 2 == 0 or n == 1)):
        return None if sign > 0 else (-np.inf, np.inf)
    if op in ("log", "sqrt"):
        return (-np.inf, np.inf) if sign > 0 else None
    right = (op in ("tanh", "sigmoid", "erf")) == (sign > 0)
    return (0.0, np.inf) if right else (-np.inf, 0.0)


def unary(op: str, x: Lanes, n: int = 0) -> tuple[Line, Line]:
    """Return lines below and above a function on intervals (2, N); not finite where there are none."""
    if op in WAVES:
        return _wave(op, x)
    low, high = -x[0], x[1]
    ends = [_kink_at(op, v) if op in KINKED else value(op, point(v), n) for v in (low, high)]
    chord = np.where(high > low, (middle(ends[1]) - middle(ends[0])) / (high - low), 0.0)
    above = _above(op, x, n, 1, ends, chord)
    if op in KINKED:
        return _below_kink(op, x), above
    slope, offset = _above(op, x, n, -1, [lanes.negative(end) for end in ends], -chord)
    return (-slope, -offset), above


def _below_kink(op: str, x: Lanes) -> Line:
    """``relu(y) >= slope*y`` for slopes in [0, 1], ``|y| >= slope*y`` for slopes in [-1, 1]."""
    low, high = -x[0], x[1]
    if op == "relu":
        slope = np.where(high > -low, 1.0, 0.0)
    else:
        slope = np.clip(np.where(high > low, (high + low) / (high - low), np.sign(low)), -1.0, 1.0)
    return slope, np.zeros_like(slope)


def _kink_at(op: str, v: Ends) -> Lanes:
    return point(np.maximum(v, 0.0) if op == "relu" else np.abs(v))


def _over(h: Lanes, slope: Ends, at: Ends) -> Ends:
    """Return an upper bound of h - slope*at."""
    return lanes.up(h[1] + lanes.up(-slope * at))


def _above(op: str, x: Lanes, n: int, sign: int, ends: list[Lanes], slope: Ends) -> Line:
    """Return a line above sign times the function, whose values at the ends are known, and the slope of its chord."""
    low, high = -x[0], x[1]
    at_low, at_high = ends
    part = None if op in KINKED else concave_part(op, n, sign)
    if part is None:
        return slope, np.maximum(_over(at_low, slope, low), _over(at_high, slope, high))

    def h(v: Ends) -> Lanes:
        out = value(op, point(v), n)
        return out if sign > 0 else lanes.negative(out)

    def slope_at(v: Ends) -> Lanes:
        out = derivative(op, point(v), n)
        return out if sign > 0 else lanes.negative(out)

    a, b = np.maximum(low, part[0]), np.minimum(high, part[1])
    has, whole = a <= b, (a <= low) & (b >= high)
    place = np.where(has, np.clip(0.5 * (a + b), a, b), low)
    mixed = np.nonzero(has & ~whole)[0]
    if len(mixed):
        left = a[mixed] > low[mixed]
        end, near, far = (np.where(left, *pair) for pair in (
            (low[mixed], high[mixed]), (a[mixed], b[mixed]), (b[mixed], a[mixed])))  # fmt: skip
        place[mixed], touches = _tangent(h, slope_at, end, near, far)
    steep = slope_at(place)
    tangent = whole.copy()
    if len(mixed):
        tangent[mixed] = touches
    slope = np.where(tangent, middle(steep), slope)
    offset = np.maximum(_over(at_low, slope, low), _over(at_high, slope, high))
    excess = lanes.add(steep, point(-slope))
    reach = [lanes.mul(excess, lanes.add(point(end), point(-place)))[1] for end in (a, b)]
    over = lanes.up(_over(h(place), slope, place) + np.maximum(*reach))
    return slope, np.where(has, np.maximum(offset, over), offset)


def _tangent(
    h: Callable[[Ends], Lanes], slope_at: Callable[[Ends], Lanes], end: Ends, near: Ends, far: Ends
) -> tuple[Ends, Any]:
    """Return where the tangent through the graph at ``end`` touches between ``near`` and ``far``, and whether it does.

    Roughly: any point between them gives a line, this one a close line.
    """
    start = middle(h(end))

    def missing(t: Ends) -> Ends:
        return middle(h(t)) - start - middle(slope_at(t)) * (t - end)

    touches = missing(far) > 0
    low, high = np.zeros_like(end), np.ones_like(end)
    for _ in range(TANGENT_STEPS):
        half = 0.5 * (low + high)
        enough = missing(near + half * (far - near)) > 0
        high, low = np.where(enough, half, high), np.where(enough, low, half)
    place = np.where(touches, near + high * (far - near), far)
    return np.clip(place, np.minimum(near, far), np.maximum(near, far)), touches


def _wave(op: str, x: Lanes) -> tuple[Line, Line]:
    """Return lines by the mean value theorem around the middle."""
    place = np.clip(middle(x), -x[0], x[1])
    steep = derivative(op, x, 0)
    slope = middle(steep)
    base = value(op, point(place), 0)
    spread = lanes.mul(lanes.add(steep, point(-slope)), lanes.add(x, point(-place)))
    total = lanes.add(lanes.add(base, spread), lanes.mul(point(-slope), point(place)))
    return (slope, -total[0]), (slope, total[1])


def product(x: Lanes, y: Lanes) -> tuple[list[tuple[Ends, Ends, Ends]], list[tuple[Ends, Ends, Ends]]]:
    """Return planes (slope in x, slope in y, offset) below and above a product on boxes: two each, and their mean.

    They are G. P. McCormick's, Computability of global solutions to factorable nonconvex programs, 1976.
    """
    xl, xu, yl, yu = -x[0], x[1], -y[0], y[1]
    below = [(yl, xl, lanes.down(-(xl * yl))), (yu, xu, lanes.down(-(xu * yu)))]
    above = [(yl, xu, lanes.up(-(xu * yl))), (yu, xl, lanes.up(-(xl * yu)))]
    a, b = 0.5 * (yl + yu), 0.5 * (xl + xu)
    # The slopes are rounded: by less than this much of them or of the least one, times what they multiply.
    size = (np.abs(a) + LEAST) * lanes.magnitudes(x)[1] + (np.abs(b) + LEAST) * lanes.magnitudes(y)[1]
    lost = lanes.up(2.0**-50 * size)
    low, high = (lanes.up(0.5 * (sign * planes[0][2] + sign * planes[1][2]))
                 for sign, planes in ((-1.0, below), (1.0, above)))  # fmt: skip
    return [*below, (a, b, lanes.down(-low - lost))], [*above, (a, b, lanes.up(high + lost))]
