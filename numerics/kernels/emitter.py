"""How each operation of an expression is written in C, one slice at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from math import prod

from numerics.kernels import products
from numerics.kernels.entries import merged, negated, reduction
from numerics.kernels.operands import (
    Formula,
    Index,
    Number,
    Operand,
    View,
    broadcast_view,
    offsets,
    picked_view,
    reshaped_view,
    whole_view,
)
from numerics.kernels.rows import Rows
from numerics.kernels.writer import FOREVER
from verify.expr.build import broadcast_shapes
from verify.expr.node import COMPARISONS, ELEMENTWISE_REAL, LOGICAL, Expr, Shape

ENTRYWISE = ELEMENTWISE_REAL | COMPARISONS | LOGICAL
VIEWS = frozenset(("broadcast", "reshape", "transpose", "gather"))
"""Operations whose value may lie in the memory of their argument."""

SUPPORTED = ENTRYWISE | frozenset(
    [
        "const",
        "symbol",
        "inverse_sqrt_pi",
        "broadcast",
        "reshape",
        "transpose",
        "gather",
        "scatter",
        "concat",
        "sum",
        "max",
        "matmul",
        "softmax",
        "sparsemax",
        "logsumexp",
        "gap",
        "margin",
    ]
)
"""Operations that kernels are written for; graphs with any other are left to NumPy."""


class Emitter(Rows):
    """Writes nodes."""

    def node(self, node: Expr) -> None:
        """Write a node whose arguments are written."""
        self.writer.step += 1
        args = [self.values[id(arg)] for arg in node.args if id(arg) in self.values]
        if node.op in ENTRYWISE:
            value: Operand = self._entrywise(node, args)
        else:
            value = getattr(self, f"_{node.op}")(node, args)
        if isinstance(value, Formula) and (self.uses[id(node)] > 1 or id(node) in self.kept):
            value = self.stored(value, kept=id(node) in self.kept)
        if id(node) in self.kept and isinstance(value, View):  # a copy made for a view must live as long
            value.buffer.first, value.buffer.last = 0, FOREVER
        self.values[id(node)] = value

    # entrywise

    def _entrywise(self, node: Expr, args: list[Operand]) -> Operand:
        stored = broadcast_shapes(*(arg.stored for arg in args))
        parts = tuple(self.stored(a) if isinstance(a, Formula) and a.stored != stored else a for a in args)
        shape = self.slicing.shape(node)
        if node.op == "add":
            for own, other in ((0, 1), (1, 0)):
                if (opposite := negated(parts[own])) is not None:
                    return Formula("sub", (parts[other], opposite), shape, stored)
        if node.op == "pow":
            return Formula("pow", parts, shape, stored, int(node.attrs))  # type: ignore[call-overload]
        return Formula(node.op, parts, shape, stored)

    # structure

    def _viewed(self, a: Operand, shape: Shape, view: Callable[[View | Number], View | Number | None]) -> Operand:
        """Apply a change of view to ``a``, or to the arguments of a formula; to a copy where it takes one."""
        if isinstance(a, Formula):
            args = tuple(self._viewed(arg, shape, view) for arg in a.args)
            return replace(a, args=args, shape=shape, stored=broadcast_shapes(*(arg.stored for arg in args)))
        if (seen := view(a)) is not None:
            return seen
        copy = view(self.spread(a))
        assert copy is not None
        return copy

    def _broadcast(self, node: Expr, args: list[Operand]) -> Operand:
        shape = self.slicing.shape(node)
        return self._viewed(args[0], shape, lambda a: broadcast_view(a, shape))

    def _reshape(self, node: Expr, args: list[Operand]) -> Operand:
        shape = self.slicing.shape(node)

        def view(a: View | Number) -> View | Number | None:
            return replace(a, shape=shape) if isinstance(a, Number) else reshaped_view(a, shape)

        return self._viewed(args[0], shape, view)

    def _transpose(self, node: Expr, args: list[Operand]) -> Operand:
        axes: tuple[int, ...] = node.attrs  # type: ignore[assignment]
        shape = self.slicing.shape(node)

        def view(a: View | Number) -> View | Number:
            if isinstance(a, Number):
                return replace(a, shape=shape)
            return replace(a, shape=shape, strides=tuple(a.strides[axis] for axis in axes))

        return self._viewed(args[0], shape, view)

    def _gather(self, node: Expr, args: list[Operand]) -> Operand:
        source, shape = self.stored(args[0]), self.slicing.shape(node)
        if isinstance(source, Number):
            return replace(source, shape=shape)
        positions = self._positions(node, node.shape, node.args[0], shape)
        if (seen := picked_view(source, positions, shape)) is not None:
            return seen
        out = self.fresh(shape, shape, node)
        places = offsets(source)[positions].tolist()
        self.writer.read(source.buffer)
        for target, place in self._through(places):
            value = source.buffer.entry(place)
            self.writer.store(out.buffer, target, value if source.lanes else f"splat({value})")
        return out

    def _scatter(self, node: Expr, args: list[Operand]) -> Operand:
        source = self.spread(args[0]) if isinstance(args[0], Formula | Number) else args[0]
        assert isinstance(source, View)
        shape, arg = self.slicing.shape(node), node.args[0]
        positions = self._positions(node, arg.shape, node, self.slicing.shape(arg))
        out = self.fresh(shape, shape, node)
        self.writer.read(source.buffer)
        places = offsets(source).tolist()
        if self.writer.flat:
            terms: list[list[str]] = [[] for _ in range(prod(shape))]
            for target, place in zip(positions, places, strict=True):
                terms[target].append(source.buffer.entry(place))
            for target, parts in enumerate(terms):
                text = " + ".join(parts) or "0.0"
                self.writer.store(out.buffer, target, text if parts and source.lanes else f"splat({text})")
            return out
        with self.writer.loop(prod(shape)) as i:
            self.writer.line(f"{out.buffer.entry(i)} = splat(0.0);")
        targets, origins = self.writer.table(positions), self.writer.table(places)
        with self.writer.loop(len(places)) as i:
            self.writer.line(f"{out.buffer.entry(f'{targets}[{i}]')} += {source.buffer.entry(f'{origins}[{i}]')};")
        return out

    def _positions(self, node: Expr, picked: Shape, source: Expr, shape: Shape) -> list[int]:
        """Return the row-major positions of a gather or scatter inside one slice of the indexed array."""
        import numpy as np

        positions = np.array(node.attrs, dtype=np.intp).reshape(picked)
        picking = node if node.op == "gather" else node.args[0]
        axis = self.slicing.axis.get(id(picking))
        if axis is None:
            return [int(p) for p in positions.ravel()]
        first = positions.take([0], axis=axis).reshape(shape)
        coordinates = np.unravel_index(first.ravel(), source.shape)
        return [int(p) for p in np.ravel_multi_index(coordinates, self.slicing.shape(source))]

    def _through(self, places: list[int]) -> Sequence[tuple[Index, Index]]:
        """Walk over (target, source) of a copy; in long copies, one pair of names inside a loop left open."""
        if self.writer.unrolls(len(places)):
            return list(enumerate(places))
        table, i = self.writer.table(places), self.writer.name("i")
        self.writer.line(f"for (long {i} = 0; {i} < {len(places)}; ++{i})")
        return [(i, f"{table}[{i}]")]

    def _concat(self, node: Expr, args: list[Operand]) -> Operand:
        axis: int = node.attrs  # type: ignore[assignment]
        shape = self.slicing.shape(node)
        out = self.fresh(shape, shape, node)
        start = 0
        for arg in args:
            part = replace(out, shape=arg.shape, offset=start * out.strides[axis])
            self._copy(arg, part)
            start += arg.shape[axis]
        return out

    def _copy(self, source: Operand, target: View) -> None:
        self.writer.each(source.shape, lambda index: self.put(target, index, self.text(source, index)))

    # reductions

    def _sum(self, node: Expr, args: list[Operand]) -> Operand:
        if id(node) in self.slicing.reduced:
            return self._accumulated(node, args)
        kept, reduced, repeats = reduction(args[0], node.attrs)  # type: ignore[arg-type]
        out = self.fresh(kept, self.slicing.shape(node), node)
        self._reduce(args[0], node.attrs, kept, reduced, repeats, lambda i, t: self.put(out, i, t))  # type: ignore[arg-type]
        return out

    def _reduce(
        self, a: Operand, axes: tuple[int, ...], kept: Shape, reduced: Shape, repeats: int,
        result: Callable[[tuple[Index, ...], str], None],
    ) -> None:  # fmt: skip
        """Write the sums of ``a`` over ``axes``; ``result`` receives the text of each."""
        scale = f" * {float(repeats)!r}" if repeats > 1 else ""

        def entry(index: tuple[Index, ...]) -> None:
            if self.writer.unrolls(prod(reduced)):
                every = product(*(range(length) for length in reduced))
                parts = [self.text(a, merged(index, inner, axes)) for inner in every]
                result(index, f"({' + '.join(parts)}){scale}")
                return
            total = self.writer.name("s")
            self.writer.line(f"v {total} = splat(0.0);")
            self.writer.each(
                reduced, lambda inner: self.writer.line(f"{total} += {self.text(a, merged(index, inner, axes))};")
            )
            result(index, total + scale)

        self.writer.each(kept, entry, weight=prod(reduced))

    def _accumulated(self, node: Expr, args: list[Operand]) -> View:
        """Add this slice's share of a sum over slices to its sum."""
        shape = self.slicing.shape(node)

        def adder(stored: Shape) -> tuple[View, Callable[[tuple[Index, ...], str], None]]:
            total = whole_view(self.writer.buffer(prod(stored), kept=True, prefix="a"), stored, shape)
            return total, lambda index, text: self.writer.line(f"{total.entry(index)} += {text};")

        if node.op == "matmul":
            left, right = (self.stored(arg) for arg in args)
            formula = products.outer(left, right, shape)
            total, add = adder(formula.stored)
            self.writer.each(formula.stored, lambda index: add(index, self.text(formula, index)))
            return total
        axes: tuple[int, ...] = node.attrs  # type: ignore[assignment]
        if not args:  # a matrix product that is left to its sum
            left, right = (self.stored(self.values[id(arg)]) for arg in node.args[0].args)
            lead = [axis for axis in range(node.args[0].ndim) if axis not in axes]
            stored = products.stored_shape(left, right)
            total, add = adder(tuple(stored[axis] for axis in lead))
            spread = [lead.index(axis) if axis in lead else None for axis in range(len(stored))]
            seen = replace(
                total,
                shape=stored,
                strides=tuple(0 if place is None else total.strides[place] for place in spread),
            )
            self._product(left, right, seen, lambda index, text: add(tuple(index[axis] for axis in lead), text), True)
            return total
        kept, reduced, repeats = reduction(args[0], axes)
        total, add = adder(kept)
        self._reduce(args[0], axes, kept, reduced, repeats, add)
        return total

    def _max(self, node: Expr, args: list[Operand]) -> Operand:
        return self._folded(node, self.stored(args[0]), "-INFINITE", lambda top, x: f"{top} = vmax({top}, {x});")

    def _folded(self, node: Expr, a: View | Number, start: str, fold: Callable[[str, str], str]) -> View:
        axes: tuple[int, ...] = node.attrs  # type: ignore[assignment]
        kept, reduced, _ = reduction(a, axes)
        out = self.fresh(kept, self.slicing.shape(node), node)

        def entry(index: tuple[Index, ...]) -> None:
            top = self.writer.name("m")
            self.writer.line(f"v {top} = splat({start});")
            self.writer.each(
                reduced, lambda inner: self.writer.line(fold(top, self.text(a, merged(index, inner, axes))))
            )
            self.put(out, index, top)

        self.writer.each(kept, entry, weight=prod(reduced))
        return out

    def _gap(self, node: Expr, args: list[Operand]) -> Operand:
        axes: tuple[int, ...] = node.attrs  # type: ignore[assignment]
        a = args[0] if isinstance(args[0], View) and args[0].stored == args[0].shape else self.spread(args[0])
        kept, reduced, _ = reduction(a, axes)
        out = self.fresh(kept, self.slicing.shape(node), node)

        def entry(index: tuple[Index, ...]) -> None:
            top, second = self.writer.name("m"), self.writer.name("m")
            self.writer.line(f"v {top} = splat(-INFINITE), {second} = {top};")

            def look(inner: tuple[Index, ...]) -> None:
                x = self.writer.name("x")
                self.writer.line(f"const v {x} = {self.text(a, merged(index, inner, axes))};")
                self.writer.line(f"{second} = vmax({second}, vmin({top}, {x})); {top} = vmax({top}, {x});")

            self.writer.each(reduced, look)
            self.put(out, index, f"{top} - {second}")

        self.writer.each(kept, entry, weight=prod(reduced))
        return out

    # products

    def _matmul(self, node: Expr, args: list[Operand]) -> Operand:
        if id(node) in self.slicing.reduced:
            return self._accumulated(node, args)
        left, right = (self.stored(arg) for arg in args)
        shape = self.slicing.shape(node)
        if left.shape[-1] == 1:
            return products.outer(left, right, shape)
        left, right = self._summed(left, right)
        if left.shape[-1] == 1:
            return products.outer(left, right, shape)
        out = self.fresh(products.stored_shape(left, right), shape, node)
        self._product(left, right, out, lambda index, text: self.put(out, index, text), False)
        return out

    def _product(
        self,
        left: View | Number,
        right: View | Number,
        target: View,
        result: products.Result,
        adds: bool,
    ) -> None:
        left, right = self._summed(left, right)
        for part in (left, right):
            if isinstance(part, View):
                self.writer.read(part.buffer)
        products.write_product(self.writer, left, right, target, result, adds=adds)

    def _summed(self, left: View | Number, right: View | Number) -> tuple[View | Number, View | Number]:
        """Where one side is constant along the inner axis, sum the other side over it first."""
        if left.shape[-1] == 1 or (left.stored[-1] > 1 and right.stored[-2] > 1):
            return left, right
        if left.stored[-1] == 1:
            return replace(left, shape=(*left.shape[:-1], 1)), self._along(right, len(right.shape) - 2)
        return self._along(left, len(left.shape) - 1), replace(right, shape=(*right.shape[:-2], 1, right.shape[-1]))

    def _along(self, a: View | Number, axis: int) -> View:
        kept, reduced, repeats = reduction(a, (axis,))
        length_one = (*a.shape[:axis], 1, *a.shape[axis + 1 :])
        stored = (*kept[:axis], 1, *kept[axis:])
        out = whole_view(self.writer.buffer(prod(stored)), stored, length_one)
        flat = replace(out, shape=(*out.shape[:axis], *out.shape[axis + 1 :]),
                       strides=(*out.strides[:axis], *out.strides[axis + 1 :]))  # fmt: skip
        self._reduce(a, (axis,), kept, reduced, repeats, lambda index, text: self.put(flat, index, text))
        self.writer.step += 1
        return out
