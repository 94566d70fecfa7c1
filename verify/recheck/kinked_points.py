"""Checks critical points on kinks: each box around one holds no other point that is stationary in Clarke's sense.

Let a_1..a_m be the arguments of those relu and abs whose sign is open in a box X, F = f(x, relu(a_1), ...) with f
smooth, no a_i dependent on another one's kink. Replace relu(a_i) by w_i a_i (abs by (2 w_i - 1) a_i), by a_i, or by 0:

* Points with a sign pattern other than all zero: slopes w_i of those that are zero run over [0, 1]; some derivative has
  no zero over X. (Clarke's subdifferential lies in the box that encloses these gradients, which is convex.)
* Points with all a_i = 0: there the subdifferential consists of the gradients of L(x, w) by x, w in [0, 1]^m, and the
  derivative of L by w_i is a multiple of a_i, zero. Where the Hessian of L is regular over X x [0, 1]^m, the gradient
  of L is zero at most once.
* That once is enclosed by Krawczyk's test (or exact), with w strictly between 0 and 1 and df/da_i not zero. The
  gradients of the a_i are then independent, so that all sign patterns occur nearby, and the point is stationary.

If all df/d(relu a_i) > 0 and the Hessian of L has exactly m negative eigenvalues (L curves up along the kink), the
point is a strict minimum: F >= L(., w) nearby with equality on the kink only to first order, w being inside (0, 1).

Sources: F. H. Clarke, Optimization and Nonsmooth Analysis (SIAM 1990), theorem 2.5.1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any

from flint import arb, arb_mat, fmpq

from verify.errors import Rejected, Undecidable
from verify.expr.ball import Balls, as_ball, rational
from verify.expr.tape import Form, Step, Tape
from verify.expr.tape_system import system
from verify.recheck.enclosures import Box
from verify.recheck.jets import run
from verify.recheck.newton import Slopes, balls, inertia

KINK_MINIMUM, KINK_STATIONARY = "strict minimum on a kink", "stationary in Clarke's sense"

MAX_KINKS = 4
"""Most kinks that may meet in a box: three to this power sign patterns are looked at."""

FREE = "free"
"""Instead of a side: the kink's value is an input of its own."""


def kinks(tape: Tape) -> list[int]:
    """Return the steps of a tape that are relu or abs."""
    return [place for place, step in enumerate(tape.steps) if step.op in ("relu", "abs")]


def pieced(tape: Tape, sides: dict[int, Any]) -> Tape:
    """Return the tape with kinks replaced by their sides: 1, -1, 0 for a slope that is a new input, or FREE."""
    steps: list[Step] = []
    new: list[int] = []
    inputs = tape.inputs

    def added(step: Step) -> int:
        steps.append(step)
        return len(steps) - 1

    def form(*terms: tuple[int, int]) -> Step:
        kept = tuple(sorted((place, Fraction(factor)) for place, factor in terms))
        return Step("form", (), Form(Fraction(0), kept))

    for number, step in enumerate(tape.steps):
        side = sides.get(number)
        if side is None:
            if step.op == "form":
                terms = tuple((new[place], factor) for place, factor in step.data.terms)
                new.append(added(Step("form", (), Form(step.data.constant, terms))))
            else:
                new.append(added(Step(step.op, tuple(new[place] for place in step.args), step.data)))
            continue
        x, bent = new[step.args[0]], step.op == "abs"
        if side in (1, -1):
            new.append(added(form((x, 1)) if side > 0 else form((x, -1)) if bent else form()))
            continue
        own = added(Step("input", (), inputs))
        inputs += 1
        if side == 0:
            own = added(Step("mul", (own, x)))
            own = added(form((own, 2), (x, -1))) if bent else own
        new.append(own)
    return Tape(tuple(steps), new[tape.root], inputs)


