"""What a property of attention functions is, and the values that pass between it and whoever runs the function.

A property states a relation between outputs of one function on related inputs. It says how to build the related
inputs, and how far the outputs may differ in exact arithmetic. Whoever runs the function supplies, with each output,
a bound on its rounding error; a property adds those bounds and nothing else, so that no tolerance is invented here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from verify.properties._formal import Formal


@dataclass(frozen=True)
class Inputs:
    """A batch of inputs of an attention function.

    Attributes:
        q: (B, Tq, d); k: (B, Tk, d); v: (B, Tk, dv). For a layer the three are one array x (B, T, d).
        mask: (B, Tq, Tk) of truth values (True: may attend), or None.
        seed: seed of the property's own random choices (a permutation, a shift).
        layer: whether the function takes x only.
        causal: whether the function is claimed to hide later keys by itself.
    """

    q: Any
    k: Any
    v: Any
    mask: Any = None
    seed: int = 0
    layer: bool = False
    causal: bool = False

    @property
    def sizes(self) -> tuple[int, int, int, int]:
        """(Tq, Tk, d, dv)."""
        return self.q.shape[-2], self.k.shape[-2], self.q.shape[-1], self.v.shape[-1]

    @property
    def visible(self) -> Any:
        """The mask, all True when there is none: (B, Tq, Tk)."""
        shape = (self.q.shape[0], self.q.shape[-2], self.k.shape[-2])
        return np.ones(shape, dtype=bool) if self.mask is None else self.mask

    @property
    def sees(self) -> Any:
        """Whether each query sees a key: (B, Tq). For causal functions: a key that is not later, however aligned."""
        if not self.causal:
            return self.visible.any(-1)
        queries, keys = self.q.shape[-2], self.k.shape[-2]
        place = np.arange(queries)[:, None]
        earliest = np.minimum(place, place + keys - queries)
        return (self.visible & (np.arange(keys) <= earliest)).any(-1)

    def rng(self) -> np.random.Generator:
        """Return the generator of the property's own choices."""
        return np.random.default_rng(self.seed)

    def changed(self, **parts: Any) -> Inputs:
        """Return a copy with other arrays; for a layer, ``x=`` changes all three."""
        if "x" in parts:
            x = parts.pop("x")
            parts.update(q=x, k=x, v=x)
        return replace(self, **parts)

    def first(self, count: int) -> Inputs:
        """Return the first samples as a batch."""
        return self._part(slice(0, count))

    def sample(self, i: int) -> Inputs:
        """Return the i-th sample as a batch of one."""
        return self._part(slice(i, i + 1))

    def _part(self, part: slice) -> Inputs:
        q = self.q[part]
        k, v = (q, q) if self.layer else (self.k[part], self.v[part])
        return replace(self, q=q, k=k, v=v, mask=None if self.mask is None else self.mask[part])


@dataclass(frozen=True)
class Run:
    """One evaluation.

    Attributes:
        output: (B, Tq, dv), as computed.
        error: same shape; bound on |output - exact value of the function's formula|, infinite where unknown.
        weights, weights_error: (B, Tq, Tk) when the function returns weights.
        wide: output of the same formula in higher precision, or None.
        problem: text of the exception that the function raised, else None.
        dtype: name of the output's format; modified: names of the inputs that the call changed.
        method: how ``error`` was obtained, for the report.
    """

    output: Any = None
    error: Any = None
    weights: Any = None
    weights_error: Any = None
    wide: Any = None
    problem: str | None = None
    method: str = ""
    dtype: str = ""
    modified: str = ""

    @property
    def failed(self) -> bool:
        """Whether there is no output."""
        return self.problem is not None


@dataclass(frozen=True)
class Judgement:
    """How far a property was missed, per sample of the batch.

    Attributes:
        defect: (B,) observed distance from what the property demands.
        bound: (B,) what rounding can explain; infinite where nothing can be said.
        calls: the inputs on which the function was called, in order.
        assertion: Python text over ``out`` (list of outputs) and ``bound`` that holds when the property does.
        text: what was compared, in words.
    """

    defect: Any
    bound: Any
    calls: tuple[Inputs, ...]
    assertion: str
    text: str

    @property
    def violated(self) -> Any:
        """(B,) of truth values; a defect that is not a number, beside a finite bound, counts."""
        return np.isfinite(self.bound) & ~(self.defect <= self.bound)

    @property
    def decided(self) -> Any:
        """(B,): whether the bound says anything."""
        return np.isfinite(self.bound)


class Lab(Protocol):
    """Runs the function under test."""

    name: str

    def run(self, inputs: Inputs) -> Run:
        """Return output and error bound."""

    def again(self, inputs: Inputs) -> Run:
        """Return a fresh run, not from memory."""


Check = Callable[[Any, Inputs], "Judgement | None"]


