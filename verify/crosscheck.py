"""Compare the array derivative with an independent derivation, at random rational points, without rounding.

Up to a few hundred scalar operations the independent one is SymPy's, on a tape of scalars; both are evaluated in
rationals where everything is rational, else in balls, which must meet. Larger losses are compared with central
differences along a random direction in balls of high precision.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from fractions import Fraction
from time import perf_counter
from typing import Any

import flint

from verify.derivation import CrossCheck, Derivation, DerivationMismatch, scalar_operations
from verify.errors import Undecidable
from verify.expr.ball import Balls, as_ball, precision, rational
from verify.expr.derive import gradient
from verify.expr.evaluate import evaluate
from verify.expr.node import Expr, symbols

MAX_TAPE = 300
"""Most scalar operations of a loss that SymPy differentiates."""

MAX_DIFFERENCED = 300_000
"""Most scalar operations of a loss that is compared with central differences."""

BITS = 256
"""Working precision of the comparison with SymPy."""

DIFFERENCE_BITS = 900
"""Working precision of central differences."""

STEP_BITS = 200
"""Central differences step by 2**-STEP_BITS; their error is about its square."""

AGREEMENT_BITS = 300
"""Central differences must agree to 2**-AGREEMENT_BITS, relative to the values or 1."""

ATTEMPTS = 40
"""Points drawn until one lies where the loss is defined and smooth."""

Point = dict[str, list[Any]]
_BALLS = Balls()


def check(derivation: Derivation, *, points: int, seed: int) -> CrossCheck:
    """Compare loss, gradient and one Hessian product; see :func:`verify.derivation.cross_check`."""
    start = perf_counter()
    second = bool(derivation.hessian)
    direction = _direction(derivation, seed)
    operations = scalar_operations(derivation.loss)
    if operations > MAX_DIFFERENCED:
        raise Undecidable(f"{operations} scalar operations, more than {MAX_DIFFERENCED}")
    comparison = _SympyComparison if operations <= MAX_TAPE else _DifferenceComparison
    compare = comparison(derivation, direction, second)
    pairs: list[tuple[str, Any, Any]] = []
    done = 0
    with precision(compare.bits):
        for point in _points(derivation, seed):
            try:
                pairs.extend(compare(point))
            except Undecidable:
                continue
            done += 1
            if done == points:
                break
        if not done:
            raise Undecidable(f"none of {ATTEMPTS} random points lies where the loss is defined and smooth")
        difference = _largest_difference(pairs)
    exact = all(isinstance(value, flint.fmpq) for pair in pairs for value in pair[1:])
    return CrossCheck(compare.method, exact, done, len(pairs), difference, perf_counter() - start)


def _direction(derivation: Derivation, seed: int) -> dict[str, list[Fraction]]:
    draw = random.Random(f"direction {seed}")
    return {
        name: [Fraction(draw.randint(-999, 999), 512) for _ in range(symbol.size)]
        for name, symbol in derivation.parameters.items()
    }


def _points(derivation: Derivation, seed: int) -> Iterator[Point]:
    """Random rational points; every second one is positive, for losses with roots and logarithms."""
    arrays = symbols(derivation.loss) | dict(derivation.parameters)
    draw = random.Random(f"point {seed}")
    for attempt in range(ATTEMPTS):
        low = 1 if attempt % 2 else -48
        yield {
            name: [rational(Fraction(draw.randint(low, 48), 32)) for _ in range(symbol.size)]
            for name, symbol in arrays.items()
        }


def _largest_difference(pairs: Sequence[tuple[str, Any, Any]]) -> str:
    """Return a bound on the differences as text.

    Raises:
        DerivationMismatch: two rationals differ, or two balls do not meet.
    """
    bound = flint.arb(0)
    for name, own, other in pairs:
        exact = isinstance(own, flint.fmpq) and isinstance(other, flint.fmpq)
        if (own != other) if exact else not as_ball(own).overlaps(as_ball(other)):
            raise DerivationMismatch(f"{name}: the array derivative gives {own}, the independent one {other}")
        bound = bound.max(abs(as_ball(own - other)).upper())
    return "0" if bound.is_zero() else bound.str(2, radius=False)


# --- comparisons ------------------------------------------------------------------------------------------------


def _outputs(derivation: Derivation, second: bool) -> list[Expr]:
    """Loss, gradient blocks, and the full Hessian product by blocks."""
    outputs = [derivation.loss, *derivation.gradient.values()]
    return outputs + (hessian_rows(derivation) if second else [])


def hessian_rows(derivation: Derivation) -> list[Expr]:
    """Return the Hessian applied to all directions, per parameter array, joined from the blocks.

    The blocks below the diagonal are adjoints of those above: <block(a,b) d_b, c_a> differentiated by c_a.
    """
    from verify.expr import build

    names = list(derivation.parameters)
    slope = build.number(0)
    half = Fraction(1, 2)
    for (a, b), block in derivation.hessian.items():
        weight = half if a == b else Fraction(1)
        form = build.total(build.mul(block, derivation.directions[a]))
        slope = build.add(slope, build.mul(weight, form))
    return gradient(slope, [derivation.directions[name] for name in names])


def _labels(derivation: Derivation, second: bool) -> list[str]:
    entries = [
        f"{kind} {name}[{place}]"
        for kind in ("gradient", "Hessian product")[: 1 + second]
        for name, symbol in derivation.parameters.items()
        for place in range(symbol.size)
    ]
    return ["loss", *entries]


class _SympyComparison:
    """Values of the array derivative beside those of SymPy's, at one point."""

    method, bits = "SymPy on scalars", BITS

    def __init__(self, derivation: Derivation, direction: dict[str, list[Fraction]], second: bool) -> None:
        from verify.expr.sympy_reading import entry_symbols
        from verify.expr.sympy_tape import Tape

        self.labels = _labels(derivation, second)
        self.outputs = _outputs(derivation, second)
        self.env = entry_symbols(list((symbols(derivation.loss) | dict(derivation.parameters)).values()))
        self.moves = {
            str(symbol.attrs): [rational(u) for u in direction[name]] for name, symbol in derivation.directions.items()
        }
        self.tape = Tape()
        variables = [symbol for name in derivation.parameters for symbol in self.env[name]]
        loss = evaluate([derivation.loss], self.env, self.tape)[0][0]
        slopes = self.tape.gradient(loss, variables)
        flat = [u for name in derivation.parameters for u in direction[name]]
        bends = self.tape.gradient(self.tape.along(slopes, flat), variables) if second else []
        self.results = [loss, *slopes, *bends]

    def __call__(self, point: Point) -> list[tuple[str, Any, Any]]:
        own = [entry for part in evaluate(self.outputs, point | self.moves, _BALLS) for entry in part]
        known = {s: value for name, row in self.env.items() for s, value in zip(row, point[name], strict=True)}
        other = self.tape.values(self.results, known)
        return list(zip(self.labels, own, other, strict=True))


