"""Each node of a tree is accepted where its reasoning is sound and rejected where a premise is missing."""

from __future__ import annotations

from typing import Any

import pytest

from verify.certificate import certificate
from verify.claim import claim_from_data
from verify.recheck import Outcome, recheck

X, Y = [["1", {"x": 1}]], [["1", {"y": 1}]]
ONE = [["1", {}]]


def checked(
    satisfies: str, *trees: Any, verdict: str = "proved", every: str = "point", parameters: Any = None, **more: Any
) -> Outcome:
    data = {
        "id": "c",
        "parameters": parameters or {"x": "real"},
        "claim": {"every": every, "satisfies": satisfies},
        **more,
    }
    return recheck(certificate(claim_from_data(data), verdict, "emptiness", {"cases": list(trees)}, {}))


def plain(side: str = "none", number: int = 0, ideal: Any = ()) -> dict[str, Any]:
    return {"node": "plain", "constraint": [side, number], "ideal": list(ideal)}


def split(poly: Any, positive: Any, zero: Any, negative: Any) -> dict[str, Any]:
    return {"node": "split", "poly": poly, "positive": positive, "zero": zero, "negative": negative}


def ranged(side: str, number: int) -> dict[str, Any]:
    return {"node": "range", "constraint": [side, number]}


def identity(**parts: Any) -> dict[str, Any]:
    return {"node": "identity", "scale": "1", "positive": [], "squares": [], "forms": [], "ideal": [], **parts}


# --- plain and split ---


def test_a_plain_constraint() -> None:
    assert checked("x**2 + 1 > 0", plain("weak")).accepted  # -(x**2 + 1) >= 0
    assert checked("x**2 >= 0", plain("strict")).accepted  # -x**2 > 0
    assert not checked("x**2 > 0", plain("weak")).accepted  # -x**2 >= 0 holds at 0
    assert not checked("x**3 >= 0", plain("strict")).accepted
    assert not checked("x**2 >= 0", plain("strict", 1)).accepted
    assert not checked("x**2 >= 0", plain("none")).accepted
    assert not checked("x**2 >= 0", plain("semidefinite")).accepted


def test_one_tree_per_case() -> None:
    assert checked("x**2 >= 0 and x**4 >= 0", plain("strict"), plain("strict")).accepted
    assert not checked("x**2 >= 0 and x**4 >= 0", plain("strict")).accepted
    assert not checked("x**2 >= 0 and x**3 >= 0", plain("strict"), plain("strict")).accepted
    assert not checked("x**2 >= 0", plain("strict"), plain("strict")).accepted


def test_undefined_points_are_cases_of_their_own() -> None:
    assert not checked("x/x == 1", plain("strict")).accepted
    assert not checked("x/x == 1", plain("strict"), plain("strict")).accepted
    assert not checked("1/x**2 > 0", plain("weak")).accepted


def test_a_split_needs_all_three_parts() -> None:
    closed = plain("strict")
    statement = "abs(x) >= 0"
    good = split(X, closed, ranged("strict", 0), ranged("strict", 0))
    assert not checked(statement, {**good, "zero": None}).accepted
    for part in ("positive", "zero", "negative"):
        missing = {key: value for key, value in good.items() if key != part}
        assert not checked(statement, missing).accepted
    assert not checked("x*x*x >= 0", split(X, closed, closed, closed)).accepted


def test_a_split_gives_its_sign() -> None:
    # where x > 0 the conclusion x**3 <= 0 contradicts it; in the other parts the assumption x > 0 does.
    tree = split(X, plain("weak"), plain("strict"), plain("strict"))
    outcome = checked("x**3 > 0", tree, assume={"a": "x > 0"})
    assert not outcome.accepted  # x > 0 is a real parameter: -x**3 >= 0 is not plain


def test_unknown_generators_and_nodes_are_rejected() -> None:
    assert not checked("x**2 >= 0", split([["1", {"nobody": 1}]], *[plain("strict")] * 3)).accepted
    assert not checked("x**2 >= 0", {"node": "magic"}).accepted
    assert not checked("x**2 >= 0", {}).accepted


# --- factor, null, minor, roots ---

PRODUCT = {
    "parameters": {"x": "real", "y": "real"},
    "every": "stationary point",
    "objective": {"minimise": "x**2*y**2"},
}


