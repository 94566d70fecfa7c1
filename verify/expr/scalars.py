"""The entries of an expression as scalar expressions of its symbols' entries.

Structure disappears: an entry of a product of matrices is a sum of products. Entries that are computed alike, in
whatever array, become the same node.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from verify.errors import Undecidable
from verify.expr import build
from verify.expr import functions as F
from verify.expr.evaluate import Domain, evaluate
from verify.expr.node import Expr, symbols


class Scalars(Domain):
    """Scalars are scalar expressions; nothing is decided, so that conditions stay conditions."""

    def constant(self, value: Fraction) -> Expr:
        return build.number(value)

    def sign(self, a: Any) -> int:
        raise Undecidable("an expression has no sign")

    def add(self, a: Any, b: Any) -> Expr:
        return build.add(a, b)

    def sub(self, a: Any, b: Any) -> Expr:
        return build.sub(a, b)

    def mul(self, a: Any, b: Any) -> Expr:
        return build.mul(a, b)

    def div(self, a: Any, b: Any) -> Expr:
        return build.div(a, b)

    def power(self, a: Any, n: int) -> Expr:
        return build.integer_power(a, n)

    def exp(self, a: Any) -> Expr:
        return build.exp(a)

    def log(self, a: Any) -> Expr:
        return build.log(a)

    def sqrt(self, a: Any) -> Expr:
        return build.sqrt(a)

    def sin(self, a: Any) -> Expr:
        return build.sin(a)

    def cos(self, a: Any) -> Expr:
        return build.cos(a)

    def erf(self, a: Any) -> Expr:
        return build.erf(a)

    def inverse_sqrt_pi(self) -> Expr:
        return Expr("inverse_sqrt_pi", (), shape=())

    def tanh(self, a: Any) -> Expr:
        return build.tanh(a)

    def sigmoid(self, a: Any) -> Expr:
        return build.sigmoid(a)

    def softplus(self, a: Any) -> Expr:
        return build.softplus(a)

    def absolute(self, a: Any) -> Expr:
        return build.absolute(a)

    def relu(self, a: Any) -> Expr:
        return build.relu(a)

    def maximum(self, a: Any, b: Any) -> Expr:
        return build.maximum(a, b)

    def step(self, a: Any) -> Expr:
        return build.step(a)

    def signum(self, a: Any) -> Expr:
        return build.sign(a)

    def softmax(self, row: Sequence[Any]) -> list[Any]:
        whole = F.softmax(build.stack(list(row)))
        return [build.index(whole, place) for place in range(len(row))]

    def logsumexp(self, row: Sequence[Any]) -> Expr:
        return F.logsumexp(build.stack(list(row)))

    def compare(self, relation: str, a: Any, b: Any) -> Expr:
        return build.compare({"lt": "<", "le": "<=", "eq": "==", "ne": "!="}[relation], a, b)

    def logical(self, op: str, *conditions: Any) -> Expr:
        return build.logical(op, *conditions)

    def choose(self, condition: Any, a: Any, b: Any) -> Expr:
        return build.where(condition, a, b)


def scalar_entries(root: Expr) -> list[Expr]:
    """Return the entries in row-major order as scalar expressions.

    Raises:
        Undecidable: an operation has no scalar form (sparsemax, eigenvalues).
    """
    env = {}
    for name, node in symbols(root).items():
        env[name] = [build.index(node, place) if place else node for place in build.positions_of(node.shape)]
    return evaluate([root], env, Scalars())[0]
