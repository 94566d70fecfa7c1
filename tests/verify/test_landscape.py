"""Complete lists of critical points, also where interval methods tend to break."""

from fractions import Fraction
from typing import Any

import pytest

from verify.claim import Claim, claim_from_data
from verify.errors import InvalidInput
from verify.landscape import Landscape, landscape

SIDE = "[-4, 4]"


def problem(objective: str, **parameters: str) -> Claim:
    claim = {"every": "stationary point", "satisfies": "0 < 1"}
    return claim_from_data({"id": "x", "parameters": parameters, "objective": {"minimise": objective}, "claim": claim})


def found(objective: str, **parameters: str) -> Landscape:
    return landscape(problem(objective, **parameters), budget=20)


def kinds(result: Landscape) -> dict[str, int]:
    names = [point.kind for point in result.points]
    return {name: names.count(name) for name in names}


def places(result: Landscape) -> set[tuple[Any, ...]]:
    return {tuple(round(float(center), 9) for center, _ in point.at.values()) for point in result.points}


def test_hessian_that_is_singular_at_the_midpoint_of_the_domain() -> None:
    result = found("x**3 - 3*x", x=SIDE)
    assert result.decided
    assert {(p.shown()["at"]["x"], p.kind, p.index) for p in result.points} == {
        ("1", "strict minimum", 0),
        ("-1", "strict maximum", 1),
    }


def test_critical_point_on_the_first_cut() -> None:
    result = found("x**4 - x**2 + (y - 1)**2", x=SIDE, y="[-2, 4]")
    assert result.decided
    assert places(result) == {(0.0, 1.0), (0.707106781, 1.0), (-0.707106781, 1.0)}
    assert kinds(result) == {"saddle": 1, "strict minimum": 2}


def test_critical_point_on_a_face_and_in_a_corner_of_the_domain() -> None:
    on_face = found("(x - 1)**2", x="[1, 3]")
    corner = found("(x - 1)**2 + (y + 2)**2", x="[1, 4]", y="[-2, 4]")
    assert on_face.decided
    assert corner.decided
    assert places(corner) == {(1.0, -2.0)}
    assert all(point.inside == "yes" for point in (*on_face.points, *corner.points))


def test_just_outside_is_not_listed_and_irrational_on_a_face_is_called_unknown() -> None:
    assert found("(x - 1)**2", x="[1000001/1000000, 3]").points == ()
    result = found("(x - 1)**2 + (y**2 - 2)**2", x="[1, 3]", y="[1/2, 3]")
    assert result.decided
    assert [point.inside for point in result.points] == ["unknown"]
    assert "on the boundary" in result.statement


def test_repeated_eigenvalues() -> None:
    assert kinds(found("sum(x**2)", x=SIDE + "[3]")) == {"strict minimum": 1}
    saddle = found("x**2 + y**2 - z**2 - u**2", x=SIDE, y=SIDE, z=SIDE, u=SIDE)
    assert [point.index for point in saddle.points] == [2]
    assert kinds(found("x*y", x=SIDE, y=SIDE)) == {"saddle": 1}


def test_large_logits() -> None:
    assert places(found("(sigmoid(1000*q) - 1/2)**2 + q**2", q=SIDE)) == {(0.0,)}
    result = found("sum((softmax([1000*q, -1000*q, 0]) - [1, 0, 0])**2) + q**2/10", q=SIDE)
    assert result.decided
    assert places(result) == {(0.007404145,)}


def test_a_pole_stays_undecided_and_is_reported() -> None:
    result = found("1/x + x", x="[-2, 2]")
    assert places(result) == {(1.0,), (-1.0,)}
    assert result.complete
    assert not result.decided
    assert 0 < result.undecided_volume < Fraction(1, 1000)
    ((low, high),) = result.clusters
    assert low[0] <= 0 <= high[0]
    assert "undecided" in result.statement


def test_domains_without_interior_or_bounds_are_refused() -> None:
    for parameters in ({"x": "[1, 1]"}, {"x": "real"}):
        with pytest.raises(InvalidInput, match=r"interior|bounds"):
            found("x**2", **parameters)
    with pytest.raises(InvalidInput, match="no parameter"):
        landscape(problem("x**2", x="real"), box={"y": (Fraction(0), Fraction(1))})


def test_minimum_on_a_face_is_no_critical_point() -> None:
    result = found("x + y**2", x="[0, 1]", y="[-1, 1]")
    assert result.decided
    assert result.points == ()


def test_degenerate_point_is_listed_inside_what_is_undecided() -> None:
    result = found("x**4 + y**2", x=SIDE, y=SIDE)
    assert kinds(result) == {"degenerate": 1}
    assert not result.decided
    assert result.undecided_volume < Fraction(1, 10**9)


def test_flat_valley_is_a_family() -> None:
    result = found("(x*y - 1)**2", x="[-2, 2]", y="[-2, 2]")
    assert kinds(result) == {"saddle": 1}
    assert result.decided
    assert [family.dimension for family in result.families] == [1, 1]


def test_flat_valley_without_symmetry_is_not_called_decided() -> None:
    result = found("(x*y + x**3 - 1)**2", x="[-2, 2]", y="[-2, 2]")
    assert result.families == ()
    assert result.undecided_boxes > 0


