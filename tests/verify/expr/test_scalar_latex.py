"""LaTeX of SymPy scalars."""

from __future__ import annotations

import pytest

from verify.expr import functions as F
from verify.expr.latex import to_mathml
from verify.expr.scalar_latex import scalar_latex, symbol_latex
from verify.expr.sympy_reading import to_sympy


@pytest.mark.parametrize(
    ("name", "latex"),
    [
        ("a", "a"),
        ("w_0", "w_{0}"),
        ("W_{0,1}", "W_{0,1}"),
        ("W_Q_{0,1}", "W_{Q,0,1}"),
        ("w[0]", "w_{0}"),
        ("alpha", r"\alpha"),
    ],
)
def test_names(name: str, latex: str) -> None:
    assert symbol_latex(name) == latex


@pytest.mark.parametrize("function", [F.relu, abs, F.sigmoid, F.gelu, F.sign, lambda a: F.where(a > 1, a, -a)])
def test_scalars_and_their_derivatives_convert(function) -> None:
    scalar = to_sympy(function(F.argument("w", (2,))))[0]
    (variable,) = scalar.free_symbols
    for expression in (scalar, scalar.diff(variable)):
        to_mathml(scalar_latex(expression))
