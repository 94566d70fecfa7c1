"""The NumPy reading against the exact one, on every primitive, batched and not."""

from __future__ import annotations

import warnings
from fractions import Fraction

import flint
import numpy as np
import pytest

from verify.errors import InvalidInput
from verify.expr import build, numpy_reading
from verify.expr import functions as F
from verify.expr.ball import Balls, as_ball, precision, rational
from verify.expr.derive import gradient
from verify.expr.evaluate import evaluate
from verify.expr.numpy_reading import compile_numpy

x, w = F.argument("x"), F.argument("w", (3,))


def points_for(inputs, count: int) -> list[np.ndarray]:
    """Multiples of 1/32 in (0, 2): exact in floats and rationals, distinct, positive."""
    rng = np.random.default_rng(5)
    return [rng.permutation(np.arange(1, 1 + max(64, count * a.size)))[: count * a.size].reshape(count, *a.shape) / 32
            for a in inputs]  # fmt: skip


def exact(outputs, inputs, arrays) -> list[list]:
    env = {
        str(a.attrs): [rational(Fraction(v)) for v in array.ravel().tolist()]
        for a, array in zip(inputs, arrays, strict=True)
    }
    with precision(200):
        return evaluate(outputs, env, Balls())


def assert_close(value: float, true) -> None:
    ball = as_ball(true)
    with precision(200):
        assert abs(ball - flint.arb(value)) < flint.arb(1e-11) * (1 + abs(ball)), (value, true)


def test_values_and_gradients_of_every_primitive(case) -> None:
    outputs = [case.loss, *gradient(case.loss, case.inputs)]
    batch = points_for(case.inputs, 3)
    together = compile_numpy(outputs, case.inputs, batched=True)(*batch)
    single = compile_numpy(outputs, case.inputs)
    for k in range(3):
        arrays = [part[k] for part in batch]
        truth = exact(outputs, case.inputs, arrays)
        alone = single(*arrays)
        for own, batched, true in zip(alone, together, truth, strict=True):
            for a, b, c in zip(np.ravel(own), np.ravel(batched[k]), true, strict=True):
                assert_close(float(a), c)
                assert_close(float(b), c)


def test_shapes_and_fixed_outputs() -> None:
    outputs = [w, build.number(3), F.zeros(2, 2), F.sum(w), F.ones(2) * x]
    values = compile_numpy(outputs, [w, x], batched=True)(np.zeros((5, 3)), np.ones(5))
    assert [v.shape for v in values] == [(5, 3), (5,), (5, 2, 2), (5,), (5, 2)]
    assert all(v.flags.writeable for v in values)
    assert [v.shape for v in compile_numpy(outputs, [w, x])(np.zeros(3), 1)] == [(3,), (), (2, 2), (), (2,)]
    assert compile_numpy([F.sum(w)], [w], batched=True)(np.zeros((0, 3)))[0].shape == (0,)


def test_shared_values_and_the_order_of_inputs() -> None:
    product = compile_numpy([F.dot(w, F.argument("y", (3,))) * x], [x], batched=True, shared={
        "w": [1, 2, 3], "y": [1, 1, 2]})  # fmt: skip
    assert product([1.0, 2.0])[0].tolist() == [9.0, 18.0]


def test_inputs_are_not_changed() -> None:
    given = np.ones((4, 3))
    compile_numpy([w + 1, F.relu(w)], [w], batched=True)(given)
    assert (given == 1).all()


def test_chunks_do_not_change_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    loss = F.sum(F.softmax(w * x) ** 2)
    batch = [np.linspace(-1, 1, 150).reshape(50, 3), np.linspace(0, 2, 50)]
    whole = compile_numpy([loss, w], [w, x], batched=True)(*batch)
    monkeypatch.setattr(numpy_reading, "CHUNK_ENTRIES", 1)
    monkeypatch.setattr(numpy_reading, "SMALLEST_CHUNK", 7)
    parts = compile_numpy([loss, w], [w, x], batched=True)(*batch)
    assert all((a == b).all() for a, b in zip(whole, parts, strict=True))


