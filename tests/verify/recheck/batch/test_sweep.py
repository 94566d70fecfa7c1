"""What rescalings carry into a box of a slice."""

from fractions import Fraction

import numpy as np
import pytest

from verify.recheck.batch.sweep import Sweep, powers

ONE = Fraction(1)


def box(*sides: tuple[float, float]) -> np.ndarray:
    return np.array([[-low, high] for low, high in sides])[:, :, None]


HYPERBOLA = Sweep(np.array([[-0.75, 1.25], [-1.0, 1.0]]), (1,), ((-1,), (1,)))
"""Points with 3/4 <= x y <= 5/4 and y > 0, by x against y, with y = 1 on the slice."""


def test_exponents() -> None:
    assert powers([[ONE, -ONE]], [1]) == ((-1,), (1,))
    assert powers([[ONE, -2 * ONE]], [0]) == ((1,), (-2,))
    assert powers([[ONE, -2 * ONE]], [1]) is None
    assert powers([[ONE, 0 * ONE]], [1]) is None
    assert powers([[ONE, 100 * ONE]], [0]) is None
    assert powers([[ONE, 0 * ONE, -ONE], [0 * ONE, ONE, -ONE]], [0, 1]) == ((1, 0), (0, 1), (-1, -1))


@pytest.mark.parametrize(
    ("sides", "expected"),
    [
        (((0.95, 1.05), (0.95, 1.05)), True),
        (((0.095, 0.105), (9.5, 10.5)), True),
        (((9.5, 10.5), (0.095, 0.105)), True),
        (((0.8, 1.3), (0.8, 1.3)), False),
        (((-1.05, -0.95), (-1.05, -0.95)), False),
        (((0.9, 1.1), (-1.0, 1.0)), False),
        (((0.9, 1.1), (0.0, 1.0)), False),
        (((-np.inf, np.inf), (0.5, 1.0)), False),
        (((0.0, 0.0), (0.5, 1.0)), False),
    ],
)
def test_boxes_around_a_hyperbola(sides: tuple[tuple[float, float], ...], expected: bool) -> None:
    assert HYPERBOLA.holds(box(*sides))[0] == expected


def test_what_is_held_is_carried_into_the_slice() -> None:
    """Every point of a box that is held, by exact arithmetic."""
    rng = np.random.default_rng(0)
    middles, reach = rng.uniform(0.2, 3.0, (2, 4000)), rng.uniform(0.0, 0.05, (2, 4000))
    boxes = np.stack([reach - middles, middles + reach], axis=1)
    held = HYPERBOLA.holds(boxes)
    assert 50 < held.sum() < 3000
    for low, high in zip((-boxes[:, 0, held]).T.tolist(), boxes[:, 1, held].T.tolist(), strict=True):
        assert Fraction(low[0]) * Fraction(low[1]) >= Fraction(3, 4)
        assert Fraction(high[0]) * Fraction(high[1]) <= Fraction(5, 4)


def test_levels_below_zero_and_a_box_that_reaches_zero() -> None:
    mirrored = Sweep(np.array([[1.25, -0.75], [1.0, -1.0]]), (1,), ((-1,), (1,)))
    # x carried by y/(-1): from (-1.25, -0.75) on the slice y = -1, that is 3/4 <= x y <= 5/4 with y < 0.
    assert mirrored.holds(box((-1.05, -0.95), (-1.05, -0.95)))[0]
    assert not mirrored.holds(box((0.95, 1.05), (0.95, 1.05)))[0]
    zero = Sweep(np.array([[0.25, 0.25], [0.0, 0.0]]), (1,), ((-1,), (1,)))
    assert not zero.holds(box((0.0, 0.0), (1.0, 1.0)))[0]