def test_a_product_in_the_ideal_splits() -> None:
    # gradient: 2*x*y**2 = 0 and 2*x**2*y = 0
    leaf = plain("strict", 0, [])
    tree = {"node": "factor", "factors": [{"poly": X, "power": 1, "tree": leaf}, {"poly": Y, "power": 2, "tree": leaf}],
            "cofactors": [[0, [["1/2", {}]]]]}  # fmt: skip
    outcome = checked("objective <= 0", tree, **PRODUCT)
    assert not outcome.accepted
    assert "plainly" in (outcome.reason or "") or "signs" in (outcome.reason or "")
    good = {**tree, "factors": [
        {"poly": X, "power": 1, "tree": plain("strict", 0, [[2, [["-1", {"x": 1, "y": 2}]]]])},
        {"poly": Y, "power": 2, "tree": plain("strict", 0, [[2, [["-1", {"x": 2, "y": 1}]]]])},
    ]}  # fmt: skip
    assert checked("objective <= 0", good, **PRODUCT).accepted
    assert not checked("objective <= 0", {**good, "cofactors": [[1, [["1/2", {}]]]]}, **PRODUCT).accepted
    assert not checked("objective <= 0", {**good, "factors": good["factors"][:1]}, **PRODUCT).accepted


SADDLE = {"parameters": {"x": "real", "y": "real"}, "objective": {"minimise": "x*y"}, "verdict": "vacuous"}


def test_a_vanishing_diagonal_entry_clears_its_row() -> None:
    tree = {"node": "null", "matrix": 0, "row": 0, "cofactors": [], "tree": plain("none", 0, [[2, ONE]])}
    assert checked("x > 0", tree, every="second-order point", **SADDLE).accepted
    assert checked("x > 0", tree, every="local minimum", **SADDLE).accepted
    assert not checked("x > 0", tree, every="stationary point", **SADDLE).accepted
    assert not checked("x > 0", {**tree, "matrix": 1}, every="second-order point", **SADDLE).accepted
    bowl = {**SADDLE, "objective": {"minimise": "x**2 + x*y + y**2"}}
    assert not checked("x > 0", tree, every="second-order point", **bowl).accepted


def test_a_negative_minor_is_impossible() -> None:
    def tree(rows: Any) -> Any:
        return {"node": "minor", "matrix": 0, "rows": rows, "tree": plain("weak", 0)}

    assert checked("x > 0", tree([0, 1]), every="second-order point", **SADDLE).accepted
    for rows in ([0], [1], [0, 0], [0, 2], [], [-1, 0]):
        assert not checked("x > 0", tree(rows), every="second-order point", **SADDLE).accepted


def test_every_real_root_needs_a_reason() -> None:
    # stationary points of x**3/3 - x: the roots of x**2 - 1; the claim x <= 1/2 excludes the root 1 only.
    def tree(reasons: Any, modulus: Any = ("-1", "0", "1")) -> Any:
        return {"node": "roots", "form": X, "modulus": list(modulus), "cofactors": [[0, ONE]],
                "coordinates": [{"image": ["0", "1"], "cofactors": []}], "reasons": reasons}  # fmt: skip

    def outcome(satisfies: str, data: Any) -> Outcome:
        return checked(satisfies, data, every="stationary point", objective={"minimise": "x**3/3 - x"})

    reason = {"constraint": ["weak", 0]}
    assert outcome("abs(x) < 2", tree([reason, reason])).accepted is False  # two cases are needed where abs splits
    assert outcome("x**2 < 2", tree([reason, reason])).accepted
    assert not outcome("x**2 < 2", tree([reason])).accepted
    assert not outcome("x**2 < 2", tree([])).accepted
    assert not outcome("x < 1/2", tree([reason, reason])).accepted
    assert not outcome("x**2 < 2", tree([reason, reason], modulus=("-4", "0", "1"))).accepted
    assert not outcome("x**2 < 2", tree([], modulus=("1",))).accepted


# --- identity ---


def test_an_identity_of_squares() -> None:
    # the strict constraint -(x**2 - 2*x + 1) > 0 plus (x - 1)**2 is 0
    root = [["1", {"x": 1}], ["-1", {}]]
    good = identity(positive=[0], squares=[{"times": [], "of": [["1", root]]}])
    assert checked("x**2 - 2*x + 1 >= 0", good).accepted
    assert not checked("x**2 - 2*x + 1 >= 0", {**good, "scale": "-1"}).accepted
    assert not checked("x**2 - 2*x + 1 >= 0", {**good, "scale": "0"}).accepted
    assert not checked("x**2 - 2*x + 1 >= 0", {**good, "positive": []}).accepted
    negative = identity(positive=[0], squares=[{"times": [], "of": [["-1", root]]}])
    assert not checked("x**2 - 2*x + 1 >= 0", negative).accepted
    assert not checked("x**2 - 2*x >= 0", good).accepted


def test_weights_are_weak_or_strict_constraints_only() -> None:
    bounded = {"parameters": {"x": "[0, 1]"}}
    # not(x*(1 - x) >= 0): -x*(1 - x) > 0, and x, 1 - x >= 0 multiply to its opposite
    good = identity(positive=[0], squares=[{"times": [["weak", 0], ["weak", 1]], "of": [["1", ONE]]}])
    assert checked("x*(1 - x) >= 0", good, **bounded).accepted
    for times in ([["equations", 0]], [["weak", 0]], [["weak", 9]], [["weak", -1]]):
        bad = identity(positive=[0], squares=[{"times": times, "of": [["1", ONE]]}])
        assert not checked("x*(1 - x) >= 0", bad, **bounded).accepted


