"""Running a target in one format, with a rounding-error bound for every output.

A NumPy target is run twice: plainly, and on traced arrays (:mod:`numerics.variants.traced`). The plain output counts;
its bound is the traced one plus the distance between the two runs, which is zero as a rule. Where tracing ends, and
for other frameworks, the bound comes from :mod:`numerics.variants.conditioning`.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from numerics.variants.numpy_proxy import tracing_names
from numerics.variants.rounding import Format, numpy_dtype
from numerics.variants.target import Target
from numerics.variants.traced import Trace, Traced, TracingLost
from verify.properties._base import Inputs, Run

Raw = tuple[Any, Any]
"""(output, weights or None) as arrays of the framework."""


@dataclass
class Lab:
    """A target, a format, and the memory of its runs.

    Attributes:
        batched: whether inputs keep their batch axis in calls; a batch of one may also be passed without.
        calls: number of calls so far; traceable, lost: whether operations can be followed, and why not.
        reference, reference_name: the exact function of a library variant to be equal to, and its name.
        measured: whether a bound since the last :meth:`forget` was measured, so that it finds and does not decide.
    """

    target: Target
    form: Format
    batched: bool = True
    calls: int = 0
    traceable: bool = True
    lost: str = ""
    reference: Any = None
    reference_name: str = ""
    measured: bool = False
    _memory: dict[int, tuple[Inputs, Run]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the format."""
        return self.form.name

    @property
    def unit(self) -> float:
        """Unit roundoff."""
        return self.form.unit

    @property
    def largest(self) -> float:
        """Largest finite number."""
        return self.form.largest

    @property
    def container(self) -> Any:
        """NumPy dtype that holds the inputs (bfloat16 numbers are held in float32)."""
        return np.dtype("float32") if self.form.name == "bfloat16" else np.dtype(self.form.name)

    def forget(self) -> None:
        """Drop the memory of runs."""
        self._memory.clear()
        self.measured = False

    def run(self, inputs: Inputs, *, batched: bool | None = None) -> Run:
        """Return output and bound, from memory when the same inputs were just run."""
        if batched is not None and batched != self.batched:
            other = replace(self, batched=batched, _memory={})
            made = other.run(inputs)
            self.measured |= other.measured
            return made
        known = self._memory.get(id(inputs))
        if known is not None and known[0] is inputs:
            return known[1]
        out = self._bounded(inputs)
        if len(self._memory) > 400:
            self._memory.clear()
        self._memory[id(inputs)] = (inputs, out)
        return out

    def again(self, inputs: Inputs) -> Run:
        """Return a fresh output, without a bound."""
        return self._plain(inputs)

    def gradient(self, inputs: Inputs, weight: Any) -> list[Any] | None:
        """Return the framework's gradients of sum(weight * output), or None where there are none."""
        from numerics.variants.gradients import gradient

        return gradient(self, inputs, weight)

    def directional(self, inputs: Inputs, along: list[Any], weight: Any, found: list[Any]) -> tuple[Any, Any] | None:
        """Return (derivative of sum(weight * output) along a direction, bound on its distance from <found, along>).

        The bound holds for correct gradients by rounding-error analysis; None where operations cannot be followed.
        """
        from numerics.variants.gradient_bound import directional

        try:
            return directional(self, inputs, along, weight, found)
        except TracingLost as reason:
            self.lost, self.measured = str(reason), True
            return None

    # --- plain calls ------------------------------------------------------------------------------------------------

    def _plain(self, inputs: Inputs) -> Run:
        given = self.arguments(inputs)
        before = [None if a is None else np.array(a, copy=True) for a in given]
        try:
            raw = self._call(given)
        except Exception as error:
            return Run(problem=f"{type(error).__name__}: {error}")
        changed = ", ".join(
            name
            for name, old, new in zip(self._names(), before, self._held, strict=True)
            if old is not None and not np.array_equal(old, new, equal_nan=old.dtype.kind == "f")
        )
        try:
            output, weights = (None if part is None else self._shaped(part, inputs) for part in raw)
        except Exception as error:
            return Run(problem=f"the output is no array: {type(error).__name__}: {error}")
        if output is None:
            return Run(problem="the function returned None")
        return Run(output=output, weights=weights, dtype=self._dtype(raw[0]), modified=changed)

    def _names(self) -> list[str]:
        return (["x"] if self.target.layer else ["q", "k", "v"]) + ["mask"]

    def arguments(self, inputs: Inputs) -> list[Any]:
        """Return fresh NumPy arguments: x or q, k, v, then the mask or None; without a batch axis if so set."""
        parts = [inputs.q] if self.target.layer else [inputs.q, inputs.k, inputs.v]
        cut = (lambda a: a) if self.batched else (lambda a: a[0])
        arrays = [np.array(cut(part), dtype=self.container) for part in parts]
        return [*arrays, None if inputs.mask is None else np.array(cut(inputs.mask))]

    def _call(self, given: list[Any]) -> Raw:
        """Call the target; keep the arguments as they are afterwards in ``_held``."""
        self.calls += 1
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if self.target.framework == "numpy":
                held = given if self.name != "bfloat16" else [self._narrow(a) for a in given]
                out = invoke(self.target.function, held)
                self._held = given
            else:
                from numerics.variants.frameworks import call

                out, self._held = call(self.target, given, self.name)
        return split(out)

    def _narrow(self, a: Any) -> Any:
        return a if a is None or a.dtype.kind == "b" else a.astype(numpy_dtype("bfloat16"))

    def _shaped(self, part: Any, inputs: Inputs) -> Any:
        from numerics.variants.frameworks import to_numpy

        array = to_numpy(part)
        if array.dtype.kind not in "fiu" and array.dtype.name != "bfloat16":
            raise TypeError(f"dtype {array.dtype}")
        if array.dtype.name == "bfloat16" or array.dtype.kind in "iu":
            array = array.astype(np.float64)
        return array if self.batched else array[None]

    def _dtype(self, part: Any) -> str:
        return str(getattr(part, "dtype", type(part).__name__)).removeprefix("torch.")

    # --- bounds -----------------------------------------------------------------------------------------------------

    def _bounded(self, inputs: Inputs) -> Run:
        plain = self._plain(inputs)
        if plain.failed:
            return plain
        if self.traceable:
            try:
                return (
                    self._traced(inputs, plain) if self.target.framework == "numpy" else self._followed(inputs, plain)
                )
            except TracingLost as reason:
                self.traceable, self.lost = self.target.framework != "numpy", str(reason)
        from numerics.variants.conditioning import bounded

        self.measured = True
        return bounded(self, inputs, plain)

    def _traced(self, inputs: Inputs, plain: Run) -> Run:
        trace = Trace(self.form, np.longdouble if self.name == "float64" else np.float64)
        held = [a if self.name != "bfloat16" else self._narrow(a) for a in self.arguments(inputs)]
        given = [a if a is None or a.dtype.kind == "b" else trace.array(a) for a in held]
        with np.errstate(all="ignore"), warnings.catch_warnings(), tracing_names(trace, self.target.module):
            warnings.simplefilter("ignore")
            try:
                output, weights = split(invoke(self.target.function, given))
            except Exception as error:
                raise TracingLost(f"{type(error).__name__}: {error}") from error
        if not isinstance(output, Traced) or (weights is not None and not isinstance(weights, Traced)):
            raise TracingLost("the function returns a plain array")
        return self._joined(plain, trace, output, weights)

    def _followed(self, inputs: Inputs, plain: Run) -> Run:
        from numerics.variants.follow import traced

        trace, output, weights = traced(self, inputs)
        joined = self._joined(plain, trace, output, weights)
        lead = output.wide if self.batched else output.wide[None]
        return replace(joined, wide=lead, method="running-error analysis of the framework's operations")

    def _joined(self, plain: Run, trace: Trace, output: Traced, weights: Traced | None) -> Run:
        lead = (lambda a: a) if self.batched else (lambda a: a[None])
        value, wide, error = lead(output.value), lead(output.wide), lead(output.error)
        if value.shape != plain.output.shape:
            raise TracingLost("the traced run gives another shape")
        error = np.full(error.shape, np.inf) if trace.uncertain else error + _apart(value, plain.output)
        faithful = not np.any(_apart(value, plain.output))
        out = replace(plain, error=error, wide=wide if faithful else None, method="running-error analysis")
        if weights is None or plain.weights is None:
            return out
        slack = np.full(lead(weights.error).shape, np.inf) if trace.uncertain else lead(weights.error)
        return replace(out, weights_error=slack + _apart(lead(weights.value), plain.weights))


def _apart(a: Any, b: Any) -> Any:
    with np.errstate(all="ignore"):
        same = (a == b) | (np.isnan(a.astype(np.float64)) & np.isnan(b.astype(np.float64)))
        return np.where(same, 0.0, np.abs(a.astype(np.float64) - b.astype(np.float64)))


def invoke(function: Any, given: list[Any]) -> Any:
    """Call f(q, k, v, mask) or f(x, mask); without a mask the argument is left out."""
    *arrays, mask = given
    return function(*arrays) if mask is None else _with_mask(function, arrays, mask)


def _with_mask(function: Any, arrays: list[Any], mask: Any) -> Any:
    import inspect

    try:
        named = "mask" in inspect.signature(getattr(function, "forward", function)).parameters
    except (TypeError, ValueError):
        named = False
    return function(*arrays, mask=mask) if named else function(*arrays, mask)


def split(out: Any) -> Raw:
    """Return (output, weights); weights are None when only an output is returned."""
    if isinstance(out, tuple | list):
        return (out[0], out[1] if len(out) > 1 else None) if len(out) else (None, None)
    return out, None
