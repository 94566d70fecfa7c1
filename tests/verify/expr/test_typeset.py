"""What both styles share: every operation of a form has a rendering."""

from __future__ import annotations

import re
from pathlib import Path

from verify.expr import form, matrix_form
from verify.expr.latex import Latex
from verify.expr.plain import Plain
from verify.expr.typeset import Style


def test_every_operation_is_rendered() -> None:
    source = Path(form.__file__).read_text() + Path(matrix_form.__file__).read_text()
    operations = set(re.findall(r'Form\(\s*"(\w+)"', source))
    assert {"number", "name", "ones", "each", "stacked", "literal"} <= operations
    assert [op for op in sorted(operations) if not hasattr(Style, f"_{op}")] == []


def test_styles_are_complete() -> None:
    for style in (Latex(), Plain()):
        assert style.render(form.total(form.number(-1), form.name("s", form.SCALAR))).replace(" ", "") == "s-1"
