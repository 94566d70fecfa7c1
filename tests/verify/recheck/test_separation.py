"""The checker of separations on an instance: it accepts the small exact ones and rejects every false change."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from numerics.sample_complexity.instances import noiseless
from theorems.seed._separation_samples import bases, dense, on_design, small
from verify.certificate import claim_hash
from verify.errors import Rejected
from verify.recheck import recheck
from verify.recheck import separation as checker

SMALL, DENSE = small().certificate, dense().certificate


def rehashed(data: Any) -> dict[str, Any]:
    return {**data, "sha256": claim_hash(data["claim"])}


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the paths of all numbers of evidence and instance."""
    items = data.items() if isinstance(data, Mapping) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        if key not in (
            "source",
            "statement",
            "made_by",
            "sha256",
            "id",
            "theorem",
            "kind",
            "verdict",
            "format",
            "rule",
        ):
            yield from places(value, (*path, key))
    if isinstance(data, str):
        yield path


def changed(data: Any, path: tuple[Any, ...], new: str) -> dict[str, Any]:
    out = copy.deepcopy(data)
    holder = out
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = new
    return rehashed(out)


def test_small_and_dense_are_accepted() -> None:
    assert recheck(SMALL).verdict == "proved"
    assert recheck(SMALL).accepted
    assert recheck(DENSE).verdict == "refuted"
    assert recheck(DENSE).accepted


def is_true(data: Any, verdict: str) -> bool:
    """Whether a changed certificate still states something true, by floating point from scratch."""
    instance = data["claim"]["instance"]
    x = np.array([[float(Fraction(v)) for v in row] for row in instance["design"]])
    y, u = (np.array([float(Fraction(v)) for v in instance[key]]) for key in ("target", "teacher"))
    m, penalty = (float(Fraction(instance[key])) for key in ("divisor", "penalty"))
    point = np.zeros(len(u))
    step = m / np.linalg.norm(x, 2) ** 2
    for _ in range(4000):
        moved = point + step * x.T @ (y - x @ point) / m
        point = np.sign(moved) * np.maximum(np.abs(moved) - step * penalty, 0)
    attention = float(np.sum((point - u) ** 2))
    rest = u - np.linalg.pinv(x) @ (x @ u)
    return attention < rest @ rest + 1e-9 if verdict == "proved" else attention > rest @ rest - 1e-9


@pytest.mark.parametrize("data", [SMALL, DENSE], ids=["small", "dense"])
def test_every_changed_number_is_rejected_or_still_true(data: Any) -> None:
    accepted = 0
    for path in places(data):
        for new in ("0", "1", "-1", "1/7", "1000001/1000000"):
            trial = changed(data, path, new)
            if recheck(trial).accepted:
                accepted += 1
                assert is_true(trial, data["verdict"]), path
    assert accepted > 0


def test_verdicts_are_not_interchangeable() -> None:
    for data, other in ((SMALL, "refuted"), (DENSE, "proved"), (SMALL, "vacuous")):
        assert not recheck({**data, "verdict": other}).accepted


def test_ties_separate_nothing() -> None:
    """Two independent samples, both inputs, penalty such that both errors are equal: < is not <=."""
    design = noiseless([[1, 0]], [0, 1], 1, Fraction(1, 2))
    evidence = {"attention": {"rule": "solution", "solution": ["0", "0"]}, "null_vector": ["0", "1"]}
    claim = {"id": "separation", "theorem": "separation", "statement": checker.STATEMENT}
    with pytest.raises(Rejected, match="separates nothing"):
        checker.check({**claim, "instance": design.instance("test")}, "proved", evidence)


