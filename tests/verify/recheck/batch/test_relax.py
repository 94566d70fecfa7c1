"""Relaxed ranges hold the values at all points, of expressions drawn at random and of awkward ones."""

import random
from typing import Any

import numpy as np
import pytest
from flint import arb

from verify.errors import AttnverifyError
from verify.expr import build
from verify.expr import functions as F
from verify.expr.node import Expr
from verify.expr.tape import trace
from verify.recheck.batch import lines, relax
from verify.recheck.batch.relax import Ranges, Relaxation
from verify.recheck.jets import run

X = build.symbol("x", (3,))
A, B, C = X[0], X[1], X[2]
UNARY = (F.exp, F.tanh, F.sigmoid, F.softplus, F.relu, F.absolute, F.sin, F.cos, F.erf)


def drawn(rng: random.Random, depth: int) -> Expr:
    """Return a random expression in A, B, C, defined everywhere."""
    if depth == 0:
        return rng.choice([A, B, C]) * rng.choice([-2, -1, 1, 1, 3]) / rng.choice([1, 3, 7]) + rng.choice([0, 1]) / 3
    kind = rng.randrange(9)
    one = drawn(rng, depth - 1)
    if kind < 3:
        return rng.choice(UNARY)(one) / rng.choice([1, 3])
    two = drawn(rng, depth - 1)
    if kind == 3:
        return F.softmax(F.stack([one, two, drawn(rng, depth - 1)]))[rng.randrange(3)]
    if kind == 4:
        return one / (1 + two**2)
    if kind == 5:
        return F.log(2 + F.sin(one)) + F.sqrt(1 + two**2)
    if kind == 6:
        return F.maximum(one, two)
    return one * two if kind == 7 else one + two / 3


def drawn_boxes(rng: np.random.Generator, size: int, count: int) -> Any:
    center, radius = rng.normal(size=(size, count)), 10.0 ** rng.uniform(-9, 0.5, (size, count))
    radius[:, 0] = 0.0
    return np.stack([radius - center, radius + center], axis=1)


def values_in(tape: Any, box: Any, rng: np.random.Generator) -> list[arb]:
    low, high = -box[:, 0], box[:, 1]
    shares = [np.zeros(len(low)), np.ones(len(low)), *rng.integers(0, 2, (3, len(low))), *rng.random((5, len(low)))]
    found = [
        run(tape, [arb(float(v)) for v in np.clip(low + s * (high - low), low, high)], second=False) for s in shares
    ]
    return [one.jet.value for one in found if one is not None]


def never_wrong(tape: Any, ranges: Ranges, boxes: Any, rng: np.random.Generator) -> None:
    for k in range(boxes.shape[2]):
        for value in values_in(tape, boxes[:, :, k], rng):
            assert not value < arb(float(ranges.low[k])), k
            assert not value > arb(float(ranges.high[k])), k


@pytest.mark.parametrize("seed", range(40))
def test_random_expressions(seed: int) -> None:
    rng = np.random.default_rng(seed)
    try:
        tape = trace(drawn(random.Random(seed), 3), (X,))
    except AttnverifyError:
        pytest.skip("constant")
    boxes = drawn_boxes(rng, 3, 25)
    ranges = Relaxation(tape).ranges(boxes)
    assert np.isfinite(ranges.high - ranges.low).mean() > 0.5
    never_wrong(tape, ranges, boxes, rng)


AWKWARD = {
    "large logits": F.softmax(F.stack([900 * A, B, -800 * C])) @ F.stack([A, B, C]),
    "cancelling": (A + B) ** 2 - A**2 - 2 * A * B - B**2,
    "tiny": F.exp(-(A**2) * 10**6) * B,
    "kinks": F.relu(A - B) - F.absolute(B * C) + F.maximum(A, C),
    "chosen": F.where(A < B, A * C, F.exp(B)),
    "overflow": F.exp(300 * A) - F.exp(300 * B),
    "pole": 1 / (A + 3) + F.log(B + 4) + F.sqrt(C + 5),
}


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_expressions(name: str) -> None:
    rng = np.random.default_rng(3)
    tape = trace(AWKWARD[name], (X,))
    boxes = drawn_boxes(rng, 3, 80)
    never_wrong(tape, Relaxation(tape).ranges(boxes), boxes, rng)


