"""LaTeX of SymPy expressions, with the names of :mod:`verify.expr.latex` and only commands that convert to MathML."""

from __future__ import annotations

import re
from typing import Any

import sympy as sp

from verify.expr.latex import Latex

_ENTRY = re.compile(r"(?P<name>.*?)(?:_\{(?P<many>[\d,]+)\}|_(?P<one>\d+)|\[(?P<listed>[\d,]+)\])?")


def scalar_latex(expression: Any) -> str:
    """Return a SymPy expression in LaTeX; entries of arrays are written like ``W_{Q,0,1}``."""
    names = {symbol: symbol_latex(symbol.name) for symbol in expression.free_symbols}
    text: str = sp.latex(expression, symbol_names=names)
    return text.replace(r"\:", " ").replace(r"\middle|", "|")


def symbol_latex(name: str) -> str:
    """Return the LaTeX of the name of an array entry."""
    match = _ENTRY.fullmatch(name)
    assert match is not None
    index = match["many"] or match["one"] or match["listed"]
    return Latex().identifier(match["name"], [index] if index else [])
