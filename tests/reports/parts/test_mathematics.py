"""LaTeX as safe MathML."""

from __future__ import annotations

import re

import pytest

from reports.parts.formula import NotTypeset
from reports.parts.mathematics import ATTRIBUTES, ELEMENTS, checked, parse, to_mathml


def test_a_formula() -> None:
    mathml = to_mathml(r"\frac{1}{2} \left\| a \odot w \right\|_{2}^{2} \le \mathbb{R}")
    assert mathml.startswith('<math displaystyle="true">')
    assert "<mfrac>" in mathml
    assert "<mo>≤</mo>" in mathml
    assert "ℝ" in mathml
    assert 'displaystyle="false"' in to_mathml("x", display=False)


@pytest.mark.parametrize(
    "latex",
    [r"\unknown{x}", r"\input{/etc/passwd}", r"\text{<script>alert(1)</script>}", r"\text{<b>x</b>}",
     r"\href{javascript:1}{x}",
     r"\style{color:red}{x}", r"\class{a}{x}", r"\frac{1}", r"x & y", "x" * 30_000, r"\text{&lt;}&amp;", "a\x00b",
     r"\left( x",
     "<math></math>", "]]>", r"\begin{aligned} a &= b \\ c &= d \end{aligned}"],
)  # fmt: skip
def test_what_is_not_plain_mathematics_is_refused_or_harmless(latex: str) -> None:
    try:
        mathml = to_mathml(latex)
    except NotTypeset:
        assert not checked(latex)
        return
    assert set(re.findall(r"<(\w+)", mathml)) <= ELEMENTS
    assert set(re.findall(r' (\w+)="', mathml)) <= ATTRIBUTES
    assert "\\" not in mathml


@pytest.mark.parametrize("latex", [r"\unknown{x}", r"\text{<script>x</script>}", "x" * 30_000, "a\x00b"])
def test_refused(latex: str) -> None:
    with pytest.raises(NotTypeset):
        to_mathml(latex)


def test_brackets_grow_only_around_something_tall() -> None:
    flat = {e.get("stretchy") for e in parse(r"\left( x + 1 \right)").iter("mo") if e.get("fence")}
    tall = {e.get("stretchy") for e in parse(r"\left( \frac{x}{2} \right)").iter("mo") if e.get("fence")}
    assert (flat, tall) == ({"false"}, {"true"})


def test_signs_stand_close_after_a_bracket_or_comma() -> None:
    signs = [e.get("form") for e in parse(r"\left[ -1, -2 - 3 \right]").iter("mo") if e.text == "−"]
    assert signs == ["prefix", "prefix", None]
