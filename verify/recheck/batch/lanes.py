"""Interval arithmetic on many boxes at once, rounded outward, with IEEE basic operations and nothing else.

An interval of N boxes is an array of shape (2, N): row 0 holds *minus* the lower ends, row 1 the upper ends, so that
both are rounded upward. Only ``+ - * / sqrt``, comparisons and exact scalings by powers of two are trusted, in rounding
to nearest: the result x of one of them differs from the true one by at most ``2**-53 |x| (1 + 2**-52)``, plus at most
``2**-1022`` where it underflows (even where subnormal numbers are flushed to zero). :func:`up` therefore returns
``x + (2**-51 |x| + 1e-300)``: its own three roundings cost at most ``2**-52 |x|`` of the ``2**-51 |x|`` added. Overflow
gives infinite ends, which are true; ``inf - inf`` and ``0 * inf`` give NaN.

NaN means "not known, perhaps not defined". It spreads, every comparison with it is false, and nothing is ever concluded
from a comparison that is false; intersections take the end that is known.

The exponential is ours: with k the integer nearest to v/ln 2, ``exp(v) = 2**k exp(r)``, ``r = v - k ln 2``,
``|r| < 0.35``. ``ln 2`` is split into a head of 32 bits, whose product with ``|k| < 2**11`` is exact, and a rounded
tail; the two subtractions lose less than 2e-16. The Taylor polynomial of degree 13 misses less than 1e-17, its
evaluation by Horner's rule less than ``28 * 2**-53 * exp(0.35)/exp(-0.35) < 7e-15`` relative. :data:`EXP_ERROR` is
2e-14. Logarithms and inverse functions are guessed by the library and kept only where the functions confirm them.
"""

from __future__ import annotations

from collections.abc import Callable
from math import factorial
from typing import Any

import numpy as np

Lanes = Any
"""Array (2, N): minus the lower ends, and the upper ends."""

Ends = Any
"""Array of any shape: numbers, one per end."""

GROWTH = 2.0**-51
TINY = 1e-300
EXP_ERROR = 2e-14
EXP_LOW, EXP_HIGH = -680.0, 700.0
"""Between these the exponential is computed; beyond them it is only known to be smaller, or larger."""

LN2_HEAD = float.fromhex("0x1.62e42feep-1")
LN2_TAIL = float.fromhex("0x1.a39ef35793c76p-33")
TAYLOR = tuple(1.0 / factorial(k) for k in range(13, -1, -1))


def up(v: Ends) -> Ends:
    """Return numbers that are at least the true values whose rounded results these are."""
    grown = np.abs(v)
    grown *= GROWTH
    grown += TINY
    grown += v
    return grown


def down(v: Ends) -> Ends:
    """Return numbers that are at most the true values whose rounded results these are."""
    return -up(-v)


def between(low: Ends, high: Ends) -> Lanes:
    """Return intervals by their ends."""
    return np.stack([-low, high])


def negative(x: Lanes) -> Lanes:
    """Return -x."""
    return x[::-1]


def add(x: Lanes, y: Lanes) -> Lanes:
    """Return x + y."""
    return up(x + y)


def mul(x: Lanes, y: Lanes) -> Lanes:
    """Return x * y: with rows (-a, b) and (-c, d) the four products are, up to sign, the rows of two row products."""
    same, crossed = x * y, x * y[::-1]
    out = np.empty(np.broadcast(x, y).shape)
    np.maximum(np.maximum(crossed[0], crossed[1]), -np.minimum(same[0], same[1]), out=out[0])
    np.maximum(np.maximum(same[0], same[1]), -np.minimum(crossed[0], crossed[1]), out=out[1])
    return up(out)


def scaled(x: Lanes, factor: tuple[float, float]) -> Lanes:
    """Return x times a constant, given by minus its lower end and its upper end."""
    if -factor[0] == factor[1]:
        turned = x if factor[1] >= 0 else x[::-1]
        return turned if abs(factor[1]) == 1 else up(abs(factor[1]) * turned)
    return mul(x, np.array(factor)[:, None])


def inv(x: Lanes) -> Lanes:
    """Return 1/x; not known where x may be zero."""
    out = -1.0 / x[::-1]
    out[:, ~((x[0] < 0) | (x[1] < 0))] = np.nan
    return up(out)


def magnitudes(x: Lanes) -> tuple[Ends, Ends]:
    """Return the least and the greatest absolute values."""
    return np.maximum(0.0, -np.minimum(x[0], x[1])), np.maximum(x[0], x[1])


