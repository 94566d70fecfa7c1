"""Pictures of landscapes with one and two parameters."""

import pytest

from reports.parts.critical_points import svg
from verify.claim import Claim, claim_from_data
from verify.errors import InvalidInput
from verify.landscape import landscape


def problem(objective: str, **parameters: str) -> Claim:
    claim = {"every": "stationary point", "satisfies": "0 < 1"}
    return claim_from_data({"id": "x", "parameters": parameters, "objective": {"minimise": objective}, "claim": claim})


@pytest.mark.parametrize(
    ("objective", "parameters"),
    [
        ("x**3 - 3*x", {"x": "[-2, 2]"}),
        ("(x**2 - 1)**2 + y**2", {"x": "[-2, 2]", "y": "[-1, 1]"}),
        ("x**4 + y**2", {"x": "[-2, 2]", "y": "[-1, 1]"}),
    ],
)
def test_same_landscape_same_bytes(objective: str, parameters: dict[str, str]) -> None:
    claim = problem(objective, **parameters)
    result = landscape(claim)
    first, second = svg(claim, result), svg(claim, result)
    assert first == second
    assert first.startswith("<svg")
    assert ("#1f5f99" in first) == (objective != "x**4 + y**2")
    assert ("#4d7a34" in first) == (objective == "x**4 + y**2")


def test_three_parameters_have_no_picture() -> None:
    claim = problem("sum(x**2)", x="[-1, 1][3]")
    with pytest.raises(InvalidInput, match="picture"):
        svg(claim, landscape(claim))


def test_flat_families_are_drawn_as_curves() -> None:
    claim = problem("(x*y - 1)**2", x="[-2, 2]", y="[-2, 2]")
    result = landscape(claim)
    assert all(len(family.trace) > 20 for family in result.families)
    picture = svg(claim, result)
    assert picture == svg(claim, result)
    assert "#1f5f99" in picture
