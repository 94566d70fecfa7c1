"""An expression as a network of nodes between which all products are multilinear.

Matrix products, entrywise products, sums over axes, transposes, spreading and scalar factors melt into one product of
many arrays per node (:attr:`Node.factors`), multiplied out in the cheapest order; so a sum over tokens is taken before
the matrices that follow it, and matrices of parameters alone are multiplied with each other before they meet the data.
Everything else (activations, softmax, sums of terms, slices) is one operation per node.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from math import prod

from numerics.hessians.contraction import Contractor, Order
from numerics.hessians.terms import Factor, Index, Labels, Term, factor, fresh
from verify.expr import build
from verify.expr.node import BOOL, Expr, symbols, topological

FIXED, LEAF, PRODUCT, APPLY = "fixed", "leaf", "product", "apply"


REARRANGING = frozenset(("broadcast", "reshape", "transpose"))
MULTILINEAR = REARRANGING | {"sum", "mul", "matmul"}


@dataclass(frozen=True, eq=False)
class Node:
    """One value of the network.

    Attributes:
        kind: known when compiling (:data:`FIXED`), an independent variable (:data:`LEAF`), a product of arrays
            (:data:`PRODUCT`), or any other operation (:data:`APPLY`).
        value: the value as an expression.
        axes: one label per axis of the value.
        args: the nodes it is computed from; None for a condition.
        factors: of a product, the labels of each argument; its labels that are not in ``axes`` are summed.
        coefficient: of a product, the number in front.
    """

    kind: str
    value: Expr
    axes: Labels
    args: tuple[Node | None, ...] = ()
    factors: tuple[Labels, ...] = ()
    coefficient: Fraction = Fraction(1)

    def term(self, without: Iterable[int] = ()) -> Term:
        """Return a product as a term, without the factors at some places."""
        kept = [k for k in range(len(self.args)) if k not in without]
        arrays = tuple(factor(self.args[k].value, self.factors[k]) for k in kept)  # type: ignore[union-attr]
        return Term(self.coefficient, arrays)


@dataclass
class _Product:
    """A product while it is collected."""

    coefficient: Fraction
    factors: list[tuple[Node, Labels]]
    axes: Labels

    def copy(self) -> _Product:
        """Return the same product with new labels."""
        names: dict[Index, Index] = {}

        def new(labels: Labels) -> Labels:
            return tuple(names.setdefault(label, Index(label.size)) for label in labels)

        return _Product(self.coefficient, [(node, new(labels)) for node, labels in self.factors], new(self.axes))


@dataclass
class Network:
    """Nodes of some expressions, every node after its arguments.

    Attributes:
        contractor: lowers products; its ``fixed`` says what is known when compiling.
        leaf: whether an expression is an independent variable as it stands.
        hoist: whether a product of independent variables may become a new one.
    """

    contractor: Contractor
    leaf: Callable[[Expr], bool]
    hoist: bool
    nodes: list[Node] = field(default_factory=list)
    known: dict[int, Node] = field(default_factory=dict)
    products: dict[int, _Product] = field(default_factory=dict)
    uses: Counter[int] = field(default_factory=Counter)

    def add(self, root: Expr) -> Node:
        """Return the node of an expression, made with all it needs."""
        order = topological(root)
        self.uses.update(id(arg) for node in order for arg in node.args)
        self.uses[id(root)] += 2
        self._order = order  # keeps the expressions, whose identities are keys
        for expression in order:
            if expression.kind != BOOL:
                self.products[id(expression)] = self._collect(expression)
        node = self._seal(self.products[id(root)])
        self.products.clear()
        self.uses.clear()
        return node

    # products

    def _single(self, node: Node) -> _Product:
        return _Product(Fraction(1), [(node, node.axes)], node.axes).copy()

    def _of(self, expression: Expr) -> _Product:
        """Return an argument as a product with labels of its own; a shared one is made a node first."""
        product = self.products[id(expression)]
        if self.uses[id(expression)] > 1 and len(product.factors) > 1:
            product = self._single(self._seal(product))
            self.products[id(expression)] = product
        return product.copy()

    def _collect(self, expression: Expr) -> _Product:
        shape = expression.shape
        constant = build.uniform_value(expression)
        if constant is not None:
            return _Product(constant, [], fresh(shape))
        rearranged = expression.op in REARRANGING or (
            expression.op == "mul" and build.uniform_value(expression.args[0]) is not None
        )
        if not rearranged and self.leaf(expression):
            return self._single(self._made(LEAF, expression))
        product = getattr(self, f"_{expression.op}")(expression) if expression.op in MULTILINEAR else None
        if product is not None:
            return self._melted(expression, product)
        if self.contractor.fixed(expression):
            return self._single(self._made(FIXED, expression))
        return self._single(self._applied(expression))

    def _melted(self, expression: Expr, product: _Product) -> _Product:
        """Keep what depends on the data alone as one array."""
        if self.contractor.fixed(expression) and len(product.factors) > 1:
            return self._single(self._made(FIXED, expression))
        return product

    def _broadcast(self, expression: Expr) -> _Product:
        inner = self._of(expression.args[0])
        lead = expression.ndim - len(inner.axes)
        own = fresh(expression.shape)
        axes = tuple(
            own[k] if k < lead or inner.axes[k - lead].size != length else inner.axes[k - lead]
            for k, length in enumerate(expression.shape)
        )
        return _Product(inner.coefficient, inner.factors, axes)

    def _reshape(self, expression: Expr) -> _Product | None:
        source, target = expression.args[0].shape, expression.shape
        if [length for length in source if length != 1] != [length for length in target if length != 1]:
            return None
        inner = self._of(expression.args[0])
        left = iter([label for label in inner.axes if label.size != 1])
        axes = tuple(Index(1) if length == 1 else next(left) for length in target)
        return _Product(inner.coefficient, inner.factors, axes)

    def _transpose(self, expression: Expr) -> _Product:
        inner = self._of(expression.args[0])
        axes: tuple[int, ...] = expression.attrs  # type: ignore[assignment]
        return _Product(inner.coefficient, inner.factors, tuple(inner.axes[axis] for axis in axes))

    def _sum(self, expression: Expr) -> _Product:
        inner = self._of(expression.args[0])
        axes: tuple[int, ...] = expression.attrs  # type: ignore[assignment]
        kept = tuple(label for axis, label in enumerate(inner.axes) if axis not in axes)
        return self._hidden(inner, [inner.axes[axis] for axis in axes], kept)

    def _hidden(self, product: _Product, labels: Iterable[Index], axes: Labels) -> _Product:
        present = {label for _, own in product.factors for label in own}
        count = prod(label.size for label in labels if label not in present)
        return _Product(product.coefficient * count, product.factors, axes)

    def _mul(self, expression: Expr) -> _Product:
        left, right = (self._of(arg) for arg in expression.args)
        return self._joined(left, right, dict(zip(right.axes, left.axes, strict=True)), left.axes)

    def _matmul(self, expression: Expr) -> _Product:
        left, right = (self._of(arg) for arg in expression.args)
        names = dict(zip(right.axes[:-1], (*left.axes[:-2], left.axes[-1]), strict=True))
        joined = self._joined(left, right, names, (*left.axes[:-1], right.axes[-1]))
        return self._hidden(joined, [left.axes[-1]], joined.axes)

    def _joined(self, left: _Product, right: _Product, names: dict[Index, Index], axes: Labels) -> _Product:
        moved = [(node, tuple(names.get(label, label) for label in labels)) for node, labels in right.factors]
        return _Product(left.coefficient * right.coefficient, left.factors + moved, axes)

    # nodes

    def _made(self, kind: str, value: Expr, *, args: tuple[Node | None, ...] = ()) -> Node:
        return self._registered(Node(kind, value, fresh(value.shape), args))

    def _registered(self, node: Node) -> Node:
        """Return the node of this value that is known already, or this one."""
        known = self.known.setdefault(id(node.value), node)
        if known is node:
            self.nodes.append(node)
        return known

    def _applied(self, expression: Expr) -> Node:
        """Return the node of an operation that is no product."""
        args = tuple(None if arg.kind == BOOL else self._sealed(arg) for arg in expression.args)
        values = tuple(old if new is None else new.value for old, new in zip(expression.args, args, strict=True))
        value = Expr(expression.op, values, attrs=expression.attrs, shape=expression.shape, kind=expression.kind)
        return self._made(APPLY, value, args=args)

    def _sealed(self, expression: Expr) -> Node:
        product = self.products[id(expression)]
        node = self._seal(product)
        if self.uses[id(expression)] > 1:
            self.products[id(expression)] = self._single(node)
        return node

    def _seal(self, product: _Product) -> Node:
        """Return the node of a product, multiplied out in the cheapest order."""
        product = product.copy()
        if self.hoist:
            product = self._hoisted(product)
        term = Term(product.coefficient, tuple(factor(node.value, labels) for node, labels in product.factors))
        value = self.contractor.lower([term], product.axes)
        if not product.factors:
            return self._made(FIXED, value)
        args, labels = zip(*product.factors, strict=True)
        kind = FIXED if all(node.kind == FIXED for node in args) else PRODUCT
        return self._registered(Node(kind, value, product.axes, args, labels, product.coefficient))

    def _hoisted(self, product: _Product) -> _Product:
        """Make products of independent variables alone new ones, where the cheapest order forms them."""
        reduced = [Factor(node.value, tuple(i for i in labels if i.size != 1)) for node, labels in product.factors]
        if not any(node.kind == LEAF for node, _ in product.factors) or len(reduced) < 2:
            return product
        fixed = [self.contractor.fixed(one.value) for one in reduced]
        order = Order([one.labels for one in reduced], fixed, product.axes)
        leaves = [k for k, (node, _) in enumerate(product.factors) if node.kind == LEAF]
        factors = list(product.factors)
        used: set[int] = set()
        for subset in sorted(order.best, key=lambda s: -s.bit_count()):
            members = [k for k in range(len(reduced)) if subset >> k & 1]
            if len(members) < 2 or used & set(members) or not set(members) <= set(leaves):
                continue
            if subset not in order.through() or self._swells(order, reduced, subset, members):
                continue
            used |= set(members)
            labels = tuple(label for label in _first_seen(reduced, members) if label in order.labels(subset))
            term = Term(Fraction(1), tuple(factor(*self._raw(product.factors[k])) for k in members))
            node = self._made(LEAF, self.contractor.lower([term], labels))
            factors.append((node, labels))
        kept = [one for k, one in enumerate(factors) if k not in used]
        return _Product(product.coefficient, kept, product.axes)

    @staticmethod
    def _raw(one: tuple[Node, Labels]) -> tuple[Expr, Labels]:
        return one[0].value, one[1]

    @staticmethod
    def _swells(order: Order, factors: list[Factor], subset: int, members: list[int]) -> bool:
        size = prod(label.size for label in order.labels(subset))
        return size > sum(factors[k].value.size for k in members)


def _first_seen(factors: list[Factor], members: list[int]) -> list[Index]:
    return list(dict.fromkeys(label for k in members for label in factors[k].labels))


class Classifier:
    """Answers a question about expressions from the answers for their arguments, each asked once.

    Args:
        rule: from a node and whether it holds for all its arguments to whether it holds.
    """

    def __init__(self, rule: Callable[[Expr, bool], bool]) -> None:
        self.rule = rule
        self.answers: dict[int, bool] = {}
        self.held: list[Expr] = []  # identities stay unique

    def __call__(self, expression: Expr) -> bool:
        stack = [expression]
        while stack:
            node = stack[-1]
            if id(node) in self.answers:
                stack.pop()
                continue
            left = [arg for arg in node.args if id(arg) not in self.answers]
            stack.extend(left)
            if not left:
                self.answers[id(node)] = self.rule(node, all(self.answers[id(arg)] for arg in node.args))
                self.held.append(node)
        return self.answers[id(expression)]


def parameter_only(wrt: Iterable[Expr]) -> Callable[[Expr], bool]:
    """Return whether an expression is a function of the parameters alone, no larger than those it depends on."""
    names = {str(symbol.attrs) for symbol in wrt}

    def own(node: Expr, below: bool) -> bool:
        if node.op == "symbol":
            return str(node.attrs) in names
        return below and (node.op != "const" or build.uniform_value(node) is not None)

    free_of_data = Classifier(own)

    def hoistable(expression: Expr) -> bool:
        if expression.op == "symbol" or expression.kind == BOOL or not free_of_data(expression):
            return expression.op == "symbol" and str(expression.attrs) in names
        below = symbols(expression).values()
        return bool(below) and expression.size <= sum(symbol.size for symbol in below)

    return hoistable
