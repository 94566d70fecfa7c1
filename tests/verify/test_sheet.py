"""The page of a derivation: each part once, where it is first needed."""

from __future__ import annotations

import re

import pytest

from verify import models
from verify.derivation import derive
from verify.expr.latex import to_mathml
from verify.sheet import sheet


def page(name: str, *, second_order: bool = True, **sizes):
    model = models.build(name, **sizes)
    return sheet(derive(model.loss, model.parameters, definitions=model.definitions), second_order=second_order)


def test_self_attention_reads_as_in_a_paper() -> None:
    loss, gradient, critical = page("self-attention", second_order=False, n=16, T=8, d=8)
    assert [line.text for line in loss.lines] == ["L = (1/32) ‖r‖²"]
    shown = [line.text for line in loss.where]
    assert "S[i] = (1/sqrt(8)) Z_1[i] Z_2[i]ᵀ" in shown
    assert "P[i] = softmax(S[i])" in shown
    assert "r = H v - y" in shown
    assert [line.text for line in gradient.lines] == [
        "∇_v L = (1/16) Hᵀ r",
        "∇_W_V L = (1/8) Σ_i X[i]ᵀ P[i]ᵀ 𝟏 G_1[i]ᵀ",
        "∇_W_Q L = Σ_i X[i]ᵀ G_3[i] Z_2[i]",
        "∇_W_K L = Σ_i X[i]ᵀ G_3[i]ᵀ Z_1[i]",
    ]
    assert critical.lines[0].text == "Hᵀ r = 0"
    assert critical.lines[0].shape == (8,)


@pytest.mark.parametrize("name", models.names())
def test_parts_are_defined_before_they_are_used(name: str) -> None:
    known = set(models.build(name).parameters) | set(models.build(name).data) | {"1", "e"}
    known |= {f"d{parameter}" for parameter in models.build(name).parameters}
    for section in page(name, n=2):
        for line in section.where:
            used = (
                set(re.findall(r"[A-Za-z]+(?:_\w+)?(?![\w(])", line.right.replace("ᵀ", " ")))
                - set(line.index)
                - {"tanh", "softmax"}
            )
            assert used - {"i", "softmax", "tanh", "diag", "sqrt"} <= known, line.text
            known.add(re.split(r"\[", line.left)[0])


@pytest.mark.parametrize("name", models.names())
def test_every_equation_converts_to_mathml(name: str) -> None:
    for section in page(name, n=2):
        for line in (*section.lines, *section.where):
            to_mathml(line.latex)


def test_the_hessian_can_be_left_out() -> None:
    model = models.build("baseline")
    titles = [s.title for s in sheet(derive(model.loss, model.parameters), second_order=False)]
    assert titles == ["Loss", "Gradient", "Critical points"]
