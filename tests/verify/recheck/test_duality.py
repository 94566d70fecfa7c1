"""The checker of theorem certificates: it accepts what is true and rejects every false change."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from numerics.budget import Budget
from numerics.compatibility import compatibility
from numerics.lasso import evaluated, lasso_path, prediction_error, residual_correlation, solve_exactly
from numerics.moments import Moments, column_vector, entries, form, fraction, is_positive_semidefinite
from theorems.seed.sparse_mask import theorem
from verify.certificate import claim_hash
from verify.data import Column, Data
from verify.recheck import recheck

WRONG = ("+1", "-1", "*2", "/2", "negative", "zero", "nearly")


def small_table(rows: int = 12, count: int = 3) -> Data:
    rng = random.Random(5)
    columns = [Column(f"x{j}", tuple(rng.randint(-9, 9) for _ in range(rows))) for j in range(count)]
    return Data("small.csv", "0" * 64, tuple(columns))


def certificate(**settings: str) -> dict[str, Any]:
    given = {"k": "1", "noise": "0.05", "starts": "2", "lambda": "0.2", **settings}
    data = theorem.check(given, small_table(), budget=Budget.of(30)).certificate({})
    assert data is not None
    return data


PROVED = certificate()
BY_RULE = {rule: certificate(kappa=rule) for rule in ("eigenvalue", "support", "compatibility")}
VACUOUS = {
    "H7": certificate(**{"lambda": "0.001"}),
    "H13-penalty": certificate(**{"lambda": "5"}),
    "H13-conclusion": certificate(**{"lambda": "0.75"}),
}


def rehashed(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "sha256": claim_hash(data["claim"])}


def number_places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the paths of all numbers of a certificate, except labels (file, hash, column names) and statement."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            if key not in ("source", "columns", "statement", "made_by", "sha256", "id", "theorem", "by", "kind"):
                yield from number_places(value, (*path, key))
    elif isinstance(data, list):
        for place, value in enumerate(data):
            yield from number_places(value, (*path, place))
    elif is_number(data):
        yield path


def is_number(data: Any) -> bool:
    try:
        Fraction(str(data))
    except ValueError:
        return False
    return not isinstance(data, bool)


def changed(data: dict[str, Any], path: tuple[Any, ...], how: str) -> dict[str, Any]:
    out = copy.deepcopy(data)
    holder = out
    for step in path[:-1]:
        holder = holder[step]
    old = Fraction(str(holder[path[-1]]))
    new = {
        "+1": old + 1, "-1": old - 1, "*2": old * 2, "/2": old / 2, "negative": -old, "zero": Fraction(0),
        "nearly": old * (1 + Fraction(1, 10**9)),
    }[how]  # fmt: skip
    holder[path[-1]] = str(new) if isinstance(holder[path[-1]], str) else int(new)
    return rehashed(out)


# --- an independent judge -----------------------------------------------------------------------------------------


def moments_from(instance: Mapping[str, Any]) -> Moments:
    p = len(instance["columns"])
    upper = [[int(Fraction(v)) for v in row] for row in instance["products"]]
    return Moments(
        instance["rows"], tuple(instance["columns"]), tuple(int(Fraction(v)) for v in instance["sums"]),
        tuple(tuple(upper[min(i, j)][abs(i - j)] for j in range(p)) for i in range(p)),
        int(Fraction(instance["target_sum"])), tuple(int(Fraction(v)) for v in instance["target_products"]),
        int(Fraction(instance["target_square"])), tuple(Fraction(v) for v in instance["scales"]),
        Fraction(instance["target_scale"]),
    )  # fmt: skip


def is_true(data: dict[str, Any]) -> bool:
    """Decide the statement on the instance inside a certificate with other code than the checker's."""
    instance = data["claim"]["instance"]
    moments, penalty = moments_from(instance), Fraction(instance["penalty"])
    teacher = [Fraction(v) for v in instance["teacher"]]
    support = [j for j, v in enumerate(teacher) if v]
    star = column_vector(teacher)
    kappa = Fraction(instance["kappa"]["value"])
    bound = Fraction(9, 4) * penalty**2 * len(support) / kappa
    holds = {
        "columns": max(fraction(moments.gram[j, j]) for j in range(moments.size)) <= 1,
        "H7": 2 * max(map(abs, residual_correlation(moments, star))) <= penalty,
        "H13-penalty": penalty < max(abs(fraction(c)) for c in entries(moments.correlation)),
        "H13-conclusion": bound < form(star, moments.gram, star),
    }
    if data["verdict"] == "vacuous":
        return not holds[data["evidence"]["fails"]]
    gram, correlation, _ = moments.floats
    best = solve_exactly(moments, penalty, lasso_path(gram, correlation, np.array([float(penalty)]))[0])
    assert best.gap == 0
    within = prediction_error(moments, best.point, star) <= bound
    return all(holds.values()) and within and kappa_holds(moments, support, kappa) and points_hold(data, moments, best)


