"""Lines lie below and above functions of one variable, checked in balls on points in between."""

from fractions import Fraction

import numpy as np
import pytest
from flint import arb

from verify.recheck.batch import lanes
from verify.recheck.batch.lines import KINKED, SHAPED, WAVES, Line, product, unary
from verify.recheck.jets import function_range

CASES = [(op, 0) for op in (*SHAPED, *KINKED, *WAVES) if op != "pow"] + [("pow", n) for n in (1, 2, 3, 4, 5)]
POSITIVE = ("log", "sqrt")


def exactly(op: str, n: int, y: float) -> arb:
    ball = arb(y)
    if op == "pow":
        return ball**n
    if op == "relu":
        return arb(max(y, 0.0))
    return abs(ball) if op == "abs" else function_range(op)(ball)


def intervals(op: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    ends = rng.normal(size=(2, count)) * 10.0 ** rng.uniform(-6, 1.2, (1, count))
    ends[:, :5] = [[-1.0, 0.0, 0.5, -2.0, 3.0], [1.0, 2.0, 0.5, 0.0, 3.0 + 4e-16]]
    if op in POSITIVE or op == "inv":
        ends = np.abs(ends) + 1e-9
    if op == "inv":
        ends[:, ::2] *= -1.0
    return ends.min(axis=0), ends.max(axis=0)


def holds(line: Line, k: int, y: float, truth: arb, sign: int) -> bool:
    """Whether the line is not shown to be on the wrong side."""
    at = arb(float(line[0][k])) * arb(y) + arb(float(line[1][k]))
    return not (at > truth if sign < 0 else at < truth)


@pytest.mark.parametrize(("op", "n"), CASES)
def test_lines_are_on_their_side_everywhere(op: str, n: int) -> None:
    low, high = intervals(op, 60)
    with np.errstate(all="ignore"):
        below, above = unary(op, lanes.between(low, high), n)
    assert all(np.isfinite(part).mean() > 0.9 for line in (below, above) for part in line)
    for k in range(60):
        if not all(np.isfinite(part[k]) for line in (below, above) for part in line):
            continue
        inside = np.clip([low[k], high[k], 0.0, *np.linspace(low[k], high[k], 17)], low[k], high[k])
        for y in inside.tolist():
            truth = exactly(op, n, y)
            assert holds(below, k, y, truth, -1), (op, low[k], high[k], y)
            assert holds(above, k, y, truth, 1), (op, low[k], high[k], y)


@pytest.mark.parametrize(("op", "n"), [case for case in CASES if case[0] not in WAVES])
def test_lines_touch(op: str, n: int) -> None:
    low, high = np.array([0.5]), np.array([2.0])
    below, above = unary(op, lanes.between(low, high), n)
    y = np.linspace(0.5, 2.0, 301)
    values = np.array([float(exactly(op, n, v).mid()) for v in y.tolist()])
    assert (values - below[0] * y - below[1]).min() < 1e-3
    assert (above[0] * y + above[1] - values).min() < 1e-3


def test_lines_below_and_above_are_not_the_other_ones() -> None:
    below, above = unary("exp", lanes.between(np.array([0.0]), np.array([1.0])))
    assert not holds(above, 0, 0.5, arb(0.5).exp(), -1)
    assert not holds(below, 0, 0.5, arb(0.5).exp(), 1)


def test_planes_of_products() -> None:
    rng = np.random.default_rng(1)
    x, y = (lanes.between(*np.sort(rng.normal(size=(2, 50)), axis=0)) for _ in range(2))
    below, above = product(x, y)
    for share, other in [*rng.random((40, 2)).tolist(), [0, 0], [0, 1], [1, 0], [1, 1]]:
        p, q = -x[0] + share * (x[0] + x[1]), -y[0] + other * (y[0] + y[1])
        for k in range(50):
            truth = arb(p[k]) * arb(q[k])
            for planes, sign in ((below, -1), (above, 1)):
                for a, b, c in planes:
                    plane = arb(a[k]) * arb(p[k]) + arb(b[k]) * arb(q[k]) + arb(c[k])
                    inside = x[0][k] + p[k] >= 0 and p[k] <= x[1][k] and y[0][k] + q[k] >= 0 and q[k] <= y[1][k]
                    assert not inside or not (plane > truth if sign < 0 else plane < truth)


def test_planes_of_products_whose_slopes_underflow() -> None:
    least = 2.0**-1074
    x = lanes.between(np.array([1e30]), np.array([1.0000001e30]))
    y = lanes.between(np.array([least]), np.array([2 * least]))
    below, above = product(x, y)
    for p, q in ((p, q) for p in (-x[0, 0], x[1, 0]) for q in (-y[0, 0], y[1, 0])):
        for planes, sign in ((below, -1), (above, 1)):
            for a, b, c in planes:
                plane = (
                    Fraction(float(a[0])) * Fraction(p) + Fraction(float(b[0])) * Fraction(q) + Fraction(float(c[0]))
                )
                assert sign * (plane - Fraction(p) * Fraction(q)) >= 0
