"""Operations on the rows of an array: softmax and its relatives."""

from __future__ import annotations

from collections.abc import Callable

from numerics.kernels.entries import Entries
from numerics.kernels.operands import (
    Buffer,
    Index,
    Operand,
    View,
)
from verify.expr.node import Expr, Shape


class Rows(Entries):
    """Writes operations along the last axis."""

    def _rows(self, node: Expr, a: Operand) -> tuple[View, Shape, int]:
        """Return room for the rows of a node, the shape of the rows that differ, and the length of a row."""
        length = a.shape[-1]
        lead = a.stored[:-1]
        return self.fresh((*lead, length), (*a.shape[:-1], length), node), lead, length

    def _softmax(self, node: Expr, args: list[Operand]) -> Operand:
        out, lead, length = self._rows(node, args[0])

        def row(index: tuple[Index, ...]) -> None:
            entries, total = self._shifted_exponentials(args[0], index, length)
            share = self.writer.name("r")
            self.writer.line(f"const v {share} = 1.0 / {total};")
            self._entries(length, lambda j: self.put(out, (*index, j), f"{entries.entry(j)} * {share}"))

        self.writer.each(lead, row, weight=length)
        return out

    def _logsumexp(self, node: Expr, args: list[Operand]) -> Operand:
        lead, length = args[0].stored[:-1], args[0].shape[-1]
        out = self.fresh(lead, self.slicing.shape(node), node)

        def row(index: tuple[Index, ...]) -> None:
            top = self.writer.name("m")
            _, total = self._shifted_exponentials(args[0], index, length, top)
            self.put(out, index, f"{top} + vlog({total})")

        self.writer.each(lead, row, weight=length)
        return out

    def _shifted_exponentials(
        self, a: Operand, index: tuple[Index, ...], length: int, top: str = ""
    ) -> tuple[Buffer, str]:
        """Write exp(entries - largest) of a row, and their sum. Undefined entries make all of them undefined."""
        top = top or self.writer.name("m")
        total = self.writer.name("s")
        row = self._row(a, index, length)
        self.writer.line(f"v {top} = {row.entry(0)};")
        self._entries(
            length, lambda j: self.writer.line(f"{top} = choose({row.entry(j)} > {top}, {row.entry(j)}, {top});")
        )
        self.writer.line(f"v {total} = splat(0.0);")

        def grow(j: Index) -> None:
            self.writer.line(f"{row.entry(j)} = vexp_falling({row.entry(j)} - {top});")
            self.writer.line(f"{total} += {row.entry(j)};")

        self._entries(length, grow)
        return row, total

    def _row(self, a: Operand, index: tuple[Index, ...], length: int) -> Buffer:
        """Write a row's entries into variables (short rows) or a small array of its own."""
        short = self.writer.unrolls(length)
        row = Buffer(self.writer.name("x"), length, single=short)
        if not short:
            self.writer.line(f"v {row.name}[{length}];")
        kind = "v " if short else ""
        self._entries(length, lambda j: self.writer.line(f"{kind}{row.entry(j)} = {self.text(a, (*index, j))};"))
        return row

    def _entries(self, length: int, body: Callable[[Index], None]) -> None:
        self.writer.each((length,), lambda index: body(index[0]))

    def _margin(self, node: Expr, args: list[Operand]) -> Operand:
        return self._distances(node, args[0], "{}")

    def _sparsemax(self, node: Expr, args: list[Operand]) -> Operand:
        return self._distances(node, args[0], "vrelu({})")

    def _distances(self, node: Expr, a: Operand, wrapped: str) -> View:
        out, lead, length = self._rows(node, a)

        def row(index: tuple[Index, ...]) -> None:
            name, bar = self.writer.name("x"), self.writer.name("m")
            entries = self._row(a, index, length)
            self.writer.line(f"v {name}[{length}];")
            self._entries(length, lambda j: self.writer.line(f"{name}[{j}] = {entries.entry(j)};"))
            self.writer.line(f"const v {bar} = vthreshold({name}, {length});")
            self._entries(length, lambda j: self.put(out, (*index, j), wrapped.format(f"{entries.entry(j)} - {bar}")))

        self.writer.each(lead, row, weight=length)
        return out
