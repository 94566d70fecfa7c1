"""Matrix products in a kernel: tiles of the result stay in registers while the inner axis is walked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product

from numerics.kernels.operands import Formula, Index, Number, Operand, View
from numerics.kernels.writer import Writer
from verify.expr.build import broadcast_shapes
from verify.expr.node import Shape

TILE = 4
"""Rows and columns of a tile: sixteen sums and eight operands fit in thirty-two registers."""

UNROLLED_INNER = 8
"""Steps along the inner axis that are written out."""

LONG_TILE = 8
"""Longest tile of a product with a single row or column."""

Place = tuple[Index, ...]
Result = Callable[[Place, str], None]
"""Takes an index into the stored result and the text of its value, and writes what becomes of it."""


def outer(left: View | Number, right: View | Number, shape: Shape) -> Formula:
    """Return a product with an inner axis of length one as an entrywise formula."""
    rows, columns = replace(left, shape=shape), replace(right, shape=shape)
    return Formula("mul", (rows, columns), shape, broadcast_shapes(rows.stored, columns.stored))


def stored_shape(left: Operand, right: Operand) -> Shape:
    """Return the shape of the different entries of a product."""
    return (*broadcast_shapes(left.stored[:-2], right.stored[:-2]), left.stored[-2], right.stored[-1])


def write_product(writer: Writer, left: View | Number, right: View | Number, result: Result) -> None:
    """Write the product of two operands whose inner axes are both stored; ``result`` receives every entry."""
    *batch, rows, columns = stored_shape(left, right)
    inner = left.shape[-1]
    if writer.flat:
        for index in product(*(range(length) for length in batch)):
            for i, j in product(range(rows), range(columns)):
                terms = [f"{_entry(left, (*index, i, k))} * {_entry(right, (*index, k, j))}" for k in range(inner)]
                result((*index, i, j), _total(terms, left.lanes or right.lanes))
        return
    _batches(writer, left, right, tuple(batch), (), result)


def _total(terms: list[str], lanes: bool) -> str:
    text = " + ".join(terms)
    return text if lanes else f"splat({text})"


def _batches(
    writer: Writer, left: View | Number, right: View | Number, batch: Shape, index: Place, result: Result
) -> None:
    if batch:
        with writer.loop(batch[0]) as i:
            _batches(writer, left, right, batch[1:], (*index, i), result)
        return
    rows, columns = left.stored[-2], right.stored[-1]
    tall = LONG_TILE if columns == 1 else TILE
    wide = LONG_TILE if rows == 1 else TILE
    for top, height, count in _parts(rows, tall):
        with writer.loop(count * height, height) as i:
            for first, width, repeats in _parts(columns, wide):
                with writer.loop(repeats * width, width) as j:
                    _tile(writer, left, right, index, (i, top, height), (j, first, width), result)


def _parts(length: int, tile: int) -> list[tuple[int, int, int]]:
    """Return (start, size, number) of the full tiles and of the rest."""
    full, rest = divmod(length, tile)
    parts = [(0, tile, full)] if full else []
    return parts + ([(full * tile, rest, 1)] if rest else [])


def _tile(
    writer: Writer,
    left: View | Number,
    right: View | Number,
    index: Place,
    rows: tuple[Index, int, int],
    columns: tuple[Index, int, int],
    result: Result,
) -> None:
    across = [_sum_index(rows[0], rows[1] + i) for i in range(rows[2])]
    down = [_sum_index(columns[0], columns[1] + j) for j in range(columns[2])]
    name = writer.name("c")
    for i, j in product(range(len(across)), range(len(down))):
        writer.line(f"v {name}_{i}_{j} = splat(0.0);")
    inner = left.shape[-1]
    for start, length, count in _parts(inner, UNROLLED_INNER):
        with writer.loop(count * length, length) as k:
            for step in range(length):
                _rank_one(writer, left, right, index, across, down, _sum_index(k, start + step), name)
    for (i, row), (j, column) in product(enumerate(across), enumerate(down)):
        result((*index, row, column), f"{name}_{i}_{j}")


def _rank_one(
    writer: Writer, left: View | Number, right: View | Number, index: Place, across: list[Index], down: list[Index],
    k: Index, name: str,
) -> None:  # fmt: skip
    """Add to a tile the product of a part of one column and a part of one row."""
    with writer.block(""):
        for i, row in enumerate(across):
            writer.line(f"const {_type(left)} a{i} = {_entry(left, (*index, row, k))};")
        for j, column in enumerate(down):
            writer.line(f"const {_type(right)} b{j} = {_entry(right, (*index, k, column))};")
        for i, j in product(range(len(across)), range(len(down))):
            writer.line(f"{name}_{i}_{j} += a{i} * b{j};")


def _sum_index(place: Index, more: int) -> Index:
    if isinstance(place, int):
        return place + more
    return f"({place}+{more})" if more else place


def _type(a: View | Number) -> str:
    return "v" if a.lanes else "double"


def _entry(a: View | Number, index: Place) -> str:
    return a.text if isinstance(a, Number) else a.entry(index)
