"""Properties as statements about expressions, which can be proved where the function is a definition on expressions.

A property's ``formal`` receives a :class:`Subject`, a variant at small sizes under one visibility mask, and returns the
conditions that must hold at every point. Groups of symmetries are replaced by generators of the group: a function that
is invariant under each generator, for all inputs, is invariant under the group.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from verify.attention._base import Attention, Mask, Setting
from verify.expr import build
from verify.expr import functions as F
from verify.expr.node import Expr, symbols

Sizes = tuple[int, int, int, int]
"""(n, T, d, dv): queries, keys, width of keys, width of values."""

TAKEN = frozenset(("q", "k", "v", "q2", "k2", "v2", "a", "b", "c", "t", "u", "edge", "scores", "weights"))
"""Symbols that statements quantify over: one of a definition's own that had the same name would not be free of it."""


def apart(name: str, used: Collection[str] = ()) -> str:
    """Return a name for a definition's own symbol that no statement uses, nor ``used``."""
    while name in TAKEN or name in used:
        name += "_"
    return name


@dataclass(frozen=True)
class Subject:
    """A definition at fixed sizes under one mask; its inputs are symbols q, k, v.

    Attributes:
        attend: the definition; parameters: its own arrays by name.
        square: whether it needs as many queries as keys.
        fixed: whether other sizes than these can not be asked for (definitions of a claim file).
        constants: what its declared constants are, as text.
    """

    name: str
    attend: Callable[[Setting], Attention]
    sizes: Sizes
    visible: Mask
    parameters: Callable[[int, int], Mapping[str, Expr]] = lambda d, dv: {}
    square: bool = False
    fixed: bool = False
    constants: str = ""

    @property
    def own(self) -> frozenset[str]:
        """Names of its own symbols, none of which a statement uses."""
        return frozenset(symbols(*self.parameters(*self.sizes[2:]).values()))

    @property
    def q(self) -> Expr:
        """Queries (n, d)."""
        return build.symbol("q", (self.sizes[0], self.sizes[2]))

    @property
    def k(self) -> Expr:
        """Keys (T, d)."""
        return build.symbol("k", (self.sizes[1], self.sizes[2]))

    @property
    def v(self) -> Expr:
        """Values (T, dv)."""
        return build.symbol("v", (self.sizes[1], self.sizes[3]))

    def seen(self, i: int) -> list[int]:
        """Return the keys that query i sees."""
        return [j for j, see in enumerate(self.visible[i]) if see]

    def run(
        self, *, q: Expr | None = None, k: Expr | None = None, v: Expr | None = None, visible: Any = None,
        start: int = 0, seen: Any = None,
    ) -> Attention:  # fmt: skip
        """Return the definition on changed inputs."""
        q, k, v = self.q if q is None else q, self.k if k is None else k, self.v if v is None else v
        mask = self.visible if visible is None else tuple(tuple(bool(x) for x in row) for row in visible)
        own = self.parameters(k.shape[1], v.shape[1])
        queries = tuple(any(row) for row in mask) if seen is None else tuple(seen)
        return self.attend(Setting(q, k, v, mask, own, seen=queries, start=start))

    def resized(self, sizes: Sizes) -> Subject:
        """Return the subject at other sizes, unmasked."""
        return replace(self, sizes=sizes, visible=((True,) * sizes[1],) * sizes[0])

    def under(self, visible: Mask) -> Subject:
        """Return the subject under another mask."""
        return replace(self, visible=visible)


@dataclass(frozen=True)
class Goal:
    """What to prove at every point.

    Attributes:
        conclusion: conditions, all of which must hold.
        domains: domain of a symbol by name, where it is not all reals: "positive", "nonnegative".
        assume: hypotheses by name.
        runs: the attention values that occur; when all have the same scores, these may be made free.
        note: how the conclusion states the property, where it is not plain.
        sufficient: whether the conclusion implies the property, and not conversely; then it refutes nothing.
    """

    conclusion: tuple[Expr, ...]
    domains: Mapping[str, str] = field(default_factory=dict)
    assume: Mapping[str, Expr] = field(default_factory=dict)
    runs: tuple[Attention, ...] = ()
    note: str = ""
    sufficient: bool = False


Formal = Callable[[Subject], "Goal | None"]
"""None where the property has no meaning for the subject."""


def equal(a: Expr, b: Expr) -> tuple[Expr, ...]:
    """Return one equation per entry."""
    return tuple(build.compare("==", x, y) for x, y in zip(scalars(a), scalars(b), strict=True))


def at_least(a: Expr, b: Any) -> tuple[Expr, ...]:
    """Return a >= b for every entry of ``a``."""
    return tuple(build.compare(">=", x, b) for x in scalars(a))


def scalars(a: Expr) -> list[Expr]:
    """Return the entries in row-major order."""
    return [build.index(a, place) if place else a for place in build.positions_of(a.shape)]


def rows(a: Expr, order: Sequence[int]) -> Expr:
    """Return the rows in another order, possibly repeated."""
    return F.stack([build.index(a, i) for i in order])


def fresh(name: str, like: Expr) -> Expr:
    """Return a symbol of the same shape."""
    return build.symbol(name, like.shape)


def matrix(entries: Sequence[Sequence[Any]]) -> Expr:
    """Return a matrix from entries."""
    return F.stack([F.stack([F.lift(x) for x in row]) for row in entries])


def same_output(subject: Subject, **changed: Any) -> Goal:
    """Return the goal that the output stays the same."""
    first, second = subject.run(), subject.run(**changed)
    return Goal(equal(first.output, second.output), runs=(first, second))


def joined(goals: Sequence[Goal]) -> Goal:
    """Return the conjunction of goals over the same domains."""
    notes = dict.fromkeys(goal.note for goal in goals if goal.note)
    return Goal(
        tuple(dict.fromkeys(one for goal in goals for one in goal.conclusion)),
        {name: text for goal in goals for name, text in goal.domains.items()},
        {name: one for goal in goals for name, one in goal.assume.items()},
        tuple(run for goal in goals for run in goal.runs),
        "; ".join(notes),
        any(goal.sufficient for goal in goals),
    )
