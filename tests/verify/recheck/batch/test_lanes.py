"""Intervals of many boxes contain the truth, rounded outward, also where floats run out."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx

from verify.recheck.batch import lanes

SPECIAL = [0.0, -0.0, 5e-324, -5e-324, 2.2e-308, 1e-300, 1.0, -1.0, 1 + 2**-52, 1e300, -1e300, 1.7976931348623157e308]


def intervals(rng: np.random.Generator, count: int) -> Any:
    """Intervals of all sizes, among them points, and ends that are special."""
    low = rng.normal(size=count) * 10.0 ** rng.integers(-12, 3, count)
    low[: len(SPECIAL)] = SPECIAL
    width = np.abs(rng.normal(size=count)) * 10.0 ** rng.integers(-16, 2, count) * rng.integers(0, 2, count)
    return lanes.between(low, low + width)


def inside(x: Any, share: Any) -> Any:
    """Exact points of intervals as balls."""
    low, high = -x[0], x[1]
    return [arb(a) + (arb(b) - arb(a)) * arb(s) for a, b, s in zip(low.tolist(), high.tolist(), share, strict=True)]


def holds(x: Any, values: list[Any]) -> None:
    """Each interval contains each value; ends that are not numbers say nothing."""
    for low, high, value in zip((-x[0]).tolist(), x[1].tolist(), values, strict=True):
        assert not (np.isfinite(low) and value < arb(low)), (low, value)
        assert not (np.isfinite(high) and value > arb(high)), (high, value)
        assert low != np.inf
        assert high != -np.inf


@pytest.fixture(autouse=True)
def _fine_balls() -> Any:
    before, ctx.prec = ctx.prec, 2500
    with np.errstate(all="ignore"):
        yield
    ctx.prec = before


BINARY: dict[str, tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any]]] = {
    "add": (lanes.add, lambda a, b: a + b),
    "mul": (lanes.mul, lambda a, b: a * b),
}
UNARY: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "square": (lambda x: lanes.power(x, 2), lambda a: a**2),
    "cube": (lambda x: lanes.power(x, 3), lambda a: a**3),
    "fourth": (lambda x: lanes.power(x, 4), lambda a: a**4),
    "negative": (lanes.negative, lambda a: -a),
    "third": (lambda x: lanes.scaled(x, (-1 / 3, 1 / 3)), lambda a: a * arb(1 / 3)),
    "minus": (lambda x: lanes.scaled(x, (0.3, -0.2)), lambda a: a * arb("-0.25")),
}


@pytest.mark.parametrize("name", BINARY)
def test_sums_and_products_hold_those_of_their_points(name: str) -> None:
    ours, exact = BINARY[name]
    rng = np.random.default_rng(3)
    for _ in range(4):
        x, y = intervals(rng, 400), intervals(rng, 400)[:, ::-1][::-1]
        y = np.stack([np.maximum(y[0], -y[1]), np.maximum(y[1], -y[0])])
        share = rng.choice([0.0, 0.3, 1.0], 400).tolist()
        holds(ours(x, y), [exact(a, b) for a, b in zip(inside(x, share), inside(y, share[::-1]), strict=True)])


@pytest.mark.parametrize("name", UNARY)
def test_powers_and_multiples_hold_those_of_their_points(name: str) -> None:
    ours, exact = UNARY[name]
    rng = np.random.default_rng(4)
    x = intervals(rng, 600)
    holds(ours(x), [exact(a) for a in inside(x, rng.choice([0.0, 0.5, 1.0], 600).tolist())])


def test_even_powers_are_not_negative() -> None:
    x = lanes.between(np.array([-1.0, 0.0, 2.0]), np.array([1.0, 5e-324, 3.0]))
    assert (-lanes.power(x, 2)[0] >= 0).all()


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "exp": lambda a: a.exp(),
    "log": lambda a: a.log(),
    "sqrt": lambda a: a.sqrt(),
    "tanh": lambda a: a.tanh(),
    "sigmoid": lambda a: 1 / (1 + (-a).exp()),
    "softplus": lambda a: (1 + a.exp()).log(),
}
PLACES = [
    *np.linspace(-45, 45, 181), *(10.0**k for k in range(-320, 3, 7)), *(-(10.0**k) for k in range(-320, 3, 7)),
    -679.9, -680.1, 699.9, 700.1, 0.34657359027997264, -0.34657359027997264, 5e-324,
]  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_at_ends_are_bounded_closely(name: str) -> None:
    ends = np.array([v for v in PLACES if name not in ("log", "sqrt") or v > 0])
    low, high = lanes.INCREASING[name](ends)
    for v, a, b in zip(ends.tolist(), low.tolist(), high.tolist(), strict=True):
        value = FUNCTIONS[name](arb(v))
        assert not (np.isfinite(a) and value < arb(a)), v
        assert not (np.isfinite(b) and value > arb(b)), v
        if 1e-200 < abs(v) < 100:
            assert b - a <= 4e-13 * (1 + abs(b)), v


@pytest.mark.parametrize("name", FUNCTIONS)
def test_preimages_lose_nothing(name: str) -> None:
    rng = np.random.default_rng(5)
    v = rng.uniform(-9, 9, 300)
    v = np.abs(v) + 1e-3 if name in ("log", "sqrt") else v
    low, high = lanes.INCREASING[name](v)
    image = lanes.between(low - rng.uniform(0, 0.1, 300), high + rng.uniform(0, 0.1, 300))
    found = lanes.preimage(name, image)
    assert (found[1] >= v).all()
    assert (-found[0] <= v).all()
    tight = lanes.preimage(name, lanes.between(low, high))
    assert np.median(tight[0] + tight[1]) < 1e-8


def test_preimages_of_what_a_function_never_takes_say_nothing_wrong() -> None:
    y = lanes.between(np.array([-3.0, 2.0, -np.inf, 0.0]), np.array([-2.0, 3.0, np.inf, 0.0]))
    for name in lanes.GUESSES:
        found = lanes.preimage(name, y)
        assert not np.isnan(found).any()


def test_quotients_lose_no_solution() -> None:
    rng = np.random.default_rng(6)
    a, b = intervals(rng, 2000), intervals(rng, 2000)
    b = b[:, rng.permutation(2000)]
    share = rng.choice([0.0, 0.25, 1.0], 2000)
    t, s = -a[0] + (a[0] + a[1]) * share, -b[0] + (b[0] + b[1]) * share[::-1]
    t, s = np.clip(t, -a[0], a[1]), np.clip(s, -b[0], b[1])
    product = lanes.mul(lanes.between(t, t), lanes.between(s, s))
    x = product + np.abs(product) * rng.uniform(0, 0.3, 2000)
    left = lanes.quotient(a, x, b)
    known = ~np.isnan(x).any(axis=0)
    assert (left[1] >= t)[known].all()
    assert (-left[0] <= t)[known].all()


def test_a_gap_around_zero_is_used() -> None:
    a = lanes.between(np.array([-0.5, -9.0]), np.array([9.0, 0.5]))
    left = lanes.quotient(a, np.array([[-1.0] * 2, [2.0] * 2]), np.array([[1.0] * 2, [1.0] * 2]))
    np.testing.assert_allclose(-left[0], [1, -9])
    np.testing.assert_allclose(left[1], [9, -1])


def test_roots_of_even_powers_lose_nothing() -> None:
    rng = np.random.default_rng(7)
    a = intervals(rng, 1000)
    t = np.clip(-a[0] + (a[0] + a[1]) * rng.random(1000), -a[0], a[1])
    for n in (2, 4, 6, 8):
        left = lanes.root_of_even(a, lanes.power(lanes.between(t, t), n), n)
        assert (left[1] >= t).all()
        assert (-left[0] <= t).all()


def test_what_is_not_known_stays_not_known() -> None:
    nothing, one = np.full((2, 1), np.nan), np.array([[-1.0], [1.0]])
    for found in (lanes.add(nothing, one), lanes.mul(one, nothing), lanes.power(nothing, 2), lanes.power(nothing, 3),
                  lanes.inv(nothing), *(lanes.increasing(name, nothing) for name in lanes.INCREASING)):  # fmt: skip
        assert np.isnan(found).all()
    assert np.isnan(lanes.inv(np.array([[0.0], [1.0]]))).all()
    assert np.isnan(lanes.inv(np.array([[1.0], [-0.0]]))).all()
    assert np.isnan(lanes.increasing("log", np.array([[0.0], [1.0]]))).all()


def test_functions_by_balls() -> None:
    x = lanes.between(np.array([-1.0, 0.0, np.nan]), np.array([1.0, 9.0, 1.0]))
    from verify.recheck.batch.contract import _by_balls

    waves = _by_balls("sin", x)
    assert waves[1, 0] >= 0.8414709848078965
    assert waves[1, 1] >= 1
    assert waves[0, 1] >= 1
    assert np.isnan(waves[:, 2]).all()
    assert _by_balls("erf", x)[1, 0] >= 0.8427007929497149


def test_this_machine_rounds_to_nearest() -> None:
    assert lanes.trustworthy()
