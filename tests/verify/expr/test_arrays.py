"""Leaves and rearrangements: shapes as in NumPy, exact entries, and nothing without a shape."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.errors import InvalidInput
from verify.expr import arrays, build
from verify.expr import functions as F

x = F.argument("x", (2, 3))

shapes = st.lists(st.sampled_from([1, 1, 2, 3]), max_size=3).map(tuple)


@given(shapes, shapes)
def test_broadcasting_is_numpys(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    try:
        expected = np.broadcast_shapes(a, b)
    except ValueError:
        with pytest.raises(InvalidInput, match="do not fit"):
            build.broadcast_shapes(a, b)
        return
    assert build.broadcast_shapes(a, b) == expected
    source = np.arange(np.prod(a, dtype=int)).reshape(a)
    if np.broadcast_shapes(a, expected) == expected:
        positions = build.broadcast_positions(a, expected)
        assert positions == np.broadcast_to(source, expected).ravel().tolist()


def test_floats_mean_what_python_prints() -> None:
    assert build.lift(0.1) is build.number(Fraction(1, 10))
    assert build.lift("2/3") is build.number(Fraction(2, 3))
    assert build.lift(np.array([[1, 2], [3, 4]])).shape == (2, 2)
    with pytest.raises(TypeError):
        build.lift(True)


@pytest.mark.parametrize(
    "key",
    [0, -1, (1, 2), (slice(None), 1), slice(1, None), (slice(None, None, -1), slice(0, 2)), (-1, slice(None))],
)
def test_indexing_is_numpys(key: object) -> None:
    values = np.arange(6).reshape(2, 3)
    picked = build.index(build.lift(values), key)  # type: ignore[arg-type]
    assert picked.shape == values[key].shape  # type: ignore[index]
    assert list(picked.entries()) == values[key].ravel().tolist()  # type: ignore[index]


def test_bad_indices_are_refused() -> None:
    with pytest.raises(InvalidInput, match="outside axis 1"):
        x[0, 3]
    with pytest.raises(InvalidInput, match="3 indices"):
        x[0, 0, 0]


def test_empty_arrays_are_refused_where_they_have_no_meaning() -> None:
    for attempt in (lambda: x[0:0], lambda: build.stack([])):
        with pytest.raises(InvalidInput):
            attempt()


def test_all_constructors_are_in_one_place() -> None:
    own = {name for name, value in vars(arrays).items() if getattr(value, "__module__", "") == arrays.__name__}
    assert {name for name in own if not name.startswith("_")} <= vars(build).keys()