def test_a_lasso_with_more_than_one_solution_is_not_bounded_by_one() -> None:
    """Two equal columns: (3/4, 0) solves the lasso, so does (0, 3/4), and only one is near the teacher."""
    design = noiseless([[1, 1, 0]], [1, 0, 1], 1, Fraction(1, 4))
    solution = ["3/4", "0", "0"]
    evidence = {"attention": {"rule": "solution", "solution": solution}, "null_vector": ["1", "-1", "2"]}
    claim = {"id": "separation", "theorem": "separation", "statement": checker.STATEMENT}
    with pytest.raises(Rejected, match="other solutions"):
        checker.check({**claim, "instance": design.instance("test")}, "proved", evidence)


def test_the_baseline_must_be_ridge_regression() -> None:
    evidence = {**DENSE["evidence"], "dual": ["1", "2"]}  # X^T b = (1, 2) is no fit of y = (1, 1)
    assert "not ridge" in str(recheck({**DENSE, "evidence": evidence}).reason)
    negative = {**DENSE["evidence"], "ridge_penalty": "-1/2", "dual": ["2", "2"]}
    assert not recheck({**DENSE, "evidence": negative}).accepted


def test_random_designs_agree_with_floating_point() -> None:
    rng = random.Random(3)
    verdicts = []
    for _ in range(12):
        n, p = rng.randint(1, 5), rng.randint(2, 6)
        rows = [[rng.randint(-3, 3) for _ in range(p)] for _ in range(n)]
        teacher = [rng.choice((0, 0, 1, -1)) for _ in range(p)]
        found = on_design("drawn", "drawn", noiseless(rows, teacher, n, Fraction(1, rng.choice((5, 20, 100)))))
        if found.certificate is not None:
            outcome = recheck(found.certificate)
            assert outcome.accepted, outcome.reason
            verdicts.append(outcome.verdict)
            if outcome.verdict == "proved":
                assert is_true(found.certificate, "proved")
    assert {"proved", "refuted"} <= set(verdicts)


@pytest.mark.slow
def test_two_bases_by_the_bound() -> None:
    found = bases()
    assert (found.attention.error, found.baseline.error) == ("36/625", "1/2")  # 0.0576 against 1/2
    assert recheck(found.certificate).accepted
    instance = found.certificate["claim"]["instance"]
    worse = {**found.certificate, "claim": {**found.certificate["claim"], "instance": {**instance, "penalty": "3/100"}}}
    assert "separates nothing" in str(recheck(rehashed(worse)).reason)  # 0.5184 is above 1/2


def test_what_takes_too_long_is_refused() -> None:
    data = noiseless([[2**13_000, 1, 0]] * 2, [1, 0, 0], 1, Fraction(1, 10)).instance("test")
    wide = {
        **data,
        "design": [[str(2**13_000)] + ["0"] * 999] * 20,
        "target": ["0"] * 20,
        "teacher": ["1"] + ["0"] * 999,
    }
    with pytest.raises(Rejected, match="too long to check"):
        checker.restricted_eigenvalue(checker.read_instance(wide), 1)
    with pytest.raises(Rejected, match="denominator"):
        checker.read_instance({**data, "design": [[f"1/{2**13_000 + 1}", f"1/{3**8_000}", "0"]] * 2})
    with pytest.raises(Rejected, match="not checked"):
        checker.read_instance({**data, "design": [["1"]] * 500_000, "teacher": ["1"]})


def test_the_bound_needs_noise_event_and_kappa() -> None:
    design = noiseless([[1, 0, 0], [0, 1, 0]], [1, 0, 0], 1, Fraction(1, 10))
    instance = checker.read_instance(design.instance("test"))
    with pytest.raises(Rejected, match="no restricted eigenvalue"):  # the third column is zero
        checker.by_coherence(instance)
    noisy = {**design.instance("test"), "target": ["1", "1/10"]}
    with pytest.raises(Rejected, match="noise event"):
        checker.by_coherence(checker.read_instance(noisy))
    full = noiseless([[1, 0], [0, 1]], [1, 0], 1, Fraction(1, 10))
    assert checker.by_coherence(checker.read_instance(full.instance("test"))) == Fraction(9, 400)
