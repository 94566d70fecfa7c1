"""A derivation as a page of formulas: loss, gradient, Hessian, critical-point conditions, with named parts.

The page is data; :mod:`verify.commands.derive` prints it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from verify.derivation import Derivation
from verify.expr.form import Form, coefficient
from verify.expr.latex import Latex
from verify.expr.matrix_form import Definition, depending, matrix_forms
from verify.expr.node import topological
from verify.expr.plain import Plain
from verify.expr.typeset import Style


@dataclass(frozen=True)
class Line:
    """One equation: plain text and LaTeX of both sides, and the shape of the value."""

    left: str
    right: str
    left_latex: str
    right_latex: str
    shape: tuple[int, ...]
    index: tuple[str, ...] = ()

    @property
    def latex(self) -> str:
        """The equation in LaTeX."""
        return f"{self.left_latex} = {self.right_latex}"

    @property
    def text(self) -> str:
        """The equation in plain text."""
        return f"{self.left} = {self.right}"


@dataclass(frozen=True)
class Section:
    """Equations of one kind, and the definitions of the parts they are the first to use."""

    title: str
    lines: tuple[Line, ...]
    where: tuple[Line, ...]


def sheet(derivation: Derivation, *, second_order: bool = True) -> list[Section]:
    """Return the sections loss, gradient, Hessian (if derived and wanted) and critical points."""
    blocks = derivation.hessian if second_order else {}
    outputs = [derivation.loss, *derivation.gradient.values(), *blocks.values()]
    directions = list(derivation.directions.values())
    definitions, forms = matrix_forms(outputs, derivation.definitions, primal=[derivation.loss], directions=directions)
    parts = _by_section(derivation, definitions, directions)
    count = len(derivation.gradient)
    loss, slopes, bends = forms[0], forms[1 : count + 1], forms[count + 1 :]
    sections = [
        Section("Loss", (_line(("L", "L"), loss, ()),), parts[0]),
        Section("Gradient", tuple(_slope_lines(derivation, slopes)), parts[1]),
    ]
    if blocks:
        lines = [
            _line(_bend_name(derivation, a, b), form, derivation.parameters[a].shape)
            for (a, b), form in zip(blocks, bends, strict=True)
        ]
        sections.append(Section("Hessian", tuple(lines), parts[2]))
    return [*sections, Section("Critical points", tuple(_conditions(derivation, slopes)), ())]


def _by_section(
    derivation: Derivation, definitions: Sequence[Definition], directions: Sequence[object]
) -> list[tuple[Line, ...]]:
    """Return the definitions that the loss, the gradient and the Hessian are the first to need."""
    in_loss = {id(node) for node in topological(derivation.loss)}
    order = topological(*derivation.gradient.values(), *derivation.hessian.values())
    along = depending(order, list(derivation.directions.values()))
    in_gradient = {id(node) for node in topological(*derivation.gradient.values())}
    parts: list[list[Line]] = [[], [], []]
    for definition in definitions:
        node = id(definition.node)
        place = 0 if node in in_loss else 1 if node in in_gradient and node not in along else 2
        parts[place].append(_definition_line(definition))
    return [tuple(part) for part in parts]


def _both(form: Form) -> tuple[str, str]:
    styles: tuple[Style, Style] = (Plain(), Latex())
    return styles[0].render(form), styles[1].render(form)


def _line(left: tuple[str, str], form: Form, shape: tuple[int, ...], index: tuple[str, ...] = ()) -> Line:
    text, latex = _both(form)
    return Line(left[0], text, left[1], latex, shape, index)


def _definition_line(definition: Definition) -> Line:
    index = definition.left.data[1]
    return _line(_both(definition.left), definition.right, definition.node.shape, index)


def _names(name: str) -> tuple[str, str]:
    return Plain().identifier(name, ()), Latex().identifier(name, ())


def _slope_lines(derivation: Derivation, slopes: Sequence[Form]) -> list[Line]:
    lines = []
    for (name, symbol), form in zip(derivation.parameters.items(), slopes, strict=True):
        text, latex = _names(name)
        lines.append(_line((f"∇_{text} L", rf"\nabla_{{{latex}}} L"), form, symbol.shape))
    return lines


def _bend_name(derivation: Derivation, a: str, b: str) -> tuple[str, str]:
    """Return the name of a Hessian block applied to a change of ``b``."""
    (row, row_latex), (column, column_latex) = _names(a), _names(b)
    move, move_latex = _names(str(derivation.directions[b].attrs))
    latex = rf"\nabla^{{2}}_{{{row_latex},{column_latex}}} L\left[ {move_latex} \right]"
    return f"∇²_{row},{column} L[{move}]", latex


def _conditions(derivation: Derivation, slopes: Sequence[Form]) -> list[Line]:
    """Every gradient block is zero; numeric factors are dropped."""
    lines = []
    for symbol, form in zip(derivation.parameters.values(), slopes, strict=True):
        text, latex = _both(coefficient(form)[1] if form.op != "number" else form)
        lines.append(Line(text, "0", latex, "0", symbol.shape))
    return lines
