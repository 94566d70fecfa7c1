"""Flat families in lists of critical points, and near misses that have none."""

from typing import Any

import pytest

from verify.claim import claim_from_data
from verify.landscape import Landscape, landscape


def found(objective: str, budget: float = 20, **parameters: str) -> Landscape:
    claim = {"every": "stationary point", "satisfies": "0 < 1"}
    data = {"id": "x", "parameters": parameters, "objective": {"minimise": objective}, "claim": claim}
    return landscape(claim_from_data(data), budget=budget)


def summary(result: Landscape) -> list[tuple[Any, ...]]:
    return sorted((f.kind, f.dimension, f.symmetries, f.index, f.value[0]) for f in result.families)


def test_both_branches_of_a_product() -> None:
    result = found("(a*w - 1)**2/2", a="[-2, 2]", w="[-2, 2]")
    assert result.decided
    assert [point.kind for point in result.points] == ["saddle"]
    assert summary(result) == [("flat family of minima", 1, ("rescaling of a against w",), 0, 0)] * 2
    assert {tuple(str(c) for c, _ in f.at.values()) for f in result.families} == {("1", "1"), ("-1", "-1")}
    assert [family["value"] for family in result.to_json()["families"]] == ["0", "0"]


def test_circle_with_its_centre() -> None:
    result = found("(a**2 + b**2 - 1)**2", a="[-2, 2]", b="[-2, 2]")
    assert result.decided
    assert [point.kind for point in result.points] == ["strict maximum"]
    assert summary(result) == [("flat family of minima", 1, ("rotation in (a, b)",), 0, 0)]


def test_families_that_meet_where_the_symmetry_rests() -> None:
    result = found("(w*tanh(q*k) - 1)**2/2 + w**2/100", w="[-2, 2]", q="[-2, 2]", k="[-2, 2]")
    assert result.complete
    assert [point.kind for point in result.points] == ["degenerate"]
    assert [(f.kind, f.index, str(f.value[0])) for f in result.families] == [("flat family of saddles", 1, "1/2")] * 4
    ((low, high),) = result.clusters
    assert max(b - a for a, b in zip(low, high, strict=True)) < 1e-3


def test_shift() -> None:
    result = found("(x - y - 1/2)**2 + cos(x - y)/10", x="[-1, 1]", y="[-1, 1]")
    assert result.decided
    assert [family.symmetries for family in result.families] == [("shift along (x, y)",)]


@pytest.mark.parametrize(
    "objective",
    [
        # A ridge that is unequal, if ever so little, leaves single points; an equal one does too.
        "(a*w - 1)**2/2 + a**2/100 + w**2/100",
        "(a**2 + 2*w**2 - 1)**2 + a**2/50",
    ],
)
def test_twins_without_symmetry_have_no_family(objective: str) -> None:
    result = found(objective, a="[-2, 2]", w="[-2, 2]")
    assert result.complete
    assert result.families == ()


def test_a_valley_that_is_flat_by_chance_is_not_called_a_family() -> None:
    """The zeros of (a**2*w + w**3 + a - 1)**2 are a curve, but no orbit of an affine symmetry: undecided, as before."""
    result = found("(a**2*w + w**3 + a - 1)**2", budget=4, a="[0, 1]", w="[0, 1]")
    assert result.families == ()
    assert result.undecided_boxes > 0


def test_two_samples() -> None:
    objective = "(v*tanh(2*q*k) - 1)**2 + (v*tanh(q*k) - 3/4)**2"
    result = found(objective, v="[3/4, 2]", q="[1/4, 2]", k="[1/4, 2]")
    assert result.decided
    (family,) = result.families
    assert (family.kind, family.symmetries) == ("flat family of minima", ("rescaling of q against k",))
    assert abs(family.value[0]) <= family.value[1] < 1e-20


def test_surface() -> None:
    result = found("(a*b*c - 1)**2/2", a="[1/2, 2]", b="[1/2, 2]", c="[1/2, 2]")
    assert result.decided
    (family,) = result.families
    assert (family.dimension, family.index, family.value[0]) == (2, 0, 0)
    assert family.symmetries == ("rescaling of a against c", "rescaling of b against c")


def test_surfaces_and_lines_of_a_product_of_three() -> None:
    """Four surfaces a*b*c = 1, six half axes of saddles, and the origin, where they meet: no volume else stays open."""
    result = found("(a*b*c - 1)**2/2", a="[-2, 2]", b="[-2, 2]", c="[-2, 2]")
    assert result.complete
    assert [point.kind for point in result.points] == ["degenerate"]
    counted = [(family.dimension, family.index) for family in result.families]
    assert sorted(counted) == [(1, 1)] * 6 + [(2, 0)] * 4
    assert result.undecided_volume < 1e-12
    # One line and one surface, but for sign changes and permutations.
    assert len(result.copies) == 8
