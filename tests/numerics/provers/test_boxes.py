"""Branch and prune: covers of bounded domains that the checker accepts, or the place where it stopped."""

from __future__ import annotations

from typing import Any

import pytest
from flint import fmpq

from numerics.budget import Budget
from numerics.provers.boxes import decide, low_points
from verify.certificate import certificate
from verify.claim import Claim, claim_from_data
from verify.recheck import recheck


def claim(
    satisfies: str, every: str = "point", *, domain: str = "[-2, 2]", objective: str | None = None, **more: Any
) -> Claim:
    data = {
        "id": "b",
        "parameters": {"x": domain, "y": domain},
        "claim": {"every": every, "satisfies": satisfies},
        **more,
    }
    if objective is not None:
        data["objective"] = {"minimise": objective}
    return claim_from_data(data)


@pytest.mark.parametrize(
    ("stated", "goal"),
    [
        (claim("sin(x) + cos(y) + x*x >= -3"), "proved"),
        (claim("tanh(x*y) < 1 and exp(-x*x) <= 11/10"), "proved"),
        (claim("x > 9", assume={"a": "x*x + y*y > 9"}), "vacuous"),
        (claim("x > 9", "stationary point", objective="exp(x) + sin(y)/2 + y"), "vacuous"),
        (claim("x**2 + y**2 < 1", "global minimum", objective="x**2 + y**2 - cos(x)"), "proved"),
    ],
)
def test_covers_are_accepted(stated: Claim, goal: str) -> None:
    finding, stopped = decide(stated, goal, Budget.of(30))
    assert finding is not None, stopped
    assert finding.level == "ball"
    assert recheck(certificate(stated, goal, "boxes", finding.evidence or {}, {})).accepted


@pytest.mark.parametrize(
    ("stated", "goal"),
    [
        (claim("sin(x) < 999/1000"), "proved"),
        (claim("x*x > 0"), "proved"),
        (claim("1/x != 0"), "proved"),
        (claim("x > 9", "stationary point", objective="x**2 + y**2"), "proved"),
        (claim("x > 9", assume={"a": "x*x + y*y >= 8"}), "vacuous"),
        (claim("x > 0", "global minimum", objective="x**2 + y**2"), "proved"),
    ],
)
def test_false_claims_are_not_covered(stated: Claim, goal: str) -> None:
    finding, stopped = decide(stated, goal, Budget.of(1))
    assert finding is None
    assert isinstance(stopped, str)


def test_unbounded_domains_are_named() -> None:
    finding, stopped = decide(claim("x*x >= 0", domain="real"), "proved", Budget.of(5))
    assert finding is None
    assert "unbounded" in stopped


def test_low_points_are_rational_points_of_the_domain() -> None:
    stated = claim("x > 0", "global minimum", objective="(x - 1)**2 + (y + 3)**2")
    points = low_points(stated)
    assert points
    assert all(-2 <= value <= 2 for point in points for value in point)
    best = min((float(x) - 1) ** 2 + (float(y) + 3) ** 2 for x, y in points)
    assert best < 1.05


def test_points_with_long_coordinates_are_named() -> None:
    """The proof of an inequality with one exception goes on to boxes whose ends have thousands of bits."""
    from numerics.provers.boxes import _shown
    from verify.recheck.enclosures import Box

    end = fmpq(2**1200 + 1, 2**1200)
    assert _shown(Box((end,), (end,))) == "(1.00000)"
