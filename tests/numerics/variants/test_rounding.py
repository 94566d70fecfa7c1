"""Formats: what NumPy lacks is said, not replaced."""

import importlib.util

import pytest

from numerics.variants.rounding import FORMATS, gamma, numpy_dtype, unit_of
from verify.errors import InvalidInput


@pytest.mark.skipif(importlib.util.find_spec("ml_dtypes") is not None, reason="ml_dtypes is installed")
def test_bfloat16_without_its_library_is_refused():
    with pytest.raises(InvalidInput, match="ml_dtypes"):
        numpy_dtype("bfloat16")


@pytest.mark.parametrize("name", ["float64", "float32", "float16"])
def test_units_are_those_of_the_formats(name):
    assert unit_of(numpy_dtype(name)) == FORMATS[name].unit


def test_gamma_is_infinite_where_it_says_nothing():
    assert gamma(2**11, 2.0**-11) == float("inf")
    assert gamma(10, 2.0**-11) > 10 * 2.0**-11