@dataclass(frozen=True)
class Property:
    """One property.

    Attributes:
        name: its name on the command line.
        ids: its numbers in the catalogue of properties.
        statement: the formal statement.
        holders: which functions should satisfy it.
        check: judges a batch; None where it does not apply.
        default: whether every attention function is held to it unless told otherwise.
        layers: whether it applies to layers x -> f(x) too.
        exact_inputs: whether the related inputs are exact only for small dyadic numbers.
        masked: "never", "always" or "either": which batches it wants.
        method: how it is decided.
        tolerance: where its bound comes from.
        needs: "weights", "gradient" or "mask" when the function must offer them.
        draws: which family of inputs: "any", "huge" or "empty-rows".
        formal: the property as conditions on expressions, from which it can be proved.
        alternatives: number of kinds of relation that the seed chooses among; each is tried on every batch.
    """

    name: str
    ids: tuple[str, ...]
    statement: str
    holders: str
    check: Check = field(repr=False)
    default: bool = False
    layers: bool = True
    exact_inputs: bool = False
    masked: str = "either"
    method: str = "structured search, then Hypothesis"
    tolerance: str = "sum of the running-error bounds of the runs compared"
    needs: str = ""
    draws: str = "any"
    alternatives: int = 1
    formal: Formal | None = field(default=None, repr=False)


def distance(a: Any, b: Any) -> Any:
    """Return |a - b| in extended precision; equal non-finite values are at distance 0."""
    with np.errstate(all="ignore"):
        gap = np.abs(np.asarray(a, dtype=np.longdouble) - np.asarray(b, dtype=np.longdouble))
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    return np.where(same, 0.0, gap).astype(np.float64)


def worst(defect: Any, bound: Any) -> tuple[Any, Any]:
    """Reduce entries to one (defect, bound) per sample: the entry that exceeds its bound most.

    Entries whose bound is infinite say nothing; a sample without any other has an infinite bound.
    """
    count = defect.shape[0]
    if defect[0:1].size == 0:
        return np.zeros(count), np.zeros(count)
    flat, limit = defect.reshape(count, -1), np.broadcast_to(bound, defect.shape).reshape(count, -1)
    with np.errstate(all="ignore"):
        excess = np.where(np.isnan(flat), np.inf, flat) / np.where(limit > 0, limit, 5e-324)
    excess = np.where(np.isfinite(limit), np.where(flat == 0, 0.0, excess), -1.0)
    place = (np.arange(count), excess.argmax(axis=1))
    chosen = np.where(excess[place] < 0, np.inf, limit[place])
    return np.where(excess[place] < 0, 0.0, flat[place]), chosen


def compare(
    first: Any,
    second: Any,
    first_error: Any,
    second_error: Any,
    calls: tuple[Inputs, ...],
    *,
    text: str,
    assertion: str = "np.all(np.abs(out[0] - out[1]) <= bound)",
    rows: Any = None,
) -> Judgement:
    """Judge that two arrays agree; ``rows`` (B, Tq) limits the comparison to some queries.

    Where an output is not finite, its bound is infinite and nothing is decided: finiteness is its own property.
    """
    with np.errstate(all="ignore"):
        bound = np.asarray(first_error, dtype=np.float64) + second_error
    defect = distance(first, second)
    bound = np.where(np.isfinite(first) & np.isfinite(second), bound, np.inf)
    if rows is not None:
        defect = np.where(rows[..., None], defect, 0.0)
        bound = np.where(rows[..., None], bound, np.inf)
    return Judgement(*worst(defect, bound), calls, assertion, text)


def broken(inputs: tuple[Inputs, ...], problem: str, text: str) -> Judgement:
    """Judge a call that raised: violated by every sample."""
    count = inputs[-1].q.shape[0]
    return Judgement(np.full(count, np.inf), np.zeros(count), inputs, "True", f"{text}: {problem}")


def relation(
    second: Callable[[Inputs], Inputs | None],
    expected: Callable[[Inputs, Any, Any], tuple[Any, Any]],
    *,
    text: str,
    assertion: str = "np.all(np.abs(out[0] - out[1]) <= bound)",
) -> Check:
    """Return the check that f(second(x)) is what ``expected(x, f(x), error of f(x))`` makes of f(x)."""

    def check(lab: Lab, inputs: Inputs) -> Judgement | None:
        other = second(inputs)
        if other is None:
            return None
        first, run = lab.run(inputs), lab.run(other)
        if first.failed or run.failed:
            return None
        value, error = expected(inputs, first.output, first.error)
        if np.shape(value) != np.shape(run.output):
            return None
        rows = other.sees if run.output.shape[:-1] == other.sees.shape else None
        return compare(value, run.output, error, run.error, (inputs, other), text=text, assertion=assertion, rows=rows)

    return check


def unchanged(inputs: Inputs, value: Any, error: Any) -> tuple[Any, Any]:
    """The related inputs give the same output."""
    return value, error