class _DifferenceComparison:
    """Directional derivatives beside central differences, at one point."""

    method, bits = "central differences in balls", DIFFERENCE_BITS

    def __init__(self, derivation: Derivation, direction: dict[str, list[Fraction]], second: bool) -> None:
        self.parameters = derivation.parameters
        self.moves = {name: [rational(u) for u in part] for name, part in direction.items()}
        self.named_moves = {str(derivation.directions[name].attrs): part for name, part in self.moves.items()}
        self.loss = derivation.loss
        self.gradient = list(derivation.gradient.values())
        self.outputs = _outputs(derivation, second)[1:]
        self.second = second
        self.labels = _labels(derivation, second)

    def __call__(self, point: Point) -> list[tuple[str, Any, Any]]:
        values = evaluate(self.outputs, point | self.named_moves, _BALLS)
        count = len(self.gradient)
        slope = sum(_inner(g, u) for g, u in zip(values[:count], self.moves.values(), strict=True))
        ahead, behind = self._shifted(point, 1), self._shifted(point, -1)
        pairs = [("directional derivative", slope, _quotient(ahead[0][0], behind[0][0]))]
        if self.second:
            bends = [entry for part in values[count:] for entry in part]
            differences = [
                _quotient(a, b) for x, y in zip(ahead[1:], behind[1:], strict=True) for a, b in zip(x, y, strict=True)
            ]
            pairs += list(zip(self.labels[-len(bends) :], bends, differences, strict=True))
        return pairs

    def _shifted(self, point: Point, sign: int) -> list[list[Any]]:
        step = rational(Fraction(sign, 2**STEP_BITS))
        moved = {
            name: [x + step * u for x, u in zip(point[name], self.moves[name], strict=True)] for name in self.parameters
        }
        outputs = [self.loss, *self.gradient] if self.second else [self.loss]
        return evaluate(outputs, point | moved, _BALLS)


def _inner(left: Sequence[Any], right: Sequence[Any]) -> Any:
    return sum((a * b for a, b in zip(left, right, strict=True)), start=flint.fmpq(0))


def _quotient(ahead: Any, behind: Any) -> flint.arb:
    """Return the central difference as a ball that makes room for the error of the formula."""
    value = as_ball(ahead - behind) * flint.arb(2) ** (STEP_BITS - 1)
    room = flint.arb(2) ** -AGREEMENT_BITS * (1 + abs(value)).upper()
    return value + flint.arb(0, room)
