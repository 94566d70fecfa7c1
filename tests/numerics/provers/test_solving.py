"""Coordinates solved from their own slopes make those slopes exactly zero."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from numerics.provers.solving import linear_blocks, solved_coordinates
from verify.claim import Claim, claim_from_data
from verify.recheck.points import open_point


def claim(objective: str, parameters: Any) -> Claim:
    return claim_from_data({
        "id": "l", "parameters": parameters, "objective": {"minimise": objective},
        "claim": {"every": "stationary point", "satisfies": "objective > 9"},
    })  # fmt: skip


def test_whole_parameters_come_first() -> None:
    assert linear_blocks(claim("sum(w**2) + s**2", {"w": "real[2]", "s": "real"})) == [(0, 1), (0,), (1,), (2,)]


@pytest.mark.parametrize(
    ("objective", "parameters", "point", "places"),
    [
        ("(a*w - 1)**2/2 + w**2/2", {"a": "real", "w": "real"}, (2, 0), (1,)),
        ("(w[0] + 2*w[1] - 1)**2 + (w[0] - w[1])**2 + a**2", {"w": "real[2]", "a": "real"}, (5, 7, 3), (0, 1)),
        ("(x - 3)**2 + x*y + y**4", {"x": "real", "y": "real"}, (1, Fraction(1, 2)), (0,)),
    ],
)
def test_solved_slopes_vanish(objective: str, parameters: Any, point: Any, places: Any) -> None:
    stated = claim(objective, parameters)
    texts = solved_coordinates(stated, [Fraction(v) for v in point], places)
    assert texts is not None
    for place, value in enumerate(point):
        if place not in places:
            assert Fraction(texts[place]) == value
    found = open_point(stated, {"coordinates": dict(zip(stated.entry_names, texts, strict=True))})
    domain, slopes = found.gradient()
    assert all(domain.sign(slopes[place]) == 0 for place in places)


@pytest.mark.parametrize(
    ("objective", "places"), [("x**4 + x + y**2", (0,)), ("y**2", (0,)), ("exp(x) + y", (0,)), ("x*y + y**2", (0,))]
)
def test_other_slopes_are_left_alone(objective: str, places: Any) -> None:
    stated = claim(objective, {"x": "real", "y": "real"})
    assert solved_coordinates(stated, [Fraction(1), Fraction(0)], places) is None
