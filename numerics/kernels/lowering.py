"""From a graph of expressions to the C source of a kernel over a batch of points.

The lanes of the processor's vector registers run over points, so that every operation is elementwise and needs no
shuffling. Blocks of points are independent of each other: the results do not depend on how a batch is divided.
Parts that are the same for all points are computed once, by NumPy, and handed over as data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from numerics.kernels.axes import Slicing, best_slicing, whole
from numerics.kernels.chains import rebracketed
from numerics.kernels.emitter import SUPPORTED, VIEWS, Emitter
from numerics.kernels.entries import MINUS_ONE
from numerics.kernels.operands import Buffer, Index, Number, Operand, View, contiguous, position
from numerics.kernels.writer import FOREVER, Writer
from verify.expr.build import uniform_value, where
from verify.expr.node import BOOL, Expr, topological

FLAT_WORK = 800
"""Operations up to which a kernel is written out without loops over entries."""

WHOLE_WORK = 400
"""Operations up to which nothing is sliced."""

_WEIGHTS = {"exp": 20, "log": 30, "tanh": 30, "sigmoid": 30, "softplus": 60, "erf": 60, "sin": 200, "cos": 200,
            "div": 4, "sqrt": 4, "softmax": 24, "logsumexp": 24, "sparsemax": 12, "margin": 12, "max": 3, "gap": 6,
            "maximum": 3, "where": 3, "step": 3, "sign": 4}  # fmt: skip
_FREE = frozenset(("broadcast", "reshape", "transpose", "const", "symbol", "inverse_sqrt_pi"))


@dataclass(frozen=True)
class Lowered:
    """A kernel before it is compiled.

    Attributes:
        source: C text; equal for graphs that differ in data only.
        data: expressions without inputs whose values the kernel reads, in order.
        scratch: memory it works in, in lanes.
        work: estimated operations per point.
        slices: how many slices it cuts the graph into.
    """

    source: str
    data: tuple[Expr, ...]
    scratch: int
    work: int
    slices: int


class Unsupported(Exception):
    """The graph has an operation that no kernel is written for."""


def lower(outputs: Sequence[Expr], inputs: Sequence[Expr]) -> Lowered:
    """Write the kernel of ``outputs`` as functions of ``inputs``; every other symbol is data.

    Raises:
        Unsupported: an operation outside :data:`numerics.kernels.emitter.SUPPORTED`, or an array without entries.
    """
    nodes = topological(*outputs)
    for node in nodes:
        if node.op not in SUPPORTED or node.size == 0:
            raise Unsupported(f"'{node.op}' of shape {list(node.shape)}")
    given = _Graph.of(outputs, inputs)
    again = _Graph.of(rebracketed(outputs, given.varying), inputs)
    return _Kernel(min(again, given, key=lambda graph: graph.written), inputs).lowered()


@dataclass(frozen=True)
class _Graph:
    """What is computed, how it is sliced, and how many operations that takes: in all, and in one slice."""

    outputs: tuple[Expr, ...]
    nodes: tuple[Expr, ...]
    varying: set[int]
    slicing: Slicing
    work: int
    written: int

    @classmethod
    def of(cls, outputs: Sequence[Expr], inputs: Sequence[Expr]) -> _Graph:
        nodes = topological(*outputs)
        varying = varying_nodes(nodes, inputs)
        needed = [node for node in nodes if id(node) in varying]
        slicing = whole(nodes)
        if sum(map(cost, needed)) > WHOLE_WORK:
            slicing = best_slicing(nodes, varying)
        written = work = 0
        for node in needed:
            repeats = slicing.count if id(node) in slicing.axis or id(node) in slicing.reduced else 1
            written += cost(node) // repeats
            work += cost(node)
        return cls(tuple(outputs), tuple(needed), varying, slicing, work, written)


def varying_nodes(nodes: Sequence[Expr], inputs: Sequence[Expr]) -> set[int]:
    """Return the ids of the nodes that depend on an input."""
    found = {id(symbol) for symbol in inputs}
    for node in nodes:
        if any(id(arg) in found for arg in node.args):
            found.add(id(node))
    return found


def cost(node: Expr) -> int:
    """Return roughly how many operations a node takes at one point."""
    if node.op in _FREE:
        return 0
    if node.op == "matmul":
        return node.size * node.args[0].shape[-1]
    if node.op in ("sum", "max", "gap", "logsumexp"):
        return _WEIGHTS.get(node.op, 1) * node.args[0].size
    return _WEIGHTS.get(node.op, 1) * node.size


@cache
def prelude() -> str:
    """Return the text of lanes.h."""
    return files("numerics.kernels").joinpath("lanes.h").read_text(encoding="utf-8")


class _Kernel:
    """Writes one kernel: packing, what precedes all slices, loops over slices, and what follows each."""

    def __init__(self, graph: _Graph, inputs: Sequence[Expr]) -> None:
        self.work, self.outputs, self.inputs, self.slicing = graph.work, graph.outputs, inputs, graph.slicing
        self.varying, self.nodes = graph.varying, graph.nodes
        self.uses = Counter(id(arg) for node in self.nodes for arg in node.args)
        self.uses.update(id(output) for output in self.outputs)
        self.writer = Writer(flat=graph.written <= FLAT_WORK)
        self.emitter = Emitter(self.writer, self.slicing, dict(self.uses), self._kept())
        self.data: list[Expr] = []
        self.leaves: dict[int, Buffer] = {}
        self.packed: list[tuple[Buffer, int, Expr]] = []
        self.fused = {id(node.args[0]) for node in self.nodes if self._adds_products(node)}

    def _sliced(self, node: Expr) -> bool:
        return id(node) in self.slicing.axis

    def _by_slices(self, output: Expr) -> bool:
        """Whether an output is written slice by slice."""
        return self._sliced(output) and id(output) in self.varying

    def _kept(self) -> set[int]:
        """Return the nodes outside slices whose value is needed in a loop over slices or after one."""
        level, kept = self.slicing.level, set()
        for node in reversed(self.nodes):
            own = not self._sliced(node)
            for arg in node.args:
                if id(arg) in self.varying and not self._sliced(arg):
                    crosses = not own or level[id(arg)] != level[id(node)]
                    if crosses or (id(node) in kept and node.op in VIEWS):
                        kept.add(id(arg))
        return kept

    def _adds_products(self, node: Expr) -> bool:
        """Whether a node only adds up one matrix product per slice."""
        if id(node) not in self.slicing.reduced or node.op != "sum":
            return False
        inner = node.args[0]
        shape = self.slicing.shape(inner)
        alone = inner.op == "matmul" and self.uses[id(inner)] == 1 and inner.shape[-1] > 1
        return alone and all(shape[axis] == 1 for axis in node.attrs)  # type: ignore[attr-defined]

    # parts

    def lowered(self) -> Lowered:
        for symbol in self.inputs:
            self._input(symbol)
        deepest = max(self.slicing.level.values(), default=0)
        for level in range(deepest + 1):
            if level:
                self._loop([node for node in self.nodes if id(node) in self.slicing.reduced
                            and self.slicing.level[id(node)] == level], level - 1)  # fmt: skip
            for node in self.nodes:
                straight = not self._sliced(node) and id(node) not in self.slicing.reduced
                if straight and self.slicing.level[id(node)] == level and node.args:
                    self._node(node)
            self._outputs(level)
        last = [out for out in self.outputs if self._by_slices(out) and self.slicing.level[id(out)] == deepest]
        if last:
            self._loop([], deepest)
        return self._finished()

    def _loop(self, sums: Sequence[Expr], level: int) -> None:
        """Write one loop over slices: sums over them, and outputs by slices."""
        ends = [*sums, *(out for out in self.outputs if self._by_slices(out) and self.slicing.level[id(out)] == level)]
        inside = {id(node) for node in self._inside(ends)}
        with self.writer.block(f"for (long n = 0; n < {self.slicing.count}; ++n)"):
            for node in self.nodes:
                if id(node) in inside and node.args:
                    self._node(node)
            for number, output in enumerate(self.outputs):
                if any(output is end for end in ends) and self._by_slices(output):
                    step = contiguous(output.shape)[self.slicing.axis[id(output)]]
                    self._put(number, output, self.emitter.values[id(output)], f"o{number} + n*{step}")

    def _inside(self, ends: Sequence[Expr]) -> Iterator[Expr]:
        """Yield the ends and every sliced node below them."""
        done: set[int] = set()
        stack = list(ends)
        while stack:
            node = stack.pop()
            if id(node) not in done:
                done.add(id(node))
                yield node
                stack.extend(arg for arg in node.args if self._sliced(arg) and id(arg) in self.varying)

    def _node(self, node: Expr) -> None:
        for arg in node.args:
            if id(arg) not in self.varying and id(arg) not in self.emitter.values:
                self.emitter.values[id(arg)] = self._fixed(arg)
        if id(node) not in self.fused:
            self.emitter.node(node)

    def _outputs(self, level: int) -> None:
        for number, output in enumerate(self.outputs):
            if id(output) not in self.varying:
                if level == 0:
                    self._put(number, output, self._fixed(output, view=False), f"o{number}")
            elif not self._sliced(output) and self.slicing.level[id(output)] == level:
                self._put(number, output, self.emitter.values[id(output)], f"o{number}")

    def _put(self, number: int, output: Expr, value: Operand, base: str) -> None:
        """Write an output's entries to its array, one row per point."""
        self.writer.step += 1
        strides = contiguous(output.shape)
        put = "put_truth" if output.kind == BOOL else "put"

        def entry(index: tuple[Index, ...]) -> None:
            at = position(0, strides, index)
            self.writer.line(f"{put}({base} + {at}, {output.size}, live, {self.emitter.text(value, index)});")

        self.writer.each(value.shape, entry)

    # leaves

    def _input(self, symbol: Expr) -> None:
        buffer = Buffer(self.writer.name("p"), symbol.size, first=0, last=FOREVER)
        self.writer.buffers.append(buffer)
        self.packed.append((buffer, symbol.size, symbol))
        self.emitter.values[id(symbol)] = self._leaf(buffer, symbol)

    def _leaf(self, buffer: Buffer, node: Expr) -> View:
        """Return an array in memory; inside loops a sliced one is seen from its slice on."""
        strides = contiguous(node.shape)
        axis = self.slicing.axis.get(id(node))
        if axis is None:
            return View(buffer, node.shape, strides)
        seen = Buffer(f"({buffer.name} + n*{strides[axis]})", buffer.size, lanes=buffer.lanes)
        cut = (*strides[:axis], 0, *strides[axis + 1 :])
        return View(seen, self.slicing.shape(node), cut)

    def _fixed(self, node: Expr, *, view: bool = True) -> Operand:
        """Return the value of a node without inputs: a number, a view of another one, or data."""
        shape = self.slicing.shape(node) if view else node.shape
        if node.op == "inverse_sqrt_pi":
            return Number(repr(0.5641895835477563), shape)
        if (value := uniform_value(node)) is not None:
            text = repr(float(value))
            return Number(MINUS_ONE if value == -1 else f"({text})" if value < 0 else text, shape)
        if view and node.op in ("broadcast", "transpose"):
            arg = node.args[0]
            if id(arg) not in self.emitter.values:
                self.emitter.values[id(arg)] = self._fixed(arg)
            known = self.emitter.values[id(arg)]
            return getattr(self.emitter, f"_{node.op}")(node, [known])
        buffer = self.leaves.get(id(node))
        if buffer is None:
            buffer = self.leaves[id(node)] = Buffer(f"d{len(self.data)}", node.size, lanes=False)
            self.data.append(where(node, 1, 0) if node.kind == BOOL else node)  # keeps what is undefined
        return self._leaf(buffer, node) if view else View(buffer, node.shape, contiguous(node.shape))

    # text

    def _finished(self) -> Lowered:
        scratch = self.writer.arranged()
        head = [f"  const double *const d{place} = data[{place}];" for place in range(len(self.data))]
        for number, output in enumerate(self.outputs):
            kind = "unsigned char" if output.kind == BOOL else "double"
            head.append(f"  {kind} *const whole{number} = out[{number}];")
        begin = ["    const long live = count - b < LANES ? count - b : LANES;"]
        for number, output in enumerate(self.outputs):
            kind = "unsigned char" if output.kind == BOOL else "double"
            begin.append(f"    {kind} *const o{number} = whole{number} + b*{output.size};")
        for buffer in self.writer.buffers:
            if not buffer.single:
                begin.append(f"    v *const {buffer.name} = s + {buffer.place};")
        for place, (buffer, size, _) in enumerate(self.packed):
            begin.append(f"    pack({buffer.name}, in[{place}], {size}, b, count);")
        for buffer in self.writer.buffers:
            if buffer.name.startswith("a") and buffer.single:
                begin.extend(f"    v {buffer.entry(k)} = splat(0.0);" for k in range(buffer.size))
            elif buffer.name.startswith("a"):
                begin.append(f"    for (long k = 0; k < {buffer.size}; ++k) {buffer.name}[k] = splat(0.0);")
        lines = [
            prelude(),
            *(_power(n) for n in sorted(self.emitter.powers)),
            *self.writer.tables,
            *self.writer.functions.values(),
            "int lanes(void) { return LANES; }",
            "void run(const double *const *in, const double *const *data, void *const *out, long begin, long end,",
            "         long count, v *s) {",
            *head,
            "  for (long b = begin; b < end; b += LANES) {",
            *begin,
            *("  " + line for line in self.writer.lines),
            "  }",
            "}",
        ]
        return Lowered("\n".join(lines) + "\n", tuple(self.data), scratch, self.work, self.slicing.count)


def _power(n: int) -> str:
    """Return the C function of the nonnegative integer power n, by repeated squaring."""
    if n == 0:
        return "/* vpower0 is in the prelude */"
    lines, out, square, left = [], "", "a", n
    while left:
        if left & 1:
            lines.append(f"const v y{left} = {f'{out} * ' if out else ''}{square};")
            out = f"y{left}"
        left >>= 1
        if left:
            lines.append(f"const v s{left} = {square} * {square};")
            square = f"s{left}"
    return f"LIKELY_INLINE v vpower{n}(v a) {{ {' '.join(lines)} return {out}; }}"
