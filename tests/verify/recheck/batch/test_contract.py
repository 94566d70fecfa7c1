"""Contractions of boxes lose no critical point, and say what they do not know."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from verify.expr import build
from verify.expr import functions as F
from verify.expr.node import Expr
from verify.expr.tape import trace
from verify.expr.tape_system import system
from verify.recheck.batch.contract import Contractor, inverted

X = build.symbol("x", (2,))
A, B = X[0], X[1]

LOSSES = {
    "powers": (A**2 - 1) ** 2 + (B - A / 3) ** 2 + A * B / 9,
    "attention": (F.softmax(F.stack([A * B, -A]))[0] - Fraction(3, 4)) ** 2 + A**2 / 100 + B**2 / 80,
    "tanh": (B * F.tanh(3 * A) - 1) ** 2 + A**2 / 10 + B**2 / 7,
    "mixed": F.exp(A / 2) - F.log(9 + A * B) + F.softplus(B) - B / 3 + F.sqrt(9 + A) / 5 + A**2 / 5,
    "waves": F.sin(2 * A) * F.cos(B) + A * B / 10 + F.erf(A) / 4,
    "kinks": F.relu(A - 1) ** 2 + (A - 2) ** 2 + F.absolute(B + 9) + B**2,
}


def contractor(root: Expr, solved: tuple[int, ...] = ()) -> Contractor:
    return Contractor(system(trace(root, (X,)), solved), [(Fraction(-4), Fraction(4))] * len(solved))


def zeros(target: Contractor) -> Any:
    """Zeros of the gradient in [-4, 4]^n by Newton steps from a grid, rounded to floats."""
    axis = np.linspace(-4, 4, 25)
    points = np.stack([mesh.ravel() for mesh in np.meshgrid(*[axis] * target.size)])
    with np.errstate(all="ignore"):
        for _ in range(30):
            slopes, hessian = target.derivatives_at(points)
            points = points - np.clip(np.einsum("ijn,jn->in", inverted(hessian), slopes), -1, 1)
        slopes, _ = target.derivatives_at(points)
    good = (np.abs(slopes).max(axis=0) < 1e-12) & (np.abs(points).max(axis=0) < 4)
    return np.unique(points[:, good].round(9), axis=1)


@pytest.mark.parametrize("name", LOSSES)
def test_no_zero_is_lost(name: str) -> None:
    target = contractor(LOSSES[name])
    found = zeros(target)
    assert found.shape[1] >= 1
    rng = np.random.default_rng(2)
    for zero in found.T[:6]:
        low = zero[:, None] - rng.uniform(0, 1, (2, 80)) ** 3 * 4 - 1e-6
        high = zero[:, None] + rng.uniform(0, 1, (2, 80)) ** 3 * 4 + 1e-6
        boxes = np.stack([-low, high], axis=1)
        for result in (target.propagate(boxes, 1), target.propagate(boxes, 3), target.newton(boxes)):
            assert not result.empty.any()
            assert (result.boxes <= boxes).all()
            assert (result.boxes[:, 1] >= zero[:, None] - 2e-9).all()
            assert (-result.boxes[:, 0] <= zero[:, None] + 2e-9).all()


def test_solved_parameters_lose_no_zero_and_respect_the_domain() -> None:
    root = (B * F.tanh(3 * A) - 1) ** 2 + A**2 / 10 + B**2 / 7
    full, target = contractor(root), contractor(root, (1,))
    every, left = zeros(full), zeros(target)
    np.testing.assert_allclose(np.unique(every[0].round(7)), np.unique(left[0].round(7)), atol=1e-7)
    whole = np.array([[[4.0], [4.0]]])
    assert not target.propagate(whole, 2).empty.any()
    far = Contractor(target.system, [(Fraction(3), Fraction(4))])
    near = np.stack([-(left[:, -1:] - 1e-3), left[:, -1:] + 1e-3], axis=1)
    assert far.propagate(near, 1).empty.all()
    assert not target.propagate(near, 2).empty.any()


def box(*sides: tuple[float, float]) -> Any:
    return np.array([[[-low], [high]] for low, high in sides])


def test_boxes_without_zeros_are_empty() -> None:
    target = contractor(A**2 + B**2)
    for result in (target.propagate(box((1, 3), (-1, 1)), 1), target.newton(box((1, 3), (-1, 1)))):
        assert result.empty.all()
    assert not target.propagate(box((0, 3), (-1, 0)), 2).empty.any()


@pytest.mark.parametrize(
    ("root", "sides"),
    [
        (1 / A + A + B**2, ((-1, 1), (3, 4))),
        (F.log(A) + A + B**2, ((-1, 1), (3, 4))),
        (F.sqrt(A) + 2 * A + B**2, ((0, 1), (3, 4))),
        (F.where(A > 0, A, 2 * A) + B**2, ((-1, 1), (3, 4))),
    ],
)
def test_nothing_is_said_about_boxes_in_which_something_may_be_undefined(root: Expr, sides: Any) -> None:
    target = contractor(root)
    for result in (target.propagate(box(*sides), 2), target.newton(box(*sides))):
        assert not result.empty.any()
        assert not result.smooth.any()
        np.testing.assert_array_equal(result.boxes, box(*sides))
    assert not target.krawczyk(box(*sides)).any()


def test_kinks_exclude_by_all_slopes_and_stop_newton() -> None:
    target = contractor(F.absolute(A) + B**2)
    at_kink = box((-1, 1), (-1, 1))
    assert not target.propagate(at_kink, 1).smooth.any()
    assert not target.propagate(at_kink, 2).empty.any()
    assert not target.krawczyk(at_kink).any()
    assert target.propagate(box((0.5, 1), (-1, 1)), 1).empty.all()
    steep = contractor(F.absolute(A) + 2 * A + B**2)
    assert steep.propagate(at_kink, 1).empty.all()


@pytest.mark.parametrize(
    ("root", "center", "radius", "single"),
    [
        (A**2 + B**2, (0, 0), 1.0, True),
        (A**2 + B**2, (1, 0), 1.0, False),  # on the boundary
        (A**2 + B**2, (1, 1), 0.5, False),
        (A**4 + B**2, (0, 0), 0.1, False),  # a singular Hessian
        (A**3 - A + B**2, (0, 0), 2.0, False),  # two zeros
        (A**3 - A + B**2, (0.5773502691896258, 0), 0.1, True),
    ],
)
def test_krawczyk(root: Expr, center: tuple[float, float], radius: float, single: bool) -> None:
    sides = [(c - radius, c + radius) for c in center]
    assert contractor(root).krawczyk(box(*sides)).all() == single


def test_infinite_and_reversed_boxes_hold_no_single_zero() -> None:
    target = contractor(A**2 + B**2)
    assert not target.krawczyk(box((-np.inf, np.inf), (-1, 1))).any()
    assert not target.krawczyk(box((1, -1), (1, -1))).any()
    assert not contractor(A**4 + A**2 + B**2).krawczyk(box((-1.7e308, 1.7e308), (-1.7e308, 1.7e308))).any()


def test_singular_matrices_have_no_inverse_and_do_no_harm() -> None:
    matrices = np.zeros((2, 2, 3))
    matrices[:, :, 1] = [[1, 2], [2, 4]]
    matrices[:, :, 2] = [[0, 1], [2, 0]]
    with np.errstate(all="ignore"):
        out = inverted(matrices)
    assert not np.isfinite(out[:, :, :2]).all(axis=(0, 1)).any()
    np.testing.assert_allclose(out[:, :, 2], [[0, 0.5], [1, 0]])
    target = contractor((A - B) ** 2)
    assert not target.newton(box((-1, 1), (-1, 1))).empty.any()
