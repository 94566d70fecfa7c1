"""Values of nodes in a kernel: entries in memory, numbers, and formulas that their users evaluate."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from numerics.kernels.axes import Slicing
from numerics.kernels.operands import (
    Formula,
    Index,
    Number,
    Operand,
    View,
    position,
    whole_view,
)
from numerics.kernels.writer import Writer
from verify.expr.node import Expr, Shape

FUNCTIONS = {
    "div": "vdiv", "exp": "vexp", "log": "vlog", "sqrt": "vsqrt", "tanh": "vtanh", "sigmoid": "vsigmoid",
    "softplus": "vsoftplus", "erf": "verf", "sin": "vsin", "cos": "vcos", "abs": "vabs", "sign": "vsign",
    "relu": "vrelu", "step": "vstep", "maximum": "vmax", "where": "vwhere", "lt": "vlt", "le": "vle", "eq": "veq",
    "ne": "vne",
}  # fmt: skip
"""Entrywise operations and the functions of lanes.h that compute them."""

INFIX = {"add": "+", "sub": "-", "mul": "*", "and": "*"}
MINUS_ONE = "(-1.0)"


class Entries:
    """Evaluates and stores operands; ``values`` maps ids of nodes to what has become of them.

    Args:
        uses: how many nodes and outputs need each node.
        kept: ids of nodes whose value must outlive the part of the kernel they are written in.
    """

    def __init__(self, writer: Writer, slicing: Slicing, uses: dict[int, int], kept: set[int]) -> None:
        self.writer = writer
        self.slicing = slicing
        self.uses = uses
        self.kept = kept
        self.values: dict[int, Operand] = {}
        self.powers: set[int] = set()

    # values

    def text(self, a: Operand, index: Sequence[Index], *, vector: bool = True) -> str:
        """Return the C expression of one entry; with ``vector``, always of one number per point."""
        if isinstance(a, Formula):
            return self._formula(a, index)
        if isinstance(a, Number):
            value = a.text
        else:
            self.writer.read(a.buffer)
            value = a.entry(index)
        return f"splat({value})" if vector and not a.lanes else value

    def _formula(self, a: Formula, index: Sequence[Index]) -> str:
        if a.op in INFIX:
            parts = [self.text(arg, index, vector=False) for arg in a.args]
            return "(" + f" {INFIX[a.op]} ".join(parts) + ")"
        parts = [self.text(arg, index) for arg in a.args]
        if a.op == "not":
            return f"(1.0 - {parts[0]})"
        if a.op == "pow":
            self.powers.add(a.exponent)
            return f"vpower{a.exponent}({parts[0]})"
        if a.op == "or":
            text = parts[0]
            for part in parts[1:]:
                text = f"vmax({text}, {part})"
            return text
        return f"{FUNCTIONS[a.op]}({', '.join(parts)})"

    def stored(self, a: Operand, *, kept: bool = False) -> View | Number:
        """Return ``a`` with its different entries in memory."""
        if not isinstance(a, Formula):
            return a
        buffer = self.writer.buffer(prod(a.stored), kept=kept)
        out = whole_view(buffer, a.stored, a.shape)
        self.writer.each(a.stored, lambda index: self.put(out, index, self.text(a, index)))
        return out

    def spread(self, a: Operand) -> View:
        """Return ``a`` with every entry in memory."""
        buffer = self.writer.buffer(prod(a.shape))
        out = whole_view(buffer, a.shape, a.shape)
        self.writer.each(a.shape, lambda index: self.put(out, index, self.text(a, index)))
        return out

    def put(self, out: View, index: Sequence[Index], value: str) -> None:
        """Write the only assignment of an entry."""
        self.writer.store(out.buffer, place(out, index), value)

    def fresh(self, stored: Shape, shape: Shape, node: Expr) -> View:
        """Return room for the value of a node."""
        return whole_view(self.writer.buffer(prod(stored), kept=id(node) in self.kept), stored, shape)


def place(out: View, index: Sequence[Index]) -> Index:
    return position(out.offset, out.strides, index)


def negated(a: Operand) -> Operand | None:
    """Return x for the formula -1*x."""
    if isinstance(a, Formula) and a.op == "mul" and isinstance(a.args[0], Number) and a.args[0].text == MINUS_ONE:
        return a.args[1]
    return None


def reduction(a: Operand, axes: tuple[int, ...]) -> tuple[Shape, Shape, int]:
    """Return the stored shape of what a reduction keeps and of what it walks over, and how often each entry counts."""
    kept = tuple(length for axis, length in enumerate(a.stored) if axis not in axes)
    repeats = prod(a.shape[axis] // a.stored[axis] for axis in axes)
    return kept, tuple(a.stored[axis] for axis in axes), repeats


def merged(index: Sequence[Index], inner: Sequence[Index], axes: tuple[int, ...]) -> list[Index]:
    """Return the index into an array from those along its kept and its reduced axes."""
    merged, left = dict(zip(axes, inner, strict=True)), iter(index)
    return [merged[axis] if axis in merged else next(left) for axis in range(len(index) + len(inner))]
