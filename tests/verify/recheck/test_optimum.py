"""Dual bounds: what the checker accepts, and every way to make it lie that we could think of."""

from __future__ import annotations

import copy
import json
from fractions import Fraction
from typing import Any

import pytest

from verify.certificate import FORMAT
from verify.claim import canonical
from verify.errors import Rejected
from verify.optimum import certificate
from verify.recheck import recheck
from verify.recheck.optimum import OUTPUTS, Instance, attention_form, bound, objective, read_instance, times, transposed


def matrix(*rows: Any) -> list[list[Fraction]]:
    return [[Fraction(v) for v in row] for row in rows]


def instance(model: str, inputs: list[Any], targets: list[Any], penalty: str = "1/2") -> Instance:
    return Instance(model, inputs, targets, Fraction(penalty), {}, Fraction(0))


MASK = instance("mask", [matrix([1, 0], [0, 1])], [matrix([2], [0])])
"""|u - (2, 0)|^2/2 + |u|_1/2: the minimum is at u = (3/2, 0), 1/8 + 3/4 = 7/8, dual vector (1/2, 0)."""

RELU = instance("relu", [matrix([1], [-1])], [matrix([1], [1])])
"""One input: two units reach 3/4, one unit 7/8; dual vector (1/2, 1/2)."""

CELLS = ["split", ["split", ["empty", ["1", "1"]], ["cell", ["0", "0"], ["0", "0"]]],
         ["split", ["cell", ["0", "0"], ["0", "0"]], ["empty", ["1", "1"]]]]  # fmt: skip

SPECTRAL = instance("quadratic", [matrix([1, 0], [0, 1])], [matrix([1], [0])])
"""(m - 1)^2/2 + m/4 with m the squared weight: the minimum 7/32 at m = 3/4, dual vector (1/4, 0)."""


def proved(found: Instance, point: Any, dual: Any, gap: str, **more: Any) -> dict[str, Any]:
    evidence = {"dual": dual, **more}
    return json.loads(canonical(certificate(found, point, Fraction(gap), "proved", evidence, 0)))


def mask_proof(gap: str = "1/1000", dual: Any = None) -> dict[str, Any]:
    point = {"a": [matrix(["1", 0])], "w": [matrix(["3/2", 0])]}
    return proved(MASK, point, dual or [[["1/2"], ["0"]]], gap)


def relu_proof(gap: str = "1/100", cells: Any = None, dual: Any = None) -> dict[str, Any]:
    point = {"U": [matrix(["7071/10000"], ["-7071/10000"])], "b": [matrix(["7071/10000", "7071/10000"])]}
    return proved(RELU, point, dual or [[["1/2"], ["1/2"]]], gap, cells=cells or CELLS)


def test_the_minimum_of_the_mask() -> None:
    # value 3/4 (a=1, w=3/2): residual 1/8 and ridge (1 + 9/4)/4 = 13/16, bound 7/8: the gap is 1/16
    assert recheck(mask_proof("1/16")).accepted
    assert not recheck(mask_proof("1/17")).accepted


def test_relu() -> None:
    assert recheck(relu_proof()).accepted
    assert not recheck(relu_proof(gap="1/10000000000000")).accepted


def test_quadratic_and_its_boundary() -> None:
    point = {"W": [matrix(["866/1000", 0])]}
    assert recheck(proved(SPECTRAL, point, [[["1/4"], ["0"]]], "1/1000")).accepted
    over = [[["250001/1000000"], ["0"]]]
    assert not recheck(proved(SPECTRAL, point, over, "1/1000")).accepted


@pytest.mark.parametrize("dual", [[[["500001/1000000"], ["0"]]], [[["0"], ["-1"]]]])
def test_infeasible_duals_are_rejected(dual: Any) -> None:
    assert not recheck(mask_proof("10", dual)).accepted


@pytest.mark.parametrize(
    "cells",
    [
        ["cell", ["0", "0"], ["0", "0"]],
        ["empty", []],
        ["empty", ["0", "0"]],
        ["split", CELLS[1]],
        ["split", CELLS[1], ["empty", ["1"]]],
        ["split", CELLS[1], ["empty", ["0"]]],
        ["split", ["split", ["empty", ["1", "1"]], ["cell", ["0", "-1"], ["0", "0"]]], CELLS[2]],
        ["split", ["split", ["empty", ["1", "2"]], ["cell", ["0", "0"], ["0", "0"]]], CELLS[2]],
        ["split", ["split", ["cell", ["0", "0"], ["0", "0"]], ["empty", ["1", "1"]]], CELLS[2]],
        [],
        None,
    ],
)
def test_wrong_trees_are_rejected(cells: Any) -> None:
    data = relu_proof()
    data["evidence"]["cells"] = cells
    assert not recheck(data).accepted


