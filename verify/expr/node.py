"""The one immutable array expression that every formula of the project is made of.

An :class:`Expr` is a node of a directed acyclic graph with a primitive operation, arguments, static attributes and
a shape. Equal nodes are the same object (hash-consing), so that shared work stays shared through derivation and
every reading. Building nodes is the business of :mod:`verify.expr.build`; this module only says what a node is.
"""

from __future__ import annotations

import weakref
from collections.abc import Hashable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar

Shape = tuple[int, ...]

REAL = "real"
BOOL = "bool"

ELEMENTWISE_REAL = frozenset(
    "add mul div pow exp log sqrt tanh sigmoid softplus erf sin cos abs sign relu step maximum where".split()  # noqa: SIM905
)
COMPARISONS = frozenset(("lt", "le", "eq", "ne"))
LOGICAL = frozenset(("and", "or", "not"))
STRUCTURAL = frozenset("broadcast reshape transpose gather scatter concat".split())  # noqa: SIM905
REDUCTIONS = frozenset(("sum", "max"))
MATRIX = frozenset(("matmul", "softmax", "sparsemax", "logsumexp", "min_eig", "max_eig", "gap", "margin"))
PARTIAL = frozenset(("div", "log", "sqrt", "step"))
LEAVES = frozenset(("const", "symbol", "inverse_sqrt_pi"))
PRIMITIVES = ELEMENTWISE_REAL | COMPARISONS | LOGICAL | STRUCTURAL | REDUCTIONS | MATRIX | LEAVES


class Expr:
    """One node: ``op`` applied to ``args`` with static ``attrs``; ``shape`` and ``kind`` describe its value.

    Attributes:
        op: name of a primitive in :data:`PRIMITIVES`.
        args: argument nodes.
        attrs: static, hashable data of the operation (exponent, axes, target shape, constant entries, name).
        shape: shape of the value.
        kind: ``"real"`` or ``"bool"``.
        total: whether the value is defined for all real arguments (no division, logarithm, root or step below).
    """

    __slots__ = ("__weakref__", "args", "attrs", "kind", "op", "shape", "total")

    op: str
    args: tuple[Expr, ...]
    attrs: Hashable
    shape: Shape
    kind: str
    total: bool

    _interned: ClassVar[weakref.WeakValueDictionary[tuple[Any, ...], Expr]] = weakref.WeakValueDictionary()

    def __new__(
        cls, op: str, args: tuple[Expr, ...] = (), *, attrs: Hashable = None, shape: Shape, kind: str = REAL
    ) -> Expr:
        key = (op, tuple(map(id, args)), attrs, shape, kind)
        found = cls._interned.get(key)
        if found is not None:
            return found
        self = object.__new__(cls)
        total = op not in PARTIAL and all(arg.total for arg in args)
        for name, value in zip(cls.__slots__[1:], (args, attrs, kind, op, shape, total), strict=True):
            object.__setattr__(self, name, value)
        cls._interned[key] = self
        return self

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"Expr is immutable; cannot set {name!r}")

    def __reduce__(self) -> tuple[Any, ...]:
        return (_restore, (self.op, self.args, self.attrs, self.shape, self.kind))

    @property
    def size(self) -> int:
        """Number of entries."""
        count = 1
        for length in self.shape:
            count *= length
        return count

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def is_constant_leaf(self) -> bool:
        """Whether this node is an explicit array of rational numbers."""
        return self.op == "const"

    def entries(self) -> tuple[Fraction, ...]:
        """Return the entries of a constant leaf, in row-major order."""
        if self.op != "const":
            raise TypeError(f"op={self.op!r} is not a constant leaf")
        return self.attrs  # type: ignore[return-value]

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("a scalar expression has no length")
        return self.shape[0]

    def __bool__(self) -> bool:
        raise TypeError("an expression has no truth value; use where(condition, a, b)")

    def __repr__(self) -> str:
        if self.op == "symbol":
            return f"Expr({self.attrs}{list(self.shape) or ''})"
        return f"Expr({self.op}, {len(self.args)} args, shape={self.shape})"

    if TYPE_CHECKING:  # installed by verify.expr.operators

        def __add__(self, other: Any) -> Expr: ...
        def __radd__(self, other: Any) -> Expr: ...
        def __sub__(self, other: Any) -> Expr: ...
        def __rsub__(self, other: Any) -> Expr: ...
        def __mul__(self, other: Any) -> Expr: ...
        def __rmul__(self, other: Any) -> Expr: ...
        def __truediv__(self, other: Any) -> Expr: ...
        def __rtruediv__(self, other: Any) -> Expr: ...
        def __pow__(self, other: Any) -> Expr: ...
        def __matmul__(self, other: Any) -> Expr: ...
        def __rmatmul__(self, other: Any) -> Expr: ...
        def __neg__(self) -> Expr: ...
        def __abs__(self) -> Expr: ...
        def __getitem__(self, key: Any) -> Expr: ...
        def __lt__(self, other: Any) -> Expr: ...
        def __le__(self, other: Any) -> Expr: ...
        def __gt__(self, other: Any) -> Expr: ...
        def __ge__(self, other: Any) -> Expr: ...
        def __and__(self, other: Expr) -> Expr: ...
        def __or__(self, other: Expr) -> Expr: ...
        def __invert__(self) -> Expr: ...
        def reshape(self, *shape: Any) -> Expr: ...
        @property
        def T(self) -> Expr: ...

    # NumPy must not try to spread an expression over an object array.
    __array_ufunc__ = None


def _restore(op: str, args: tuple[Expr, ...], attrs: Hashable, shape: Shape, kind: str) -> Expr:
    return Expr(op, args, attrs=attrs, shape=shape, kind=kind)


def topological(*roots: Expr) -> list[Expr]:
    """Return every node below ``roots`` once, arguments before users (iterative: depth is no limit)."""
    order: list[Expr] = []
    done: set[int] = set()
    stack: list[tuple[Expr, bool]] = [(root, False) for root in reversed(roots)]
    while stack:
        node, expanded = stack.pop()
        if id(node) in done:
            continue
        if expanded:
            done.add(id(node))
            order.append(node)
            continue
        stack.append((node, True))
        stack.extend((arg, False) for arg in reversed(node.args) if id(arg) not in done)
    return order


def symbols(*roots: Expr) -> dict[str, Expr]:
    """Return the free symbols below ``roots`` by name, in order of first use."""
    return {str(node.attrs): node for node in topological(*roots) if node.op == "symbol"}


def uses(root: Expr, ops: frozenset[str]) -> Iterator[Expr]:
    """Yield the nodes below ``root`` whose operation is in ``ops``."""
    return (node for node in topological(root) if node.op in ops)
