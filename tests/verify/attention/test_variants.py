"""Every library variant: one definition, the same numbers in balls and in NumPy, and a name that is its file's."""

from pathlib import Path

import numpy as np
import pytest

from numerics.variants.array_reading import run
from numerics.variants.library import default_parameters, enclosure, in_balls, mask_of, shapes_of, traced
from verify.attention import variant, variants
from verify.errors import InvalidInput
from verify.properties import properties


def test_all_files_are_registered_under_their_names():
    folder = Path(__file__).parents[3] / "verify" / "attention"
    assert {path.stem for path in folder.glob("[!_]*.py")} == set(variants())
    assert len(variants()) == 35


def test_an_unknown_name_is_answered_with_a_close_one():
    with pytest.raises(InvalidInput, match="sparsemax"):
        variant("sparsmax")


@pytest.mark.parametrize("name", variants())
def test_claims_name_properties(name):
    assert {claim.removeprefix("-") for claim in variant(name).claims} <= set(properties())


@pytest.mark.parametrize("name", variants())
def test_balls_and_numpy_agree(name):
    one, sizes = variant(name), (3, 3, 4, 4)
    rng = np.random.default_rng(1)
    q, k, v = (rng.integers(-80, 81, (3, 4)) / 37 for _ in range(3))
    visible = np.array([[1, 0, 1], [1, 1, 1], [0, 1, 1]], dtype=bool)
    middle, radius = enclosure(in_balls(one, q, k, v, visible)[0])
    parameters = default_parameters(one, 4, 4)
    env = {
        part: np.array([float(x) for x in values]).reshape(shapes_of(one, 4, 4)[part])
        for part, values in parameters.items()
    }
    values = run(traced(one, sizes, mask_of(visible)).output, {"q": q, "k": k, "v": v, **env}, np.float64)
    assert np.all(np.abs(values - middle) <= radius + 1e-13)


@pytest.mark.parametrize("name", ["sdp", "softmax1", "sparsemax", "alibi", "cosine"])
def test_a_row_that_sees_nothing_is_zero(name):
    ones = np.ones((1, 2))
    output, _ = in_balls(variant(name), ones, ones, ones, np.zeros((1, 1), dtype=bool))
    assert all(entry == 0 for entry in output.ravel())
