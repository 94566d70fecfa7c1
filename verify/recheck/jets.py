"""Values, gradients and Hessians over a box in balls: second-order interval arithmetic along a tape.

A :class:`Jet` encloses value, gradient and Hessian of a step at every point of a box. Where a kink may lie in the box,
gradients enclose Clarke's subdifferential and the Hessian is unknown (``rough``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import flint
from flint import arb, fmpq

from verify.expr.ball import rational
from verify.expr.tape import Tape

Ball = Any
Entry = Any
"""A ball, or None for an exact zero."""


class Jet(NamedTuple):
    """Enclosures of a value, its gradient (p,) and the upper triangle of its Hessian, row by row."""

    value: Ball
    slope: tuple[Entry, ...]
    curve: tuple[Entry, ...]


@dataclass(frozen=True)
class Run:
    """The jet of a tape's result over a box; ``rough`` when a kink may lie in the box (the Hessian is then unknown)."""

    jet: Jet
    rough: bool

    def gradient(self) -> list[Ball]:
        """Return the enclosures of the gradient entries."""
        return [arb(0) if entry is None else entry for entry in self.jet.slope]

    def hessian(self) -> list[list[Ball]]:
        """Return the enclosures of the Hessian entries."""
        size = len(self.jet.slope)
        flat = iter(self.jet.curve)
        rows: list[list[Ball]] = [[arb(0)] * size for _ in range(size)]
        for i in range(size):
            for j in range(i, size):
                entry = next(flat)
                if entry is not None:
                    rows[i][j] = rows[j][i] = entry
        return rows


def run(tape: Tape, box: Sequence[Ball], *, second: bool) -> Run | None:
    """Return the result of a tape over a box of balls, or None where it may be undefined.

    Args:
        second: whether Hessians are wanted; without, they are empty.
    """
    machine = _Machine(len(box), second)
    jets: list[Jet | None] = []
    for op, args, data in _prepared(tape, flint.ctx.prec):
        if op == "form":
            jets.append(machine.form(data, jets))
        elif op == "input":
            jets.append(machine.constant(box[data], place=data))
        else:
            jets.append(machine.apply(op, [jets[place] for place in args], data))
    jet = jets[tape.root]
    return None if jet is None else Run(jet, machine.rough)


@lru_cache(maxsize=64)
def _prepared(tape: Tape, bits: int) -> list[tuple[str, tuple[int, ...], Any]]:
    """Return the steps of a tape with the constants of its forms as balls of the working precision."""
    steps: list[tuple[str, tuple[int, ...], Any]] = []
    for step in tape.steps:
        data = step.data
        if step.op == "form":
            terms = [(place, None if c == 1 else arb(rational(c))) for place, c in data.terms]
            data = (arb(rational(data.constant)), terms)
        steps.append((step.op, step.args, data))
    return steps