# --- exponentials, ranges, bisections, comparisons, curves ---


def test_the_tangent_of_the_exponential() -> None:
    tree = {"node": "tangent", "order": "first", "powers": [[0, 1]],
            "tree": identity(positive=[0], squares=[{"times": [["weak", 0]], "of": [["1", ONE]]}])}  # fmt: skip
    # strict: 1 + x - exp(x) > 0 comes after exp(x) > 0, or before
    found = []
    for number in (0, 1):
        tree["tree"]["positive"] = [number]
        found.append(checked("exp(x) >= 1 + x", tree).accepted)
    assert any(found)
    for number in (0, 1):
        tree["tree"]["positive"] = [number]
        assert not checked("exp(x) >= 1 + 2*x", tree).accepted
        assert not checked("exp(x) >= 1 + x", {**tree, "powers": [[0, 9]]}).accepted
        assert not checked("exp(x) >= 1 + x", {**tree, "order": "second"}).accepted


@pytest.mark.parametrize(
    ("satisfies", "accepted"), [("x**2 + 1/2 > 0", True), ("x + 2 > 0", True), ("x**3 > 0", False)]
)
def test_ranges_are_outward(satisfies: str, accepted: bool) -> None:
    assert checked(satisfies, ranged("weak", 2), parameters={"x": "[-1, 1]"}).accepted is accepted
    assert not checked(satisfies, ranged("weak", 2)).accepted
    assert not checked(satisfies, ranged("weak", 0), parameters={"x": "[-1, 1]"}).accepted


def test_a_bisection_covers_both_sides() -> None:
    leaf = ranged("weak", 2)
    box = {"parameters": {"x": "[-1, 1]"}}
    statement = "x**2 - x + 1 > 0"
    halves = {"node": "bisect", "generator": 0, "at": "0", "low": leaf, "high": leaf}
    assert not checked(statement, leaf, **box).accepted
    quarter = {"node": "bisect", "generator": 0, "at": "1/2", "low": leaf, "high": leaf}
    good = {**halves, "high": quarter}
    assert checked(statement, good, **box).accepted
    for key in ("low", "high"):
        assert not checked(statement, {name: part for name, part in good.items() if name != key}, **box).accepted
    assert not checked("x**2 - x + 1/4 > 0", good, **box).accepted
    assert not checked(statement, {**good, "generator": 1}, **box).accepted


def test_a_global_minimum_is_not_higher_than_a_point_of_the_domain() -> None:
    def outcome(point: str, every: str = "global minimum", satisfies: str = "x == 1") -> bool:
        leaf = identity(positive=[0], squares=[{"times": [["weak", 2]], "of": [["1", ONE]]}])
        tree = {"node": "compare", "point": [point], "tree": leaf}
        found = []
        for sign in ("1", "1/2", "1/4"):
            leaf["scale"] = sign
            data = {"parameters": {"x": "[-1, 1]"}, "objective": {"minimise": "(x - 1)**2"}, "every": every}
            found.append(checked(satisfies, tree, **data).accepted)
        return any(found)

    assert outcome("1")  # (x - 1)**2 > 0, and 0 - (x - 1)**2 >= 0
    assert not outcome("0")
    assert not outcome("2")  # outside the domain
    assert not outcome("1", every="local minimum")
    assert not outcome("1", satisfies="x == 1/2")


def test_a_curve_needs_a_minimum_and_vanishing_lower_terms() -> None:
    curve = {"node": "curve", "order": 3, "velocities": [[ONE]], "vanish": [[[0, ONE]], [[0, [["0", {}]]]]],
             "tree": plain("none", 0, [])}  # fmt: skip
    for every in ("stationary point", "second-order point"):
        outcome = checked("x > 0", curve, every=every, objective={"minimise": "x**3"}, verdict="vacuous")
        assert not outcome.accepted
        assert "minima" in (outcome.reason or "")
    outcome = checked("x > 0", curve, every="local minimum", objective={"minimise": "x**3"}, verdict="vacuous")
    assert "vanish" in (outcome.reason or "")  # the second coefficient 3*x is not 0 as stated


def test_probability_claims_and_other_verdicts_are_not_for_trees() -> None:
    data = {"id": "p", "random": {"e": "rademacher"}, "claim": {"probability": "e > 0", "at_most": 1}}
    assert not recheck(certificate(claim_from_data(data), "proved", "emptiness", {"cases": []}, {})).accepted
    assert not checked("x**2 >= 0", plain("strict"), verdict="refuted").accepted
    assert not checked("x**2 >= 0", plain("strict"), verdict="vacuous").accepted