def power(x: Lanes, n: int) -> Lanes:
    """Return x**n for n >= 1; even powers are not negative."""
    if n == 1:
        return x
    if n % 2:
        return between(_odd_power(-x[0], n, down), _odd_power(x[1], n, up))
    least, most = magnitudes(x)
    for_low, for_high = least, most
    for _ in range(n - 1):
        for_low, for_high = np.maximum(down(for_low * least), 0.0), up(for_high * most)
    return np.stack([np.where(np.isnan(for_high), np.nan, -for_low), for_high])


def _odd_power(v: Ends, n: int, outward: Callable[[Ends], Ends]) -> Ends:
    size = np.abs(v)
    low = high = size
    for _ in range(n - 1):
        low, high = np.maximum(down(low * size), 0.0), up(high * size)
    return np.where(v < 0, -low, high) if outward is up else np.where(v < 0, -high, low)


# --- functions at ends ------------------------------------------------------------------------------------------


def exp_ends(v: Ends) -> tuple[Ends, Ends]:
    """Return lower and upper bounds of exp."""
    inside = np.minimum(np.maximum(v, EXP_LOW), EXP_HIGH)
    k = np.rint(inside * (1.0 / (LN2_HEAD + LN2_TAIL)))
    r = (inside - k * LN2_HEAD) - k * LN2_TAIL
    total = np.full_like(r, TAYLOR[0])
    for coefficient in TAYLOR[1:]:
        total *= r
        total += coefficient
    # 2**k by its bits; k is between -982 and 1011, and where it is NaN the total is.
    value = total * ((k.astype(np.int64) + 1023) << 52).view(np.float64)
    low, high = value * (1.0 - EXP_ERROR), value * (1.0 + EXP_ERROR)
    return np.where(v < EXP_LOW, 0.0, low), np.where(v > EXP_HIGH, np.inf, high)


def log_ends(v: Ends) -> tuple[Ends, Ends]:
    """Return lower and upper bounds of log; not known where v <= 0."""
    guess = np.log(v)
    slack = 5e-14 * (1.0 + np.abs(guess))
    low, high = guess - slack, guess + slack
    return np.where(exp_ends(low)[1] <= v, low, np.nan), np.where(exp_ends(high)[0] >= v, high, np.nan)


def sigmoid_ends(v: Ends) -> tuple[Ends, Ends]:
    """Return lower and upper bounds of 1/(1 + exp(-v))."""
    low, high = exp_ends(-np.abs(v))
    right_low, right_high = down(1.0 / up(1.0 + high)), up(1.0 / down(1.0 + low))
    left_low, left_high = down(low / up(1.0 + low)), up(high / down(1.0 + high))
    return np.where(v >= 0, right_low, left_low), np.where(v >= 0, np.minimum(right_high, 1.0), left_high)


def tanh_ends(v: Ends) -> tuple[Ends, Ends]:
    """Return lower and upper bounds of tanh(v) = (1 - e)/(1 + e), e = exp(-2v), for v >= 0; it is odd."""
    least, most = exp_ends(-2.0 * np.abs(v))
    low = np.maximum(down(down(1.0 - most) / up(1.0 + most)), 0.0)
    # tanh(v) <= v, which is closer near zero.
    high = np.minimum(np.minimum(up(up(1.0 - least) / down(1.0 + least)), 1.0), np.abs(v))
    return np.where(v >= 0, low, -high), np.where(v >= 0, high, -low)


def softplus_ends(v: Ends) -> tuple[Ends, Ends]:
    """Return lower and upper bounds of log(1 + exp(v)) = max(v, 0) + log1p(exp(-|v|))."""
    least, most = exp_ends(-np.abs(v))
    # e - e**2/2 <= log1p(e) <= e, which is closer for small e.
    low = np.fmax(log_ends(down(1.0 + least))[0], down(least - up(most * most)))
    high = np.fmin(log_ends(up(1.0 + most))[1], most)
    over = np.maximum(v, 0.0)
    return down(over + np.maximum(low, 0.0)), up(over + high)


def sqrt_ends(v: Ends) -> tuple[Ends, Ends]:
    """Return lower and upper bounds of the square root; not known where v < 0."""
    root = np.sqrt(v)
    return np.maximum(down(root), 0.0), up(root)


