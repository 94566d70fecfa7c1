"""NumPy code on numbers with derivatives: right derivatives, no derivative at a kink, and hand-written backward passes."""

import numpy as np
import pytest

from numerics.variants.campaign import campaign
from numerics.variants.rounding import FORMATS
from numerics.variants.slope_array import CONSTANT_ULPS, SlopeArray, constant, plain, wrapped
from numerics.variants.slopes import Slope, precise
from numerics.variants.target import make_target
from numerics.variants.traced import TracingLost
from verify.properties import properties

X = np.array([[0.5, -1.25, 2.0], [0.25, 0.75, -3.0]])
U = np.array([[1.0, -0.5, 2.0], [0.0, 1.5, -1.0]])


def moving():
    made = wrapped(X)
    for place, step in np.ndenumerate(U):
        made[place] = Slope(made[place].value, constant(float(step)).value)
    return made


FORMULAS = {
    "softmax": lambda x: np.exp(x - x.max(-1, keepdims=True)) / np.exp(x - x.max(-1, keepdims=True)).sum(-1)[:, None],
    "where": lambda x: np.where(x > 0, x**2, -x) @ np.ones((3, 2)),
    "roots": lambda x: np.sqrt(1 + x * x) + abs(x) ** -1.5,
    "sorted": lambda x: np.cumsum(np.sort(x, axis=-1), axis=-1) * np.arange(3),
    "mean": lambda x: x.mean(0) / (1 + np.tanh(x)),
    "filled": lambda x: np.concatenate([np.zeros_like(x), np.full_like(x, -np.inf)]).max(0) + np.log(abs(x)),
    "in place": lambda x: np.multiply(x, x, out=x.copy()) - np.swapaxes(np.stack([x, x]), 0, 1)[:, 0],
}


@pytest.mark.parametrize("name", FORMULAS)
def test_derivatives_agree_with_small_steps(name):
    formula, h = FORMULAS[name], 2.0**-20
    with precise():
        found = formula(moving())
    slopes = np.array([float(one.slope.mid()) for one in plain(found).ravel()]).reshape(found.shape)
    near = (formula(X + h * U) - formula(X - h * U)) / (2 * h)
    assert np.allclose(slopes, near, atol=1e-8)
    assert all(float(one.slope.rad()) < 1e-12 for one in plain(found).ravel())


LOST = {
    "kink": lambda x: np.where(x > 0.5, x, 0), "rounding": lambda x: np.floor(x), "integers": lambda x: x.astype(int),
    "place": lambda x: np.argmax(x), "product": lambda x: np.multiply.reduce(x), "power": lambda x: x**0.3,
    "plain target": lambda x: np.add(x, 1, out=np.zeros(x.shape)),
}  # fmt: skip


@pytest.mark.parametrize("name", LOST)
def test_what_has_no_rule_has_no_derivative(name):
    with pytest.raises(TracingLost):
        LOST[name](moving())


def test_a_long_constant_stands_for_what_it_may_be_rounded_from():
    third = constant(1 / 3)
    assert third.value.contains((Slope.constant(1) / 3).value)
    assert float(third.value.rad()) <= CONSTANT_ULPS * 2.0**-53
    assert constant(0.375).value.is_exact()


def softmax(s):
    e = np.exp(s - s.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


class Attend:
    """Attention whose backward pass scales by d**-0.5, by another constant than the forward pass."""

    def __init__(self, *, forgets=False, rounds=False):
        self.forgets, self.rounds = forgets, rounds

    def __call__(self, q, k, v):
        s = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
        return softmax(np.where(np.floor(s) > 1e9, 0, s) if self.rounds else s) @ v

    def vjp(self, q, k, v, mask, g):
        w = softmax(q @ np.swapaxes(k, -1, -2) * q.shape[-1] ** -0.5)
        dw = g @ np.swapaxes(v, -1, -2)
        ds = w * (dw - (0 if self.forgets else (w * dw).sum(-1, keepdims=True))) * q.shape[-1] ** -0.5
        return ds @ k, np.swapaxes(ds, -1, -2) @ q, np.swapaxes(w, -1, -2) @ g


def judged(function, seconds):
    target = make_target("attend", function, None, load="")
    what = [properties()["exact-gradient"]]
    return campaign(target, what, [FORMATS["float64"]], budget=seconds, seed=0, examples=0)[0]


def test_a_right_backward_pass_with_other_constants_raises_no_alarm():
    assert judged(Attend(), 2).verdict == "supported"


def test_a_wrong_backward_pass_is_refuted():
    assert judged(Attend(forgets=True), 60).verdict == "refuted"


def test_a_wrong_backward_pass_of_what_is_not_followed_stays_undecided():
    found = judged(Attend(forgets=True, rounds=True), 60)
    assert found.verdict == "undecided"
    assert "floor" in found.reason


def test_the_class_keeps_to_itself():
    assert isinstance(moving() + 1, SlopeArray)
    assert isinstance(np.where(X > 0, moving(), X), SlopeArray)


def test_names_are_put_back_after_an_interruption_in_the_midst_of_that(monkeypatch):
    from types import ModuleType

    from numerics.variants.clock import OutOfTime
    from numerics.variants.numpy_proxy import tracing_names
    from numerics.variants.traced import Trace

    class Interrupted(dict):
        left = 1

        def __setitem__(self, name, value):
            if value is np and self.left:
                self.left -= 1
                raise OutOfTime
            super().__setitem__(name, value)

    space = Interrupted(first=np)
    module = ModuleType("interrupted")
    monkeypatch.setattr("numerics.variants.numpy_proxy._namespaces", lambda _: [space])
    with pytest.raises(OutOfTime), tracing_names(Trace(FORMATS["float64"], np.longdouble), module):
        assert space["first"] is not np
    assert space["first"] is np
