"""Samples of a claim's expression, every one evaluated with balls: what is counted is certain for its whole cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb

from verify.chance.cells import draws, entry_kind, generator, sampled
from verify.chance.columns import Column, Operation, decoded, operations
from verify.chance.graph import unroll
from verify.chance.program import Program, tidied
from verify.claim import Claim, Random
from verify.errors import Undecidable
from verify.expr.ball import as_ball, ball_between, precision, rational
from verify.expr.evaluate import Poison
from verify.laws import entries, occurring, size

PRECISION = 64
"""Bits of the balls; a cell has 53."""

SUM_PRECISION = 128
"""Bits of sums over samples."""

BLOCK = 1 << 21
"""Most values that are computed together."""


@dataclass(frozen=True)
class Counts:
    """How often an event surely happened and surely did not; on the other samples it is not known."""

    samples: int
    hits: int
    misses: int


@dataclass(frozen=True)
class Moments:
    """Averages over samples of values scaled to [0, 1]: of the values, and of their squares."""

    samples: int
    mean: arb
    square: arb


@dataclass(frozen=True)
class Sampler:
    """A claim made ready for sampling."""

    claim: Claim
    arrays: tuple[Random, ...]
    program: Program

    @property
    def size(self) -> int:
        """Number of operations of one sample, draws included."""
        return self.program.cost + 4 * sum(draws(array) for array in self.arrays)


def sampler(claim: Claim) -> Sampler:
    """Return a claim ready for sampling.

    Raises:
        Undecidable: not a probability claim, or its expression is too large or cannot be unrolled.
    """
    if claim.bound is None:
        raise Undecidable("not a probability claim")
    arrays = tuple(occurring(claim.random, claim.bound.expression))
    numbers, start = {}, 0
    for array in arrays:
        numbers[array.name] = range(start, start + size(array))
        start += size(array)
    with precision(PRECISION):
        return Sampler(claim, arrays, tidied(unroll(claim.bound.expression, numbers)))


def values(ready: Sampler, samples: int, seed: int, tick: Callable[[], None] | None = None) -> Iterator[Any]:
    """Yield the expression's value at each sample: rational, ball, truth value or :class:`Poison`."""
    program = ready.program
    root = program.nodes[program.root]
    if root.op == "const":
        yield from [root.data] * samples
        return
    kinds = [entry_kind(entry.array) for entry in entries(ready.arrays)]
    source = generator(ready.claim, seed)
    done = 0
    with precision(PRECISION):
        steps = operations(program, kinds.__getitem__)
        root_kind = kinds[root.data] if root.op == "entry" else steps[program.root].kind  # type: ignore[union-attr]
    last = _last_uses(program)
    while done < samples:
        count = min(samples - done, max(8, BLOCK // ready.size))
        with precision(PRECISION):
            column = _evaluated(program, steps, last, sampled(ready.arrays, source, count), count, tick)
        yield from (decoded(value, root_kind) for value in column)
        done += count


def _last_uses(program: Program) -> dict[int, list[int]]:
    """Return, for each node, the nodes whose column is used there for the last time."""
    last = {arg: place for place, node in enumerate(program.nodes) for arg in node.args}
    out: dict[int, list[int]] = {}
    for arg, place in last.items():
        out.setdefault(place, []).append(arg)
    return out


def _evaluated(
    program: Program,
    steps: list[Operation | None],
    last: dict[int, list[int]],
    drawn: list[list[Any]],
    count: int,
    tick: Callable[[], None] | None,
) -> Column:
    columns: dict[int, Column | None] = {}
    for place, (node, operation) in enumerate(zip(program.nodes, steps, strict=True)):
        if operation is None:
            columns[place] = drawn[node.data] if node.op == "entry" else None
        else:
            columns[place] = operation.apply([columns[arg] for arg in node.args], count)
        for dead in last.get(place, ()):
            del columns[dead]
        if tick is not None and place % 64 == 0:
            tick()
    out = columns[program.root]
    assert out is not None
    return out


def counts(ready: Sampler, samples: int, seed: int, tick: Callable[[], None] | None = None) -> Counts:
    """Return how often the event of a probability claim happened."""
    found = Counter(value for value in values(ready, samples, seed, tick) if not isinstance(value, Poison))
    return Counts(samples, found[True], found[False])


def moments(
    ready: Sampler,
    bounds: tuple[Fraction, Fraction],
    samples: int,
    seed: int,
    tick: Callable[[], None] | None = None,
) -> Moments:
    """Return the averages of the expression scaled from ``bounds`` to [0, 1]; a value not known is all of [0, 1].

    ``bounds`` hold every value of the expression, the lower one below the higher one.
    """
    unit = ball_between(arb(0), arb(1))
    low, width = rational(bounds[0]), rational(bounds[1] - bounds[0])
    mean, square = arb(0), arb(0)
    for value in values(ready, samples, seed, tick):
        with precision(SUM_PRECISION):
            scaled = unit if isinstance(value, Poison) else unit.intersection(as_ball((value - low) / width))
            mean += scaled
            square += scaled * scaled
    with precision(SUM_PRECISION):
        return Moments(samples, mean / samples, square / samples)
