"""LaTeX: balanced, converted to MathML without a rest, and legible."""

from __future__ import annotations

import pytest

from verify import models
from verify.derivation import derive
from verify.expr import build
from verify.expr import functions as F
from verify.expr.latex import Latex, to_mathml
from verify.expr.matrix_form import matrix_forms

x, A = F.argument("x", (3,)), F.argument("A", (2, 3))


def latex_of(expression) -> str:
    definitions, (form,) = matrix_forms([expression], primal=[expression])
    assert not definitions
    return Latex().render(form)


@pytest.mark.parametrize(
    ("expression", "latex"),
    [
        (A @ x, r"A\, x"),
        (A.T @ A, r"A^{\top}\, A"),
        (F.sum(x**2) / 2, r"\frac{1}{2}\, \left\| x \right\|_{2}^{2}"),
        (F.norm(A), r"\left\| A \right\|_{F}"),
        (1 - F.tanh(x) ** 2, r"1 - \tanh\left( x \right)^{\odot 2}"),
        (abs(x[0]), r"\left| x_{0} \right|"),
        (F.softmax(A), r"\operatorname{softmax}\left( A \right)"),
        (F.argument("W_Q", (3, 3)).T, r"W_{Q}^{\top}"),
        (F.argument("lambda") * F.argument("alpha_out"), r"\lambda\, \alpha_{\mathrm{out}}"),
        (F.argument("data_loss"), r"\mathrm{data}_{\mathrm{loss}}"),
        (F.sqrt(F.argument("s")), r"\sqrt{s}"),
        (F.argument("s") / F.argument("t"), r"\frac{s}{t}"),
    ],
)
def test_latex(expression, latex: str) -> None:
    assert latex_of(expression) == latex
    to_mathml(latex)


def test_every_primitive_converts(case) -> None:
    slopes = derive(case.loss, {str(s.attrs): s for s in case.inputs}).gradient.values()
    definitions, forms = matrix_forms([case.loss, *slopes], primal=[case.loss])
    for form in [*forms, *(part for d in definitions for part in (d.left, d.right))]:
        text = Latex().render(form)
        assert text.count("{") == text.count("}")
        assert text.count(r"\left") == text.count(r"\right")
        to_mathml(text)


def test_conditions_convert() -> None:
    s = F.argument("s")
    condition = build.logical("or", build.logical("not", s <= 1), build.compare("!=", s, 2))
    text = latex_of(F.where(condition, s, 0))
    assert r"\vee" in text
    to_mathml(text)


@pytest.mark.parametrize("name", models.names())
def test_models_convert(name: str) -> None:
    model = models.build(name, n=3)
    d = derive(model.loss, model.parameters)
    outputs = [d.loss, *d.gradient.values(), *d.hessian.values()]
    definitions, forms = matrix_forms(outputs, model.definitions, primal=[d.loss])
    for form in [*forms, *(part for item in definitions for part in (item.left, item.right))]:
        to_mathml(Latex().render(form))


def test_what_is_left_over_is_refused() -> None:
    with pytest.raises(ValueError, match="leaves a command"):
        to_mathml(r"\notacommand{x}")
