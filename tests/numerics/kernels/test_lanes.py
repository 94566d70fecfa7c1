"""The functions of lanes.h against values computed to many digits."""

from __future__ import annotations

import flint
import numpy as np
import pytest

from numerics import compiler
from numerics.kernels import compile_kernel
from verify.expr import functions as F

pytestmark = pytest.mark.usefixtures("needs_compiler", "optimised")
FUNCTIONS = {"exp": F.exp, "log": F.log, "tanh": F.tanh, "sigmoid": F.sigmoid, "softplus": F.softplus, "erf": F.erf}
MOST_UNITS = 2.5
"""Largest error, in units in the last place."""


def exact(name: str, value: float) -> flint.arb:
    x = flint.arb(value)
    if name == "sigmoid":
        return 1 / (1 + (-x).exp())
    return (1 + x.exp()).log() if name == "softplus" else getattr(x, name)()


def points(count: int) -> np.ndarray:
    rng = np.random.default_rng(6)
    signs = rng.choice([-1.0, 1.0], count)
    return np.concatenate([signs * 2.0 ** rng.uniform(-30, 9.4, count), rng.uniform(-2, 2, count)])


def worst(count: int) -> dict[str, float]:
    x = F.argument("x")
    at = points(count)
    at_log = np.abs(at)
    found = {}
    values = compile_kernel([f(x) for f in FUNCTIONS.values()], [x], backend="c")
    for name, result, arguments in (
        *zip(FUNCTIONS, values(at), [at] * len(FUNCTIONS), strict=True),
        ("log", values(at_log)[1], at_log),
    ):
        errors = []
        for argument, own in zip(arguments, result, strict=True):
            if np.isfinite(own) and abs(own) > 1e-300:
                old, flint.ctx.prec = flint.ctx.prec, 1200
                errors.append(abs(float(exact(name, argument) - flint.arb(own))) / np.spacing(abs(own)))
                flint.ctx.prec = old
        found[name] = max(errors, default=0.0)
    return found


def test_errors_stay_within_units_in_the_last_place() -> None:
    assert max(worst(300).values()) < MOST_UNITS


@pytest.mark.parametrize("switch", ["-mno-avx512f", "-mno-fma", "-march=x86-64"])
def test_other_processors(switch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four lanes instead of eight, without fused multiply-adds, and with the oldest instructions."""
    import platform

    if platform.machine() not in ("x86_64", "AMD64"):
        pytest.skip("switches of another processor")
    monkeypatch.setattr(compiler, "FLAGS", (*compiler.FLAGS, switch))
    assert max(worst(100).values()) < MOST_UNITS


@pytest.mark.slow
def test_errors_on_many_points() -> None:
    assert max(worst(20_000).values()) < MOST_UNITS
