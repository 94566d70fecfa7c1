"""What a variant of attention is: one definition on expressions, from which every reading is made.

A definition receives a :class:`Setting` (symbolic queries, keys, values, and a plain visibility mask) and returns an
:class:`Attention` (symbolic output, weights, scores). Conventions, which every variant keeps: a row that sees nothing
has zero weights; positions of queries are aligned to the end, so that query i of n sits at start + T - n + i.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from verify.expr import build
from verify.expr import functions as F
from verify.expr.node import Expr

Mask = tuple[tuple[bool, ...], ...]
"""Visibility of keys (columns) to queries (rows)."""


@dataclass(frozen=True)
class Setting:
    """The inputs of a definition.

    Attributes:
        q: (n, d); k: (T, d); v: (T, dv).
        visible: n rows of T truth values.
        seen: which queries count, for variants in which queries interact (co-attention); all by default.
        start: position of the first key.
        beta: factor on the final scores (inverse temperature); shift: constant added to them after that.
        parameters: the variant's own arrays by name.
    """

    q: Expr
    k: Expr
    v: Expr
    visible: Mask
    parameters: Mapping[str, Expr] = field(default_factory=dict)
    seen: tuple[bool, ...] | None = None
    start: int = 0
    beta: Expr | None = None
    shift: Expr | None = None

    @property
    def queries(self) -> int:
        """n."""
        return self.q.shape[0]

    @property
    def keys(self) -> int:
        """T."""
        return self.k.shape[0]

    @property
    def width(self) -> int:
        """d."""
        return self.q.shape[1]

    def position(self, i: int) -> int:
        """Return the position of query i."""
        return self.start + self.keys - self.queries + i

    def key_position(self, j: int) -> int:
        """Return the position of key j."""
        return self.start + j

    def scaled(self, scores: Expr) -> Expr:
        """Return the scores times the inverse temperature, plus the shift."""
        heated = scores if self.beta is None else F.mul(self.beta, scores)
        return heated if self.shift is None else F.add(heated, self.shift)

    def within(self, keep: Callable[[int, int], bool]) -> Mask:
        """Return the visibility narrowed to pairs (position of query, position of key) that ``keep`` accepts."""
        return tuple(
            tuple(see and keep(self.position(i), self.key_position(j)) for j, see in enumerate(row))
            for i, row in enumerate(self.visible)
        )


@dataclass(frozen=True)
class Attention:
    """What a definition returns: output (n, dv), and the attention map and scores (n, T) where there are any.

    Scores of several heads are stacked: (H n, T), and so are their ``maps``. Kernels have positive ``features`` of
    queries and of keys instead of scores.
    """

    output: Expr
    weights: Expr | None = None
    scores: Expr | None = None
    features: tuple[Expr, ...] = ()
    maps: tuple[Expr, ...] = ()


Shapes = Callable[[int, int], Mapping[str, tuple[int, ...]]]
"""(d, dv) -> shapes of the parameters."""


@dataclass(frozen=True, eq=False)
class Variant:
    """A variant of attention.

    Attributes:
        name: as in the file's name.
        title: the usual name and year; source: where the definition comes from; formula: in words and symbols.
        attend: the definition.
        parameters: shapes of its parameters.
        defaults: exact default values of parameters that are constants rather than learned arrays.
        claims: what it claims beyond ("name") or short of ("-name") the default profile.
        multiple: the widths d it takes are multiples of this.
        square: whether it needs as many queries as keys; shrinks: output width is dv divided by this.
        smooth: whether it is differentiable everywhere.
        kernel: whether weights are fixed or come from kernel features, so that no scores can be scaled or shifted.
        per_query: whether masks may differ from query to query (co-attention has one for all).
        support: which (position of query, position of key) it attends to by itself; all by default.
    """

    name: str
    title: str
    source: str
    formula: str
    attend: Callable[[Setting], Attention]
    parameters: Shapes = lambda d, dv: {}
    defaults: Mapping[str, Any] = field(default_factory=dict)
    claims: tuple[str, ...] = ()
    multiple: int = 1
    square: bool = False
    shrinks: int = 1
    smooth: bool = True
    kernel: bool = False
    support: Callable[[int, int], bool] = lambda i, j: True
    per_query: bool = True


RowMap = Callable[[Expr], Expr]
"""A vector of visible scores -> the vector of their weights."""

_BY_ROWS = (F.softmax, F.sparsemax)
"""Maps that act on the rows of a matrix too."""


def masked_rows(scores: Expr, visible: Mask, row_map: RowMap) -> Expr:
    """Return weights (n, T): ``row_map`` of each row's visible scores, zero elsewhere."""
    count = scores.shape[1]
    if row_map in _BY_ROWS and all(map(all, visible)):
        return row_map(scores)
    rows = []
    for i, row in enumerate(visible):
        places = [j for j, see in enumerate(row) if see]
        if not places:
            rows.append(F.zeros(count))
            continue
        chosen = build.gather(scores, [i * count + j for j in places], (len(places),))
        rows.append(build.scatter(row_map(chosen), places, (count,)))
    return F.stack(rows)


def entries(make: Callable[[int, int], Expr | int | Fraction], n: int, m: int) -> Expr:
    """Return the matrix whose (i, j) entry is ``make(i, j)``."""
    return F.stack([F.stack([F.lift(make(i, j)) for j in range(m)]) for i in range(n)])


def over(values: Sequence[Expr], axis: int = 0) -> Expr:
    """Return the arrays stacked."""
    return F.stack(list(values), axis)


def column(a: Expr) -> Expr:
    """Return a vector (n) as a column (n, 1)."""
    return build.reshape(a, (a.shape[0], 1))


def dot_scores(q: Expr, k: Expr) -> Expr:
    """Return q k' (n, T)."""
    return F.matmul(q, F.transpose(k))


def root(d: int) -> Expr:
    """Return the exact square root of a width."""
    return F.sqrt(F.number(d))


def squares(a: Expr) -> Expr:
    """Return the squared norm of each row."""
    return F.sum(F.power(a, 2), 1)


def additive_scores(q: Expr, k: Expr, on_query: Expr, on_key: Expr, readout: Expr) -> Expr:
    """Return v' tanh(W q_i + U k_j) as (n, T): W (r, d), U (r, d), v (r)."""
    left, right = F.matmul(q, F.transpose(on_query)), F.matmul(k, F.transpose(on_key))
    n, t, r = left.shape[0], right.shape[0], left.shape[1]
    inner = F.add(build.reshape(left, (n, 1, r)), build.reshape(right, (1, t, r)))
    return F.sum(F.mul(F.tanh(inner), build.reshape(readout, (1, 1, r))), 2)


def standard(setting: Setting, scores: Expr, *, row_map: RowMap = F.softmax, visible: Mask | None = None) -> Attention:
    """Return weights = row_map(beta * scores) on visible keys and output = weights @ v."""
    scores = setting.scaled(scores)
    weights = masked_rows(scores, setting.visible if visible is None else visible, row_map)
    return Attention(F.matmul(weights, setting.v), weights, scores)