def _range(tape: Tape, place: int, box: Sequence[Any]) -> Any:
    over = run(Tape(tape.steps[: place + 1], place, tape.inputs), box, second=False)
    if over is None:
        raise Rejected("a kink may be undefined in a box")
    return over.jet.value


@dataclass(frozen=True)
class Kinked:
    """A tape near a kink: which kinks are open in a box, and the sides of the others."""

    tape: Tape
    open: tuple[int, ...]
    sides: dict[int, int]

    def piece(self, pattern: Sequence[Any]) -> Tape:
        """Return the tape on one side of every open kink (0: with slopes as inputs; FREE: with values as inputs)."""
        return pieced(self.tape, {**self.sides, **dict(zip(self.open, pattern, strict=True))})

    def patterns(self) -> Iterator[tuple[int, ...]]:
        """Yield the sign patterns of the open kinks other than all zero."""
        yield from (signs for signs in product((1, -1, 0), repeat=len(self.open)) if any(signs))


def near(tape: Tape, box: Box) -> Kinked:
    """Return what is open in a box.

    Raises:
        Rejected: nothing, too much, or kinks that depend on others.
    """
    sides: dict[int, int] = {}
    whole = balls(box)
    for place in kinks(tape):
        value = _range(tape, tape.steps[place].args[0], whole)
        if value > 0 or value < 0:
            sides[place] = 1 if value > 0 else -1
    open_ = tuple(place for place in kinks(tape) if place not in sides)
    if not 0 < len(open_) <= MAX_KINKS:
        raise Rejected("no kink, or too many, in a box")
    for place in open_:
        if _sources(tape, tape.steps[place].args[0]) & set(open_):
            raise Rejected("a kink depends on another one")
    return Kinked(tape, open_, sides)


def _sources(tape: Tape, place: int) -> set[int]:
    """Return the steps on which a step depends, itself included."""
    out: set[int] = set()
    waiting = [place]
    while waiting:
        number = waiting.pop()
        if number not in out:
            out.add(number)
            step = tape.steps[number]
            waiting += [p for p, _ in step.data.terms] if step.op == "form" else list(step.args)
    return out


def require_only(kinked: Kinked, box: Box) -> None:
    """Require that at most one point in a box is stationary in Clarke's sense, and that it has all open kinks at zero.

    Raises:
        Rejected: that is not shown.
    """
    for pattern in kinked.patterns():
        slopes = run(kinked.piece(pattern), [*balls(box), *[_unit()] * pattern.count(0)], second=False)
        if slopes is None or slopes.rough:
            raise Rejected("a piece may be undefined or have a kink in a box")
        if not any(slope > 0 or slope < 0 for slope in map(as_ball, slopes.gradient()[: len(box.low)])):
            raise Rejected("a piece may be stationary in a box")
    count = len(kinked.open)
    over = run(kinked.piece((0,) * count), [*balls(box), *[_unit()] * count], second=True)
    if over is None or over.rough:
        raise Rejected("the objective may be undefined or have a further kink in a box")
    if not _regular(over.hessian()):
        raise Rejected("there may be several stationary points on a kink in a box")


def _unit() -> arb:
    return arb(0).union(arb(1))


def _regular(rows: list[list[Any]]) -> bool:
    """Return whether all matrices in an interval matrix are shown to be regular."""
    size = range(len(rows))
    middle = arb_mat([[arb(as_ball(entry).mid()) for entry in row] for row in rows])
    if not all(middle[i, j].is_finite() for i in size for j in size):
        return False
    try:
        inverse = middle.inv()
    except ZeroDivisionError:
        return False
    exact = arb_mat([[arb(inverse[i, j].mid()) for j in size] for i in size])
    rest = exact * arb_mat(rows)
    for i in size:
        total = arb(0)
        for j in size:
            total = total + abs((1 if i == j else 0) - rest[i, j])
        if not total < 1:
            return False
    return True


