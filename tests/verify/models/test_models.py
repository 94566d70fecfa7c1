"""The models: registered by folder, differentiable at any size, and what their formulas say."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest

from verify import models
from verify.derivation import cross_check, derive
from verify.errors import InvalidInput
from verify.expr import build
from verify.expr.node import symbols
from verify.expr.numpy_reading import compile_numpy
from verify.models._model import ACTIVATIONS, ridge

RNG = np.random.default_rng(11)


def softmax(a: np.ndarray) -> np.ndarray:
    grown = np.exp(a - a.max(axis=-1, keepdims=True))
    return grown / grown.sum(axis=-1, keepdims=True)


def baseline(X, v, W):
    return np.tanh(X @ W.T) @ v


def free_mask(X, v, W, a):
    return np.tanh((a * X) @ W.T) @ v


def softmax_mask(X, v, W, s):
    return free_mask(X, v, W, softmax(s))


def content_mask(X, v, W, U, b):
    return np.array([np.tanh(W @ (softmax(U @ x + b) * x)) @ v for x in X])


def recurrent_attention(X, v, A, C, U, b):
    out = []
    for sample in X:
        h = np.zeros(len(v))
        for x in sample:
            h = np.tanh(A @ h + C @ (softmax(U @ h + b) * x))
        out.append(v @ h)
    return np.array(out)


def self_attention(X, v, W_V, W_Q, W_K, W=None):
    out = []
    for x in X:
        P = softmax(x @ W_Q @ W_K.T @ x.T / np.sqrt(W_K.shape[1]))
        pooled = (P @ x @ W_V).mean(axis=0)
        out.append(v @ np.tanh(pooled if W is None else W @ pooled))
    return np.array(out)


def single_query(X, w, W, Q):
    return np.array([softmax(x @ W @ q) @ x @ w for x, q in zip(X, Q, strict=True)])


REFERENCES = {
    "baseline": (baseline, {"n": 3, "p": 4, "m": 2}),
    "free-mask": (free_mask, {"n": 3, "p": 4, "m": 2}),
    "softmax-mask": (softmax_mask, {"n": 3, "p": 4, "m": 2}),
    "content-mask": (content_mask, {"n": 3, "p": 4, "m": 2}),
    "recurrent-attention": (recurrent_attention, {"n": 3, "T": 4, "p": 3, "m": 2}),
    "self-attention": (self_attention, {"n": 3, "T": 4, "d": 3, "dk": 2, "dv": 5, "hidden": 2}),
    "single-query": (single_query, {"n": 3, "T": 4, "d": 3}),
}


def test_every_model_has_a_reference() -> None:
    assert sorted(REFERENCES) == models.names()


@pytest.mark.parametrize("name", models.names())
def test_the_loss_is_that_of_an_independent_implementation(name: str) -> None:
    network, sizes = REFERENCES[name]
    model = models.build(name, **sizes)
    values = {s: RNG.normal(size=a.shape) for s, a in {**model.parameters, **model.data}.items()}
    inputs = list(symbols(model.loss).values())
    (loss,) = compile_numpy([model.loss], inputs)(*(values[str(s.attrs)] for s in inputs))
    y = values.pop("y")
    assert loss == pytest.approx(np.mean((network(**values) - y) ** 2) / 2, rel=1e-12)


@pytest.mark.parametrize("name", models.names())
def test_shapes_are_those_of_the_documentation(name: str) -> None:
    model = models.build(name, **REFERENCES[name][1])
    text = models.module(name).build.__doc__
    assert set(symbols(model.loss)) == {*model.parameters, *model.data}
    assert all(symbol in text for symbol in (*model.parameters, *model.data))
    assert models.module(model.sign.lower()) is models.module(name)
    assert model.formula == models.module(name).FORMULA


def test_self_attention_at_zero_logits_is_mean_pooling() -> None:
    """Theorem seed, lemma 0': with W_Q = W_K = 0 both their gradients vanish, whatever the rest."""
    model = models.build("self-attention", n=2, T=3, d=2)
    d = derive(model.loss, model.parameters, second_order=False)
    inputs = list(symbols(model.loss).values())
    values = [np.zeros(s.shape) if s.attrs in ("W_Q", "W_K") else RNG.normal(size=s.shape) for s in inputs]
    gradients = dict(zip(d.gradient, compile_numpy(list(d.gradient.values()), inputs)(*values), strict=True))
    assert not gradients["W_Q"].any()
    assert not gradients["W_K"].any()
    assert gradients["W_V"].any()


@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_activations(activation: str) -> None:
    model = models.build("softmax-mask", activation=activation)
    assert cross_check(derive(model.loss, model.parameters), points=1).points == 1


def test_ridge_adds_half_the_squared_norm() -> None:
    w = build.symbol("w", (2,))
    loss = ridge(build.number(1), {"w": w}, Fraction(1, 5))
    (value,) = compile_numpy([loss], [w])([3.0, 4.0])
    assert value == 3.5


@pytest.mark.parametrize(
    ("name", "sizes", "message"),
    [
        ("self-atention", {}, "did you mean 'self-attention'"),
        ("nothing like it", {}, "the models are"),
        ("M3", {"q": 1}, "its sizes are"),
        ("M3", {"T": 0}, "positive whole number"),
        ("M3", {"T": "4"}, "positive whole number"),
        ("M3", {"T": True}, "positive whole number"),
        ("M3", {"hidden": -1}, "nonnegative"),
        ("M0", {"activation": "swish"}, "there is no activation 'swish'"),
        ("M0", {"p": 10**9}, "entries"),
        ("M2", {"T": 10**6}, "at most 200"),
    ],
)
def test_wrong_names_and_sizes_are_refused(name: str, sizes: dict, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        models.build(name, **sizes)
    assert message in str(caught.value)


def test_listing_loads_nothing_heavy() -> None:
    code = "import sys, verify.models as m; m.build('M3'); print([x for x in ('numpy', 'sympy') if x in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
