"""The text of a kernel while it grows: statements, loops, variables and scratch memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import product
from math import inf, prod

from numerics.kernels.operands import Buffer, Index
from verify.expr.node import Shape

UNROLLED = 12
"""Loops of at most this many rounds are written out."""

FOREVER = 1 << 60
"""Last step of a buffer that is needed to the end."""


class Writer:
    """Collects C statements.

    Attributes:
        flat: every loop over entries is written out and every entry is a variable of its own, so that the compiler
            keeps what it can in registers; for small graphs.
        step: number of the node that is being written; it dates the life of buffers.
    """

    def __init__(self, *, flat: bool) -> None:
        self.flat = flat
        self.step = 0
        self.buffers: list[Buffer] = []
        self.lines: list[str] = []
        self.tables: list[str] = []
        self.functions: dict[str, str] = {}
        self._depth = 1
        self._names = 0

    def name(self, prefix: str) -> str:
        """Return a name that is not used yet."""
        self._names += 1
        return f"{prefix}{self._names}"

    def line(self, text: str) -> None:
        """Write one statement."""
        self.lines.append("  " * self._depth + text)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Write ``head { ... }``."""
        self.line(head + " {")
        self._depth += 1
        yield
        self._depth -= 1
        self.line("}")

    @contextmanager
    def loop(self, stop: int, by: int = 1) -> Iterator[Index]:
        """Write a loop from zero; yields the name of its variable, or 0 if there is one round only."""
        if stop <= by:
            yield 0
            return
        i = self.name("i")
        with self.block(f"for (long {i} = 0; {i} < {stop}; {i} += {by})"):
            yield i

    def unrolls(self, statements: int) -> bool:
        """Whether a loop of so many statements in all is written out."""
        return self.flat or statements <= UNROLLED

    def each(self, shape: Sequence[int], body: Callable[[tuple[Index, ...]], None], *, weight: int = 1) -> None:
        """Write ``body``, of ``weight`` statements, for every index tuple of ``shape``, as loops or written out."""
        if self.unrolls(prod(shape) * weight):
            for index in product(*(range(length) for length in shape)):
                body(index)
            return
        self._nested(tuple(shape), (), body)

    def _nested(self, shape: Shape, index: tuple[Index, ...], body: Callable[[tuple[Index, ...]], None]) -> None:
        if not shape:
            body(index)
            return
        with self.loop(shape[0]) as i:
            self._nested(shape[1:], (*index, i), body)

    def table(self, numbers: Sequence[int]) -> str:
        """Write a constant table of positions; return its name."""
        name = self.name("g")
        self.tables.append(f"static const int {name}[] = {{{', '.join(map(str, numbers))}}};")
        return name

    # buffers

    def buffer(self, size: int, *, kept: bool = False, prefix: str = "t") -> Buffer:
        """Return new entries; ``kept`` ones live to the end of the kernel."""
        made = Buffer(self.name(prefix), size, single=self.flat, first=self.step, last=self.step)
        if kept:
            made.first, made.last = 0, FOREVER
        self.buffers.append(made)
        return made

    def store(self, buffer: Buffer, at: Index, value: str) -> None:
        """Write the first and only assignment of an entry."""
        self.line(f"{'const v ' if buffer.single else ''}{buffer.entry(at)} = {value};")

    def read(self, buffer: Buffer) -> None:
        """Note that the buffer is needed at this step."""
        buffer.last = max(buffer.last, self.step)

    def arranged(self) -> int:
        """Give every buffer in memory its place in the scratch memory; return how many lanes that takes."""
        placed: list[tuple[int, int, Buffer]] = []
        total = 0
        for buffer in sorted((b for b in self.buffers if not b.single), key=lambda b: (b.first, -b.size)):
            busy = sorted((at, size) for at, size, b in placed if b.first <= buffer.last and buffer.first <= b.last)
            start, best, waste = 0, -1, inf
            for at, size in [*busy, (FOREVER, 0)]:
                if buffer.size <= at - start < waste:
                    best, waste = start, at - start
                start = max(start, at + size)
            buffer.place = best
            placed.append((best, buffer.size, buffer))
            total = max(total, best + buffer.size)
        return total
