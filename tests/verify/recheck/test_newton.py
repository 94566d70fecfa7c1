"""Newton steps in balls, and inertia by congruences."""

from fractions import Fraction

import pytest
from flint import arb, fmpq

from verify.errors import Rejected, Undecidable
from verify.expr import build
from verify.expr import functions as F
from verify.expr.ball import Balls
from verify.expr.node import Expr
from verify.expr.tape import trace
from verify.recheck.landscape import box_around
from verify.recheck.newton import Slopes, inertia

X = build.symbol("x", (2,))
A, B = X[0], X[1]


def slopes(root: Expr) -> Slopes:
    return Slopes(trace(root, (X,)))


def around(*center: str, radius: str):  # type: ignore[no-untyped-def]
    return box_around([Fraction(c) for c in center], [Fraction(radius)] * len(center))


def test_one_zero_is_enclosed() -> None:
    x, y = slopes(F.exp(A) - 2 * A + (B - A) ** 2).unique(around("7/10", "7/10", radius="1/10"))
    for side in (x, y):
        assert side.overlaps(arb(2).log())


@pytest.mark.parametrize(
    ("root", "center", "radius"),
    [
        (A**4 + B**2, ("0", "0"), "1/10"),  # a singular Hessian
        (A**3 - A + B**2, ("0", "0"), "2"),  # two zeros
        (A**2 + B**2, ("1", "1"), "1/2"),  # no zero
        (F.absolute(A) + B**2, ("0", "0"), "1"),  # a kink
    ],
)
def test_no_box_is_accepted_without_exactly_one_zero_inside(root: Expr, center: tuple[str, str], radius: str) -> None:
    with pytest.raises(Rejected):
        slopes(root).unique(around(*center, radius=radius))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([[2, 0], [0, 2]], (0, 0, 2)),
        ([[0, 1], [1, 0]], (1, 0, 1)),
        ([[0, 0], [0, 0]], (0, 2, 0)),
        ([[1, 1], [1, 1]], (0, 1, 1)),
        ([[0, 1, 0], [1, 0, 0], [0, 0, -3]], (2, 0, 1)),
        ([[0, -2, 1], [-2, 0, 1], [1, 1, 0]], (1, 0, 2)),
        ([[-1, 2, 0], [2, -4, 0], [0, 0, 0]], (1, 2, 0)),
    ],
)
def test_inertia(rows: list[list[int]], expected: tuple[int, int, int]) -> None:
    assert inertia([[fmpq(entry) for entry in row] for row in rows], Balls()) == expected


def test_an_open_sign_is_no_answer() -> None:
    with pytest.raises(Undecidable):
        inertia([[arb(0, 1)]], Balls())