INCREASING: dict[str, Callable[[Ends], tuple[Ends, Ends]]] = {
    "exp": exp_ends, "log": log_ends, "sigmoid": sigmoid_ends, "tanh": tanh_ends, "softplus": softplus_ends,
    "sqrt": sqrt_ends,
}  # fmt: skip

GUESSES: dict[str, Callable[[Ends], Ends]] = {
    "exp": np.log, "log": np.exp, "tanh": np.arctanh, "sqrt": np.square,
    "sigmoid": lambda y: np.log(y) - np.log1p(-y),
    "softplus": lambda y: y + np.log(-np.expm1(-y)),
}  # fmt: skip
"""Inverse functions, not trusted."""


def increasing(name: str, x: Lanes) -> Lanes:
    """Return the range of an increasing function."""
    low, high = INCREASING[name](np.stack([-x[0], x[1]]))
    out = np.stack([-low[0], high[1]])
    if name in ("log", "sqrt"):
        out[:, ~(x[0] < 0)] = np.nan
    return out


def preimage(name: str, y: Lanes) -> Lanes:
    """Return an interval that holds every x at which an increasing function has a value in y."""
    ends = np.stack([-y[0], y[1]])
    guess = GUESSES[name](ends)
    slack = 1e-12 * (1.0 + np.abs(guess))
    slack[0] *= -1.0
    guess += slack
    below, above = INCREASING[name](guess)
    return np.stack([np.where(above[0] <= ends[0], -guess[0], np.inf), np.where(below[1] >= ends[1], guess[1], np.inf)])


def quotient(a: Lanes, x: Lanes, b: Lanes) -> Lanes:
    """Return an interval that holds every value t in a with t*s in x for some s in b."""
    out = np.fmin(mul(x, inv(b)), a)
    gap = ~((b[0] < 0) | (b[1] < 0)) & ((x[0] < 0) | (x[1] < 0))
    if gap.any():
        part = np.nonzero(gap)[0]
        out[:, part] = _beyond_gap(a[:, part], x[:, part], b[:, part])
    return out


def _beyond_gap(a: Lanes, x: Lanes, b: Lanes) -> Lanes:
    """Return what is left of a without the open gap around zero that no quotient x/b meets (0 in b, 0 not in x)."""
    positive = x[0] < 0
    near = np.where(positive, -x[0], x[1])
    # b = [-b0, b1]; the quotients of numbers of one sign are at least this far from zero.
    over, under = np.where(positive, b[1], -b[0]), np.where(positive, -b[0], b[1])
    above = np.where(over == 0, np.inf, down(near / over))
    below = np.where(under == 0, -np.inf, up(near / under))
    low = np.where(-a[0] > below, np.fmax(-a[0], above), -a[0])
    high = np.where(a[1] < above, np.fmin(a[1], below), a[1])
    return np.stack([-low, high])


def root_of_even(a: Lanes, x: Lanes, n: int) -> Lanes:
    """Return what is left of a where t**n lies in x, for even n."""
    if n % 4 == 0:
        return root_of_even(a, between(np.zeros_like(x[0]), sqrt_ends(np.maximum(x[1], 0.0))[1]), n // 2)
    if n != 2:
        return a
    most = np.where(x[1] >= 0, sqrt_ends(x[1])[1], np.where(x[1] < 0, -1.0, np.inf))
    least = np.where(x[0] < 0, sqrt_ends(-x[0])[0], 0.0)
    low, high = np.fmax(-a[0], -most), np.fmin(a[1], most)
    low, high = np.where(low > -least, np.fmax(low, least), low), np.where(high < least, np.fmin(high, -least), high)
    return between(low, high)


def by_balls(function: Callable[[Any], Any], x: Lanes) -> Lanes:
    """Return the range of a function by FLINT's balls, one box after the other."""
    from flint import arb

    out = np.full(x.shape, np.nan)
    for k, (low, high) in enumerate(zip((-x[0]).tolist(), x[1].tolist(), strict=True)):
        found = function(arb(low).union(arb(high)))
        if found.is_finite():
            out[0, k], out[1, k] = -float(found.lower()), float(found.upper())
    return up(out)


def trustworthy() -> bool:
    """Return whether this machine rounds as assumed, by a few cases that other modes get wrong."""
    one = np.array([1.0, -1.0])
    half = np.array([2.0**-53, -(2.0**-53)])
    nearest = bool((one + half == one).all() and (one + 1.5 * half != one).all())
    return nearest and bool((one / np.array([3.0, 3.0]) == np.array([1 / 3, -1 / 3])).all()) and 0.1 + 0.2 != 0.3
