"""Terminal text, with and without Unicode."""

from __future__ import annotations

import pytest

from verify import models
from verify.expr import functions as F
from verify.expr.matrix_form import matrix_forms
from verify.expr.plain import Plain, ascii_only
from verify.sheet import sheet

s, t = F.argument("s"), F.argument("t")
A, B = F.argument("A", (2, 2)), F.argument("B", (2, 2))


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (s - (t - s * t), "s + s t - t"),
        (-(s + t) * 2, "-2 (s + t)"),
        ((s + t) ** 3, "(s + t)^3"),
        (s / (t * s), "s/(t s)"),
        (A @ (B + A).T, "A (B + A)ᵀ"),
        (A * B * 2, "2 (A ⊙ B)"),
        (A**2, "A^⊙2"),
        (-A, "-A"),
    ],
)
def test_brackets_and_signs(expression, text: str) -> None:
    _, (form,) = matrix_forms([expression], primal=[expression])
    assert Plain().render(form) == text


@pytest.mark.parametrize("name", models.names())
def test_all_signs_have_an_ascii_form(name: str) -> None:
    from verify.derivation import derive

    model = models.build(name, n=2)
    for section in sheet(derive(model.loss, model.parameters, definitions=model.definitions)):
        for line in (*section.lines, *section.where):
            assert "?" not in ascii_only(line.text)
