"""Supports and weights of finite laws."""

from fractions import Fraction

import pytest

from verify.claim import Random, claim_from_data
from verify.laws import (
    MAX_SUPPORT,
    count_of_indices,
    entries,
    hull,
    is_finite,
    occurring,
    size,
    support,
    value_at,
)


def law(text: str) -> Random:
    data = {"id": "x", "random": {"e": text}, "claim": {"probability": "0 < 1", "at_most": 1}}
    return claim_from_data(data).random[0]


@pytest.mark.parametrize(
    ("text", "values", "weights"),
    [
        ("rademacher[4]", (-1, 1), (1, 1)),
        ("integers(-1, 2)", (-1, 0, 1, 2), (1, 1, 1, 1)),
        ("choice(3, 1/2, 3, 3)", (Fraction(1, 2), 3), (1, 3)),
        ("uniform(2, 2)", (2,), (1,)),
    ],
)
def test_support_lists_distinct_values_with_multiplicity(text, values, weights):
    found = support(law(text))
    assert found is not None
    assert (found.values, found.weights) == (values, weights)
    assert found.total == sum(weights)


@pytest.mark.parametrize("text", ["normal", "uniform(0, 1)", f"integers(0, {MAX_SUPPORT})", "integers(0, 1e300)"])
def test_no_support_of_continuous_or_long_laws(text):
    assert support(law(text)) is None


def test_longest_support():
    found = support(law(f"integers(1, {MAX_SUPPORT})"))
    assert found is not None
    assert found.total == MAX_SUPPORT


@pytest.mark.parametrize("text", ["rademacher", "integers(5, 9)", "choice(2, 2, 7)", "uniform(1/3, 1/3)"])
def test_indices_give_the_support(text):
    array = law(text)
    found = support(array)
    drawn = [value_at(array, index) for index in range(count_of_indices(array))]
    assert found is not None
    assert {value: drawn.count(value) for value in drawn} == dict(zip(found.values, found.weights, strict=True))


@pytest.mark.parametrize(
    ("text", "finite", "ends"),
    [
        ("normal", False, (None, None)),
        ("uniform(-1, 3)", False, (-1, 3)),
        ("rademacher", True, (-1, 1)),
        ("choice(4, -2, 3)", True, (-2, 4)),
    ],
)
def test_hull(text, finite, ends):
    assert is_finite(law(text)) is finite
    assert hull(law(text)) == ends


def test_only_arrays_that_occur_have_entries():
    claim = claim_from_data(
        {
            "id": "x",
            "random": {"a": "normal[2]", "b": "rademacher[2,3]", "c": "rademacher"},
            "claim": {"probability": "sum(b) > c", "at_most": 1},
        }
    )
    assert claim.bound is not None
    arrays = occurring(claim.random, claim.bound.expression)
    assert [array.name for array in arrays] == ["b", "c"]
    assert [size(array) for array in arrays] == [6, 1]
    assert [(entry.array.name, entry.place) for entry in entries(arrays)] == [*[("b", i) for i in range(6)], ("c", 0)]
