"""A scalar graph tidied for enumeration: sums are linear combinations, chains of maxima, 'and' and 'or' are one node.

Such a node (:data:`FOLDS`) can take its arguments one at a time and in any order, so that a partial result replaces
the arguments already seen. That keeps the number of different states small when entries are enumerated one by one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from flint import fmpq

from verify.chance.graph import BALLS, Graph, Node, guarded
from verify.expr.evaluate import Poison

ROWS = frozenset(("softmax", "sparsemax", "margins", "logsumexp"))
"""Operations on a whole row, which cost about the square of its length."""

FOLDS = ("linear", "maximum", "and", "or")
"""Operations that take their arguments one at a time, in any order."""


@dataclass(frozen=True)
class Linear:
    """The data of a ``linear`` node: ``constant + sum(coefficient * argument)``."""

    constant: fmpq
    coefficients: tuple[fmpq, ...]


@dataclass(frozen=True)
class Program:
    """Scalar operations in an order in which arguments come first; ``root`` is the last one that matters."""

    nodes: tuple[Node, ...]
    root: int

    def entries(self) -> list[int]:
        """Return the numbers of the random entries that occur, in order of first use from the root."""
        found: dict[int, None] = {}
        seen: set[int] = set()
        stack = [self.root]
        while stack:
            place = stack.pop()
            if place in seen:
                continue
            seen.add(place)
            node = self.nodes[place]
            if node.op == "entry":
                found[node.data] = None
            stack.extend(reversed(node.args))
        return list(found)

    @property
    def cost(self) -> int:
        """About how many elementary operations one evaluation takes."""
        return sum(cost(node) for node in self.nodes)

    def rooted(self, place: int) -> Program:
        """Return the part of the program that another node needs."""
        return _compacted(self.nodes, place)

    def terms(self) -> list[tuple[fmpq, int | None]]:
        """Return the root as a sum of coefficients times nodes; None stands for the constant 1."""
        node = self.nodes[self.root]
        if node.op != "linear":
            return [(fmpq(1), self.root)]
        return [(node.data.constant, None), *zip(node.data.coefficients, node.args, strict=True)]


def cost(node: Node) -> int:
    """Return about how many elementary operations a node takes."""
    return 1 + (10 * len(node.args) ** 2 if node.op in ROWS else len(node.args))


@dataclass
class _Sum:
    """A linear combination under construction."""

    constant: fmpq
    terms: dict[int, fmpq]

    def include(self, other: _Sum, factor: fmpq) -> None:
        self.constant += factor * other.constant
        for place, coefficient in other.terms.items():
            self.terms[place] = self.terms.get(place, fmpq(0)) + factor * coefficient


def tidied(graph: Graph) -> Program:
    """Return the program of a graph's root."""
    return _Tidier(graph).program()


class _Tidier:
    """Gathers sums and chains; node numbers stay those of the graph until the end."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.needed = _reachable(graph.nodes, graph.root)
        self.uses = Counter(arg for place in self.needed for arg in graph.nodes[place].args)
        self.uses[graph.root] += 2
        self.links = self._links()
        self.sums: dict[int, _Sum] = {}
        self.nodes: list[Node] = list(graph.nodes)

    def program(self) -> Program:
        for place in self.needed:
            node = self.graph.nodes[place]
            if node.op == "sum" or self._scaled(node) is not None:
                self.sums[place] = self._sum(node)
            elif node.op in FOLDS and place not in self.links:
                self.nodes[place] = replace(node, args=self._chain(place))
        for place, combination in self.sums.items():
            self.nodes[place] = self._linear(combination, self.graph.nodes[place])
        return _compacted(tuple(self.nodes), self.graph.root)

    def _constant(self, place: int) -> fmpq | None:
        node = self.graph.nodes[place]
        return node.data if node.op == "const" and isinstance(node.data, fmpq) else None

    def _scaled(self, node: Node) -> tuple[fmpq, int] | None:
        """Return (c, a) for a product of a rational constant c and a."""
        if node.op != "mul":
            return None
        for constant, other in (node.args, node.args[::-1]):
            value = self._constant(constant)
            if value is not None:
                return value, other
        return None

    def _sum(self, node: Node) -> _Sum:
        scaled = self._scaled(node)
        parts = [scaled] if scaled is not None else [(fmpq(1), arg) for arg in node.args]
        inner = [(factor, arg) for factor, arg in parts if self._absorbed(arg)]
        base = max((arg for f, arg in inner if f == 1 and self.uses[arg] == 1), default=None,
                   key=lambda arg: len(self.sums[arg].terms))  # fmt: skip
        out = self.sums.pop(base) if base is not None else _Sum(fmpq(0), {})
        for factor, arg in parts:
            if arg == base:
                base = None
            elif self._absorbed(arg):
                out.include(self.sums[arg], factor)
            elif (value := self._constant(arg)) is not None:
                out.constant += factor * value
            else:
                out.terms[arg] = out.terms.get(arg, fmpq(0)) + factor
        return out

    def _absorbed(self, place: int) -> bool:
        """Whether a sum is written into its user: it has no other user, or a single term."""
        part = self.sums.get(place)
        return part is not None and (self.uses[place] == 1 or len(part.terms) <= 1)

    def _linear(self, combination: _Sum, node: Node) -> Node:
        kept = {
            place: coefficient
            for place, coefficient in combination.terms.items()
            if coefficient != 0 or not self.graph.nodes[place].total
        }
        if all(self.graph.nodes[place].op == "const" for place in kept):
            return self._constant_sum(combination.constant, kept)
        data = Linear(combination.constant, tuple(kept.values()))
        return Node("linear", tuple(kept), data, node.total)

    def _constant_sum(self, start: fmpq, terms: dict[int, fmpq]) -> Node:
        value: Any = start
        for place, coefficient in terms.items():
            term = guarded(BALLS.mul, (coefficient, self.graph.nodes[place].data))
            value = guarded(BALLS.add, (value, term))
        return Node("const", (), value, type(value) is not Poison)

    def _links(self) -> set[int]:
        """Return the nodes that only serve a node of the same foldable operation."""
        nodes = self.graph.nodes
        return {
            arg
            for place in self.needed
            for arg in nodes[place].args
            if nodes[place].op in FOLDS and nodes[arg].op == nodes[place].op and self.uses[arg] == 1
        }

    def _chain(self, top: int) -> tuple[int, ...]:
        """Return the arguments of a chain of equal operations with its links written out."""
        out: dict[int, None] = {}
        stack = [top]
        while stack:
            place = stack.pop()
            if place == top or place in self.links:
                stack.extend(reversed(self.graph.nodes[place].args))
            else:
                out[place] = None
        return tuple(out)


def _reachable(nodes: Any, root: int) -> list[int]:
    """Return the nodes that the root needs, arguments first (a node's arguments have smaller numbers)."""
    marked = {root}
    stack = [root]
    while stack:
        for arg in nodes[stack.pop()].args:
            if arg not in marked:
                marked.add(arg)
                stack.append(arg)
    return sorted(marked)


def _compacted(nodes: tuple[Node, ...], root: int) -> Program:
    """Return the nodes that the root needs, renumbered."""
    needed = _reachable(nodes, root)
    number = {place: new for new, place in enumerate(needed)}
    moved = tuple(replace(nodes[place], args=tuple(number[arg] for arg in nodes[place].args)) for place in needed)
    return Program(moved, number[root])
