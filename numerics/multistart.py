"""Thousands of starts at once: quasi-Newton to begin with, trust-region Newton to finish, results as they come.

Floating point finds: index and flat directions here are what rounding lets through, and decide nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numerics import quasi_newton, trust_region
from verify.expr.node import Expr
from verify.expr.numpy_derivatives import unflatten

Array = NDArray[np.float64]

TOLERANCE = 1e-10
"""Gradient norm at which a start has arrived."""

BEGINNING_TOLERANCE, BEGINNING_STEPS = 1e-7, 1000
"""The quasi-Newton phase ends at this gradient norm, or after so many steps: gradients cost far less than Hessians and
their factorisation, which are left for the last few steps and for what the first phase does not bring near."""

FINISHING_STEPS = 200

BLOCK_ENTRIES = 1 << 22
"""Entries of the Hessians of one block of starts; blocks keep memory bounded and let results stream."""

KICK = 1e-2
"""Distance from a saddle at which the search goes on, along the most negative curvature."""

PASSED = frozenset(["add", "mul", "neg", "sum", "reshape", "index", "stack", "concatenate"])
"""Operations between a loss and its squared residuals."""

SAME = 1e-6
"""Difference of signatures (predictions, values), relative to their size, below which two points are copies."""

AROUND = 64
"""Points whose surroundings tell how large signatures are."""


@dataclass(frozen=True)
class Objective:
    """A function of flat points x (B, p): value with gradient, Hessian, and a signature (B, k).

    The signature is what symmetric copies share, such as the predictions on the data; by default the value.
    """

    value_gradient: Callable[[Array], tuple[Array, Array]]
    hessian: Callable[[Array], Array]
    signature: Callable[[Array], Array] | None = None

    def signatures(self, x: Array) -> Array:
        """Return the signatures (B, k) of points."""
        return self.value_gradient(x)[0][:, None] if self.signature is None else self.signature(x)


@dataclass(frozen=True)
class Arrived:
    """Starts that have ended, in no particular order.

    Attributes:
        start: number of the start of each, (B,).
        x: points (B, p); value (B,), gradient norm ``slope`` (B,), curvatures in ascending order (B, p).
        index: number of negative curvatures; ``flat``: number of those not told from zero.
        converged: the gradient norm is at most the tolerance.
    """

    start: NDArray[np.intp]
    x: Array
    value: Array
    slope: Array
    curvatures: Array
    index: NDArray[np.intp]
    flat: NDArray[np.intp]
    converged: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.start)

    def pick(self, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Arrived:
        """Return some of them."""
        return Arrived(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


def objective_of(
    loss: Expr, wrt: Sequence[Expr], *, shared: Mapping[str, Any] | None = None, threads: int = 1
) -> Objective:
    """Return a loss with compiled derivatives, over the entries of ``wrt``, flattened in this order.

    Its signature is the value followed by every array whose squares are summed and that is not a parameter itself: the
    residuals, which copies under symmetries share.

    Raises:
        InvalidInput: a symbol without a value, or an operation that has no derivative.
    """
    from numerics.hessians.batches import compiled, gradient_function, hessian_function

    first = gradient_function(loss, wrt, shared=shared, threads=threads)
    second = hessian_function(loss, wrt, shared=shared, threads=threads)
    marks = compiled([loss, *residuals(loss)], wrt, shared, threads, "auto")

    def signature(x: Array) -> Array:
        return np.concatenate([part.reshape(len(x), -1) for part in marks(*unflatten(x, wrt))], axis=1)

    return Objective(first, lambda x: second(x)[2], signature)


def residuals(loss: Expr) -> list[Expr]:
    """Return the arrays whose squares a loss sums, parameters apart."""
    out: dict[Expr, None] = {}
    waiting = [loss]
    while waiting:
        node = waiting.pop()
        if node.op == "pow" and node.attrs == 2:
            if node.args[0].op != "symbol":
                out.setdefault(node.args[0])
        elif node.op in PASSED:
            waiting += node.args
    return list(out)


def stationary_points(
    objective: Objective,
    starts: Array,
    *,
    tolerance: float = TOLERANCE,
    escape: bool = False,
    going: Callable[[], bool] = lambda: True,
) -> Iterator[Arrived]:
    """Yield the ends of descents from ``starts`` (B, p), block by block, as soon as a block is finished.

    Args:
        escape: go on from saddles along their most negative curvature, on both sides; the lower end counts.
        going: asked between steps; when it says False, what is under way is yielded as it is, and nothing more begins.
    """
    size = starts.shape[1]
    block = max(1, BLOCK_ENTRIES // max(size * size, 1))
    for first in range(0, len(starts), block):
        if not going():
            return
        points = starts[first : first + block]
        ended = _block(objective, points, tolerance, going)
        if escape:
            ended = _escaped(objective, ended, tolerance, going)
        yield Arrived(ended.start + first, *(getattr(ended, name) for name in list(ended.__dataclass_fields__)[1:]))


def gathered(parts: Sequence[Arrived]) -> Arrived:
    """Return all parts as one.

    Raises:
        ValueError: no parts.
    """
    names = Arrived.__dataclass_fields__
    return Arrived(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def _block(objective: Objective, points: Array, tolerance: float, going: Callable[[], bool]) -> Arrived:
    near = quasi_newton.descend(
        objective.value_gradient, points, tolerance=max(tolerance, BEGINNING_TOLERANCE), steps=BEGINNING_STEPS,
        going=going,
    )  # fmt: skip
    parts: list[Arrived] = []

    def done(rows: NDArray[np.intp], e: trust_region.Ended) -> None:
        parts.append(Arrived(rows, e.x, e.value, e.slope, e.curvatures, e.index, e.flat, e.slope <= tolerance))

    trust_region.minimise(
        objective.value_gradient, objective.hessian, near, tolerance=tolerance, steps=FINISHING_STEPS, going=going,
        done=done,
    )  # fmt: skip
    return gathered(parts)


def _escaped(objective: Objective, ended: Arrived, tolerance: float, going: Callable[[], bool]) -> Arrived:
    """Restart from saddles on both sides of their most negative curvature; keep the lower end of each."""
    saddles = np.nonzero(ended.converged & (ended.index > 0))[0]
    if not len(saddles):
        return ended
    x = ended.x[saddles]
    _, vectors = np.linalg.eigh(objective.hessian(x))
    kick = KICK * np.maximum(1.0, np.abs(x).max(axis=1, keepdims=True)) * vectors[:, :, 0]
    both = _block(objective, np.concatenate([x + kick, x - kick]), tolerance, going)
    order = np.argsort(both.start)
    left, right = both.pick(order[: len(x)]), both.pick(order[len(x) :])
    lower = np.where(left.value <= right.value, np.arange(len(x)), np.arange(len(x)) + len(x))
    better = gathered([left, right]).pick(lower)
    renamed = Arrived(ended.start[saddles], *(getattr(better, name) for name in list(better.__dataclass_fields__)[1:]))
    rest = np.setdiff1d(np.arange(len(ended)), saddles)
    return gathered([ended.pick(rest), renamed])


@dataclass(frozen=True)
class Kind:
    """Stationary points that are copies of each other: equal signature, index and number of flat directions."""

    x: Array
    value: float
    index: int
    flat: int
    count: int


def kinds(objective: Objective, arrived: Arrived) -> list[Kind]:
    """Return the converged points with copies merged, lowest value first.

    Copies under permutations, signs, rescalings and changes of basis have equal predictions; so they share a signature
    if it is made of predictions. The value alone, the default, may merge different points.
    """
    found = arrived.pick(arrived.converged)
    if not len(found):
        return []
    marks = objective.signatures(found.x)
    nearby = objective.signatures(found.x[:AROUND] + 1)  # how large signatures are: at a perfect fit they all vanish
    scale = max(np.abs(marks).max(), np.abs(nearby[np.isfinite(nearby)]).max(initial=0), 1e-300) * SAME
    out: list[Kind] = []
    left = np.argsort(found.value, kind="stable")
    while len(left):
        head = left[0]
        alike = (
            (np.abs(marks[left] - marks[head]).max(axis=1) <= scale)
            & (found.index[left] == found.index[head])
            & (found.flat[left] == found.flat[head])
        )
        members = left[alike]
        simplest = members[np.argmin(np.linalg.norm(found.x[members], axis=1))]
        out.append(
            Kind(
                found.x[simplest], float(found.value[head]), int(found.index[head]), int(found.flat[head]), len(members)
            )
        )
        left = left[~alike]
    return out
