"""Certified bounds over boxes."""

import copy
import json
from collections.abc import Callable
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from verify.bound import Bound, bound
from verify.claim import canonical, claim_from_data
from verify.errors import InvalidInput
from verify.recheck import recheck


def bounds(text: str, width: str = "1/100", directory: Path | None = None, **parameters: str) -> Bound:
    claim = {"every": "stationary point", "satisfies": "0 < 1"}
    data = {"id": "x", "parameters": parameters, "objective": {"minimise": text}, "claim": claim}
    (result,) = bound(claim_from_data(data), width=Fraction(width), budget=20, certificates=directory)
    return result


@pytest.mark.parametrize(
    ("text", "parameters", "low", "high"),
    [
        ("x**2 - x", {"x": "[-1, 2]"}, "-1/4", "2"),
        ("x*y", {"x": "[-1, 2]", "y": "[-3, 1]"}, "-6", "3"),
        ("sum(softmax([10*x, y])*[0, 1])", {"x": "[0, 1]", "y": "[0, 0]"}, "45397868703/1000000000000000", "1/2"),
        ("abs(x) + relu(y)", {"x": "[-1, 2]", "y": "[-1, 1]"}, "0", "3"),
        ("sin(x)", {"x": "[0, 10]"}, "-1", "1"),
        ("x - x**3/3", {"x": "[-2, 2]"}, "-2/3", "2/3"),
    ],
)
def test_bounds_hold_and_are_as_narrow_as_asked(text: str, parameters: dict[str, str], low: str, high: str) -> None:
    result = bounds(text, **parameters)
    assert result.low is not None
    assert result.high is not None
    assert Fraction(low) - Fraction("1/100") <= result.low <= Fraction(low)
    assert Fraction(high) <= result.high <= Fraction(high) + Fraction("1/100")
    assert result.width == result.high - result.low


def test_two_sides_of_a_conclusion() -> None:
    claim = {"every": "point", "satisfies": "tanh(x) <= x + 1/10"}
    results = bound(claim_from_data({"id": "t", "parameters": {"x": "[0, 1]"}, "claim": claim}), width=Fraction(1, 50))
    assert [result.name for result in results] == ["left side", "right side"]
    assert all(result.low is not None for result in results)


def test_a_pole_has_no_bounds() -> None:
    result = bounds("1/x", x="[-1, 1]")
    assert result.low is None
    assert result.reason is not None
    assert "undefined" in result.reason


def test_nothing_to_bound_is_said() -> None:
    claim = {"every": "point", "satisfies": "x > 0 and x < 1"}
    with pytest.raises(InvalidInput, match="nothing to bound"):
        bound(claim_from_data({"id": "t", "parameters": {"x": "[0, 1]"}, "claim": claim}))


def raise_low(data: dict[str, Any]) -> None:
    data["claim"]["instance"]["low"] = "0"


def lower_high(data: dict[str, Any]) -> None:
    data["claim"]["instance"]["high"] = "19/10"


def wider_domain(data: dict[str, Any]) -> None:
    data["claim"]["instance"]["source"]["parameters"] = [["x", "[-1, 3]"]]


def other_expression(data: dict[str, Any]) -> None:
    data["claim"]["instance"]["expression"] = "x**2 - 2*x"


def no_tree(data: dict[str, Any]) -> None:
    data["evidence"]["tree"] = []


def one_box(data: dict[str, Any]) -> None:
    data["evidence"]["tree"] = [-1]
    data["claim"]["instance"]["low"], data["claim"]["instance"]["high"] = "-1/4", "2"
    data["claim"]["instance"]["expression"] = "x**2 - x + sin(40*x)/20"


def more_nodes(data: dict[str, Any]) -> None:
    data["evidence"]["tree"].append(-1)


def other_axis(data: dict[str, Any]) -> None:
    data["evidence"]["tree"][0] = 1


def a_truth_value(data: dict[str, Any]) -> None:
    data["evidence"]["tree"][0] = False


def point_outside(data: dict[str, Any]) -> None:
    data["claim"]["instance"]["least"]["at"] = ["5"]


def point_value(data: dict[str, Any]) -> None:
    data["claim"]["instance"]["least"]["value"] = ["-1/5", "1/1000"]


CHANGES = [
    raise_low,
    lower_high,
    wider_domain,
    other_expression,
    no_tree,
    one_box,
    more_nodes,
    other_axis,
    a_truth_value,
    point_outside,
    point_value,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_the_checker_rejects_what_was_changed(tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    from verify.recheck.bound import statement

    result = bounds("x**2 - x", directory=tmp_path, x="[-1, 2]")
    assert result.certificate is not None
    data = json.loads(Path(result.certificate).read_text())
    assert recheck(data).accepted
    other = copy.deepcopy(data)
    change(other)
    other["claim"]["statement"] = statement(other["claim"]["instance"])
    other["sha256"] = sha256(canonical(other["claim"]).encode()).hexdigest()
    assert not recheck(other).accepted


def test_bounds_that_are_not_narrow_enough_in_time_are_still_bounds(tmp_path: Path) -> None:
    claim = {"every": "stationary point", "satisfies": "0 < 1"}
    text = "sin(3*q*a)*cos(2*b*v) + tanh(q*v - a*b)*sin(a*b + q)"
    data = {"id": "x", "parameters": dict.fromkeys("qabv", "[-1, 1]"), "objective": {"minimise": text}, "claim": claim}
    (result,) = bound(claim_from_data(data), width=Fraction(1, 10**12), budget=1.5, certificates=tmp_path)
    assert result.low is not None
    assert result.high is not None
    assert result.low < Fraction(result.least["value"].split(" ")[0])
    assert "coarser" in (result.reason or "")
    assert result.certificate is not None
    assert recheck(json.loads(Path(result.certificate).read_text(encoding="utf-8"))).accepted
