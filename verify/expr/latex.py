r"""LaTeX of formulas in matrix form: ``\odot`` is entrywise, ``P_{i}`` is matrix i of an array, 1 is the ones vector.

The commands used are those that latex2mathml converts; :func:`to_mathml` refuses anything it leaves over.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from verify.expr.form import Form
from verify.expr.typeset import ATOM, PRODUCT, RAISED, Rendered, Style

_GREEK = """alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi
psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega"""
GREEK = frozenset(_GREEK.split())

_PLAIN_FUNCTIONS = {"tanh": r"\tanh", "exp": r"\exp", "log": r"\log", "sin": r"\sin", "cos": r"\cos", "max": r"\max"}
_NAMES = {
    "min_eig": r"\lambda_{\min}",
    "max_eig": r"\lambda_{\max}",
    "entryabs": r"\operatorname{abs}",
    "entrysqrt": r"\operatorname{sqrt}",
    "maximum": r"\max",
}


class Latex(Style):
    """Formulas in LaTeX."""

    ones = r"\mathbf{1}"
    times = r"\, "
    entrywise_times = r" \odot "
    relations = {"<": "<", "<=": r"\le", "==": "=", "!=": r"\ne"}  # noqa: RUF012
    connectives = {"and": r"\wedge", "or": r"\vee", "not": r"\neg"}  # noqa: RUF012

    def brackets(self, text: str) -> str:
        return rf"\left( {text} \right)"

    def rational(self, value: Fraction) -> Rendered:
        if value.denominator == 1:
            return str(value), ATOM
        return rf"\frac{{{value.numerator}}}{{{value.denominator}}}", RAISED

    def identifier(self, text: str, index: Sequence[str]) -> str:
        base, _, rest = text.partition("_")
        lower = [_subscript(part) for part in rest.split("_") if part]
        lower += [r"\cdot" if part == ":" else part for part in index]
        shown = _letter(base)
        return f"{shown}_{{{','.join(lower)}}}" if lower else shown

    def function(self, name: str, args: Sequence[str]) -> Rendered:
        if name == "abs":
            return rf"\left| {args[0]} \right|", ATOM
        if name == "sqrt":
            return rf"\sqrt{{{args[0]}}}", ATOM
        shown = _PLAIN_FUNCTIONS.get(name) or _NAMES.get(name) or rf"\operatorname{{{name.replace('_', ' ')}}}"
        return rf"{shown}\left( {', '.join(args)} \right)", ATOM

    def raised(self, base: str, exponent: int, entrywise: bool) -> str:
        return rf"{base}^{{\odot {exponent}}}" if entrywise else f"{base}^{{{exponent}}}"

    def transposed(self, base: str) -> str:
        return rf"{base}^{{\top}}"

    def fraction(self, top: Form, bottom: Form, entrywise: bool) -> Rendered:
        if not entrywise:
            return rf"\frac{{{self.render(top)}}}{{{self.render(bottom)}}}", RAISED
        return rf"{self.inside(top, ATOM)} \oslash {self.inside(bottom, ATOM)}", PRODUCT

    def normed(self, text: str, which: str) -> str:
        return rf"\left\| {text} \right\|_{{{which}}}"

    def matrix(self, rows: Sequence[Sequence[str]]) -> str:
        body = r" \\ ".join(" & ".join(row) for row in rows)
        return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"

    def phrase(self, text: str) -> str:
        return rf"\text{{{text}}}"

    def running_sum(self, index: str, body: str) -> str:
        return rf"\sum_{{{index}}} {body}"

    def angles(self, left: str, right: str) -> str:
        return rf"\left\langle {left}, {right} \right\rangle"


def _letter(base: str) -> str:
    if base in GREEK:
        return rf"\{base}"
    if len(base) <= 1:
        return base
    if len(base) == 2 and base[0] == "d":
        return rf"d{base[1]}"
    return rf"\mathrm{{{base}}}"


def _subscript(part: str) -> str:
    return part if len(part) == 1 or part.isdigit() else rf"\mathrm{{{part}}}"


def to_mathml(latex: str) -> str:
    """Return MathML for a LaTeX formula.

    Raises:
        ValueError: a command was not converted.
    """
    from latex2mathml.converter import convert

    mathml: str = convert(latex)
    if "\\" in mathml:
        raise ValueError(f"latex={latex!r} leaves a command over in MathML")
    return mathml
