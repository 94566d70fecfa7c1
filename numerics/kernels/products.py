"""Matrix products in a kernel: tiles of the result stay in registers while the inner axis is walked.

Small products are written out where they stand. Others call tile functions, one per kind of operand and size of tile,
so that a kernel with many products still compiles quickly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from math import prod

from numerics.kernels.operands import Formula, Index, Number, Operand, View, position
from numerics.kernels.writer import Writer
from verify.expr.build import broadcast_shapes
from verify.expr.node import Shape

TILE = 4
"""Rows and columns of a tile: sixteen sums and eight operands fit in thirty-two registers."""

LONG_TILE = 8
"""Longest tile of a product with a single row or column."""

WRITTEN_OUT = 32
"""Multiplications of a product that is written out."""

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


def write_product(
    writer: Writer, left: View | Number, right: View | Number, target: View, result: Result, *, adds: bool
) -> None:
    """Write the product of two operands whose inner axes are both stored.

    Args:
        target: where the stored result lies, an axis of length one for each dropped one.
        result: writes one entry, for products that are written out.
        adds: whether the product is added to what is there.
    """
    shape = stored_shape(left, right)
    inner = left.shape[-1]
    if writer.flat or prod(shape) * inner <= WRITTEN_OUT or not (isinstance(left, View) and isinstance(right, View)):

        def entry(index: Place) -> None:
            *batch, i, j = index
            terms = [f"{_entry(left, (*batch, i, k))} * {_entry(right, (*batch, k, j))}" for k in range(inner)]
            text = " + ".join(terms)
            result(index, text if left.lanes or right.lanes else f"splat({text})")

        writer.each(shape, entry, weight=inner)
        return
    _batches(writer, left, right, target, shape[:-2], (), adds)


def _entry(a: View | Number, index: Place) -> str:
    return a.text if isinstance(a, Number) else a.entry(index)


def _batches(writer: Writer, left: View, right: View, target: View, batch: Shape, index: Place, adds: bool) -> None:
    if batch:
        with writer.loop(batch[0]) as i:
            _batches(writer, left, right, target, batch[1:], (*index, i), adds)
        return
    rows, columns = left.stored[-2], right.stored[-1]
    for top, height, count in _parts(rows, LONG_TILE if columns == 1 else TILE):
        with writer.loop(count * height, height) as i:
            for first, width, repeats in _parts(columns, LONG_TILE if rows == 1 else TILE):
                with writer.loop(repeats * width, width) as j:
                    row, column = _after(i, top), _after(j, first)
                    name = _tile_function(writer, left.lanes, right.lanes, height, width, adds)
                    parts = [
                        *_operand(target, (*index, row, column)),
                        *_operand(left, (*index, row, 0)),
                        *_operand(right, (*index, 0, column)),
                    ]
                    writer.line(f"{name}({', '.join(parts)}, {left.shape[-1]});")


def _operand(a: View, index: Place) -> list[str]:
    """Return the arguments that say where a part of a matrix begins and how far its rows and columns lie apart."""
    at = position(a.offset, a.strides, index)
    return [f"{a.buffer.name} + {at}", str(a.strides[-2]), str(a.strides[-1])]


def _parts(length: int, tile: int) -> list[tuple[int, int, int]]:
    """Return (start, size, number) of the full tiles and of the rest."""
    full, rest = divmod(length, tile)
    parts = [(0, tile, full)] if full else []
    return parts + ([(full * tile, rest, 1)] if rest else [])


def _after(place: Index, more: int) -> Index:
    if isinstance(place, int):
        return place + more
    return f"({place}+{more})" if more else place


def _tile_function(writer: Writer, left: bool, right: bool, height: int, width: int, adds: bool) -> str:
    """Return the name of the function that computes a tile; write it when it is new."""
    name = f"tile_{'d' + 'v' * left}{'d' + 'v' * right}_{height}_{width}{'_add' * adds}"
    if name in writer.functions:
        return name
    kinds = ["v" if lanes else "double" for lanes in (left, right)]
    tile = list(product(range(height), range(width)))
    start = [f"v c{i}_{j} = splat(0.0);" for i, j in tile]
    loads = [f"const {kinds[0]} a{i} = a[{i} * ra];" for i in range(height)]
    loads += [f"const {kinds[1]} b{j} = b[{j} * cb];" for j in range(width)]
    sums = [f"c{i}_{j} += a{i} * b{j};" for i, j in tile]
    ends = [f"c[{i} * rc + {j} * cc] {'+' * adds}= c{i}_{j};" for i, j in tile]
    writer.functions[name] = (
        "\n  ".join(
            [
                f"static __attribute__((noinline)) void {name}(v *c, long rc, long cc, const {kinds[0]} *a, long ra,",
                f"    long ca, const {kinds[1]} *b, long rb, long cb, long inner) {{",
                *start,
                "for (long k = 0; k < inner; ++k, a += ca, b += rb) {",
                *loads,
                *sums,
                "}",
                *ends,
            ]
        )
        + "\n}"
    )
    return name
