"""Points of witnesses: exact signs at rational and algebraic points, and Krawczyk's test for boxes."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from flint import fmpq
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize

from verify.claim import Claim, claim_from_data
from verify.errors import AttnverifyError, Rejected, Undecidable
from verify.expr.ball import as_ball, precision
from verify.expr.parse import parse
from verify.recheck.points import BoxPoint, ExactPoint, Point, open_point, positive_definite, positive_semidefinite


def claim(objective: str = "(x**2 - 2)**2", names: str = "x") -> Claim:
    return claim_from_data({
        "id": "p", "parameters": dict.fromkeys(names, "real"), "objective": {"minimise": objective},
        "claim": {"every": "stationary point", "satisfies": "x > 0"},
    })  # fmt: skip


ROOT_TWO = {"coordinates": {"x": ["0", "1"]}, "modulus": ["-2", "0", "1"], "root": 1}


def holds(point: Point, text: str, stated: Claim) -> bool:
    return point.holds(parse(text, {str(s.attrs): s for s in stated.symbols}))


def test_an_algebraic_point_is_exact() -> None:
    stated = claim()
    point = open_point(stated, ROOT_TWO)
    assert isinstance(point, ExactPoint)
    assert holds(point, "x*x == 2", stated)
    assert holds(point, "x > 141421356/100000000 and x < 141421357/100000000", stated)
    assert holds(point, "x**4 - 4 == 0 and 1/x == x/2", stated)
    assert not holds(point, "x < 0", stated)
    assert holds(open_point(stated, {**ROOT_TWO, "root": 0}), "x < 0 and x*x == 2", stated)


def test_gradient_and_hessian_at_an_algebraic_point() -> None:
    point = open_point(claim(), ROOT_TWO)
    domain, (slope,) = point.gradient()
    assert domain.sign(slope) == 0
    _, ((curvature,),) = point.hessian()
    assert domain.sign(domain.sub(curvature, domain.constant(Fraction(16)))) == 0
    assert positive_definite(point, [0])


@given(
    st.lists(st.fractions(min_value=-3, max_value=3, max_denominator=6), min_size=2, max_size=2),
    st.sampled_from(["<", "<=", "==", ">=", ">"]),
)
def test_rational_points_compare_like_fractions(values: list[Fraction], relation: str) -> None:
    stated = claim("x*y", "xy")
    point = open_point(stated, {"coordinates": {"x": str(values[0]), "y": str(values[1])}})
    x, y = values
    left, right = x**3 - 2 * x * y, y * y - 1
    expected = {"<": left < right, "<=": left <= right, "==": left == right, ">=": left >= right, ">": left > right}[
        relation
    ]
    assert holds(point, f"x**3 - 2*x*y {relation} y*y - 1", stated) is expected
    assert not point.uses_balls


def test_transcendental_signs_are_decided_by_balls_or_left_open() -> None:
    stated = claim()
    point = open_point(stated, {"coordinates": {"x": "1"}})
    assert holds(point, "exp(x) > 271828/100000", stated)
    assert point.uses_balls
    assert holds(point, "exp(x)*exp(-x) == 1", stated)
    with pytest.raises(Undecidable):
        holds(point, "sin(x)**2 + cos(x)**2 <= 1 and exp(x)**2 - exp(2*x) + sin(x)**2 + cos(x)**2 < 1", stated)


@pytest.mark.parametrize("text", ["1/(x - 1) > 0", "log(x - 1) > 0", "sqrt(x - 2) > 0", "1/(x*x - 1) + 1 > 0"])
def test_undefined_conditions_are_left_open(text: str) -> None:
    stated = claim()
    with pytest.raises(Undecidable):
        holds(open_point(stated, {"coordinates": {"x": "1"}}), text, stated)


@pytest.mark.parametrize("objective", ["abs(x)", "relu(x)", "max([x, -x])", "sqrt(x*x)", "maximum(x, 2*x)"])
def test_a_kink_is_no_smooth_point(objective: str) -> None:
    stated = claim(objective)
    with pytest.raises(AttnverifyError):
        open_point(stated, {"coordinates": {"x": "0"}}).require_smooth()
    open_point(stated, {"coordinates": {"x": "1/2"}}).require_smooth()


@pytest.mark.parametrize(
    "data",
    [
        {}, {"coordinates": {}}, {"coordinates": {"x": "a"}}, {"coordinates": {"x": ["0", "1"]}, "modulus": ["1"], "root": 0},
        {**ROOT_TWO, "root": 2}, {**ROOT_TWO, "root": -1}, {**ROOT_TWO, "modulus": ["1", "0", "1"]}, {**ROOT_TWO, "coordinates": {}},
        {"center": {"x": "0"}, "radius": "0", "fixed": []}, {"center": {"x": "0"}, "radius": "1", "fixed": [3]},
        {"center": {}, "radius": "1", "fixed": []}, {"center": {"x": "1/2"}, "radius": "1/1000", "fixed": []},
    ],
)  # fmt: skip
def test_other_data_are_rejected(data: Any) -> None:
    with pytest.raises(AttnverifyError):
        open_point(claim(), data)


# --- Krawczyk -------------------------------------------------------------------------------------------------------

LANDSCAPES = (
    "(x**2 - 2)**2",
    "x**4/4 - x**2 + x/10",
    "softplus(-x) + x**2/2",
    "cos(x)",
    "x**2*exp(-x)",
    "(tanh(x) - 1/2)**2",
)


@pytest.mark.parametrize("objective", LANDSCAPES)
@given(
    center=st.fractions(min_value=-3, max_value=3, max_denominator=64),
    radius=st.sampled_from(["1/2", "1/10", "1/100", "1/1000"]),
)
def test_an_accepted_box_holds_a_zero_of_the_gradient(objective: str, center: Fraction, radius: str) -> None:
    stated = claim(objective)
    data = {"center": {"x": str(center)}, "radius": radius, "fixed": []}
    try:
        point = open_point(stated, data)
    except AttnverifyError:
        return
    low, high = float(center - Fraction(radius)), float(center + Fraction(radius))
    slope = _slope(objective)
    assert slope(low) * slope(high) < 0
    root = optimize.brentq(slope, low, high, xtol=1e-14)
    with precision(256):
        ball = as_ball(point.scalars([stated.symbols[0]])[1][0])
        assert float(ball.lower()) - 1e-9 <= root <= float(ball.upper()) + 1e-9


def _slope(objective: str) -> Any:
    names = {"softplus": lambda x: np.logaddexp(0, x), "tanh": math.tanh, "cos": math.cos, "exp": math.exp}

    def value(x: float) -> float:
        return float(eval(objective, {"__builtins__": {}}, {**names, "x": x}))

    return lambda x: (8 * (value(x + 1e-4) - value(x - 1e-4)) - value(x + 2e-4) + value(x - 2e-4)) / 12e-4


def test_boxes_around_simple_zeros_are_accepted() -> None:
    found = open_point(claim(), {"center": {"x": "141421356/100000000"}, "radius": "1/1000", "fixed": []})
    assert isinstance(found, BoxPoint)
    assert holds(found, "x > 14142/10000", claim())
    assert positive_definite(found, [0])
    with pytest.raises(Undecidable):
        holds(found, "x*x == 2", claim())


def test_two_zeros_in_a_box_are_not_one() -> None:
    with pytest.raises(AttnverifyError):
        open_point(claim(), {"center": {"x": "0"}, "radius": "2", "fixed": []})
    with pytest.raises(AttnverifyError):
        open_point(claim("x**4"), {"center": {"x": "0"}, "radius": "1/100", "fixed": []})


def test_a_slice_fixes_coordinates() -> None:
    stated = claim("(x*y - 1)**2", "xy")
    with pytest.raises(AttnverifyError):
        open_point(stated, {"center": {"x": "1", "y": "1"}, "radius": "1/100", "fixed": []})
    point = open_point(stated, {"center": {"x": "1/2", "y": "2"}, "radius": "1/100", "fixed": [0]})
    assert isinstance(point, BoxPoint)
    assert point.free == [1]
    assert point.box[0] == fmpq(1, 2)


def test_semidefinite_hessians() -> None:
    stated = claim("x**4 + y**2", "xy")
    assert positive_semidefinite(open_point(stated, {"coordinates": {"x": "0", "y": "0"}}))
    assert not positive_definite(open_point(stated, {"coordinates": {"x": "0", "y": "0"}}), [0, 1])
    assert positive_definite(open_point(stated, {"coordinates": {"x": "0", "y": "0"}}), [1])
    assert not positive_semidefinite(open_point(claim("x**4 - y**2", "xy"), {"coordinates": {"x": "0", "y": "0"}}))


def test_points_need_an_objective_for_gradients() -> None:
    stated = claim_from_data(
        {"id": "p", "parameters": {"x": "real"}, "claim": {"every": "point", "satisfies": "x > 0"}}
    )
    with pytest.raises(Rejected):
        open_point(stated, {"coordinates": {"x": "0"}}).gradient()