def kappa_holds(moments: Moments, support: list[int], kappa: Fraction) -> bool:
    """The rule 'compatibility' is the sharpest; its numerical slack is below 10^-4."""
    return float(kappa) <= float(compatibility(moments, support)[0]) + 1e-4


def points_hold(data: dict[str, Any], moments: Moments, best: Any) -> bool:
    penalty = Fraction(data["claim"]["instance"]["penalty"])
    for point in data["evidence"]["points"]:
        mask, weight = ([Fraction(v) / 2 ** point["bits"] for v in point[key]] for key in ("a", "w"))
        product = column_vector([a * w for a, w in zip(mask, weight, strict=True)])
        smooth = evaluated(moments, Fraction(1), product).value - sum(
            abs(a * w) for a, w in zip(mask, weight, strict=True)
        )
        value = smooth + penalty / 2 * sum(v * v for v in (*mask, *weight))
        if value - best.value > Fraction(point["gap"]):
            return False
    return True


# --- tests --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [PROVED, *BY_RULE.values(), *VACUOUS.values()], ids=lambda data: data["verdict"])
def test_true_certificates_are_accepted(data: dict[str, Any]) -> None:
    outcome = recheck(data)
    assert outcome.accepted, outcome.reason
    assert (outcome.id, outcome.kind) == ("sparse-mask", "duality")
    assert is_true(data)


def test_every_rule_and_every_failure_occurs() -> None:
    assert {rule: data["claim"]["instance"]["kappa"]["by"] for rule, data in BY_RULE.items()} == {r: r for r in BY_RULE}
    assert {data["evidence"]["fails"] for data in VACUOUS.values()} == set(VACUOUS)


@pytest.mark.parametrize("data", [*BY_RULE.values(), *VACUOUS.values()], ids=[*BY_RULE, *VACUOUS])
def test_every_changed_number_is_rejected_or_still_true(data: dict[str, Any]) -> None:
    accepted = rejected = 0
    for path in number_places(data):
        for how in WRONG:
            other = changed(data, path, how)
            if recheck(other).accepted:
                accepted += 1
                assert is_true(other), (path, how)
            else:
                rejected += 1
    assert rejected > 100
    assert accepted > 0


def test_a_changed_claim_without_its_hash_is_rejected() -> None:
    for path in number_places(PROVED["claim"], ("claim",)):
        other = {**changed(PROVED, path, "+1"), "sha256": PROVED["sha256"]}
        outcome = recheck(other)
        assert not outcome.accepted
        assert outcome.reason == "the claim does not have the stated hash"


@pytest.mark.parametrize("verdict", ["refuted", "supported", "vacuous", None, []])
def test_other_verdicts_are_rejected(verdict: Any) -> None:
    assert not recheck({**PROVED, "verdict": verdict}).accepted


def test_the_statement_is_fixed() -> None:
    for key, text in PROVED["claim"]["statement"].items():
        other = copy.deepcopy(PROVED)
        other["claim"]["statement"][key] = text.replace("9", "8").replace("local", "stationary") + " "
        assert not recheck(rehashed(other)).accepted


@pytest.mark.parametrize("kind", ["emptiness", "witness", "nothing", None])
def test_other_kinds_are_rejected(kind: Any) -> None:
    assert not recheck({**PROVED, "kind": kind}).accepted


def test_a_claim_file_is_not_a_theorem() -> None:
    claim = {"id": "one", "parameters": {"x": "real"}, "claim": {"every": "point", "satisfies": "x**2 >= 0"}}
    outcome = recheck(rehashed({**PROVED, "claim": claim}))
    assert outcome.reason == "the claim is not a theorem with an instance"


@pytest.mark.parametrize("key", ["rows", "products", "kappa", "penalty"])
def test_missing_parts_are_rejected(key: str) -> None:
    other = copy.deepcopy(PROVED)
    del other["claim"]["instance"][key]
    assert not recheck(rehashed(other)).accepted
    other = copy.deepcopy(PROVED)
    other["claim"]["instance"][key] = "nothing"
    assert not recheck(rehashed(other)).accepted


def test_impossible_moments_are_rejected() -> None:
    other = copy.deepcopy(PROVED)
    other["claim"]["instance"]["target_square"] = "0"
    assert recheck(rehashed(other)).reason == "no table has these moments"
    assert not is_positive_semidefinite(column_vector([-1]))


def test_null_direction() -> None:
    columns = (Column("a", (1, 2, 3, 5)), Column("b", (2, 4, 6, 10)), Column("c", (1, -1, 2, 0)))
    given = {"k": "1", "starts": "2", "noise": "0.01", "lambda": "0.1"}
    result = theorem.check(given, Data("twice.csv", "0" * 64, columns), budget=Budget.of(20), seed=1)
    data = result.certificate({})
    assert data is not None
    assert (data["verdict"], data["evidence"]["fails"]) == ("vacuous", "H6")
    assert recheck(data).accepted
    for place in range(2):
        assert not recheck(changed(data, ("evidence", "direction", place), "+1")).accepted
    zero = {**data, "evidence": {"fails": "H6", "direction": ["0", "0", "0"]}}
    assert not recheck(zero).accepted
