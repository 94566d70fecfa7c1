"""Multiplying out products of labelled arrays, in the order that costs least, as ordinary array expressions.

The order is found by dynamic programming over subsets of the factors (greedily beyond :data:`EXACT_FACTORS`). Each
pair becomes one entrywise product or one matrix product; what only depends on the data is computed when compiling
and counts for little.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import prod

from numerics.hessians.terms import Factor, Index, Labels, Term, array_term, factor, without_deltas
from verify.expr import build
from verify.expr.build import full, mul, number, reshape, scatter, total, transpose
from verify.expr.node import Expr

EXACT_FACTORS = 6
"""Most factors whose best order is found by trying all."""

LARGEST_STACK = 1 << 23
"""Most entries of the products of all samples before they are added up."""

PRODUCT_COST, ENTRY_COST, FIXED_SHARE = 0.08, 1.0, 0.1
"""Cost of one multiplication inside a matrix product, of one entry written, and the share counted of fixed work."""


@dataclass
class Contractor:
    """Lowers terms to expressions; equal work gives equal expressions, which are shared.

    Attributes:
        fixed: whether an expression is known when compiling (it depends on the data alone).
        sample: length of the axis of the samples, 0 if there is none.
    """

    fixed: Callable[[Expr], bool]
    sample: int = 0
    serial: dict[int, int] = field(default_factory=dict)
    held: list[Expr] = field(default_factory=list)

    def key(self, one: Factor) -> tuple[int, int]:
        """Sort factors the same way whenever they meet: by size, then by first appearance."""
        if id(one.value) not in self.serial:
            self.serial[id(one.value)] = len(self.serial)
            self.held.append(one.value)
        return len(one.labels), self.serial[id(one.value)]

    # costs

    def cost(self, terms: Sequence[Term], out: Labels) -> float:
        """Return the estimated cost of multiplying out the sum of ``terms``."""
        size = prod(label.size for label in out)
        work = sum(self._term_cost(term, out) for term in terms)
        return work + ENTRY_COST * size * max(0, len(terms) - 1)

    def _term_cost(self, term: Term, out: Labels) -> float:
        plain = without_deltas(term, out)
        sets = [(frozenset(one.labels), self.fixed(one.value)) for one in plain.factors]
        asked, cost = frozenset(out), 0.0
        count = Counter(label for own, _ in sets for label in own)
        sets = [(frozenset(i for i in own if i in asked or count[i] > 1), fixed) for own, fixed in sets]
        sets.sort(key=lambda one: len(one[0]))
        place = 0
        while place < len(sets):
            small, fixed = sets[place]
            host = next((k for k in range(place + 1, len(sets)) if small <= sets[k][0]), None)
            if host is None:
                place += 1
                continue
            known = fixed and sets[host][1]
            cost += (FIXED_SHARE if known else ENTRY_COST) * prod(label.size for label in sets[host][0])
            sets[host] = sets[host][0], known
            del sets[place]
        return cost + Order([own for own, _ in sets], [fixed for _, fixed in sets], asked).cost

    # expressions

    def lower(self, terms: Sequence[Term], out: Labels) -> Expr:
        """Return the sum of ``terms`` as an array with axes ``out``; labels not in ``out`` are summed."""
        shape = tuple(label.size for label in out)
        result = full(0, shape)
        for term in terms:
            result = build.add(result, self._lower_term(term, out))
        return result

    def _lower_term(self, term: Term, out: Labels) -> Expr:
        plain = without_deltas(term, out)
        gone = {b for _, b in plain.deltas}
        kept = tuple(label for label in out if label not in gone)
        value = mul(number(plain.coefficient), self._product(plain.factors, kept))
        return _on_diagonals(value, kept, out, plain.deltas)

    def _product(self, factors: Sequence[Factor], out: Labels) -> Expr:
        shape = tuple(label.size for label in out)
        if not factors:
            return full(1, shape)
        asked = set(out)
        reduced = self._reduced(factors, asked)
        fixed = [self.fixed(one.value) for one in reduced]
        merged = Order([one.labels for one in reduced], fixed, asked).multiply(reduced, self.sample)
        ordered = [label for label in out if label in merged.labels]
        value = transpose(merged.value, [merged.labels.index(label) for label in ordered]) if ordered else merged.value
        kept = tuple(label.size if label in merged.labels else 1 for label in out)
        return build.broadcast(reshape(value, kept), shape)

    def centred(self, factors: Sequence[Factor], axes: Labels, weights: Expr, needed: set[Index]) -> Factor:
        """Return the product of ``factors`` less its mean with ``weights``, which have ``axes``, along the last one."""
        merged = factors[0]
        for place, one in enumerate(factors[1:], start=2):
            rest = {label for other in factors[place:] for label in other.labels}
            merged = pair(merged, one, needed | rest, self.sample)
        by = factor(weights, axes)
        mean = pair(by, merged, {*by.labels, *merged.labels} - {axes[-1]}, self.sample)
        labels = (*(label for label in by.labels if label in {*merged.labels, *mean.labels}),)
        labels = (*labels, *(label for label in merged.labels if label not in labels))
        return Factor(build.sub(_aligned(merged, labels), _aligned(mean, labels)), labels)

    @staticmethod
    def centred_unit(axes: Labels, other: Index, weights: Expr) -> Term:
        """Return the identity between the last of ``axes`` and ``other`` less its mean along the former."""
        length = other.size
        unit = build.constant([int(i == j) for i in range(length) for j in range(length)], (length, length))
        mean = reshape(weights, (*weights.shape[:-1], 1, length))
        return array_term(build.sub(unit, mean), (*axes, other))

    def _reduced(self, factors: Sequence[Factor], asked: set[Index]) -> list[Factor]:
        """Sum what occurs in one factor only, and multiply factors into others that have all their labels."""
        out: list[Factor] = []
        for place, one in enumerate(factors):
            others = {label for k, other in enumerate(factors) if k != place for label in other.labels}
            out.append(_summed(one, asked | others))
        out.sort(key=self.key)
        place = 0
        while place < len(out):
            small = out[place]
            host = next((k for k in range(place + 1, len(out)) if set(small.labels) <= set(out[k].labels)), None)
            if host is None:
                place += 1
                continue
            rest = {label for k, other in enumerate(out) if k not in (place, host) for label in other.labels}
            out[host] = pair(small, out[host], asked | rest, self.sample)
            del out[place]
        return out


def centred_rows(rows: Expr, weights: Expr) -> Expr:
    """Return ``rows`` less their means with ``weights``, along the last axis."""
    means = total(mul(rows, weights), -1)
    return build.sub(rows, reshape(means, (*means.shape, 1)))


def uncentred(rows: Expr, weights: Expr) -> Expr:
    """Return the adjoint of centring: ``rows`` less their sums times ``weights``, along the last axis."""
    sums = total(rows, -1)
    return build.sub(rows, mul(weights, reshape(sums, (*sums.shape, 1))))


def _on_diagonals(value: Expr, kept: Labels, out: Labels, deltas: Sequence[tuple[Index, Index]]) -> Expr:
    """Put ``value`` with axes ``kept`` on the diagonals ``deltas`` of zeros with axes ``out``."""
    if not deltas:
        return value
    shape = tuple(label.size for label in out)
    same = {b: a for a, b in deltas}
    strides = dict.fromkeys(kept, 0)
    for axis, label in enumerate(out):
        strides[same.get(label, label)] += prod(shape[axis + 1 :])
    places = [0]
    for label in kept:
        places = [base + k * strides[label] for base in places for k in range(label.size)]
    return scatter(value, places, shape)


def _summed(one: Factor, needed: set[Index]) -> Factor:
    """Sum the axes whose label nobody needs."""
    value, labels = one.value, list(one.labels)
    for axis in reversed(range(len(labels))):
        if labels[axis] not in needed:
            value = total(value, axis)
            del labels[axis]
    return Factor(value, tuple(labels))


def pair(left: Factor, right: Factor, needed: set[Index], sample: int = 0) -> Factor:
    """Return the product of two factors, summed over the labels nobody needs.

    Axes of length ``sample`` are kept apart, as stacks of products, where they run together with other axes, so that
    kernels can go through the samples one by one.
    """
    shared = [label for label in left.labels if label in right.labels]
    inner = [label for label in shared if label not in needed]
    if not inner:
        return _entrywise(left, right)
    apart = next((label for label in inner if label.size == sample), None)
    batch = [label for label in shared if label in needed]
    if apart is not None and len(inner) > 1 and _stack_fits(left, right, inner):
        inner.remove(apart)
        batch = [apart, *batch]
    rows = [label for label in left.labels if label not in shared]
    columns = [label for label in right.labels if label not in shared]
    stacked = [outer for outer in (rows, columns) if len(outer) > 1 for label in outer if label.size == sample][:1]
    for outer in stacked:
        label = next(label for label in outer if label.size == sample)
        outer.remove(label)
        batch.append(label)
    a = _matrix(left, batch, rows, inner, last=True)
    b = _matrix(right, batch, columns, inner, last=False)
    out = _product(a, b)
    if batch and batch[0] is apart:
        out, batch = total(out, 0), batch[1:]
    labels = (*batch, *rows, *columns)
    return Factor(reshape(out, tuple(label.size for label in labels)), labels)


def _stack_fits(left: Factor, right: Factor, inner: Sequence[Index]) -> bool:
    """Return whether one product per sample may stand in a graph; a kernel only ever holds one of them."""
    united = {*left.labels, *right.labels}.difference(inner)
    return prod(label.size for label in united) * max(label.size for label in inner) <= LARGEST_STACK


def _product(a: Expr, b: Expr) -> Expr:
    """Return the stacks of products of two stacks of matrices, of any size."""
    stack = build.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    shape = (*stack, a.shape[-2], b.shape[-1])
    if prod(shape) <= build.MAX_ENTRIES:
        return build.matmul(a, b)
    spread = build.broadcast(a, stack + a.shape[-2:]), build.broadcast(b, stack + b.shape[-2:])
    return Expr("matmul", spread, shape=shape)


def _matrix(one: Factor, batch: list[Index], outer: list[Index], inner: list[Index], *, last: bool) -> Expr:
    """Return stacks of matrices (outer, inner), or (inner, outer) if not ``last``; no copy where none is needed."""
    places = {label: place for place, label in enumerate(one.labels)}
    stack = tuple(label.size if label in places else 1 for label in batch)
    sizes = prod(label.size for label in outer), prod(label.size for label in inner)
    inner_first = bool(outer) and places[inner[0]] < places[outer[0]]
    order = [label for label in batch if label in places] + ([*inner, *outer] if inner_first else [*outer, *inner])
    moved = transpose(one.value, [places[label] for label in order])
    matrix = reshape(moved, (*stack, *(sizes[::-1] if inner_first else sizes)))
    return matrix if inner_first != last else transpose(matrix)


def _entrywise(left: Factor, right: Factor) -> Factor:
    if len(right.labels) > len(left.labels):
        left, right = right, left
    labels = (*left.labels, *(label for label in right.labels if label not in left.labels))
    if len(labels) > len(left.labels):
        head = [label for label in labels if label in left.labels and label in right.labels]
        labels = (*head, *(label for label in labels if label not in head))
    return Factor(mul(_aligned(left, labels), _aligned(right, labels)), labels)


def _aligned(one: Factor, labels: Labels) -> Expr:
    order = [one.labels.index(label) for label in labels if label in one.labels]
    value = transpose(one.value, order) if order else one.value
    return reshape(value, tuple(label.size if label in one.labels else 1 for label in labels))


class Order:
    """The cheapest order of pairwise products of some labelled arrays.

    Attributes:
        best: for each subset of the arrays (as bits) its cost and the two subsets it is the product of.
        cost: of all.
    """

    def __init__(self, sets: Sequence[Iterable[Index]], fixed: Sequence[bool], asked: Iterable[Index]) -> None:
        self.names = list(dict.fromkeys(label for own in sets for label in own))
        place = {label: 1 << k for k, label in enumerate(self.names)}
        self.sets = [sum(place[label] for label in set(own)) for own in sets]
        self.asked = sum(place[label] for label in set(asked) if label in place)
        self.count = len(self.sets)
        self.whole = (1 << self.count) - 1
        self.known = sum(1 << k for k, one in enumerate(fixed) if one)
        self.open: dict[int, int] = {1 << k: own for k, own in enumerate(self.sets)}
        self.sizes: dict[int, int] = {0: 1}
        self.best: dict[int, tuple[float, int, int]] = {1 << k: (0.0, 0, 0) for k in range(self.count)}
        if self.count:
            self._exact() if self.count <= EXACT_FACTORS else self._greedy()
        self.cost = self.best[self.whole][0] if self.count else 0.0

    def labels(self, subset: int) -> set[Index]:
        """Labels of the product of a subset."""
        mask = self._open(subset)
        return {label for k, label in enumerate(self.names) if mask >> k & 1}

    def _open(self, subset: int) -> int:
        if subset not in self.open:
            own, rest = 0, self.asked
            for k in range(self.count):
                if subset >> k & 1:
                    own |= self.sets[k]
                else:
                    rest |= self.sets[k]
            self.open[subset] = own & rest
        return self.open[subset]

    def _size(self, mask: int) -> int:
        if mask not in self.sizes:
            low = mask & -mask
            self.sizes[mask] = self.names[low.bit_length() - 1].size * self._size(mask ^ low)
        return self.sizes[mask]

    def step(self, a: int, b: int) -> float:
        """Cost of multiplying the products of two subsets."""
        cost = PRODUCT_COST * self._size(self._open(a) | self._open(b)) + ENTRY_COST * self._size(self._open(a | b))
        return FIXED_SHARE * cost if (a | b) & ~self.known == 0 else cost

    def _exact(self) -> None:
        for subset in range(1, 1 << self.count):
            if subset & (subset - 1) == 0:
                continue
            lowest, options = subset & -subset, []
            part = (subset - 1) & subset
            while part:
                if part & lowest:
                    rest = subset ^ part
                    options.append((self.best[part][0] + self.best[rest][0] + self.step(part, rest), part, rest))
                part = (part - 1) & subset
            self.best[subset] = min(options)

    def _greedy(self) -> None:
        parts = [1 << k for k in range(self.count)]
        while len(parts) > 1:
            options = [(self.step(a, b), a, b) for i, a in enumerate(parts) for b in parts[:i]]
            cost, a, b = min(options)
            self.best[a | b] = (self.best[a][0] + self.best[b][0] + cost, a, b)
            parts = [part for part in parts if part not in (a, b)] + [a | b]

    def multiply(self, factors: Sequence[Factor], sample: int, subset: int | None = None) -> Factor:
        """Return the product of all factors, or of a subset that the order goes through."""
        subset = self.whole if subset is None else subset
        if subset & (subset - 1) == 0:
            return factors[subset.bit_length() - 1]
        _, a, b = self.best[subset]
        left, right = self.multiply(factors, sample, a), self.multiply(factors, sample, b)
        return pair(left, right, self.labels(subset), sample)

    def through(self) -> set[int]:
        """Return the subsets whose products the cheapest order forms."""
        found, stack = set(), [self.whole]
        while stack:
            subset = stack.pop()
            found.add(subset)
            if subset & (subset - 1):
                stack.extend(self.best[subset][1:])
        return found
