"""The comparison of two derivations finds planted errors and passes what is right."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from verify import models
from verify.crosscheck import MAX_TAPE
from verify.derivation import Derivation, DerivationMismatch, cross_check, derive, scalar_operations
from verify.errors import Undecidable
from verify.expr import build
from verify.expr import functions as F

w = F.argument("w", (2,))


def small() -> Derivation:
    model = models.build("softmax-mask")
    return derive(model.loss, model.parameters)


def large() -> Derivation:
    model = models.build("self-attention", n=4, T=4, d=4)
    d = derive(model.loss, model.parameters)
    assert scalar_operations(d.loss) > MAX_TAPE
    return d


@pytest.mark.parametrize("name", models.names())
def test_models_agree(name: str) -> None:
    model = models.build(name)
    check = cross_check(derive(model.loss, model.parameters))
    assert check.method == "SymPy on scalars"
    assert check.entries == 2 * (1 + 2 * sum(s.size for s in model.parameters.values()))


def test_rational_losses_agree_exactly() -> None:
    check = cross_check(derive(F.sum(w**4) / (1 + F.sum(w**2)), {"w": w}))
    assert check.exact
    assert check.difference == "0"


def test_large_losses_are_compared_with_differences() -> None:
    check = cross_check(large(), points=1)
    assert check.method == "central differences in balls"
    assert not check.exact


@pytest.mark.parametrize("derivation", [small, large])
def test_a_wrong_gradient_is_found(derivation) -> None:
    d = derivation()
    name = next(iter(d.parameters))
    wrong = build.add(d.gradient[name], build.full(Fraction(1, 10**60), d.parameters[name].shape))
    with pytest.raises(DerivationMismatch, match="derivative"):
        cross_check(replace(d, gradient=dict(d.gradient) | {name: wrong}), points=1)


@pytest.mark.parametrize("derivation", [small, large])
@pytest.mark.parametrize("diagonal", [True, False])
def test_a_wrong_hessian_block_is_found(derivation, diagonal: bool) -> None:
    d = derivation()
    pair = next(p for p in d.hessian if (p[0] == p[1]) == diagonal)
    wrong = build.mul(1 + Fraction(1, 10**60), d.hessian[pair])
    with pytest.raises(DerivationMismatch, match="Hessian"):
        cross_check(replace(d, hessian=dict(d.hessian) | {pair: wrong}), points=1)


def test_losses_on_half_lines_are_checked_at_positive_points() -> None:
    assert cross_check(derive(F.sum(F.log(w) * F.sqrt(w)), {"w": w}), points=2).points == 2


def test_a_loss_defined_nowhere_is_no_agreement() -> None:
    nowhere = F.log(-F.sum(w**2))
    with pytest.raises(Undecidable, match="random points"):
        cross_check(derive(nowhere, {"w": w}))


def test_the_seed_decides_the_points() -> None:
    d = small()
    first, again, other = (cross_check(d, seed=seed).difference for seed in (0, 0, 1))
    assert first == again
    assert first != other
