"""The library of properties: names, headings, the profile."""

from pathlib import Path

import numpy as np
import pytest

from numerics.variants.profile import profile
from verify.errors import InvalidInput
from verify.properties import properties
from verify.properties._base import Inputs, compare, worst


def test_all_files_are_registered_under_their_names():
    folder = Path(__file__).parents[3] / "verify" / "properties"
    files = {path.stem.replace("_", "-") for path in folder.glob("[!_]*.py")}
    assert files == set(properties())
    assert len(files) >= 20


@pytest.mark.parametrize("name", properties())
def test_each_says_what_it_states_and_where_its_tolerance_comes_from(name):
    one = properties()[name]
    assert all((one.statement, one.holders, one.tolerance, one.method))
    assert one.name == name


def test_claims_add_and_remove():
    names = {one.name for one in profile(claims="causal,-convex-hull")}
    assert "causal" in names
    assert "convex-hull" not in names
    assert "dtype-kept" in names


def test_an_unknown_claim_is_answered_with_a_close_one():
    with pytest.raises(InvalidInput, match="causal"):
        profile(claims="casual")


def test_worst_ignores_entries_without_a_bound():
    defect, bound = worst(np.array([[5.0, 1.0]]), np.array([[np.inf, 2.0]]))
    assert (defect[0], bound[0]) == (1.0, 2.0)


def test_outputs_that_are_not_finite_decide_nothing():
    x = np.zeros((1, 1, 1))
    inputs = Inputs(x, x, x)
    one = compare(np.full((1, 1, 1), np.nan), x, x, x, (inputs,), text="")
    assert not one.violated.any()
