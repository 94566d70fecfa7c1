"""The tape reading: an expression as a short list of scalar steps, sums kept as exact linear forms.

The steps are what second-order interval arithmetic runs over a box, in floats to find and in balls to decide. Two
things keep enclosures tight: linear combinations cancel exactly (``s_1 - s_2`` of two logits ``q*k*x_1``, ``q*k*x_2``
is one multiple of ``q*k``), and softmax is written with sigmoids and softplus of differences, whose derivatives have
known ranges.

Steps: ``input``, ``form`` (a linear form), ``mul``, ``pow``, ``inv``, unary functions, the kinked ``relu``, ``abs``
and ``peak`` (largest of several), ``step`` (1 where positive, 0 where negative, undefined at 0), ``select``
(condition > 0: first, < 0: second, else undefined), ``undefined``, and ``require`` (the first where all are defined).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from verify.errors import Undecidable
from verify.expr.evaluate import Domain, Poison, evaluate_partially, supports
from verify.expr.node import Expr

UNARY = ("exp", "log", "sqrt", "tanh", "sigmoid", "softplus", "erf", "sin", "cos", "inv")
"""Smooth functions of one argument."""

PARTIAL = frozenset(("log", "sqrt", "inv", "step", "select", "undefined", "require"))
"""Steps that are not defined for all arguments."""

MAX_STEPS = 20_000
"""Longest tape; longer ones are not worth an enclosure."""

MAX_MARGIN_ROW = 6
"""Longest sparsemax row that is written out by its supports."""


@dataclass(frozen=True)
class Form:
    """A linear form: ``constant + sum of coefficient * register``."""

    constant: Fraction
    terms: tuple[tuple[int, Fraction], ...] = ()

    def scaled(self, factor: Fraction) -> Form:
        """Return a multiple."""
        if not factor:
            return Form(Fraction(0))
        return Form(self.constant * factor, tuple((place, c * factor) for place, c in self.terms))

    def plus(self, other: Form) -> Form:
        """Return the sum; terms that cancel are gone."""
        if not other.terms:
            return Form(self.constant + other.constant, self.terms)
        total = dict(self.terms)
        for place, coefficient in other.terms:
            total[place] = total.get(place, Fraction(0)) + coefficient
        kept = tuple((place, c) for place, c in sorted(total.items()) if c)
        return Form(self.constant + other.constant, kept)


@dataclass(frozen=True)
class Step:
    """One operation on registers; ``data`` is an exponent, a linear form, or the number of an input."""

    op: str
    args: tuple[int, ...] = ()
    data: Any = None


@dataclass(frozen=True, eq=False)
class Tape:
    """Steps in order (register i is the result of step i) and the register of the result; equal only to itself."""

    steps: tuple[Step, ...]
    root: int
    inputs: int


def trace(root: Expr, arrays: Sequence[Expr]) -> Tape:
    """Return the tape of a scalar expression in the entries of ``arrays``, in order.

    Raises:
        Undecidable: the expression is undefined everywhere, or too long.
    """
    domain = Tracer()
    env: dict[str, list[Form]] = {}
    start = 0
    for array in arrays:
        env[str(array.attrs)] = [domain.register("input", (), start + place) for place in range(array.size)]
        start += array.size
    (value,) = evaluate_partially([root], env, domain)[0]
    if isinstance(value, Poison):
        raise value.reason
    return _live(domain.steps, domain.place(domain.demanding(value)), start)


def _live(steps: Sequence[Step], root: int, inputs: int) -> Tape:
    """Keep the steps that the result needs."""
    needed = {root}
    for place in range(len(steps) - 1, -1, -1):
        if place in needed:
            needed.update(_sources(steps[place]))
    order = sorted(needed)
    new = {place: number for number, place in enumerate(order)}
    return Tape(tuple(_moved(steps[place], new) for place in order), new[root], inputs)


def _sources(step: Step) -> list[int]:
    return [place for place, _ in step.data.terms] if step.op == "form" else list(step.args)


def _moved(step: Step, new: dict[int, int]) -> Step:
    if step.op == "form":
        return Step("form", (), Form(step.data.constant, tuple((new[p], c) for p, c in step.data.terms)))
    return Step(step.op, tuple(new[place] for place in step.args), step.data)


class Tracer(Domain):
    """Records steps; a scalar is a linear form in registers."""

    limit = MAX_STEPS

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.known: dict[Step, int] = {}
        self.partial: set[int] = set()
        """Registers that may be undefined somewhere."""
        self.dropped: set[int] = set()
        """Such registers that cancelled; the result is defined only where they are."""

    # registers

    def register(self, op: str, args: Sequence[int], data: Any = None) -> Form:
        """Return the result of a step, recorded once."""
        step = Step(op, tuple(args), data)
        place = self.known.get(step)
        if place is None:
            if len(self.steps) >= self.limit:
                raise Undecidable(f"the formula has more than {self.limit} steps")
            place = len(self.steps)
            self.steps.append(step)
            self.known[step] = place
            if op in PARTIAL or not self.partial.isdisjoint(_sources(step)):
                self.partial.add(place)
        return Form(Fraction(0), ((place, Fraction(1)),))

    def place(self, form: Form) -> int:
        """Return the register that holds a form."""
        if len(form.terms) == 1 and not form.constant and form.terms[0][1] == 1:
            return form.terms[0][0]
        return self.register("form", (), form).terms[0][0]

    def _factored(self, form: Form) -> tuple[int, Fraction]:
        """Return (register, factor) with the form equal to their product."""
        if form.terms and not form.constant and (factor := form.terms[0][1]) != 1:
            return self.place(form.scaled(1 / factor)), factor
        return self.place(form), Fraction(1)

    def _unary(self, op: str, a: Form) -> Form:
        return self.register(op, (self.place(a),))

    def demanding(self, value: Form) -> Form:
        """Return the value, undefined where a step that cancelled is."""
        return self.register("require", (self.place(value), *sorted(self.dropped))) if self.dropped else value

    def _undefined(self) -> Form:
        return self.register("undefined", ())

    # arithmetic

    def constant(self, value: Fraction) -> Form:
        return Form(value)

    def sign(self, a: Form) -> int:
        if a.terms:
            raise Undecidable("the sign depends on the point")
        return (a.constant > 0) - (a.constant < 0)

    def add(self, a: Form, b: Form) -> Form:
        total = a.plus(b)
        if len(total.terms) < len(a.terms) + len(b.terms):
            kept = {place for place, _ in total.terms}
            self.dropped.update({place for place, _ in (*a.terms, *b.terms)} & self.partial - kept)
        return total

    def sub(self, a: Form, b: Form) -> Form:
        return self.add(a, b.scaled(Fraction(-1)))

    def mul(self, a: Form, b: Form) -> Form:
        if not a.terms:
            # A multiple of zero is zero only where the other factor is defined.
            return b.scaled(a.constant) if a.constant or not b.terms else self.nothing(b)
        if not b.terms:
            return self.mul(b, a)
        (left, c), (right, d) = self._factored(a), self._factored(b)
        if left == right:
            return self.register("pow", (left,), 2).scaled(c * d)
        return self.register("mul", sorted((left, right))).scaled(c * d)

    def nothing(self, form: Form) -> Form:
        """Return zero, undefined where the form is."""
        return self.register("pow", (self.place(form),), 0).plus(Form(Fraction(-1)))

    def power(self, a: Form, n: int) -> Form:
        if not a.terms:
            if n < 0 and not a.constant:
                raise Undecidable("a denominator is zero")
            return Form(a.constant**n)
        if n < 0:
            return self._inverse(self.power(a, -n))
        place, factor = self._factored(a)
        return self.register("pow", (place,), n).scaled(factor**n)

    def div(self, a: Form, b: Form) -> Form:
        return self.mul(a, self._inverse(b))

    def _inverse(self, b: Form) -> Form:
        if not b.terms:
            if not b.constant:
                raise Undecidable("a denominator is zero")
            return Form(1 / b.constant)
        place, factor = self._factored(b)
        return self.register("inv", (place,)).scaled(1 / factor)

    # functions

    def exp(self, a: Form) -> Form:
        return self._unary("exp", a) if a.terms or a.constant else Form(Fraction(1))

    def log(self, a: Form) -> Form:
        if not a.terms and a.constant <= 0:
            raise Undecidable("a logarithm of a number that is not positive")
        return Form(Fraction(0)) if a == Form(Fraction(1)) else self._unary("log", a)

    def sqrt(self, a: Form) -> Form:
        if not a.terms and a.constant < 0:
            raise Undecidable("a square root of a negative number")
        return a if a == Form(Fraction(0)) else self._unary("sqrt", a)

    def sin(self, a: Form) -> Form:
        return self._odd("sin", a)

    def cos(self, a: Form) -> Form:
        return self._unary("cos", self._upright(a)[0]) if a.terms or a.constant else Form(Fraction(1))

    def erf(self, a: Form) -> Form:
        return self._odd("erf", a)

    def tanh(self, a: Form) -> Form:
        return self._odd("tanh", a)

    def _odd(self, op: str, a: Form) -> Form:
        if not a.terms and not a.constant:
            return a
        upright, sign = self._upright(a)
        return self._unary(op, upright).scaled(sign)

    def _upright(self, a: Form) -> tuple[Form, Fraction]:
        """Return a form with a positive leading coefficient and the sign that was taken out."""
        leading = a.terms[0][1] if a.terms else a.constant
        sign = Fraction(1 if leading >= 0 else -1)
        return a.scaled(sign), sign

    def sigmoid(self, a: Form) -> Form:
        if not a.terms and not a.constant:
            return Form(Fraction(1, 2))
        upright, sign = self._upright(a)
        value = self._unary("sigmoid", upright)
        return value if sign > 0 else self.sub(Form(Fraction(1)), value)

    def softplus(self, a: Form) -> Form:
        upright, sign = self._upright(a)
        value = self._unary("softplus", upright)
        return value if sign > 0 else self.add(value, a)

    def inverse_sqrt_pi(self) -> Form:
        return self.register("inverse_sqrt_pi", ())

    def softmax(self, row: Sequence[Form]) -> list[Form]:
        """Each weight as the sigmoid of its logit minus the logsumexp of the others."""
        before, after = self._running(row), self._running(row[::-1])[::-1]
        out = []
        for j, entry in enumerate(row):
            rest = [part for part in (before[j - 1] if j else None, after[j + 1] if j + 1 < len(row) else None) if part]
            other = rest[0] if len(rest) == 1 else self._joined(*rest)
            out.append(self.sigmoid(self.sub(entry, other)))
        return out

    def _running(self, row: Sequence[Form]) -> list[Form]:
        out = [row[0]]
        for entry in row[1:]:
            out.append(self._joined(out[-1], entry))
        return out

    def _joined(self, a: Form, b: Form) -> Form:
        """log(exp(a) + exp(b)) = b + softplus(a - b)."""
        return self.add(b, self.softplus(self.sub(a, b)))

    def logsumexp(self, row: Sequence[Form]) -> Form:
        return self._running(row)[-1]

    # kinks and conditions (a condition is a form that is 1 where true and 0 where false)

    def absolute(self, a: Form) -> Form:
        return self._unary("abs", self._upright(a)[0]) if a.terms else Form(abs(a.constant))

    def relu(self, a: Form) -> Form:
        return self._unary("relu", a) if a.terms else Form(max(a.constant, Fraction(0)))

    def maximum(self, a: Form, b: Form) -> Form:
        return self.add(b, self.relu(self.sub(a, b)))

    def margins(self, row: Sequence[Form]) -> list[Form]:
        """Entries minus the threshold, which is the largest of (sum over S - 1)/|S| over supports S."""
        if len(row) > MAX_MARGIN_ROW:
            raise Undecidable(f"sparsemax over {len(row)} entries")
        # As minus the largest of (threshold - entry), in which an entry cancels against itself.
        return [self._peak([self.sub(self.threshold(row, s), entry) for s in supports(len(row))]) for entry in row]

    def _peak(self, forms: Sequence[Form]) -> Form:
        """Return minus the largest of some forms."""
        return self.register("peak", [self.place(form) for form in forms]).scaled(Fraction(-1))

    def step(self, a: Form) -> Form:
        if not a.terms and not a.constant:
            raise Undecidable("the derivative is taken on a kink")
        return self._unary("step", a) if a.terms else Form(Fraction(int(a.constant > 0)))

    def signum(self, a: Form) -> Form:
        if not a.terms:
            return Form(Fraction(self.sign(a)))
        return self.step(a).scaled(Fraction(2)).plus(Form(Fraction(-1)))

    def compare(self, relation: str, a: Form, b: Form) -> Form:
        gap = self.sub(b, a)
        if not gap.terms:
            return Form(Fraction(int(super().compare(relation, a, b))))
        if relation in ("lt", "le"):
            return self.step(gap)
        # Equal nowhere, unequal everywhere, on a box on which the sign of the difference is decided.
        decided = self.nothing(self.step(gap))
        return decided if relation == "eq" else decided.plus(Form(Fraction(1)))

    def logical(self, op: str, *conditions: Form) -> Form:
        one = Form(Fraction(1))
        if op == "not":
            return self.sub(one, conditions[0])
        parts = conditions if op == "and" else [self.sub(one, condition) for condition in conditions]
        product = parts[0]
        for part in parts[1:]:
            product = self.mul(product, part)
        return product if op == "and" else self.sub(one, product)

    def choose(self, condition: Form, a: Any, b: Any) -> Form:
        if not condition.terms:
            chosen = a if condition.constant else b
            if isinstance(chosen, Poison):
                raise chosen.reason
            return chosen
        sides = [self._undefined() if isinstance(side, Poison) else side for side in (a, b)]
        places = [self.place(form) for form in (condition.plus(Form(Fraction(-1, 2))), *sides)]
        return self.register("select", places)
