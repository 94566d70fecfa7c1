"""Views against NumPy's own."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from numerics.kernels.operands import (
    Buffer,
    Number,
    View,
    broadcast_view,
    offsets,
    picked_view,
    position,
    reshaped_view,
)

BUFFER = Buffer("t", 1000)


def view(a: np.ndarray) -> View:
    """Return the view that sees what a NumPy array of positions sees."""
    start = int(a.flat[0])
    strides = tuple(int(a.take(1, axis=k).flat[0]) - start if n > 1 else 0 for k, n in enumerate(a.shape))
    return View(BUFFER, a.shape, strides, start)


@st.composite
def arrays(draw: st.DrawFn) -> np.ndarray:
    a = np.arange(96).reshape(draw(st.sampled_from([(96,), (4, 24), (2, 3, 16), (2, 2, 4, 6), (1, 8, 12)])))
    a = a.transpose(draw(st.permutations(range(a.ndim))))
    if draw(st.booleans()):
        a = a[:: draw(st.sampled_from([1, 2, -1]))]
    if draw(st.booleans()):
        a = np.broadcast_to(a, (3, *a.shape))
    return a


@settings(deadline=None, derandomize=True, max_examples=200)
@given(a=arrays(), data=st.data())
def test_reshaping(a: np.ndarray, data: st.DataObject) -> None:
    assert np.array_equal(offsets(view(a)), a.ravel())
    factors = data.draw(st.permutations([2, 2, 2, 2, 2, 3] + [3] * (a.size % 9 == 0)))
    shape, left = [], a.size
    for factor in factors:
        if left % factor == 0 and data.draw(st.booleans()):
            shape.append(factor)
            left //= factor
    shape = [1, left, *shape]
    seen = reshaped_view(view(a), tuple(shape))
    try:
        free = a.view()
        free.shape = tuple(shape)
    except AttributeError:
        free = None
    if seen is not None:
        assert np.array_equal(offsets(seen), a.ravel())
    assert (seen is None) <= (free is None)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(a=arrays(), data=st.data())
def test_picking(a: np.ndarray, data: st.DataObject) -> None:
    start, step = data.draw(st.integers(0, a.size // 2)), data.draw(st.integers(1, 5))
    places = list(range(start, a.size, step))[:12]
    seen = picked_view(view(a), places, (len(places),))
    if seen is not None:
        assert np.array_equal(offsets(seen), a.ravel()[places])
    elif len(places) > 1:
        assert len(set(np.diff(a.ravel()[places]))) > 1


def test_spreading() -> None:
    spread = broadcast_view(view(np.arange(3).reshape(3, 1)), (2, 3, 4))
    assert isinstance(spread, View)
    assert np.array_equal(offsets(spread), np.broadcast_to(np.arange(3)[:, None], (2, 3, 4)).ravel())
    assert spread.stored == (1, 3, 1)
    assert broadcast_view(Number("2.0", ()), (5,)).shape == (5,)


def test_positions_as_text() -> None:
    assert position(3, (4, 1), (2, 1)) == 12
    assert position(3, (4, 1), ("i", 1)) == "4*i + 4"
    assert position(0, (0, 1), ("i", "j")) == "j"