def test_relu_duals_over_the_level_are_rejected() -> None:
    assert not recheck(relu_proof(dual=[[["1/2"], ["501/1000"]]])).accepted
    assert not recheck(relu_proof(dual=[[["1/2"], ["-501/1000"]]])).accepted


def test_refuted_needs_a_better_point_of_the_same_shape() -> None:
    worse = {"U": [matrix(["1"], ["1"])], "b": [matrix(["0", "0"])]}
    better = {"U": [[["7071/10000"], ["-7071/10000"]]], "b": [[["7071/10000", "7071/10000"]]]}

    def made(gap: str, other: Any) -> dict[str, Any]:
        return json.loads(canonical(certificate(RELU, worse, Fraction(gap), "refuted", {"better": other}, 0)))

    assert recheck(made("1/10", better)).accepted
    assert not recheck(made("1", better)).accepted
    assert not recheck(made("1/10", {"U": [[["1"]]], "b": [[["1"]]]})).accepted
    assert not recheck(made("1/10", {**better, "c": [[["1"]]]})).accepted
    assert not recheck(made("1/10", {"U": better["U"]})).accepted


def test_any_changed_number_is_noticed_or_still_true() -> None:
    """Every text of a number in claim and evidence, changed: accepted only if the changed statement is true."""
    data = relu_proof()
    for place in _numbers(data["claim"]["instance"]["targets"]):
        changed = copy.deepcopy(data)
        _set(changed["claim"]["instance"]["targets"], place, "5")
        assert not recheck(changed).accepted  # the hash of the claim no longer fits
    for place in _numbers(data["evidence"]["dual"]):
        changed = copy.deepcopy(data)
        _set(changed["evidence"]["dual"], place, "3/5")
        assert not recheck(changed).accepted


def _numbers(data: Any, at: tuple[int, ...] = ()) -> list[tuple[int, ...]]:
    if isinstance(data, list):
        return [place for i, part in enumerate(data) for place in _numbers(part, (*at, i))]
    return [at]


def _set(data: Any, place: tuple[int, ...], value: str) -> None:
    for i in place[:-1]:
        data = data[i]
    data[place[-1]] = value


def test_other_statements_and_verdicts_are_rejected() -> None:
    for change in ({"verdict": "vacuous"}, {"format": FORMAT + 1}, {"evidence": {}}):
        assert not recheck({**mask_proof("1/16"), **change}).accepted


@pytest.mark.parametrize(
    "change",
    [{"model": "softmax"}, {"penalty": "0"}, {"penalty": "-1"}, {"gap": "-1"}, {"inputs": []}, {"inputs": [[["1"], []]]},
     {"point": []}, {"inputs": [[["1", "0"]], [["0", "1"]]]}],
)  # fmt: skip
def test_ill_formed_instances(change: dict[str, Any]) -> None:
    data = mask_proof()["claim"]["instance"]
    with pytest.raises(Rejected):
        read_instance({**data, **change})


def test_shapes_of_points_are_checked() -> None:
    for point in ({"a": [matrix([1])], "w": [matrix([1])]}, {"a": [matrix([1, 1])]},
                  {"a": [matrix([1, 1], [1, 1])], "w": [matrix([1, 1], [1, 1])]}):  # fmt: skip
        with pytest.raises((Rejected, ValueError)):
            objective(MASK, point)


def test_the_form_of_linear_attention() -> None:
    x, v = matrix([1, 2], [0, 1], [3, -1]), matrix([1], [2], [-1])
    a, b = matrix([1, -1], [2, 3]), matrix([2], [1])
    found = instance("linear-attention", [x], [v])
    outputs = OUTPUTS["linear-attention"](found, {"A": [a], "B": [b]})
    direct = sum(left[0] * right[0] for left, right in zip(v, outputs[0], strict=True))
    flat = [[entry] for row in a for entry in row]
    form = times(times(transposed(flat), attention_form([x], [v])), [[entry] for row in b for entry in row])
    assert form[0][0] == direct


def test_bound_is_below_every_objective() -> None:
    dual = [matrix(["1/2"], ["0"])]
    for a in range(-2, 3):
        for w in range(-2, 3):
            point = {"a": [matrix([a, 1])], "w": [matrix([w, 0])]}
            assert objective(MASK, point) >= bound(MASK, dual)
