"""The NumPy reading: an expression compiled once into a list of array operations over a batch of points.

Values are floats: they may find a point, never decide about it. Where the exact reading is undefined (a division by
zero, the logarithm of a number that is not positive, a derivative on a kink) the value is ``nan``, without a warning.
Batches are computed in chunks that stay in the processor's cache; constants are computed when compiling.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verify.errors import InvalidInput
from verify.expr import numpy_kernels as kernels
from verify.expr.build import uniform_value
from verify.expr.node import BOOL, COMPARISONS, ELEMENTWISE_REAL, LOGICAL, Expr, Shape, symbols, topological

Array = NDArray[Any]
Compiled = Callable[..., list[Array]]

CHUNK_ENTRIES = 1 << 16
"""Target size, in numbers, of the largest intermediate array of one chunk of a batch."""

SMALLEST_CHUNK = 16
"""Fewest points computed together, however large one point is."""

_ENTRYWISE = ELEMENTWISE_REAL | COMPARISONS | LOGICAL


def compile_numpy(
    outputs: Sequence[Expr],
    inputs: Sequence[Expr],
    *,
    batched: bool = False,
    shared: Mapping[str, Any] | None = None,
) -> Compiled:
    """Return a function from arrays (one per symbol in ``inputs``) to the list of values of ``outputs``.

    Args:
        outputs: expressions; conditions come out as booleans that are true only where defined and true.
        inputs: the symbols whose values are the arguments of the function, in this order.
        batched: every argument has one more axis in front, of common length B, and so has every result.
        shared: fixed values of further symbols by name, the same for every point.

    Raises:
        InvalidInput: a free symbol is neither an input nor shared. The function raises it for wrong shapes.
    """
    program = compile_program(outputs, inputs, trail=int(batched), shared=shared or {})
    if not batched:
        return lambda *arrays: program.run([_fitted(a, s) for a, s in zip(arrays, inputs, strict=True)])
    if not inputs:
        raise InvalidInput("a batch without inputs has no length", fix="give at least one input symbol")
    chunk = max(SMALLEST_CHUNK, CHUNK_ENTRIES // program.largest)

    def batch_function(*arrays: Any) -> list[Array]:
        points = [_fitted(a, s, batch=True) for a, s in zip(arrays, inputs, strict=True)]
        count = points[0].shape[0]
        if any(len(point) != count for point in points):
            raise InvalidInput(f"batches of different lengths {[len(point) for point in points]}")
        results = [np.empty((count, *out.shape), dtype=bool if out.kind == BOOL else float) for out in outputs]
        for start in range(0, count, chunk):
            part = slice(start, start + chunk)
            values = program.run([np.ascontiguousarray(np.moveaxis(point[part], 0, -1)) for point in points])
            for result, value in zip(results, values, strict=True):
                result[part] = np.moveaxis(value, -1, 0)
        return results

    return batch_function


def _fitted(array: Any, symbol: Expr, *, batch: bool = False) -> Array:
    value = np.asarray(array, dtype=float)
    if value.shape[int(batch) :] != symbol.shape or value.ndim != symbol.ndim + int(batch):
        wanted = [*(["B"] if batch else []), *symbol.shape]
        raise InvalidInput(f"'{symbol.attrs}' of shape {list(value.shape)}", fix=f"give shape {wanted}")
    return value


# --- programs ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """One operation: ``function`` of registers ``sources`` into ``target``; then registers ``dead`` are free."""

    function: Callable[..., Array]
    target: int
    sources: tuple[int, ...]
    dead: tuple[int, ...] = ()


@dataclass(frozen=True)
class Program:
    """A compiled list of steps. Every register has ``trail`` batch axes behind the axes of its expression.

    Attributes:
        fixed: registers known when compiling.
        results: for each output its register, its shape and whether it is a condition.
        largest: entries of the largest register of one point.
    """

    steps: tuple[Step, ...]
    registers: int
    fixed: tuple[tuple[int, Array], ...]
    results: tuple[tuple[int, Shape, bool], ...]
    trail: int
    largest: int

    def run(self, arrays: Sequence[Array]) -> list[Array]:
        """Return the outputs, batch axes last, for inputs with batch axes last."""
        values: list[Any] = [None] * self.registers
        values[: len(arrays)] = arrays
        for place, value in self.fixed:
            values[place] = value
        with np.errstate(all="ignore"):
            for step in self.steps:
                values[step.target] = step.function(*[values[place] for place in step.sources])
                for place in step.dead:
                    values[place] = None
        lengths = np.broadcast_shapes(*(a.shape[a.ndim - self.trail :] for a in arrays))
        return [self._result(values[place], shape, is_bool, lengths) for place, shape, is_bool in self.results]

    @staticmethod
    def _result(value: Array, shape: Shape, is_bool: bool, lengths: Shape) -> Array:
        whole = np.broadcast_to(value, (*shape, *lengths))
        return whole == 1.0 if is_bool else np.array(whole)


@dataclass(frozen=True)
class _Slot:
    """A register while compiling: axes of length one in ``stored`` may stand for longer ones not spread yet."""

    place: int
    stored: Shape
    value: Array | None = None

    @property
    def fixed(self) -> bool:
        return self.value is not None


def compile_program(
    outputs: Sequence[Expr], inputs: Sequence[Expr], *, trail: int, shared: Mapping[str, Any]
) -> Program:
    """Compile ``outputs``; see :func:`compile_numpy`."""
    compiler = _Compiler(outputs, inputs, trail, shared)
    with np.errstate(all="ignore"):
        for node in topological(*outputs):
            compiler.slots[id(node)] = compiler.slot(node)
    return compiler.program(outputs)


class _Compiler:
    """Collects the steps of one program."""

    def __init__(self, outputs: Sequence[Expr], inputs: Sequence[Expr], trail: int, shared: Mapping[str, Any]) -> None:
        free = symbols(*outputs)
        given = {str(symbol.attrs): place for place, symbol in enumerate(inputs)}
        missing = [name for name in free if name not in given and name not in shared]
        if missing:
            raise InvalidInput(f"no value for {', '.join(missing)}", fix="give them as inputs or shared values")
        self.trail = trail
        self.given = given
        self.shared = shared
        self.uses = Counter(id(arg) for node in topological(*outputs) for arg in node.args)
        self.uses.update(id(output) for output in outputs)
        self.slots: dict[int, _Slot] = {}
        self.steps: list[Step] = []
        self.fixed: list[tuple[int, Array]] = []
        self.count = len(inputs)
        self.largest = 1

    # registers

    def fix(self, value: Any, stored: Shape) -> _Slot:
        array = np.asarray(value, dtype=float).reshape(stored + (1,) * self.trail)
        slot = _Slot(self.count, stored, array)
        self.count += 1
        self.fixed.append((slot.place, array))
        return slot

    def emit(self, function: Callable[..., Array], sources: Sequence[_Slot], stored: Shape) -> _Slot:
        if all(source.fixed for source in sources):
            return self.fix(function(*(source.value for source in sources)), stored)
        slot = _Slot(self.count, stored)
        self.count += 1
        self.largest = max(self.largest, prod(stored))
        self.steps.append(Step(function, slot.place, tuple(source.place for source in sources)))
        return slot

    def reshaped(self, slot: _Slot, stored: Shape) -> _Slot:
        if slot.stored == stored:
            return slot
        trail = self.trail
        return self.emit(lambda a: a.reshape(stored + a.shape[a.ndim - trail :]), [slot], stored)

    def spread(self, slot: _Slot, shape: Shape) -> _Slot:
        """Spread the axes that were left at length one."""
        if slot.stored == shape:
            return slot
        trail = self.trail
        return self.emit(lambda a: np.broadcast_to(a, shape + a.shape[a.ndim - trail :]), [slot], shape)

    # nodes

    def slot(self, node: Expr) -> _Slot:
        if node.op == "const":
            return self.fix([float(entry) for entry in node.entries()], node.shape)
        if node.op == "inverse_sqrt_pi":
            return self.fix(kernels.INVERSE_SQRT_PI, ())
        if node.op == "symbol":
            return self._symbol(node)
        args = [self.slots[id(arg)] for arg in node.args]
        if node.op in _ENTRYWISE:
            return self._entrywise(node, args)
        method = getattr(self, f"_{node.op}", None)
        return method(node, args) if method else self._rows(node, args)

    def _symbol(self, node: Expr) -> _Slot:
        name = str(node.attrs)
        if name in self.given:
            return _Slot(self.given[name], node.shape)
        return self.fix(_fitted(self.shared[name], node), node.shape)

    def _entrywise(self, node: Expr, args: list[_Slot]) -> _Slot:
        stored = np.broadcast_shapes(*(arg.stored for arg in args))
        if node.op == "pow":
            return self.emit(kernels.power(node.attrs), args, stored)  # type: ignore[arg-type]
        if node.op == "add":
            for own, other in ((0, 1), (1, 0)):
                if (negated := self._negated(node.args[own])) is not None:
                    return self.emit(np.subtract, [args[other], negated], stored)
        return self.emit(kernels.ELEMENTWISE[node.op], args, stored)

    def _negated(self, node: Expr) -> _Slot | None:
        """Return the register of a in -1*a, so that a sum with it is one subtraction."""
        if node.op == "mul" and self.uses[id(node)] == 1 and uniform_value(node.args[0]) == -1:
            return self.slots[id(node.args[1])]
        return None

    def _broadcast(self, node: Expr, args: list[_Slot]) -> _Slot:
        lead = node.ndim - node.args[0].ndim
        return self.reshaped(args[0], (1,) * lead + args[0].stored)

    def _reshape(self, node: Expr, args: list[_Slot]) -> _Slot:
        source, target = node.args[0].shape, node.shape
        kept = [length for axis, length in enumerate(args[0].stored) if source[axis] != 1]
        if [length for length in source if length != 1] != [length for length in target if length != 1]:
            return self.reshaped(self.spread(args[0], source), target)
        left = iter(kept)
        return self.reshaped(args[0], tuple(1 if length == 1 else next(left) for length in target))

    def _transpose(self, node: Expr, args: list[_Slot]) -> _Slot:
        axes: tuple[int, ...] = node.attrs  # type: ignore[assignment]
        order = (*axes, *range(len(axes), len(axes) + self.trail))
        return self.emit(lambda a: a.transpose(order), args, tuple(args[0].stored[axis] for axis in axes))

    def _gather(self, node: Expr, args: list[_Slot]) -> _Slot:
        whole = self.spread(args[0], node.args[0].shape)
        return self.emit(kernels.gather(node.attrs, node.shape, self.trail), [whole], node.shape)  # type: ignore[arg-type]

    def _scatter(self, node: Expr, args: list[_Slot]) -> _Slot:
        whole = self.spread(args[0], node.args[0].shape)
        return self.emit(kernels.scatter(node.attrs, node.shape, self.trail), [whole], node.shape)  # type: ignore[arg-type]

    def _concat(self, node: Expr, args: list[_Slot]) -> _Slot:
        axis: int = node.attrs  # type: ignore[assignment]
        trail = self.trail

        def join(*parts: Array) -> Array:
            batch = np.broadcast_shapes(*(part.shape[part.ndim - trail :] for part in parts))
            whole = [np.broadcast_to(p, p.shape[: p.ndim - trail] + batch) for p in parts]
            return np.concatenate(whole, axis=axis)

        whole = [self.spread(slot, arg.shape) for slot, arg in zip(args, node.args, strict=True)]
        return self.emit(join, whole, node.shape)

    def _sum(self, node: Expr, args: list[_Slot]) -> _Slot:
        if (contracted := self._contraction(node)) is not None:
            return contracted
        source, axes = node.args[0], node.attrs
        stored, repeats = args[0].stored, 1
        for axis in axes:  # type: ignore[attr-defined]
            repeats *= source.shape[axis] // stored[axis]
        kept = tuple(length for axis, length in enumerate(stored) if axis not in axes)  # type: ignore[operator]
        out = self.emit(lambda a: a.sum(axis=axes), args, kept)
        return out if repeats == 1 else self.emit(lambda a: repeats * a, [out], kept)

    def _contraction(self, node: Expr) -> _Slot | None:
        """Return a sum of matrix products over all their batch axes as one matrix product, where that is quicker."""
        product = node.args[0]
        if product.op != "matmul" or node.attrs != tuple(range(product.ndim - 2)) or self.uses[id(product)] > 1:
            return None
        left, right = (self.spread(self.slots[id(arg)], arg.shape) for arg in product.args)
        if self.trail and not left.fixed:
            return None
        return self.emit(kernels.contraction(self.trail), [left, right], node.shape)

    def _max(self, node: Expr, args: list[_Slot]) -> _Slot:
        axes: tuple[int, ...] = node.attrs  # type: ignore[assignment]
        kept = tuple(length for axis, length in enumerate(args[0].stored) if axis not in axes)
        return self.emit(lambda a: a.max(axis=axes), args, kept)

    def _gap(self, node: Expr, args: list[_Slot]) -> _Slot:
        whole = self.spread(args[0], node.args[0].shape)
        return self.emit(kernels.gap(node.attrs, self.trail), [whole], node.shape)  # type: ignore[arg-type]

    def _min_eig(self, node: Expr, args: list[_Slot]) -> _Slot:
        whole = self.spread(args[0], node.args[0].shape)
        return self.emit(kernels.eigenvalue(0 if node.op == "min_eig" else -1, self.trail), [whole], ())

    _max_eig = _min_eig

    def _rows(self, node: Expr, args: list[_Slot]) -> _Slot:
        """Softmax, sparsemax, logsumexp and margins along the last axis."""
        make = {
            "softmax": kernels.softmax,
            "sparsemax": kernels.sparsemax,
            "logsumexp": kernels.logsumexp,
            "margin": kernels.margins,
        }[node.op]
        rows = self.spread(args[0], (*args[0].stored[:-1], node.args[0].shape[-1]))
        return self.emit(make(-1 - self.trail), [rows], rows.stored[: node.ndim])

    def _matmul(self, node: Expr, args: list[_Slot]) -> _Slot:
        wholes = [
            self.spread(slot, (*slot.stored[:-2], *arg.shape[-2:])) for slot, arg in zip(args, node.args, strict=True)
        ]
        left, right = wholes
        batch = np.broadcast_shapes(left.stored[:-2], right.stored[:-2])
        kernel = kernels.product(self.trail, left.fixed, right.fixed)
        return self.emit(kernel, wholes, (*batch, left.stored[-2], right.stored[-1]))

    # end

    def program(self, outputs: Sequence[Expr]) -> Program:
        results = tuple((self.slots[id(out)].place, out.shape, out.kind == BOOL) for out in outputs)
        steps = _live({place for place, _, _ in results}, self.steps)
        used = {place for step in steps for place in step.sources} | {place for place, _, _ in results}
        fixed = tuple((place, value) for place, value in self.fixed if place in used)
        return Program(steps, self.count, fixed, results, self.trail, self.largest)


def _live(kept: set[int], steps: Sequence[Step]) -> tuple[Step, ...]:
    """Drop steps whose value nothing needs, and note where each register is used for the last time."""
    needed, out = set(kept), []
    for step in reversed(steps):
        if step.target in needed:
            dead = tuple(place for place in dict.fromkeys(step.sources) if place not in needed)
            needed.update(step.sources)
            out.append(Step(step.function, step.target, step.sources, dead))
    return tuple(reversed(out))
