"""Products of several matrices, bracketed anew: the same value, up to rounding, with fewer operations.

Derivatives arrive as nested products whose brackets follow the network, with intermediate matrices that only feed
other products. Here such products are flattened into chains of factors, sums over rows become products with ones,
factors that are the same for every sample move out of the sums over samples, and each chain is bracketed by dynamic
programming. Parts of chains, and their transposes, are computed once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from verify.expr import build
from verify.expr.build import uniform_value
from verify.expr.node import Expr, Shape, topological

ONCE = 0.01
"""Cost of an operation done once per point, where one done for every matrix of a stack costs 1."""

Link = tuple[int, bool]
"""(number of a factor, whether it is transposed)."""

Links = tuple[Link, ...]
Term = tuple[Fraction, Links]
"""A chain with a numeric factor."""

MOST_TERMS = 8
"""Longest sum of chains that is multiplied out."""


@dataclass(frozen=True)
class Factor:
    """A factor of a chain: a matrix, a stack of matrices, or a column of ones (``value`` is None).

    Attributes:
        stacked: whether it is a stack; else one matrix for all of the stack.
        varying: whether it depends on the point.
    """

    value: Expr | None
    rows: int
    columns: int
    stacked: bool
    varying: bool

    def turned(self) -> Factor:
        """Return the transposed factor."""
        value = None if self.value is None else build.transpose(self.value)
        return Factor(value, self.columns, self.rows, self.stacked, self.varying)


def rebracketed(outputs: Sequence[Expr], varying: set[int]) -> list[Expr]:
    """Return expressions with the values of ``outputs`` and cheaper matrix products.

    Args:
        varying: ids of the nodes that differ from point to point.
    """
    return _Rewriter(outputs, varying).outputs()


class _Rewriter:
    def __init__(self, outputs: Sequence[Expr], varying: set[int]) -> None:
        self.ends = list(outputs)
        self.nodes = topological(*outputs)
        self.varying = varying
        self.inner = self._inner()
        self.new: dict[int, Expr] = {}
        self.factors: list[Factor] = []
        self.numbers: dict[tuple[object, ...], int] = {}
        self.built: dict[tuple[Shape, Links], Factor] = {}
        self.known: set[Links] = set()

    def outputs(self) -> list[Expr]:
        for node in self.nodes:
            self.new[id(node)] = self._rewritten(node)
        return [self.new[id(end)] for end in self.ends]

    # which nodes belong to chains

    def _inner(self) -> set[int]:
        """Return the ids of the nodes that only feed products."""
        users: dict[int, list[Expr]] = defaultdict(list)
        for node in self.nodes:
            for arg in node.args:
                users[id(arg)].append(node)
        ends, inner = {id(end) for end in self.ends}, set()
        for node in reversed(self.nodes):
            if node.ndim < 2 or id(node) in ends or not _is_link(node):
                continue
            if all(u.op == "matmul" or id(u) in inner or _sums_chain(u) or _adds(u) for u in users[id(node)]):
                inner.add(id(node))
        return inner

    def _rewritten(self, node: Expr) -> Expr:
        if id(node) not in self.varying or not node.args:
            return node
        if id(node) not in self.inner:
            if node.op == "matmul" or _adds(node):
                return self._stack(self._factored(self._terms(node, forced=True), node.shape[:-2]), node.shape)
            if _sums_chain(node) and (made := self._summed(node)) is not None:
                return made
        args = tuple(self.new[id(arg)] for arg in node.args)
        if all(own is other for own, other in zip(args, node.args, strict=True)):
            return node
        return Expr(node.op, args, attrs=node.attrs, shape=node.shape, kind=node.kind)

    # flattening

    def _terms(self, node: Expr, *, forced: bool = False) -> list[Term]:
        """Return the chains that a node is the sum of."""
        if not forced and id(node) not in self.inner:
            return [(Fraction(1), (self._atom(node),))]
        if node.op == "matmul":
            left, right = (self._terms(arg) for arg in node.args)
            if len(left) * len(right) > MOST_TERMS:
                return [(Fraction(1), (self._atom(node.args[0]), self._atom(node.args[1])))]
            return [(a * b, front + back) for a, front in left for b, back in right]
        if node.op == "add":
            terms = [term for arg in node.args for term in self._terms(arg)]
            return terms if len(terms) <= MOST_TERMS else [(Fraction(1), (self._atom(arg),)) for arg in node.args]
        if node.op == "transpose":
            return [(scale, _turned(links)) for scale, links in self._terms(node.args[0])]
        if node.op == "mul":
            own = uniform_value(node.args[0])
            assert own is not None
            return [(own * scale, links) for scale, links in self._terms(node.args[1])]
        rows = _repeats_rows(node)
        ones = self._ones(node.shape[-2] if rows else node.shape[-1])
        extended = self._terms(node.args[0])
        return [(a, ((ones, False), *links) if rows else (*links, (ones, True))) for a, links in extended]

    def _number(self, key: tuple[object, ...], factor: Factor) -> int:
        if key not in self.numbers:
            self.numbers[key] = len(self.factors)
            self.factors.append(factor)
        return self.numbers[key]

    def _ones(self, length: int) -> int:
        return self._number(("ones", length), Factor(None, length, 1, False, False))

    def _atom(self, node: Expr) -> Link:
        turned = False
        if _is_turn(node):
            node, turned = node.args[0], True
        stacked = node.ndim > 2
        if node.op == "broadcast" and stacked and node.args[0].shape[-2:] == node.shape[-2:]:
            below = node.args[0]
            if all(length == 1 for length in below.shape[:-2]):
                stacked, node = False, below
        varying = id(node) in self.varying
        value = self.new.get(id(node), node)
        value = value if stacked else build.reshape(value, node.shape[-2:])
        rows, columns = node.shape[-2:]
        return self._number((id(node), stacked), Factor(value, rows, columns, stacked, varying)), turned

    # sums

    def _summed(self, node: Expr) -> Expr | None:
        source, axes = node.args[0], node.attrs
        if id(source) not in self.inner:
            return None
        terms = self._terms(source)
        batch = source.shape[:-2]
        if axes in ((source.ndim - 2,), (source.ndim - 1,)):
            if axes == (source.ndim - 2,):
                ones = (self._ones(source.shape[-2]), True)
                terms = [(scale, (ones, *links)) for scale, links in terms]
            else:
                ones = (self._ones(source.shape[-1]), False)
                terms = [(scale, (*links, ones)) for scale, links in terms]
            made = self._apart_or_factored(terms, batch)
            return build.reshape(self._stack(made, (*batch, made.rows, made.columns)), node.shape)
        if all(len(links) < 2 for _, links in terms):
            return None
        if len(terms) > 1 and self._apart_is_cheaper(terms, [self._core(links) for _, links in terms]):
            parts = [_scaled(scale, self._summed_stack(links, batch)) for scale, links in terms]
            return _total(parts)
        if len(terms) > 1:
            front, middles, back = _shared(terms)
            middle = self._sum_of(middles, batch)
            return self._summed_stack((*front, middle, *back), batch)
        return _scaled(terms[0][0], self._summed_stack(terms[0][1], batch))

    def _core(self, links: Links) -> Links:
        """Return the part of a chain that stays inside a sum over its stack."""
        stacked = [place for place, (number, _) in enumerate(links) if self.factors[number].stacked]
        first, last = (stacked[0], stacked[-1] + 1) if stacked else (0, len(links))
        choices = {(i, j) for i in (0, first) for j in (last, len(links))}
        start, stop = min(choices, key=lambda cut: (self._cost(links[cut[0] : cut[1]]), cut))
        return links[start:stop]

    def _summed_stack(self, links: Links, batch: Shape) -> Expr:
        """Return the sum of a chain over its stack, with single matrices at its ends outside the sum."""
        inside = self._core(links)
        start = next(place for place in range(len(links)) if links[place : place + len(inside)] == inside)
        stop = start + len(inside)
        core = self._product(inside, batch)
        value = self._stack(core, (*batch, core.rows, core.columns))
        for _ in batch:
            value = build.total(value, 0)
        if start:
            value = build.matmul(_value(self._product(links[:start], ())), value)
        if stop < len(links):
            value = build.matmul(value, _value(self._product(links[stop:], ())))
        return value

    # sums of chains

    def _factored(self, terms: Sequence[Term], batch: Shape) -> Factor:
        """Return a sum of chains, the factors that all share at their ends outside it."""
        if len(terms) == 1:
            return _times(terms[0][0], self._product(terms[0][1], batch))
        front, middles, back = _shared(terms)
        return self._product((*front, self._sum_of(middles, batch), *back), batch)

    def _sum_of(self, terms: Sequence[Term], batch: Shape) -> Link:
        """Return the sum of chains as one factor."""
        parts = [self._product(links, batch) for _, links in terms]
        stacked = any(part.stacked for part in parts)
        shape = (*(batch if stacked else ()), parts[0].rows, parts[0].columns)
        value = _total([_scaled(a, self._stack(part, shape)) for (a, _), part in zip(terms, parts, strict=True)])
        made = Factor(value, shape[-2], shape[-1], stacked, any(part.varying for part in parts))
        return self._number(("sum", tuple(terms), batch if stacked else ()), made), False

    def _apart_or_factored(self, terms: Sequence[Term], batch: Shape) -> Factor:
        if len(terms) == 1 or not self._apart_is_cheaper(terms, [links for _, links in terms]):
            return self._factored(terms, batch)
        return self._end(self._sum_of(terms, batch))

    def _apart_is_cheaper(self, terms: Sequence[Term], needed: Sequence[Links]) -> bool:
        """Whether multiplying out what is needed of each chain costs less than sharing the factors at their ends."""
        apart = sum(self._cost(links) for links in {min(links, _turned(links)) for links in needed})
        front, middles, back = _shared(terms)
        ends = [self._end(middles[0][1][0]), self._end(middles[0][1][-1])]
        middle = Factor(None, ends[0].rows, ends[1].columns, stacked=True, varying=True)
        factors = [*map(self._end, front), middle, *map(self._end, back)]
        shared = sum(self._cost(links) for _, links in middles) + _chain_price(factors)
        return apart <= shared

    def _stack(self, factor: Factor, shape: Shape) -> Expr:
        assert factor.value is not None
        return build.broadcast(factor.value, shape)

    # bracketing

    def _end(self, link: Link) -> Factor:
        factor = self.factors[link[0]]
        return factor.turned() if link[1] else factor

    def _product(self, links: Links, batch: Shape) -> Factor:
        """Return the product of a chain; parts and their transposes are shared."""
        turned = _turned(links)
        if turned < links:
            return self._product_of(turned, batch).turned()
        return self._product_of(links, batch)

    def _product_of(self, links: Links, batch: Shape) -> Factor:
        if len(links) == 1:
            factor = self._end(links[0])
            return factor if factor.value is not None else _written_ones(factor)
        made = self.built.get((batch, links))
        if made is None:
            cut = self._plan(links)[1]
            left = self._end(links[0]) if cut == 1 else self._product(links[:cut], batch)
            right = self._end(links[-1]) if cut == len(links) - 1 else self._product(links[cut:], batch)
            made = self.built[batch, links] = _multiplied(left, right)
            self.known.add(links)
        return made

    def _cost(self, links: Links) -> float:
        if len(links) == 1 or links in self.known or _turned(links) in self.known:
            return 0.0
        return self._plan(links)[0]

    def _plan(self, links: Links) -> tuple[float, int]:
        """Return the cost of a chain of at least two factors and the place of its last product."""
        ends = [self._end(link) for link in links]
        best: dict[tuple[int, int], tuple[float, int]] = {}
        for length in range(2, len(ends) + 1):
            for start in range(len(ends) - length + 1):
                stop = start + length
                part = links[start:stop]
                if length < len(ends) and (part in self.known or _turned(part) in self.known):
                    best[start, stop] = (0.0, start + 1)
                    continue
                best[start, stop] = min(
                    (
                        (best[start, cut][0] if cut > start + 1 else 0.0)
                        + (best[cut, stop][0] if stop > cut + 1 else 0.0)
                        + _price(ends, start, cut, stop),
                        cut,
                    )
                    for cut in range(start + 1, stop)
                )
        return best[0, len(ends)]


def _turned(links: Links) -> Links:
    """Return the links of the transposed chain."""
    return tuple((number, not turned) for number, turned in reversed(links))


def _shared(terms: Sequence[Term]) -> tuple[Links, list[Term], Links]:
    """Return the links that all chains begin with, what is left of each, and the links that all end with."""
    chains = [links for _, links in terms]
    shortest = min(map(len, chains)) - 1
    front = next((k for k in range(shortest) if len({links[k] for links in chains}) > 1), shortest)
    rest = shortest - front
    back = next((k for k in range(rest) if len({links[-1 - k] for links in chains}) > 1), rest)
    cut = [(scale, links[front : len(links) - back]) for scale, links in terms]
    return chains[0][:front], cut, chains[0][len(chains[0]) - back :]


def _chain_price(factors: Sequence[Factor]) -> float:
    """Return the cost of multiplying factors from the left or from the right, whichever is less."""
    last = len(factors)
    rightward = sum(_price(factors, 0, cut, cut + 1) for cut in range(1, last))
    leftward = sum(_price(factors, cut - 1, cut, last) for cut in range(1, last))
    return min(rightward, leftward)


def _times(scale: Fraction, a: Factor) -> Factor:
    return a if scale == 1 else replace(a, value=_scaled(scale, _value(a)))


def _value(a: Factor) -> Expr:
    assert a.value is not None
    return a.value


def _total(parts: Sequence[Expr]) -> Expr:
    total = parts[0]
    for part in parts[1:]:
        total = build.add(total, part)
    return total


def _is_turn(node: Expr) -> bool:
    return node.op == "transpose" and node.attrs == (*range(node.ndim - 2), node.ndim - 1, node.ndim - 2)


def _repeats_rows(node: Expr) -> bool:
    return node.args[0].shape == (*node.shape[:-2], 1, node.shape[-1]) and node.shape[-2] > 1


def _repeats_columns(node: Expr) -> bool:
    return node.args[0].shape == (*node.shape[:-1], 1) and node.shape[-1] > 1


def _is_link(node: Expr) -> bool:
    """Whether a node can be a part of a longer chain."""
    if node.op == "matmul" or _is_turn(node) or _adds(node):
        return True
    if node.op == "mul":
        return uniform_value(node.args[0]) is not None
    return node.op == "broadcast" and (_repeats_rows(node) or _repeats_columns(node))


def _adds(node: Expr) -> bool:
    """Whether a node adds two chains."""
    return node.op == "add" and node.ndim >= 2 and all(_is_link(arg) for arg in node.args)


def _sums_chain(node: Expr) -> bool:
    """Whether a node sums over the rows, the columns or the stack of its argument."""
    if node.op != "sum" or node.args[0].ndim < 2:
        return False
    ndim = node.args[0].ndim
    return node.attrs in ((ndim - 2,), (ndim - 1,)) or (ndim > 2 and node.attrs == tuple(range(ndim - 2)))


def _scaled(scale: Fraction, a: Expr) -> Expr:
    return build.mul(build.number(scale), a)


def _written_ones(factor: Factor) -> Factor:
    return Factor(build.full(1, (factor.rows, factor.columns)), factor.rows, factor.columns, False, False)


def _price(ends: Sequence[Factor], start: int, cut: int, stop: int) -> float:
    """Return the cost of the product of factors start..cut with factors cut..stop."""
    rows, inner, columns = ends[start].rows, ends[cut].rows, ends[stop - 1].columns
    part = ends[start:stop]
    if not any(end.varying for end in part):
        return 0.0
    weight = 1.0 if any(end.stacked for end in part) else ONCE
    lone_left = cut == start + 1 and ends[start].value is None
    lone_right = stop == cut + 1 and ends[cut].value is None
    if (lone_left or lone_right) and inner == 1:
        return 0.0
    return weight * rows * inner * columns


def _multiplied(left: Factor, right: Factor) -> Factor:
    stacked, varying = left.stacked or right.stacked, left.varying or right.varying
    if left.value is None and right.value is None:
        left = _written_ones(left)
    if left.value is None:
        assert right.value is not None
        value = _with_ones(right.value, -2, left.rows, left.columns)
    elif right.value is None:
        value = _with_ones(left.value, -1, right.columns, right.rows)
    else:
        value = build.matmul(left.value, right.value)
    return Factor(value, left.rows, right.columns, stacked, varying)


def _with_ones(a: Expr, axis: int, outside: int, inside: int) -> Expr:
    """Return the product of ``a`` with ones (outside, inside) along its axis: a sum or a repetition."""
    shape = list(a.shape)
    place = a.ndim + axis
    if outside == 1:
        shape[place] = 1
        return build.reshape(build.total(a, place), tuple(shape))
    shape[place] = outside
    assert inside == 1
    return build.broadcast(a, tuple(shape))