@pytest.mark.parametrize("expression", [1 / A, F.log(A), F.sqrt(A), A / (B * C), 1 / A - 1 / A])
def test_where_it_may_be_undefined_nothing_is_known(expression: Expr) -> None:
    ranges = Relaxation(trace(expression, (X,))).ranges(np.ones((3, 2, 4)))
    assert np.isnan(ranges.low).all()
    assert np.isnan(ranges.high).all()


def test_ranges_are_exact_where_the_expression_is_linear_or_monotone() -> None:
    linear = Relaxation(trace(A - 2 * B + C / 4, (X,))).ranges(np.ones((3, 2, 1)))
    assert abs(linear.low[0] + 3.25) < 1e-12
    assert abs(linear.high[0] - 3.25) < 1e-12
    rising = Relaxation(trace(F.tanh(A + B) + F.exp(A) / 9 - F.exp(-C), (X,))).ranges(np.ones((3, 2, 1)))
    assert abs(rising.high[0] - (np.tanh(2) + np.e / 9 - np.exp(-1))) < 1e-12


def test_relaxations_are_closer_than_natural_ranges() -> None:
    tape = trace(F.softmax(X) @ F.stack([1 + 0 * A, 2 + 0 * A, -1 + 0 * A]), (X,))
    box = np.ones((3, 2, 1))
    ranges = Relaxation(tape).ranges(box)
    natural = run(tape, [arb(0, 1)] * 3, second=False)
    assert natural is not None
    assert ranges.high[0] - ranges.low[0] < 0.85 * 2 * float(natural.jet.value.rad())


FAULTS = {
    "tangents on the wrong side": ("_above", lambda slope, offset: (slope, offset - 1e-3)),
    "slopes that are not those of the offset": ("_above", lambda slope, offset: (slope * 1.01, offset)),
    "planes of products too high": ("product", None),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_faults_are_caught(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, change = FAULTS[fault]
    plain = getattr(lines, name)
    if change is None:
        monkeypatch.setattr(
            relax, name, lambda x, y: tuple([(a, b, 0.9 * c) for a, b, c in side] for side in plain(x, y))
        )
    else:
        monkeypatch.setattr(lines, name, lambda *args: change(*plain(*args)))
    rng = np.random.default_rng(2)
    tape = trace(F.exp(A / 3) * B + F.sigmoid(B * C) - F.softplus(A - C), (X,))
    boxes = drawn_boxes(rng, 3, 60)
    with pytest.raises(AssertionError):
        never_wrong(tape, Relaxation(tape).ranges(boxes), boxes, rng)


def test_boxes_do_not_depend_on_their_neighbours() -> None:
    tape = trace(F.tanh(A * B) + F.softmax(X)[0], (X,))
    boxes = drawn_boxes(np.random.default_rng(0), 3, 30)
    relaxation = Relaxation(tape)
    together = relaxation.ranges(boxes)
    for k in range(30):
        alone = relaxation.ranges(boxes[:, :, k : k + 1])
        assert abs(alone.low[0] - together.low[k]) <= 1e-13 * (1 + abs(alone.low[0]))


def test_a_box_whose_width_overflows_has_a_middle_inside() -> None:
    boxes = np.array([[[-1.0e308], [1.7e308]]] * 3)
    ranges = Relaxation(trace(F.tanh(A) + F.sigmoid(B - C) / 10**9, (X,))).ranges(boxes)
    assert ranges.low[0] <= 1.0 <= ranges.high[0]
    assert np.isfinite(ranges.center).all()
