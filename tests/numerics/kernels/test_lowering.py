"""Random expressions, in every way of writing kernels, against the NumPy reading and exact arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import flint
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from numerics import compiler
from numerics.kernels import compile_kernel, lowering, writer
from numerics.kernels.lowering import Unsupported, lower
from verify.errors import InvalidInput
from verify.expr import build
from verify.expr import functions as F
from verify.expr.ball import Balls, as_ball, precision, rational
from verify.expr.derive import gradient
from verify.expr.evaluate import evaluate
from verify.expr.node import Expr
from verify.expr.numpy_reading import compile_numpy

pytestmark = pytest.mark.usefixtures("needs_compiler")

SHAPES = ((), (3,), (2,), (2, 3), (3, 2), (3, 3), (5, 2, 3), (5, 3, 2), (5, 3), (5,), (1, 3))
INPUTS = [F.argument(f"a{place}", shape) for place, shape in enumerate(SHAPES)]
GIVEN = [F.argument(f"d{place}", shape) for place, shape in enumerate(SHAPES)]
UNARY = [F.tanh, F.sigmoid, F.sin, F.softplus, F.erf, F.relu, F.exp, lambda a: -a, lambda a: a**3, lambda a: 2 * a]


@st.composite
def graphs(draw: st.DrawFn) -> list[Expr]:
    """Draw some arrays that share parts: each step applies an operation to arrays drawn before."""
    pool = [*draw(st.permutations(INPUTS))[:4], *draw(st.permutations(GIVEN))[:3]]
    for _ in range(draw(st.integers(2, 9))):
        pool.append(_grown(draw, pool))
    return [pool[-1], *draw(st.lists(st.sampled_from(pool), max_size=2))]


def _grown(draw: st.DrawFn, pool: Sequence[Expr]) -> Expr:
    a = draw(st.sampled_from(pool))
    kind = draw(st.sampled_from(["unary", "binary", "matmul", "sum", "rows", "turn", "shape", "pick", "join", "where"]))
    if kind == "unary":
        return draw(st.sampled_from(UNARY))(F.tanh(a))
    if kind in ("binary", "where"):
        fitting = [b for b in pool if _fit(a, b)]
        b = draw(st.sampled_from(fitting))
        if kind == "where":
            return F.where(a < b, a * b, b)
        return draw(st.sampled_from([F.maximum, lambda p, q: p * q, lambda p, q: p + q, lambda p, q: p - q]))(a, b)
    if kind == "matmul":
        fitting = [b for b in pool if _multiply(a, b)]
        return a @ draw(st.sampled_from(fitting)) if fitting else F.sin(a)
    if kind == "sum" and a.ndim:
        op = draw(st.sampled_from([F.sum, F.max, F.mean]))
        return op(a, axis=draw(st.integers(0, a.ndim - 1)))
    if kind == "rows" and a.ndim:
        return draw(st.sampled_from([F.softmax, F.logsumexp, F.sparsemax]))(a)
    if kind == "turn" and a.ndim > 1:
        return build.transpose(a, draw(st.permutations(range(a.ndim))))
    if kind == "shape" and a.ndim:
        return build.reshape(a, draw(st.sampled_from([(a.size,), (1, *a.shape), (*a.shape, 1), a.shape[::-1]])))
    if kind == "pick" and a.ndim:
        places = draw(st.lists(st.integers(0, a.size - 1), min_size=1, max_size=4))
        picked = build.gather(a, places, (len(places),))
        return picked if draw(st.booleans()) else build.scatter(picked, places, a.shape)
    if kind == "join" and a.ndim:
        return F.concatenate([a, F.cos(a)], axis=draw(st.integers(0, a.ndim - 1)))
    return F.cos(a)


def _fit(a: Expr, b: Expr) -> bool:
    try:
        build.broadcast_shapes(a.shape, b.shape)
    except InvalidInput:
        return False
    return True


def _multiply(a: Expr, b: Expr) -> bool:
    if not a.ndim or not b.ndim or a.shape[-1] != b.shape[-2 if b.ndim > 1 else 0]:
        return False
    try:
        build.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    except InvalidInput:
        return False
    return True


def values(count: int) -> list[np.ndarray]:
    """Multiples of 1/32, exact in floats and rationals, different from each other within an array."""
    rng = np.random.default_rng(7)
    return [rng.permutation(np.arange(-40, 60))[: s.size * count].reshape(count, *s.shape) / 32 for s in INPUTS]


SHARED = {str(d.attrs): np.arange(1, d.size + 1).reshape(d.shape) % 7 / 4 - 0.5 for d in GIVEN}


def check(outputs: list[Expr], agrees, *, optimised: bool = False) -> None:
    batch = values(3)
    other = compile_numpy(outputs, INPUTS, batched=True, shared=SHARED)(*batch)
    for flat, whole, unrolled in (
        (1 << 30, 1 << 30, 12),
        (-1, 1 << 30, 0),
        (-1, -1, 0),
        (-1, -1, 12),
        (1 << 30, -1, 12),
    ):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(lowering, "FLAT_WORK", flat)
            patch.setattr(lowering, "WHOLE_WORK", whole)
            patch.setattr(writer, "UNROLLED", unrolled)
            patch.setattr(compiler, "FLAGS", tuple("-O0" if f in ("-O1", "-O2") else f for f in compiler.FLAGS))
            own = compile_kernel(outputs, INPUTS, shared=SHARED, backend="c")(*batch)
        assert all(agrees(a, b, 1e-11) for a, b in zip(own, other, strict=True))
    if optimised:
        own = compile_kernel(outputs, INPUTS, shared=SHARED, backend="c")(*batch)
        assert all(agrees(a, b, 1e-11) for a, b in zip(own, other, strict=True))


SETTINGS = {"deadline": None, "derandomize": True, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=6, **SETTINGS)
@given(outputs=graphs())
def test_random_graphs(agrees, outputs: list[Expr]) -> None:
    check(outputs, agrees)


@pytest.mark.slow
@settings(max_examples=60, **SETTINGS)
@given(outputs=graphs())
def test_many_random_graphs(agrees, outputs: list[Expr]) -> None:
    check(outputs, agrees, optimised=True)


@pytest.mark.slow
@settings(max_examples=25, **SETTINGS)
@given(outputs=graphs())
def test_gradients_of_random_graphs(agrees, outputs: list[Expr]) -> None:
    loss = F.sum(F.sin(outputs[0]))
    check([loss, *gradient(loss, INPUTS)], agrees)


def test_exact_values() -> None:
    """The compiled loss and gradient of a small attention layer, against balls."""
    x, w = F.argument("x", (3, 2)), F.argument("w", (2, 2))
    loss = F.sum(F.tanh(F.softmax(x @ w @ x.T) @ x) ** 2)
    outputs = [loss, *gradient(loss, [x, w])]
    point = [np.arange(6).reshape(3, 2) / 8 - 0.25, np.array([[0.5, -1.0], [0.25, 2.0]])]
    own = compile_kernel(outputs, [x, w], backend="c")(*(part[None] for part in point))
    env = {
        str(s.attrs): [rational(Fraction(v)) for v in part.ravel().tolist()]
        for s, part in zip((x, w), point, strict=True)
    }
    with precision(200):
        truth = evaluate(outputs, env, Balls())
        for array, balls in zip(own, truth, strict=True):
            for value, ball in zip(array.ravel().tolist(), balls, strict=True):
                assert abs(as_ball(ball) - flint.arb(value)) < 1e-15 * (1 + abs(as_ball(ball)))


def test_the_source_does_not_depend_on_data() -> None:
    data, w = F.argument("data", (40, 3)), F.argument("w", (3,))
    loss = F.sum((data @ w - 1) ** 2)
    assert lower([loss], [w]).source == lower([loss], [w]).source
    own = [compile_kernel([loss], [w], shared={"data": np.full((40, 3), k)}, backend="c") for k in (1.0, 2.0)]
    assert own[0].source == own[1].source
    at = np.array([[1.0, 0.0, 0.0]])
    assert [float(kernel(at)[0][0]) for kernel in own] == [0.0, 40.0]


def test_samples_are_sliced_and_memory_does_not_grow_with_them() -> None:
    sizes = []
    for count in (50, 500):
        data, w = F.argument("data", (count, 4, 3)), F.argument("w", (3, 3))
        loss = F.sum(F.tanh(data @ w) ** 2)
        lowered = lower([loss, *gradient(loss, [w])], [w])
        assert lowered.slices == count
        sizes.append(lowered.scratch)
    assert sizes[0] == sizes[1]


def test_outputs_may_keep_the_axis_of_samples(agrees) -> None:
    data, w = F.argument("data", (60, 4, 3)), F.argument("w", (3, 3))
    rows = F.sum(F.tanh(data @ w), axis=1)
    outputs = [rows, F.sum(rows), rows.T, data * F.sum(w), F.sum(rows, axis=1) > 0, data, data[:, 0] > 0]
    shared = {"data": np.random.default_rng(0).standard_normal(data.shape)}
    at = np.random.default_rng(1).standard_normal((9, 3, 3))
    assert lower(outputs, [w]).slices == 60
    own = compile_kernel(outputs, [w], shared=shared, backend="c")(at)
    other = compile_numpy(outputs, [w], batched=True, shared=shared)(at)
    assert all(agrees(a, b) for a, b in zip(own, other, strict=True))


def test_what_is_not_supported_is_said() -> None:
    m = F.argument("m", (2, 2))
    with pytest.raises(Unsupported, match="min_eig"):
        lower([build.extreme_eigenvalue("min_eig", m)], [m])


def _networks() -> dict[str, tuple[list[Expr], list[Expr]]]:
    """Outputs with their inputs: parameters by sample, sums before sums, several heads."""
    a, w, data = F.argument("a", (60,)), F.argument("w", (3, 3)), F.argument("data", (60, 3))
    hidden = data @ w
    gated = F.sum(F.tanh(hidden @ F.ones(3) * a) ** 2)
    shares = F.exp(hidden) / F.sum(F.exp(hidden))
    centred = hidden - F.mean(hidden, axis=0)
    normed = F.sum(F.tanh(centred / F.sqrt(F.mean(centred**2, axis=0))) ** 2)
    tokens = F.argument("tokens", (6, 1, 4, 3))
    query, key, value = (F.argument(name, (2, 3, 3)) for name in ("query", "key", "value"))
    weights = F.softmax(tokens @ query @ build.transpose(tokens @ key))
    heads = F.sum(F.tanh(F.sum(weights @ (tokens @ value), axis=1)) ** 2)
    return {
        "parameters by sample": ([a, gated, *gradient(gated, [a, w]), F.tanh(a) > 0, data, data > 0], [a, w]),
        "softmax over samples": ([shares, F.sum(F.log(F.sum(shares, axis=0))), F.sum(hidden, axis=0)], [w]),
        "normalisation over samples": ([normed, *gradient(normed, [w]), centred], [w]),
        "products of all samples": ([F.sum(F.softmax(hidden @ hidden.T) @ hidden)], [w]),
        "heads": ([heads, *gradient(heads, [query, key, value])], [query, key, value]),
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", _networks())
@pytest.mark.parametrize("form", ["loops", "slices"], indirect=True)
def test_networks(agrees, form: str, name: str) -> None:
    outputs, inputs = _networks()[name]
    rng = np.random.default_rng(2)
    shared = {"data": rng.standard_normal((60, 3)), "tokens": rng.standard_normal((6, 1, 4, 3))}
    batch = [rng.standard_normal((9, *s.shape)) for s in inputs]
    own = compile_kernel(outputs, inputs, shared=shared, backend="c")(*batch)
    other = compile_numpy(outputs, inputs, batched=True, shared=shared)(*batch)
    assert all(agrees(x, y, 1e-9) for x, y in zip(own, other, strict=True))
