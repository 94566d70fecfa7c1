"""Gradient and second derivative of a network with respect to its independent variables, block by block.

With J_a the Jacobian of an argument a of a node v, and g the adjoint of v, the Hessian is the sum over all nodes v and
pairs of arguments (a, b) of J_a^T (g d2v/da db) J_b. Adjoints come from one backward sweep, Jacobians from one forward
sweep that only collects terms; what multiplies what first is decided where the blocks are formed. Blocks without a
term vanish and are never formed. Source: A. Griewank, A. Walther, "Evaluating Derivatives", 2nd ed., SIAM 2008,
chapters 7 and 10.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import inf, prod

from numerics.hessians.contraction import Contractor, uncentred
from numerics.hessians.local import Bilinear, Linear, first_order, second_order
from numerics.hessians.network import FIXED, LEAF, Network, Node
from numerics.hessians.terms import (
    Index,
    Labels,
    Term,
    array_term,
    fresh,
    identity,
    instance,
    renamed,
    summed,
    times,
    without_deltas,
)
from verify.expr import build
from verify.expr.node import Expr

MAX_PAIRS = 8
"""Most pairs of terms that are considered one by one before Jacobians are multiplied out."""


@dataclass
class Jacobian:
    """The derivative of a node by one independent variable: terms with the labels of the node and of a column.

    Attributes:
        axes: labels of the node.
        column: labels of the variable.
        dense: the same as one array.
        made: whether a block uses the array, so that it costs nothing more.
    """

    axes: Labels
    column: Labels
    terms: tuple[Term, ...]
    dense: tuple[Term, ...] | None = None
    made: bool = False


def _fits(one: Jacobian) -> bool:
    return prod(label.size for label in (*one.axes, *one.column)) <= build.MAX_ENTRIES


Blocks = dict[tuple[int, int], list[tuple[Term, Labels, Labels]]]
"""Terms of the blocks (i, j), i <= j, by the numbers of the variables, with the labels of rows and columns."""


@dataclass
class Curvature:
    """Derivatives of a network.

    Attributes:
        network: the network; every node after its arguments.
        seeds: the adjoint of each root, by node.
    """

    network: Network
    seeds: Sequence[tuple[Node, Expr]]
    adjoints: dict[Node, Expr] = field(default_factory=dict)
    jacobians: dict[Node, dict[Node, Jacobian]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.contractor: Contractor = self.network.contractor
        self._centred: dict[tuple[Node, int], dict[Node, Jacobian]] = {}
        self._held: list[Expr] = []
        self.slopes = {node: first_order(node) for node in self.network.nodes if node.kind not in (FIXED, LEAF)}
        self._backward()

    @property
    def leaves(self) -> list[Node]:
        """Return the independent variables that the roots depend on, in order of appearance."""
        return [node for node in self.network.nodes if node.kind == LEAF and node in self.adjoints]

    # sweeps

    def _backward(self) -> None:
        for node, seed in self.seeds:
            self._accumulate(node, seed)
        for node in reversed(self.network.nodes):
            if node not in self.adjoints or node not in self.slopes:
                continue
            weight = self.adjoint_term(node)
            for slope in self.slopes[node]:
                arg = node.args[slope.place]
                assert arg is not None
                gone = [label for label in node.axes if label not in slope.inner]
                parts = [summed(times(weight, term), gone) for term in slope.terms]
                part = self.contractor.lower(parts, slope.inner)
                self._accumulate(arg, part if slope.weights is None else uncentred(part, slope.weights))

    def adjoint_term(self, node: Node) -> Term:
        """Return the adjoint of a node as a term with the labels of the node."""
        return array_term(self.adjoints[node], node.axes)

    def _accumulate(self, node: Node, part: Expr) -> None:
        known = self.adjoints.get(node)
        self.adjoints[node] = part if known is None else build.add(known, part)

    def jacobian(self, node: Node) -> dict[Node, Jacobian]:
        """Return the derivatives of a node by the variables it depends on."""
        if node not in self.jacobians:
            for one in self.network.nodes:  # arguments come first
                if one not in self.jacobians:
                    self.jacobians[one] = self._jacobian(one)
                if one is node:
                    break
        return self.jacobians[node]

    def _jacobian(self, node: Node) -> dict[Node, Jacobian]:
        if node.kind == LEAF:
            column = fresh(node.value.shape)
            return {node: Jacobian(node.axes, column, (identity(node.axes, column),))}
        columns: dict[Node, Labels] = {}
        terms: dict[Node, list[Term]] = defaultdict(list)
        for slope in self.slopes.get(node, ()):
            arg = node.args[slope.place]
            assert arg is not None
            for leaf, inner in self._arriving(arg, slope.weights).items():
                column = columns.setdefault(leaf, fresh(leaf.value.shape))
                terms[leaf].extend(self._chained(node.axes, slope, inner, column))
        found = {leaf: Jacobian(node.axes, columns[leaf], tuple(parts)) for leaf, parts in terms.items()}
        for one in found.values():
            if len(one.terms) > MAX_PAIRS and _fits(one):
                one.terms = self.dense(one)
        return found

    def _arriving(self, arg: Node, weights: Expr | None) -> dict[Node, Jacobian]:
        """Return the Jacobians of an argument, centred along its last axis if there are weights."""
        if weights is None:
            return self.jacobians[arg]
        key = arg, id(weights)
        if key not in self._centred:
            centred = {leaf: self._free_of_mean(one, weights) for leaf, one in self.jacobian(arg).items()}
            self._centred[key] = {leaf: one for leaf, one in centred.items() if one.terms}
            self._held.append(weights)
        return self._centred[key]

    def _free_of_mean(self, one: Jacobian, weights: Expr) -> Jacobian:
        terms = [part for term in one.terms for part in self._centred_term(term, one, weights)]
        return Jacobian(one.axes, one.column, tuple(terms))

    def _centred_term(self, term: Term, one: Jacobian, weights: Expr) -> list[Term]:
        """Centre the part of a term that varies along the row; what does not vary vanishes."""
        out, row = (*one.axes, *one.column), one.axes[-1]
        term = without_deltas(term, out)
        if row.size == 1 or row not in term.labels():
            return []
        for pair in term.deltas:
            if row in pair:
                other = pair[1] if pair[0] is row else pair[0]
                rest = Term(term.coefficient, term.factors, tuple(two for two in term.deltas if two is not pair))
                return [times(renamed(rest, {row: other}), self.contractor.centred_unit(one.axes, other, weights))]
        varying = [each for each in term.factors if row in each.labels]
        others = Term(term.coefficient, tuple(each for each in term.factors if row not in each.labels), term.deltas)
        needed = {*out, *others.labels()}
        return [times(others, Term(Fraction(1), (self.contractor.centred(varying, one.axes, weights, needed),)))]

    @staticmethod
    def _chained(axes: Labels, slope: Linear, inner: Jacobian, column: Labels) -> list[Term]:
        gone = [label for label in slope.inner if label not in axes]
        out = []
        for term in slope.terms:
            hidden = {label: Index(label.size) for label in (*term.labels(), *gone) if label not in axes}
            inside = [hidden.get(label, label) for label in slope.inner]
            names = dict(zip((*inner.axes, *inner.column), (*inside, *column), strict=True))
            for part in inner.terms:
                product = times(renamed(term, hidden), instance(part, names))
                out.append(summed(product, [hidden[label] for label in gone]))
        return out

    def dense(self, one: Jacobian) -> tuple[Term, ...]:
        """Return a Jacobian as one array."""
        if one.dense is None:
            out = (*one.axes, *one.column)
            one.dense = (array_term(self.contractor.lower(one.terms, out), out),)
        return one.dense

    # blocks

    def blocks(self, only: set[Node] | None = None) -> Blocks:
        """Return the terms of all blocks that do not vanish, of the second derivatives of all nodes or of some."""
        number = {leaf: place for place, leaf in enumerate(self.leaves)}
        out: Blocks = defaultdict(list)
        for node in self.network.nodes:
            counts = only is None or node in only
            if not counts or node not in self.slopes or node not in self.adjoints:
                continue
            for form in second_order(node, self.adjoints[node]):
                self._add(out, node, form, number)
        return out

    def _add(self, out: Blocks, node: Node, form: Bilinear, number: dict[Node, int]) -> None:
        first, second = (node.args[place] for place in form.places)
        assert first is not None
        assert second is not None
        left, right = self.jacobian(first), self.jacobian(second)
        if form.weights is not None:
            left = right = self._arriving(first, form.weights)
        symmetric = form.places[0] == form.places[1]
        for a, one in left.items():
            for b, other in right.items():
                i, j = number[a], number[b]
                if symmetric and i > j:
                    continue
                rows, columns = fresh(a.value.shape), fresh(b.value.shape)
                parts = self._cheapest(node, form, one, other, rows, columns)
                for part in parts:
                    if symmetric or i < j:
                        out[i, j].append((part, rows, columns))
                    elif i > j:
                        out[j, i].append((part, columns, rows))
                    else:
                        out[i, i].append((part, rows, columns))
                        out[i, i].append((part, columns, rows))

    def _cheapest(
        self, node: Node, form: Bilinear, one: Jacobian, other: Jacobian, rows: Labels, columns: Labels
    ) -> list[Term]:
        """Return the terms of one block from one node, with Jacobians multiplied out first where that is cheaper."""
        best: list[Term] = []
        least = inf
        users: list[Jacobian] = []
        for own, own_cost in self._versions(one):
            for its, its_cost in self._versions(other):
                if len(own) * len(its) * len(form.terms) > MAX_PAIRS and best:
                    continue
                candidate = self._joined(node, form, (own, one), (its, other), rows, columns)
                cost = own_cost + (its_cost if other is not one else 0.0)
                cost += self.contractor.cost(candidate, (*rows, *columns))
                if cost < least:
                    best, least = candidate, cost
                    users = [j for j, used in ((one, own), (other, its)) if used is j.dense]
        for user in users:
            user.made = True
        return best

    def _versions(self, one: Jacobian) -> list[tuple[tuple[Term, ...], float]]:
        """Return the terms of a Jacobian multiplied out, with what that costs, and as they are."""
        if (len(one.terms) == 1 and len(one.terms[0].factors) <= 1) or not _fits(one):
            return [(one.terms, 0.0)]
        cost = 0.0 if one.made else self.contractor.cost(one.terms, (*one.axes, *one.column))
        return [(self.dense(one), cost), (one.terms, 0.0)]

    @staticmethod
    def _joined(
        node: Node,
        form: Bilinear,
        own: tuple[Sequence[Term], Jacobian],
        its: tuple[Sequence[Term], Jacobian],
        rows: Labels,
        columns: Labels,
    ) -> list[Term]:
        first = dict(zip((*own[1].axes, *own[1].column), (*form.left, *rows), strict=True))
        second = dict(zip((*its[1].axes, *its[1].column), (*form.right, *columns), strict=True))
        hidden = list(dict.fromkeys((*form.left, *form.right, *node.axes)))
        out = []
        for term in form.terms:
            for a in own[0]:
                for b in its[0]:
                    out.append(summed(times(term, instance(a, first), instance(b, second)), hidden))
        return out