def index_and_kind(kinked: Kinked, point: Box, weights: Box) -> tuple[int, str]:
    """Return the number of negative curvatures along the kink, and the kind, of the stationary point in a small box.

    Args:
        point: a box around it; the point itself where it has no width.
        weights: a box around its slopes.

    Raises:
        Rejected: it is not shown to hold one.
        Undecidable: a sign stays open.
    """
    count, size = len(kinked.open), len(point.low)
    if len(weights.low) != count or not all(a > 0 and b < 1 for a, b in zip(weights.low, weights.high, strict=True)):
        raise Rejected("the slopes at a kink are not strictly between those of its sides")
    tape = kinked.piece((0,) * count)
    whole = Box((*point.low, *weights.low), (*point.high, *weights.high))
    if whole.low == whole.high:
        _require_exact_zero(tape, whole.low)
    else:
        for image, low, high in zip(Slopes(tape).unique(whole), whole.low, whole.high, strict=True):
            if not (arb(low) <= image and image <= arb(high)):
                raise Rejected("a stationary point on a kink is not where it should be")
    at = balls(whole)
    over = run(tape, at, second=True)
    if over is None or over.rough:
        raise Rejected("the objective may be undefined or have a further kink at a point")
    negative, zero, _ = inertia(over.hessian(), Balls())
    if zero:
        raise Rejected("a stationary point on a kink is degenerate")
    values = []
    for place, weight in zip(kinked.open, at[size:], strict=True):
        slope = weight if kinked.tape.steps[place].op == "relu" else 2 * weight - 1
        values.append(slope * _range(kinked.tape, kinked.tape.steps[place].args[0], at[:size]))
    rise = run(kinked.piece((FREE,) * count), [*at[:size], *values], second=False)
    if rise is None or rise.rough:
        raise Rejected("the objective may be undefined at a point")
    rates = [as_ball(rate) for rate in rise.gradient()[size:]]
    if not all(rate > 0 or rate < 0 for rate in rates):
        raise Undecidable("how a kink enters the objective is not decided")
    least = negative == count and all(rate > 0 for rate in rates)
    return negative - count, KINK_MINIMUM if least else KINK_STATIONARY


# --- exact zeros ------------------------------------------------------------------------------------------------


def _require_exact_zero(tape: Tape, values: Sequence[fmpq]) -> None:
    found = exact_gradient(tape, values)
    if any(value != 0 for value in found):
        raise Rejected("the gradient is not zero at a listed point")


AT_ZERO = {"exp": 1, "tanh": 0, "sin": 0, "erf": 0, "cos": 1, "sqrt": 0}


def exact_gradient(tape: Tape, values: Sequence[fmpq]) -> list[fmpq]:
    """Return the gradient of a tape at a rational point, where rational arithmetic gives it.

    Raises:
        Rejected: it does not.
    """
    equations = system(tape)
    known: list[fmpq] = []
    for step in equations.steps[: equations.first]:
        args = [known[place] for place in step.args]
        if step.op == "input":
            known.append(values[step.data])
        elif step.op == "form":
            terms = (known[place] * rational(factor) for place, factor in step.data.terms)
            known.append(sum(terms, rational(step.data.constant)))
        elif step.op == "mul":
            known.append(args[0] * args[1])
        elif step.op == "pow" and step.data >= 0:
            known.append(args[0] ** step.data)
        elif step.op == "inv" and args[0] != 0:
            known.append(1 / args[0])
        elif step.op in AT_ZERO and args[0] == 0:
            known.append(fmpq(AT_ZERO[step.op]))
        elif step.op == "sigmoid" and args[0] == 0:
            known.append(fmpq(1, 2))
        else:
            raise Rejected("the gradient at a point is not rational, or not shown to be")
    return [known[place] for place in equations.gradient]


__all__ = ["KINK_MINIMUM", "KINK_STATIONARY", "Kinked", "index_and_kind", "kinks", "near", "pieced", "require_only"]
