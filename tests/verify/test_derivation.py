"""Derivations by blocks, their scalar form, and what is refused."""

from __future__ import annotations

from fractions import Fraction

import flint
import pytest
import sympy as sp

from verify import models
from verify.derivation import Derivation, derive, derive_scalars, is_small, scalar_operations
from verify.errors import InvalidInput
from verify.expr import functions as F
from verify.expr.ball import Balls, precision, rational
from verify.expr.derive import hessian_entries
from verify.expr.evaluate import evaluate
from verify.expr.node import symbols
from verify.expr.sympy_reading import entry_symbols, to_sympy

a, w = F.argument("a"), F.argument("w", (2,))
LOSS = F.sum((a * w - [1, 2]) ** 2) / 4


def test_blocks_have_the_shapes_of_the_parameters() -> None:
    d = derive(LOSS, {"a": a, "w": w})
    assert {name: g.shape for name, g in d.gradient.items()} == {"a": (), "w": (2,)}
    assert {pair: block.shape for pair, block in d.hessian.items()} == {
        ("a", "a"): (), ("a", "w"): (), ("w", "w"): (2,)}  # fmt: skip
    assert d.shapes == {"a": (), "w": (2,)}
    assert d.size == 3
    assert not derive(LOSS, {"a": a}, second_order=False).hessian


@pytest.mark.parametrize("name", models.names())
def test_blocks_are_the_blocks_of_the_hessian(name: str) -> None:
    """Each block applied to a unit direction is a column of the entrywise Hessian, in balls."""
    model = models.build(name)
    d = derive(model.loss, model.parameters)
    wrt = list(model.parameters.values())
    point = {
        str(s.attrs): [rational(Fraction((5 * k + len(str(s.attrs))) % 7 - 3, 4)) for k in range(s.size)]
        for s in symbols(d.loss).values()
    }
    starts, total = {}, 0
    for symbol_name, symbol in model.parameters.items():
        starts[symbol_name], total = total, total + symbol.size
    with precision(150):
        full = [[e[0] for e in evaluate(row, point, Balls())] for row in hessian_entries(d.loss, wrt)]
        for (row, column), block in d.hessian.items():
            move = d.directions[column]
            unit = [flint.fmpq(int(k == move.size - 1)) for k in range(move.size)]
            values = evaluate([block], point | {str(move.attrs): unit}, Balls())[0]
            for k, value in enumerate(values):
                assert flint.arb(value).overlaps(flint.arb(full[starts[row] + k][starts[column] + move.size - 1]))


def test_scalars_are_those_of_sympy() -> None:
    scalars = derive_scalars(derive(LOSS, {"a": a, "w": w}))
    s, u, v = sp.symbols("a w_0 w_1", real=True)
    assert scalars.variables == (s, u, v)
    expected = ((s * u - 1) ** 2 + (s * v - 2) ** 2) / 4
    assert scalars.loss == expected
    assert all(sp.expand(g - expected.diff(x)) == 0 for g, x in zip(scalars.gradient, scalars.variables, strict=True))
    assert sp.expand(sp.Matrix(scalars.hessian) - sp.hessian(expected, scalars.variables)) == sp.zeros(3)
    assert scalars.conditions[1:] == ((s, s * u - 1), (s, s * v - 2))


def test_both_derivations_are_the_same_polynomials() -> None:
    """Symbolically, without any point: the array derivative read by SymPy is SymPy's derivative."""
    model = models.build("free-mask", activation="identity")
    d = derive(model.loss, model.parameters)
    scalars = derive_scalars(d)
    env = entry_symbols(list(symbols(d.loss).values()))
    own = [e for name, g in d.gradient.items() for e in _flat(to_sympy(g, env), len(d.parameters[name].shape))]
    assert [sp.expand(x - y) for x, y in zip(own, scalars.gradient, strict=True)] == [0] * d.size


def _flat(value, depth: int) -> list:
    return [value] if depth == 0 else [e for part in value for e in _flat(part, depth - 1)]


def test_conditions_leave_out_what_never_vanishes() -> None:
    model = models.build("baseline", p=1, m=1)
    scalars = derive_scalars(derive(model.loss, model.parameters))
    X, v, W, y = (sp.Symbol(n, real=True) for n in ("X_{0,0}", "v_0", "W_{0,0}", "y_0"))
    assert set(scalars.conditions[1]) == {X, v, v * sp.tanh(W * X) - y}


def test_kinks_leave_no_spikes() -> None:
    model = models.build("baseline", p=1, m=1, activation="relu")
    scalars = derive_scalars(derive(model.loss, model.parameters))
    assert not any(entry.has(sp.DiracDelta) for row in scalars.hessian for entry in row)


def test_directions_never_collide_with_parameters() -> None:
    dw = F.argument("dw", (2,))
    d = derive(F.dot(w, dw) ** 2, {"w": w, "dw": dw})
    assert not {str(u.attrs) for u in d.directions.values()} & {"w", "dw"}


def test_sizes_decide_what_is_small() -> None:
    assert is_small(derive(LOSS, {"a": a, "w": w}))
    model = models.build("self-attention", n=16, T=8, d=8, hidden=8)
    large = derive(model.loss, model.parameters, second_order=False)
    assert not is_small(large)
    with pytest.raises(InvalidInput, match="264 parameters"):
        derive_scalars(large)
    assert scalar_operations(F.argument("A", (2, 3)) @ F.argument("B", (3, 4))) == 24


def test_misuse_is_refused() -> None:
    with pytest.raises(InvalidInput, match="nothing to differentiate by"):
        derive(LOSS, {})
    with pytest.raises(InvalidInput, match="gradient of an array"):
        derive(w, {"w": w})


def test_derivations_are_frozen_values() -> None:
    d = derive(LOSS, {"a": a, "w": w})
    assert isinstance(d, Derivation)
    with pytest.raises(AttributeError):
        d.loss = LOSS  # type: ignore[misc]