def test_kinks() -> None:
    smooth = found("relu(x - 1)**2 + (x - 2)**2", x=SIDE)
    assert smooth.decided
    assert places(smooth) == {(1.5,)}
    kinked = found("abs(x) + y**2", x=SIDE, y=SIDE)
    assert kinked.decided
    assert kinds(kinked) == {"strict minimum on a kink": 1}


def test_end_of_the_domain_that_no_float_equals() -> None:
    result = found("(x - 1/3)**2", x="[1/3, 2/3]")
    assert result.decided
    assert [point.shown()["at"]["x"] for point in result.points] == ["1/3"]


def test_many_points_of_every_kind() -> None:
    result = found("sin(3*x)*cos(2*y) + x*y/10", x="[-2, 2]", y="[-2, 2]")
    assert result.decided
    assert kinds(result) == {"strict maximum": 6, "saddle": 6, "strict minimum": 6}
    indices = [point.index for point in result.points]
    assert sorted(indices) == [0] * 6 + [1] * 6 + [2] * 6


def test_box_narrows_and_bounds_parameters() -> None:
    claim = problem("(x**2 - 1)**2 + y**2", x="real", y="[-1, 1]")
    both = landscape(claim, box={"": (Fraction(-3), Fraction(3))})
    half = landscape(claim, box={"x": (Fraction(1, 10), Fraction(3))})
    assert places(both) == {(-1.0, 0.0), (0.0, 0.0), (1.0, 0.0)}
    assert places(half) == {(1.0, 0.0)}
    assert half.low == (Fraction(1, 10), Fraction(-1))


def test_same_input_same_list() -> None:
    results = [found("tanh(x*y - 1)**2 + x**2/10 + y**2/7", x=SIDE, y=SIDE) for _ in range(2)]
    assert results[0].points == results[1].points
    assert results[0].decided


@pytest.mark.slow
def test_attention_loss_of_three_parameters() -> None:
    means = {f"m{i}": f"sum(softmax(q*k*X[{i}, :])*X[{i}, :])" for i in range(3)}
    ridge = "q**2/100 + k**2/80 + v**2/90"
    data = {
        "id": "soft3",
        "parameters": {"q": SIDE, "k": SIDE, "v": SIDE},
        "constants": {"X": [["1", "-1/2"], ["1/3", "2"], ["-1", "3/2"]], "y": ["1", "0", "1/2"]},
        "definitions": means,
        "objective": {"minimise": f"sum((v*[m0, m1, m2] - y)**2)/2 + {ridge}"},
        "claim": {"every": "stationary point", "satisfies": "0 < 1"},
    }
    result = landscape(claim_from_data(data), budget=120)
    assert result.decided
    assert kinds(result) == {"strict minimum": 4, "saddle": 3}


def test_roots_close_to_each_other_are_told_apart() -> None:
    result = found("(x**2 - 1/1000000)**2 + y**2", x=SIDE, y=SIDE)
    assert result.decided
    assert places(result) == {(0.0, 0.0), (0.001, 0.0), (-0.001, 0.0)}


def test_parameter_that_is_solved_for_outside_the_domain_is_not_listed() -> None:
    """The minimum over w would be at w = 3, outside; nothing inside is stationary."""
    result = found("(w - 3)**2 + a**2 + (w - 3)**2*tanh(a)**2 + b**2", a=SIDE, b=SIDE, w="[-1, 1]")
    assert result.decided
    assert result.points == ()


def test_parameter_that_is_solved_for_on_a_face_is_listed() -> None:
    result = found("(w - 1)**2 + a**2 + (w - 1)**2*tanh(a)**2 + b**2", a=SIDE, b=SIDE, w="[-1, 1]")
    assert result.decided
    assert places(result) == {(0.0, 0.0, 1.0)}


def test_where_the_factor_of_a_square_vanishes_nothing_is_lost() -> None:
    """The factor a**2 - 1/4 of w**2 is zero inside the domain; w = -1/(2*a**2 - 1/2) there is a = -2*(a**2 - 1/4)**2."""
    result = found("(a**2 - 1/4)*w**2 + w + b**2 + a", a="[-1, 1]", w=SIDE, b="[-1, 1]")
    assert result.decided
    assert places(result) == {(-0.973482664, -0.716672749, 0.0), (-0.112635213, 2.10691934, 0.0)}


def test_overflow_and_poles_in_wide_boxes() -> None:
    result = found("exp(exp(x)) - 3*x + 1/(x + 5)", x=SIDE)
    assert result.decided
    assert len(result.points) == 1
    wide = found("exp(x) + exp(-x)", x="[-2000, 3000]")
    assert wide.decided
    assert places(wide) == {(0.0,)}


@pytest.mark.slow
def test_attention_loss_of_four_parameters() -> None:
    means = {f"m{i}": f"sum(softmax(q*k*X[{i}, :])*X[{i}, :])" for i in range(3)}
    ridge = "q**2/100 + k**2/80 + v**2/90 + w**2/70"
    data = {
        "id": "soft4",
        "parameters": dict.fromkeys("qkvw", SIDE),
        "constants": {"X": [["1", "-1/2"], ["1/3", "2"], ["-1", "3/2"]], "y": ["1", "0", "1/2"]},
        "definitions": means,
        "objective": {"minimise": f"sum((w*tanh(v*[m0, m1, m2]) - y)**2)/2 + {ridge}"},
        "claim": {"every": "stationary point", "satisfies": "0 < 1"},
    }
    result = landscape(claim_from_data(data), budget=120)
    assert result.decided
    assert kinds(result) == {"strict minimum": 8, "saddle": 7}