@pytest.mark.parametrize(
    ("expression", "at"),
    [
        (1 / x, 0.0),
        (F.log(x), 0.0),
        (F.log(x), -1.0),
        (F.sqrt(x), -1.0),
        (x**-2, 0.0),
        ((1 / x) ** 0, 0.0),
        (0 * F.log(x), -1.0),
        (build.step(x), 0.0),
        (gradient(abs(x), [x])[0], 0.0),
        (gradient(F.norm(F.stack([x, 2 * x])), [x])[0], 0.0),
        (gradient(F.max(F.stack([x, -x])), [x])[0], 0.0),
        (F.where(F.log(x) > 0, 1, 2), -1.0),
        (build.power(x, Fraction(1, 3)), -8.0),
    ],
)
def test_undefined_is_nan_without_a_warning(expression, at: float) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.isnan(compile_numpy([expression], [x])(at)[0])
        both = compile_numpy([expression], [x], batched=True)(np.array([at, 3.0]))[0]
    assert np.isnan(both[0])
    assert np.isfinite(both[1])


def test_conditions_are_true_only_where_defined_and_true() -> None:
    holds = F.log(x) > 0
    outputs = [holds, build.logical("not", holds), build.logical("or", holds, x < 0), build.compare("!=", x, 2)]
    values = compile_numpy(outputs, [x], batched=True)(np.array([-1.0, 0.5, 2.0]))
    assert [v.dtype for v in values] == [np.bool_] * 4
    assert values[0].tolist() == [False, False, True]
    assert values[1].tolist() == [False, True, False]
    assert values[2].tolist() == [False, False, True]
    assert values[3].tolist() == [True, True, False]


def test_a_branch_not_taken_may_be_undefined() -> None:
    safe = compile_numpy([F.where(x > 0, F.log(x), 0)], [x], batched=True)
    assert safe(np.array([-1.0, 1.0]))[0].tolist() == [0.0, 0.0]


def test_saturation_is_safe() -> None:
    functions = [F.sigmoid(x), F.softplus(x), F.tanh(x), F.logsumexp(F.stack([x, -x])), F.softmax(F.stack([x, -x]))[0]]
    low, high = (np.array(compile_numpy(functions, [x])(v)) for v in (-800.0, 800.0))
    assert low.tolist() == [0.0, 0.0, -1.0, 800.0, 0.0]
    assert high.tolist() == [1.0, 800.0, 1.0, 800.0, 1.0]
    assert compile_numpy([F.sigmoid(x)], [x])(-700.0)[0] == np.exp(-700.0)
    assert compile_numpy([F.softplus(x)], [x])(-700.0)[0] == np.exp(-700.0)


def test_eigenvalues_and_gaps() -> None:
    m = F.argument("m", (2, 2))
    outputs = [build.extreme_eigenvalue("min_eig", m), build.extreme_eigenvalue("max_eig", m)]
    stack = np.array([[[2.0, 0.0], [0.0, -3.0]], [[np.nan, 0.0], [0.0, 1.0]]])
    low, high = compile_numpy(outputs, [m], batched=True)(stack)
    assert (low[0], high[0]) == (-3.0, 2.0)
    assert np.isnan(low[1])
    (gap,) = compile_numpy([build.Expr("gap", (m,), attrs=(1,), shape=(2,))], [m])(stack[0])
    assert gap.tolist() == [2.0, 3.0]


def test_misuse_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no value for x"):
        compile_numpy([x + F.sum(w)], [w])
    with pytest.raises(InvalidInput, match="'w' of shape"):
        compile_numpy([w], [w])(np.zeros(4))
    with pytest.raises(InvalidInput, match="give shape"):
        compile_numpy([w], [w], batched=True)(np.zeros(3))
    with pytest.raises(InvalidInput, match="different lengths"):
        compile_numpy([w * x], [w, x], batched=True)(np.zeros((2, 3)), np.zeros(3))
    with pytest.raises(InvalidInput, match="without inputs"):
        compile_numpy([build.number(1)], [], batched=True)


def test_names_are_data_not_code() -> None:
    odd = F.argument("__import__('os').system('false')")
    assert compile_numpy([odd * 2], [odd])(3.0)[0] == 6.0
