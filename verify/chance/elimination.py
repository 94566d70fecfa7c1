"""The exact law of a scalar of finite random entries, by taking in one entry after the other.

A state is a tuple of the values still needed; its weight is the sum of the weights of all outcomes that lead to it.
Taking in an entry multiplies the states by its outcomes, every operation whose arguments are there is carried out,
values that nothing needs any more are forgotten, and equal states are joined. So 2^64 signs that enter only through
two integer sums make a few thousand states, not 2^64. The order of the entries matters for the effort alone.

Too many states at once are split into blocks that are finished one after the other: memory stays bounded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import lcm
from typing import Any

import flint
from flint import arb, fmpq

from verify.chance import TooLarge
from verify.chance.columns import Column, Operation, Runs, decoded, integers_of, operations
from verify.chance.program import FOLDS, Program, cost
from verify.expr.evaluate import Poison
from verify.laws import Support

BLOCK = 1 << 20
"""Most values (states times values per state) that are carried on together."""

MAX_WAITING = 1 << 22
"""Most values that may wait in unfinished blocks."""


GENERAL = 4
"""What an operation on rationals or balls counts, compared with one on integers."""

WORD = 512
"""Length of a number, in bits, that counts as one."""


@dataclass(frozen=True)
class TakeIn:
    """A random entry takes all its outcomes."""

    target: int
    values: tuple[int, ...]
    weights: tuple[int, ...]


@dataclass(frozen=True)
class Fold:
    """A folding operation takes in its argument number ``place``, which is node ``source``; ``first`` starts it."""

    target: int
    source: int
    place: int
    first: bool


@dataclass(frozen=True)
class Apply:
    """An operation is carried out on its arguments (None: a constant)."""

    target: int
    sources: tuple[int | None, ...]


@dataclass(frozen=True)
class Forget:
    """A value that nothing needs any more is dropped."""

    target: int


@dataclass(frozen=True)
class Join:
    """Equal states become one."""


Step = TakeIn | Fold | Apply | Forget | Join


class Effort:
    """Counts elementary operations; ``tick`` is called now and then and may raise."""

    def __init__(self, limit: int, tick: Callable[[], None] | None = None) -> None:
        self.limit = limit
        self.done = 0
        self.most_states = 0
        self._tick = tick

    def spend(self, amount: int) -> None:
        """Count ``amount`` operations.

        Raises:
            TooLarge: the limit is passed.
        """
        self.done += amount
        if self.done > self.limit:
            raise TooLarge(f"exact enumeration takes more than {self.limit} operations")
        if self._tick is not None:
            self._tick()


@dataclass
class _Table:
    """States: one column for each value still needed, and the weights.

    ``words`` is the length of a value and of a weight, in units of :data:`WORD`.
    """

    columns: dict[int, Column]
    weights: Sequence[int]
    words: tuple[int, int]

    def cells(self, more: int = 0) -> int:
        """Return the memory of the states, with so many ``more`` columns, in units of one short number."""
        return len(self.weights) * ((len(self.columns) + more) * self.words[0] + self.words[1])

    def part(self, start: int, stop: int) -> _Table:
        """Return the states from ``start`` to before ``stop``."""
        columns = {name: column[start:stop] for name, column in self.columns.items()}
        return _Table(columns, self.weights[start:stop], self.words)


def law_of(
    program: Program, supports: Mapping[int, Support], order: Sequence[int], effort: Effort
) -> list[tuple[Any, int]]:
    """Return the values of the program's root with their weights (sums of products of entry weights).

    Values are ``fmpq``, ``arb``, booleans or :class:`Poison`; a value may be listed more than once.

    Args:
        program: scalar operations.
        supports: the outcomes of each entry by its number.
        order: the numbers of exactly the entries that occur, in the order in which they are taken in.
        effort: the limit on the work.

    Raises:
        TooLarge: too many states, too much work or too long numbers.
    """
    root = program.nodes[program.root]
    if root.op == "const":
        return [(root.data, 1)]
    denominators = {number: _denominator(supports[number]) for number in order}
    kinds = {
        number: integers_of(denominators[number], _largest(supports[number], denominators[number])) for number in order
    }
    ready = operations(program, kinds.__getitem__)
    steps = _Planner(program, supports, denominators).steps(order)
    table = _Table({}, [1], _words(ready, supports, order))
    totals: list[tuple[Any, int]] = []
    root_operation = ready[program.root]
    root_kind = root_operation.kind if root_operation is not None else kinds[root.data]
    try:
        for done in _finished(steps, table, ready, effort):
            values = zip(done.columns[program.root], done.weights, strict=True)
            totals += [(decoded(value, root_kind), weight) for value, weight in values]
    except KeyError:
        # Terms that cancelled leave operations on constants, which no entry ever reaches.
        raise TooLarge("an operation does not depend on any random entry") from None
    return totals


def _words(ready: Sequence[Operation | None], supports: Mapping[int, Support], order: Sequence[int]) -> tuple[int, int]:
    """Return bounds on the length of the values and of the weights, in units of :data:`WORD`."""
    values = max((operation.kind.bits for operation in ready if operation is not None), default=0)
    weights = sum((supports[number].total - 1).bit_length() for number in order)
    return 1 + values // WORD, 1 + weights // WORD


def _denominator(support: Support) -> int:
    return lcm(*(value.denominator for value in support.values))


def _largest(support: Support, denominator: int) -> int:
    return int(max(abs(value) for value in support.values) * denominator)


# --- the plan ---------------------------------------------------------------------------------------------------


class _Planner:
    """Lays out the steps for an order of the entries."""

    def __init__(self, program: Program, supports: Mapping[int, Support], denominators: Mapping[int, int]) -> None:
        self.program = program
        self.supports = supports
        self.denominators = denominators
        nodes = program.nodes
        self.users: list[list[int]] = [[] for _ in nodes]
        self.missing = [0] * len(nodes)
        for place, node in enumerate(nodes):
            live = [arg for arg in node.args if nodes[arg].op != "const"]
            self.missing[place] = len(live)
            for arg in dict.fromkeys(live):
                self.users[arg].append(place)
        self.uses = Counter(arg for node in nodes for arg in node.args)
        self.uses[program.root] += 1
        self.started: set[int] = set()
        self.out: list[Step] = []

    def steps(self, order: Sequence[int]) -> list[Step]:
        node_of = {node.data: place for place, node in enumerate(self.program.nodes) if node.op == "entry"}
        for number in order:
            place, support = node_of[number], self.supports[number]
            values = tuple(int(value * self.denominators[number]) for value in support.values)
            self.out.append(TakeIn(place, values, support.weights))
            self._spread(place)
            self.out.append(Join())
        return self.out

    def _spread(self, first: int) -> None:
        """Carry out what a new value makes possible, depth first."""
        stack = [first]
        while stack:
            place = stack.pop()
            for user in self.users[place]:
                node = self.program.nodes[user]
                if node.op in FOLDS:
                    self._fold(user, place)
                else:
                    self.missing[user] -= node.args.count(place)
                    if self.missing[user] == 0:
                        self._apply(user)
                if self.missing[user] == 0:
                    stack.append(user)

    def _fold(self, user: int, source: int) -> None:
        for number, arg in enumerate(self.program.nodes[user].args):
            if arg == source:
                self.out.append(Fold(user, source, number, user not in self.started))
                self.started.add(user)
                self.missing[user] -= 1
                self._used(source)

    def _apply(self, user: int) -> None:
        nodes = self.program.nodes
        args = nodes[user].args
        self.out.append(Apply(user, tuple(None if nodes[arg].op == "const" else arg for arg in args)))
        for arg in args:
            if nodes[arg].op != "const":
                self._used(arg)

    def _used(self, place: int) -> None:
        self.uses[place] -= 1
        if self.uses[place] == 0:
            self.out.append(Forget(place))


# --- carrying it out --------------------------------------------------------------------------------------------


def _finished(steps: Sequence[Step], start: _Table, ready: Sequence[Operation | None], effort: Effort) -> Any:
    """Yield the tables after the last step, block by block."""
    waiting = [(0, start)]
    while waiting:
        number, table = waiting.pop()
        while number < len(steps):
            step = steps[number]
            count = len(table.weights)
            if isinstance(step, TakeIn) and count > 1 and table.cells(1) * len(step.values) > BLOCK:
                waiting.append((number, table.part(count // 2, count)))
                table = table.part(0, count // 2)
                if sum(rest.cells() for _, rest in waiting) > MAX_WAITING:
                    raise TooLarge("exact enumeration needs too much memory")
                continue
            _carry_out(step, table, ready, effort)
            number += 1
        yield table


def _carry_out(step: Step, table: _Table, ready: Sequence[Operation | None], effort: Effort) -> None:
    columns = table.columns
    if isinstance(step, TakeIn):
        effort.spend(table.cells(1) * len(step.values))
        _take_in(step, table)
        effort.most_states = max(effort.most_states, len(table.weights))
    elif isinstance(step, Forget):
        del columns[step.target]
    elif isinstance(step, Join):
        effort.spend(2 * table.cells())
        _join(table)
    else:
        operation = ready[step.target]
        assert operation is not None
        each = 1 if operation.kind.form != "any" else GENERAL * cost(operation.node) * (1 + flint.ctx.prec // 128)
        effort.spend(len(table.weights) * table.words[0] * (each if isinstance(step, Apply) else 1))
        if isinstance(step, Apply):
            sources = [None if source is None else columns[source] for source in step.sources]
            columns[step.target] = operation.apply(sources, len(table.weights))
        else:
            columns[step.target] = operation.fold(_so_far(step, table, operation), step.place, columns[step.source])


def _so_far(step: Fold, table: _Table, operation: Operation) -> Column | None:
    if not step.first:
        return table.columns[step.target]
    start = operation.constant_start()
    return None if start is None else [start[0]] * len(table.weights)


def _take_in(step: TakeIn, table: _Table) -> None:
    """Repeat every column once for each outcome of the entry."""
    count, copies = len(table.weights), len(step.values)
    for name, column in table.columns.items():
        table.columns[name] = list(column) * copies
    table.columns[step.target] = Runs(step.values, count)
    table.weights = [weight * own for own in step.weights for weight in table.weights]


def _join(table: _Table) -> None:
    """Add up the weights of equal states."""
    names = list(table.columns)
    if not names:
        table.weights = [sum(table.weights)]
        return
    hashable = [_hashable(table.columns[name]) for name in names]
    rows = zip(*hashable, strict=True) if len(names) > 1 else iter(hashable[0])
    joined: dict[Any, int] = {}
    places: dict[Any, int] = {}
    for place, (row, weight) in enumerate(zip(rows, table.weights, strict=True)):
        if row in joined:
            joined[row] += weight
        else:
            joined[row] = weight
            places[row] = place
    if len(joined) == len(table.weights):
        return
    kept = list(places.values())
    table.columns = {name: [column[place] for place in kept] for name, column in table.columns.items()}
    table.weights = list(joined.values())


def _hashable(column: Column) -> Column:
    """Return the column with a key in place of every value; equal keys mean equal values or equal enclosures."""
    if not column or type(column[0]) in (int, bool):
        kinds = set(map(type, column))
        if kinds <= {int, bool}:
            return column
    return [_key(value) for value in column]


def _key(value: Any) -> Any:
    if isinstance(value, fmpq):
        return int(value.p), int(value.q)
    if isinstance(value, arb):
        return _ball_key(value)
    if isinstance(value, tuple):
        return tuple(map(_key, value))
    return (id(value),) if type(value) is Poison else value


def _ball_key(value: arb) -> Any:
    if not value.is_finite():
        return object()
    return value.mid().man_exp(), value.rad().man_exp()
