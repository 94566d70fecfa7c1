"""A scalar expression in two stages: what meets the data, and what is made of the parameters alone before.

The first stage is a network over *collected variables*: the parameters, and those functions of the parameters alone
that meet the data (products of weight matrices, norms). The second makes the collected variables from the parameters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from numerics.hessians.contraction import Contractor
from numerics.hessians.curvature import Curvature
from numerics.hessians.network import APPLY, FIXED, PRODUCT, Classifier, Network, Node, parameter_only
from verify.errors import InvalidInput
from verify.expr.build import full, number
from verify.expr.node import Expr, topological

LINEAR = frozenset(("add", "gather", "scatter", "concat", "reshape"))


@dataclass(frozen=True)
class Stages:
    """Both stages, with the adjoints of all their nodes.

    Attributes:
        root: the node of the scalar, in the first stage.
        first: the first stage; its leaves are the collected variables.
        second: the second stage; its leaves are the parameters that matter.
        starts: for each collected variable its node in the second stage.
    """

    root: Node
    first: Curvature
    second: Curvature
    starts: tuple[Node, ...]

    def gradient(self, symbol: Expr) -> Expr:
        """Return the gradient by one parameter array."""
        return at_symbol(self.second, symbol)


def at_symbol(second: Curvature, symbol: Expr) -> Expr:
    """Return the adjoint of a parameter array; zeros if nothing depends on it."""
    node = second.network.known.get(id(symbol))
    zero = full(0, symbol.shape)
    return zero if node is None else second.adjoints.get(node, zero)


def two_stages(loss: Expr, wrt: Sequence[Expr]) -> Stages:
    """Divide a scalar expression of the parameter arrays ``wrt``; other symbols are data.

    Raises:
        Unstructured: an operation has no structured derivative.
        InvalidInput: an intermediate array would be too large.
    """
    if loss.shape != ():
        raise InvalidInput(f"the second derivative of an array of shape {list(loss.shape)}", fix="give a scalar")
    contractor = Contractor(fixed_for(wrt), sample_length(loss, wrt))
    outer = Network(contractor, parameter_only(wrt), hoist=True)
    root = outer.add(loss)
    first = Curvature(outer, [(root, number(1))])
    names = {str(symbol.attrs) for symbol in wrt}
    inner = Network(contractor, lambda e: e.op == "symbol" and str(e.attrs) in names, hoist=False)
    starts = tuple(inner.add(leaf.value) for leaf in first.leaves)
    seeds = [
        (start, first.adjoints.get(leaf, full(0, leaf.value.shape)))
        for start, leaf in zip(starts, first.leaves, strict=True)
    ]
    return Stages(root, first, Curvature(inner, seeds), starts)


def outermost(stages: Stages) -> tuple[set[Node], set[Node]]:
    """Return the nodes of both stages that the scalar depends on through linear operations, and that are not linear."""
    outer, reached = _outermost(stages.first.network, {stages.root})
    starts = {start for start, leaf in zip(stages.starts, stages.first.leaves, strict=True) if leaf in reached}
    return outer, _outermost(stages.second.network, starts)[0]


def _outermost(network: Network, roots: set[Node]) -> tuple[set[Node], set[Node]]:
    found: set[Node] = set()
    reached = set(roots)
    for node in reversed(network.nodes):
        if node not in reached or node.kind not in (PRODUCT, APPLY):
            continue
        varying = [arg for arg in node.args if arg is not None and arg.kind != FIXED]
        if len(varying) == 1 if node.kind == PRODUCT else node.value.op in LINEAR:
            reached.update(varying)
        else:
            found.add(node)
    return found, reached


def fixed_for(wrt: Sequence[Expr]) -> Callable[[Expr], bool]:
    """Return whether an expression does not depend on the symbols ``wrt``."""
    names = {str(symbol.attrs) for symbol in wrt}
    return Classifier(lambda node, below: below and not (node.op == "symbol" and str(node.attrs) in names))


def sample_length(loss: Expr, wrt: Sequence[Expr]) -> int:
    """Return the commonest length of the leading axis of the data, 0 without data."""
    names = {str(symbol.attrs) for symbol in wrt}
    arrays = [node for node in topological(loss) if node.op == "const" or node.op == "symbol"]
    lengths = Counter(a.shape[0] for a in arrays if a.shape and not (a.op == "symbol" and str(a.attrs) in names))
    return max(lengths, key=lambda length: (lengths[length], length), default=0)
