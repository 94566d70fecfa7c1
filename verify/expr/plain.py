"""Formulas as terminal text: ``Wᵀ``, ``A ⊙ B`` entrywise, ``P[i]`` for matrix i, ``1`` (bold) for the ones vector."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from verify.expr.form import Form
from verify.expr.typeset import ATOM, PRODUCT, Rendered, Style

_NAMES = {"entryabs": "abs", "entrysqrt": "sqrt", "maximum": "max", "min_eig": "λ_min", "max_eig": "λ_max"}
_ASCII = str.maketrans(
    {"ᵀ": "^T", "⊙": ".*", "⊘": "./", "‖": "||", "Σ": "sum", "∇": "grad ", "√": "sqrt", "⟨": "<", "⟩": ">", "𝟏": "1",
     "λ": "lambda", "²": "^2", "≤": "<=", "≥": ">=", "≠": "!=", "·": "*", "₁": "_1", "∈": "in", "×": "x", "ℝ": "R"}
)  # fmt: skip


class Plain(Style):
    """Formulas in one line of text."""

    ones = "𝟏"
    times = " "
    entrywise_times = " ⊙ "
    relations = {"<": "<", "<=": "≤", "==": "=", "!=": "≠"}  # noqa: RUF012
    connectives = {"and": "and", "or": "or", "not": "not"}  # noqa: RUF012

    def brackets(self, text: str) -> str:
        return f"({text})"

    def rational(self, value: Fraction) -> Rendered:
        return (str(value), ATOM) if value.denominator == 1 else (f"({value})", ATOM)

    def identifier(self, text: str, index: Sequence[str]) -> str:
        return f"{text}[{','.join(index)}]" if index else text

    def function(self, name: str, args: Sequence[str]) -> Rendered:
        if name == "abs":
            return f"|{args[0]}|", ATOM
        return f"{_NAMES.get(name, name)}({', '.join(args)})", ATOM

    def raised(self, base: str, exponent: int, entrywise: bool) -> str:
        if exponent == 2 and not entrywise:
            return f"{base}²"
        return f"{base}^⊙{exponent}" if entrywise else f"{base}^{exponent}"

    def transposed(self, base: str) -> str:
        return f"{base}ᵀ"

    def fraction(self, top: Form, bottom: Form, entrywise: bool) -> Rendered:
        sign = " ⊘ " if entrywise else "/"
        return f"{self.inside(top, ATOM)}{sign}{self.inside(bottom, ATOM)}", PRODUCT

    def normed(self, text: str, which: str) -> str:
        return f"‖{text}‖{'₁' if which == '1' else ''}"

    def matrix(self, rows: Sequence[Sequence[str]]) -> str:
        return f"[{'; '.join(', '.join(row) for row in rows)}]"

    def phrase(self, text: str) -> str:
        return text

    def running_sum(self, index: str, body: str) -> str:
        return f"Σ_{index} {body}"

    def angles(self, left: str, right: str) -> str:
        return f"⟨{left}, {right}⟩"


def ascii_only(text: str) -> str:
    """Return the text with its signs spelled out, for terminals without Unicode."""
    return text.translate(_ASCII).encode("ascii", "replace").decode()
