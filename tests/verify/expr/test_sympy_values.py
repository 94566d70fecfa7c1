"""Exact and ball values of SymPy expressions."""

from __future__ import annotations

import flint
import pytest
import sympy as sp

from verify.errors import Undecidable
from verify.expr.ball import as_ball
from verify.expr.sympy_values import sympy_value


def test_values_of_sympy_functions() -> None:
    x = sp.Symbol("x")
    at = {x: flint.fmpq(9, 4)}
    assert sympy_value(sp.sqrt(x) ** 3 + x**-1, at) == flint.fmpq(27, 8) + flint.fmpq(4, 9)
    assert sympy_value(sp.Heaviside(x) + sp.DiracDelta(x) + sp.sign(-x), at) == 0
    assert as_ball(sympy_value(sp.pi + sp.E, at)).overlaps(flint.arb.pi() + flint.arb(1).exp())
    assert as_ball(sympy_value(x ** sp.Rational(1, 3), at)).overlaps(flint.arb(flint.fmpq(9, 4)) ** flint.fmpq(1, 3))
    assert sympy_value(sp.Piecewise((1, sp.And(x > 1, sp.Ne(x, 2))), (0, True)), at) == 1
    with pytest.raises(Undecidable, match="kink"):
        sympy_value(sp.Piecewise((1, x > 0), (0, x < 0)), {x: flint.fmpq(0)})
    with pytest.raises(Undecidable, match="kink"):
        sympy_value(sp.DiracDelta(x), {x: flint.fmpq(0)})
    with pytest.raises(TypeError, match="no value for gamma"):
        sympy_value(sp.gamma(x), at)