class _Machine:
    """Applies steps to jets of one box."""

    def __init__(self, size: int, second: bool) -> None:
        self.size = size
        self.second = second
        self.rough = False
        self.flat = (None,) * size
        self.plain: tuple[Entry, ...] = (None,) * (size * (size + 1) // 2) if second else ()

    def apply(self, op: str, args: list[Jet | None], data: Any) -> Jet | None:
        if op == "select":
            return self.select(args)
        if op == "inverse_sqrt_pi":
            return self.constant(1 / arb.const_sqrt_pi())
        known = [jet for jet in args if jet is not None]
        if op == "undefined" or len(known) < len(args):
            return None
        if op == "mul":
            return self.mul(*known)
        if op == "require":
            return known[0]
        if op == "pow":
            return self.chain(known[0], _power(known[0].value, data))
        if op == "peak":
            return self.peak(known)
        if op in _KINKED:
            return self.kinked(op, known[0])
        return self.chain(known[0], _SMOOTH[op](known[0].value))

    def constant(self, value: Ball, place: int | None = None) -> Jet:
        slope = self.flat if place is None else tuple(arb(1) if i == place else None for i in range(self.size))
        return Jet(value, slope, self.plain)

    def form(self, form: tuple[Ball, list[tuple[int, Entry]]], jets: list[Jet | None]) -> Jet | None:
        """Return constant + sum of factor * jet; a factor None stands for one."""
        value, terms = form
        slope, curve = list(self.flat), list(self.plain)
        for place, factor in terms:
            jet = jets[place]
            if jet is None:
                return None
            if factor is None:
                value = value + jet.value
                _add(slope, jet.slope)
                _add(curve, jet.curve)
            else:
                value = value + factor * jet.value
                _accumulate(slope, factor, jet.slope)
                _accumulate(curve, factor, jet.curve)
        return Jet(value, tuple(slope), tuple(curve))

    def mul(self, a: Jet, b: Jet) -> Jet:
        slope, curve = list(self.flat), list(self.plain)
        for own, other in ((a, b), (b, a)):
            _accumulate(slope, own.value, other.slope)
            _accumulate(curve, own.value, other.curve)
        if self.second:
            place = 0
            for i in range(self.size):
                for j in range(i, self.size):
                    for left, right in ((a.slope[i], b.slope[j]), (b.slope[i], a.slope[j])):
                        if left is not None and right is not None:
                            curve[place] = left * right if curve[place] is None else curve[place] + left * right
                    place += 1
        return Jet(a.value * b.value, tuple(slope), tuple(curve))

    def chain(self, jet: Jet, ranges: tuple[Ball, Ball, Ball] | None) -> Jet | None:
        """Compose with a function that has these ranges of value, first and second derivative over the argument."""
        if ranges is None:
            return None
        value, first, second = ranges
        slope = tuple(None if entry is None else first * entry for entry in jet.slope)
        curve = [None if entry is None else first * entry for entry in jet.curve]
        if self.second:
            place = 0
            for i in range(self.size):
                for j in range(i, self.size):
                    left, right = jet.slope[i], jet.slope[j]
                    if left is not None and right is not None:
                        bent = second * (_square(left) if i == j else left * right)
                        curve[place] = bent if curve[place] is None else curve[place] + bent
                    place += 1
        return Jet(value, slope, tuple(curve))

    def select(self, args: list[Jet | None]) -> Jet | None:
        condition, a, b = args
        if condition is None:
            return None
        return a if condition.value > 0 else b if condition.value < 0 else None

    def kinked(self, op: str, jet: Jet) -> Jet | None:
        x = jet.value
        sign = 1 if x > 0 else -1 if x < 0 else 0
        zero, one = arb(0), arb(1)
        if op == "step":
            return None if sign == 0 else self.constant(one if sign > 0 else zero)
        low = zero if op == "relu" else -one
        if sign:
            return self.chain(jet, (x if sign > 0 else low * x, one if sign > 0 else low, zero))
        self.rough = True
        value = zero.union(x.upper() if op == "relu" else x.abs_upper())
        return self.chain(jet, (value, low.union(one), zero))

    def peak(self, jets: Sequence[Jet]) -> Jet | None:
        for jet in jets:
            if all(other is jet or jet.value > other.value for other in jets):
                return jet
        self.rough = True
        best = arb(max(jets, key=lambda jet: float(jet.value.lower())).value.lower())
        rivals = [jet for jet in jets if not jet.value < best]
        if not rivals:
            return None
        value = best
        slope: list[Ball] = [None] * self.size
        for number, jet in enumerate(rivals):
            value = value.union(jet.value.upper())
            for i, entry in enumerate(jet.slope):
                own = arb(0) if entry is None else entry
                slope[i] = own if number == 0 else slope[i].union(own)
        return Jet(value, tuple(slope), self.plain)


def _accumulate(total: list[Entry], factor: Ball, entries: Sequence[Entry]) -> None:
    for place, entry in enumerate(entries):
        if entry is not None:
            part = factor * entry
            total[place] = part if total[place] is None else total[place] + part


def _add(total: list[Entry], entries: Sequence[Entry]) -> None:
    for place, entry in enumerate(entries):
        if entry is not None:
            total[place] = entry if total[place] is None else total[place] + entry


def _square(x: Ball) -> Ball:
    return _even(x.abs_lower(), x.abs_upper(), 2)


def _even(low: Ball, high: Ball, n: int) -> Ball:
    return (low**n).union(high**n)


# --- ranges of functions and their derivatives ------------------------------------------------------------------

Ranges = tuple[Ball, Ball, Ball]


def _between(function: Callable[[Ball], Ball], x: Ball) -> Ball:
    """Return the range of a monotone function."""
    return function(x.lower()).union(function(x.upper()))


def _monomial(x: Ball, n: int) -> Ball:
    if n <= 0:
        return arb(1)
    if n % 2:
        return _between(lambda end: end**n, x)
    return _even(x.abs_lower(), x.abs_upper(), n)


def _power(x: Ball, n: int) -> Ranges:
    if n == 0:
        return arb(1), arb(0), arb(0)
    return _monomial(x, n), n * _monomial(x, n - 1), n * (n - 1) * _monomial(x, n - 2) if n > 1 else arb(0)


def _meets(x: Ball, low: fmpq, high: fmpq) -> bool:
    """Return whether the ball may meet an interval around a place where a derivative is extreme."""
    return not (x < low or x > high)


def _bump(function: Callable[[Ball], Ball], x: Ball) -> Ball:
    """Return the range of an even function that decreases away from zero."""
    return function(x.abs_lower()).union(function(x.abs_upper()))


def _wave(function: Callable[[Ball], Ball], x: Ball, place: tuple[fmpq, fmpq], peak: Ball) -> Ball:
    """Return the range of an odd function with its maximum ``peak`` at a place -t < 0, its minimum -peak at t.

    ``place`` are bounds of t; the function is monotone between and outside -t and t.
    """
    out = _between(function, x)
    low, high = place
    if _meets(x, -high, -low):
        out = out.union(peak)
    if _meets(x, low, high):
        out = out.union(-peak)
    return out


def _logistic(x: Ball) -> Ball:
    return 1 / (1 + (-x).exp())


def _logistic_slope(x: Ball) -> Ball:
    """s(1-s), which is even: computed from |x| without cancellation."""
    decay = (-abs(x)).exp()
    return decay / (1 + decay) ** 2


def _logistic_bend(x: Ball) -> Ball:
    """s(1-s)(1-2s) = s'(x) * -tanh(x/2)."""
    return -_logistic_slope(x) * (x / 2).tanh()


_SIGMOID_PLACE = (fmpq(13169, 10000), fmpq(13170, 10000))
"""Bounds of log(2 + sqrt(3)), where the second derivative of the sigmoid is extreme, with value 1/(6 sqrt 3)."""

_TANH_PLACE = (fmpq(6584, 10000), fmpq(6585, 10000))
"""Bounds of half of that, where the second derivative of tanh is extreme, with value 4/(3 sqrt 3)."""

_ERF_PLACE = (fmpq(7071, 10000), fmpq(7072, 10000))
"""Bounds of 1/sqrt(2), where the second derivative of erf is extreme, with value 2 sqrt(2)/sqrt(pi e)."""


def _sigmoid(x: Ball) -> Ranges:
    peak = 1 / (6 * arb(3).sqrt())
    return _between(_logistic, x), _bump(_logistic_slope, x), _wave(_logistic_bend, x, _SIGMOID_PLACE, peak)


def _softplus(x: Ball) -> Ranges:
    def value(end: Ball) -> Ball:
        return end + (-end).exp().log1p() if end > 0 else end.exp().log1p()

    return _between(value, x), _between(_logistic, x), _bump(_logistic_slope, x)


def _tanh(x: Ball) -> Ranges:
    def slope(end: Ball) -> Ball:
        return 4 * _logistic_slope(2 * end)

    peak = 4 / (3 * arb(3).sqrt())
    bend = _wave(lambda end: -2 * slope(end) * end.tanh(), x, _TANH_PLACE, peak)
    return _between(lambda end: end.tanh(), x), _bump(slope, x), bend


def _erf(x: Ball) -> Ranges:
    root = arb.const_sqrt_pi()

    def slope(end: Ball) -> Ball:
        return 2 / root * (-(end**2)).exp()

    peak = 2 * arb(2).sqrt() / (root * (arb(1) / 2).exp())
    bend = _wave(lambda end: -2 * end * slope(end), x, _ERF_PLACE, peak)
    return _between(lambda end: end.erf(), x), _bump(slope, x), bend


def _exp(x: Ball) -> Ranges:
    value = _between(lambda end: end.exp(), x)
    return value, value, value


def _log(x: Ball) -> Ranges | None:
    if not x > 0:
        return None
    first = _between(lambda end: 1 / end, x)
    return _between(lambda end: end.log(), x), first, -_between(lambda end: 1 / end**2, x)


def _sqrt(x: Ball) -> Ranges | None:
    """Roots of numbers that may be zero have no derivative there."""
    if not x > 0:
        return None
    value = _between(lambda end: end.sqrt(), x)
    first = _between(lambda end: 1 / (2 * end.sqrt()), x)
    return value, first, -_between(lambda end: 1 / (4 * end * end.sqrt()), x)


def _inv(x: Ball) -> Ranges | None:
    if not (x > 0 or x < 0):
        return None
    value = _between(lambda end: 1 / end, x)
    first = -_between(lambda end: 1 / end**2, x)
    return value, first, _between(lambda end: 2 / end**3, x)


def _sine_range(x: Ball, quarters: int) -> Ball:
    """Return the range of sin(x + quarters*pi/2)."""
    turned = x + quarters * arb.pi() / 2
    out = _between(lambda end: end.sin(), turned)
    turns = turned / (2 * arb.pi())
    if (turns - arb(fmpq(1, 4))).contains_integer():
        out = out.union(arb(1))
    if (turns + arb(fmpq(1, 4))).contains_integer():
        out = out.union(arb(-1))
    return out


def _sin(x: Ball) -> Ranges:
    return _sine_range(x, 0), _sine_range(x, 1), _sine_range(x, 2)


def _cos(x: Ball) -> Ranges:
    return _sine_range(x, 1), _sine_range(x, 2), _sine_range(x, 3)


_KINKED = frozenset(("relu", "abs", "step"))
_SMOOTH: dict[str, Callable[[Ball], Ranges | None]] = {
    "exp": _exp, "log": _log, "sqrt": _sqrt, "inv": _inv, "tanh": _tanh, "sigmoid": _sigmoid, "softplus": _softplus,
    "erf": _erf, "sin": _sin, "cos": _cos,
}  # fmt: skip


def function_range(op: str) -> Callable[[Ball], Ball]:
    """Return the range of a smooth function over a ball, as a function of the ball."""
    return lambda x: (_SMOOTH[op](x) or (arb("nan"),))[0]
