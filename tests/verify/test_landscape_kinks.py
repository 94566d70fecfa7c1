"""Critical points on kinks in lists, and objectives whose kinks stay undecided."""

import pytest

from verify.claim import claim_from_data
from verify.landscape import Landscape, landscape
from verify.recheck.kinked_points import KINK_MINIMUM, KINK_STATIONARY


def found(objective: str, **parameters: str) -> Landscape:
    claim = {"every": "stationary point", "satisfies": "0 < 1"}
    data = {"id": "x", "parameters": parameters, "objective": {"minimise": objective}, "claim": claim}
    return landscape(claim_from_data(data), budget=20)


SIDE = "[-2, 2]"


@pytest.mark.parametrize(
    ("objective", "expected"),
    [
        ("abs(x) + x**2/2", [("0", KINK_MINIMUM)]),
        ("x**2 - abs(x)", [("-1/2", "strict minimum"), ("0", KINK_STATIONARY), ("1/2", "strict minimum")]),
        ("abs(x - 1/3) + abs(x + 1) + x**2", [("0", "strict minimum")]),
        ("relu(x - 1)*3 + (x - 3/2)**2", [("1", KINK_MINIMUM)]),
        ("maximum(x, -2*x) + x**2", [("0", KINK_MINIMUM)]),
        ("abs(x) + 2*x + x**3/100", []),
    ],
)
def test_one_parameter(objective: str, expected: list[tuple[str, str]]) -> None:
    result = found(objective, x=SIDE)
    assert result.decided
    assert sorted((point.shown()["at"]["x"], point.kind) for point in result.points) == expected


def test_irrational_kinks() -> None:
    result = found("abs(x**2 - 2) + y**2", x=SIDE, y=SIDE)
    assert result.decided
    assert sorted(point.kind for point in result.points) == ["saddle", KINK_MINIMUM, KINK_MINIMUM]
    assert all(abs(abs(float(p.at["x"][0])) - 2**0.5) < 1e-12 for p in result.points if p.kind == KINK_MINIMUM)


def test_corner_of_three_kinks() -> None:
    result = found("abs(x) + abs(y - 1/2) + abs(z + 1/4) + (x + y + z)**2/20", x=SIDE, y=SIDE, z=SIDE)
    assert result.decided
    assert [(p.kind, p.shown()["at"]) for p in result.points] == [(KINK_MINIMUM, {"x": "0", "y": "1/2", "z": "-1/4"})]


def test_slopes_that_vanish_on_one_side_stay_undecided() -> None:
    result = found("(relu(w) - 1)**2 + w**2/10", w=SIDE)
    assert result.complete
    assert not result.decided
    assert [point.kind for point in result.points] == ["strict minimum"]


def test_flat_kinks_stay_undecided() -> None:
    result = found("abs(x) + 0*y", x=SIDE, y=SIDE)
    assert not result.decided
    assert result.points == ()
