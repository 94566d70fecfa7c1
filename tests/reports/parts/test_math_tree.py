"""Formulas as trees for the PDF."""

from __future__ import annotations

import json

import pytest

from reports.parts.formula import NotTypeset
from reports.parts.math_tree import tree


def kinds(node: dict) -> list[str]:
    return [node["n"], *(kind for part in node.get("c", []) for kind in kinds(part))]


def test_fences_become_groups() -> None:
    found = tree(r"\left( \frac{a}{b} \right)^{2} + \begin{pmatrix} 1 & 2 \end{pmatrix}")
    assert kinds(found).count("lr") == 2
    assert "mfrac" in kinds(found)
    assert "mtable" in kinds(found)
    json.dumps(found)


def test_unpaired_fences_are_kept() -> None:
    found = tree("( a")
    assert "lr" not in kinds(found)
    assert "(" in json.dumps(found)


def test_spaces_have_a_bounded_width() -> None:
    spaces = json.dumps(tree(r"a \quad b \, c"))
    assert '"w": 1.0' in spaces


def test_what_is_no_formula() -> None:
    with pytest.raises(NotTypeset):
        tree(r"\unknown")
