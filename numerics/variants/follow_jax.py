"""Reading a JAX function as the primitive operations of its jaxpr.

The jaxpr is the function's own definition: XLA may fuse its operations, reorder sums, and keep intermediate results in
wider formats, all of which the model of rounding covers (one rounding of the declared format per primitive, sums in
any order).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from numerics.variants import array_rules as rules
from numerics.variants.traced import Traced, TracingLost

MOST_STEPS = 4096
"""Turns of a loop that are followed."""

CALLS = frozenset((
    "jit", "pjit", "closed_call", "core_call", "core_closed_call", "remat", "remat2", "checkpoint", "custom_jvp_call",
    "custom_vjp_call", "custom_vjp_call_jaxpr", "custom_lin",
))  # fmt: skip
"""Primitives whose jaxpr is run once on their inputs; others (reductions, kernels) hold one with another meaning."""


class JaxReading:
    """Carries out jaxprs on arrays of one kind: traced ones, or numbers with derivatives when ``trace`` is None."""

    def __init__(self, trace: Any) -> None:
        self.trace = trace

    def run(self, closed: Any, arguments: Sequence[Any]) -> list[Any]:
        """Return the outputs of a closed jaxpr.

        Raises:
            TracingLost: a primitive has no rule.
        """
        return self._run(closed.jaxpr, [self._constant(c) for c in closed.consts], arguments)

    def _constant(self, c: Any) -> Any:
        a = np.asarray(c)
        if self.trace is not None:
            return self.trace.array(a)
        return rules.as_objects(a) if _is_float(a.dtype) else a

    def _run(self, jaxpr: Any, consts: Sequence[Any], arguments: Sequence[Any]) -> list[Any]:
        env: dict[Any, Any] = dict(zip([*jaxpr.constvars, *jaxpr.invars], [*consts, *arguments], strict=True))

        def read(var: Any) -> Any:
            return self._constant(var.val) if hasattr(var, "val") else env[var]

        for eqn in _needed(jaxpr):
            outs = self._apply(eqn, [read(v) for v in eqn.invars])
            env.update(zip(eqn.outvars, outs, strict=True))
        return [read(v) for v in jaxpr.outvars]

    def _apply(self, eqn: Any, ins: list[Any]) -> list[Any]:
        name, params = eqn.primitive.name, eqn.params
        held = ("jaxpr", "call_jaxpr", "fun_jaxpr") if name in CALLS else ()
        inner = next((params[key] for key in held if key in params), None)
        if name == "scan":
            return self._scan(params, ins)
        if name == "while":
            return self._while(params, ins)
        if name == "cond":
            return self._cond(params, ins)
        if inner is not None:
            return self.run(inner, ins) if hasattr(inner, "jaxpr") else self._run(inner, [], ins)
        rule = RULES.get(name)
        if rule is None:
            raise TracingLost(f"the JAX primitive {name} has no error rule")
        with np.errstate(all="ignore"):
            out = rule(self, eqn, *ins)
        return list(out) if isinstance(out, list | tuple) else [out]

    def _scan(self, params: Any, ins: list[Any]) -> list[Any]:
        fixed, carried = params["num_consts"], params["num_carry"]
        consts, carry, rows = ins[:fixed], ins[fixed : fixed + carried], ins[fixed + carried :]
        if params["length"] > MOST_STEPS:
            raise TracingLost("a long scan")
        steps = range(params["length"])
        made: list[list[Any]] = []
        for i in reversed(steps) if params["reverse"] else steps:
            outs = self.run(params["jaxpr"], [*consts, *carry, *(row[i] for row in rows)])
            carry = outs[:carried]
            made.append(outs[carried:])
        if params["reverse"]:
            made.reverse()
        return [*carry, *(np.stack(parts) for parts in zip(*made, strict=True))]

    def _while(self, params: Any, ins: list[Any]) -> list[Any]:
        a, b = params["cond_nconsts"], params["body_nconsts"]
        tests, fixed, carry = ins[:a], ins[a : a + b], ins[a + b :]
        for _ in range(MOST_STEPS):
            if not _certain(self.run(params["cond_jaxpr"], [*tests, *carry])[0]):
                return carry
            carry = self.run(params["body_jaxpr"], [*fixed, *carry])
        raise TracingLost("a long loop")

    def _cond(self, params: Any, ins: list[Any]) -> list[Any]:
        index = int(_certain(ins[0]))
        branches = params["branches"]
        return self.run(branches[min(max(index, 0), len(branches) - 1)], ins[1:])


def _needed(jaxpr: Any) -> list[Any]:
    """Return the equations that the outputs depend on."""
    wanted = {v for v in jaxpr.outvars if not hasattr(v, "val")}
    kept = []
    for eqn in reversed(jaxpr.eqns):
        if wanted & set(eqn.outvars):
            kept.append(eqn)
            wanted |= {v for v in eqn.invars if not hasattr(v, "val")}
    return kept[::-1]


def _certain(a: Any) -> Any:
    if isinstance(a, Traced):
        if np.any(a.error):
            raise TracingLost("a branch on an uncertain comparison")
        a = a.value
    if rules.is_object(a):
        raise TracingLost("a branch on a number with a derivative")
    return np.asarray(a).item()


def _is_float(dtype: Any) -> bool:
    return np.dtype(dtype).kind == "f" or np.dtype(dtype).name == "bfloat16"


# --- rules: (reading, equation, *inputs) -> output ----------------------------------------------------------------

Rule = Callable[..., Any]


def _two(name: str) -> Rule:
    return lambda reading, eqn, a, b: getattr(np, name)(*_matched(a, b))


def _matched(a: Any, b: Any) -> tuple[Any, Any]:
    if rules.is_object(a) != rules.is_object(b):
        return rules.as_objects(a), rules.as_objects(b)
    return a, b


def _divide(reading: Any, eqn: Any, a: Any, b: Any) -> Any:
    if _is_float(eqn.outvars[0].aval.dtype):
        a, b = _matched(a, b)
        return a / b
    x, y = (part.value if isinstance(part, Traced) else part for part in (a, b))
    out = np.sign(x) * np.sign(y) * (np.abs(x) // np.abs(y))
    return reading._constant(out.astype(eqn.outvars[0].aval.dtype))


def _one(name: str) -> Rule:
    return lambda reading, eqn, a: rules.unary(name, a)


def _compared(name: str) -> Rule:
    return lambda reading, eqn, a, b: rules.compare(name, a, b)


def _extreme(name: str) -> Rule:
    return lambda reading, eqn, a, b: rules.extreme(name, a, b)


def _reduced(name: str) -> Rule:
    return lambda reading, eqn, a: rules.reduced(name, a, eqn.params["axes"])


def _bits(name: str) -> Rule:
    """Of truth values the logical operation; of integers, which have to be certain, that of their bits."""

    def rule(reading: Any, eqn: Any, *parts: Any) -> Any:
        if np.dtype(parts[0].dtype).kind == "b":
            return getattr(np, f"logical_{name}")(*parts)
        if any(isinstance(part, Traced) and np.any(part.error) for part in parts):
            raise TracingLost("bits of an uncertain integer")
        values = [np.asarray(part.value if isinstance(part, Traced) else part) for part in parts]
        return reading._constant(getattr(np, f"bitwise_{name}")(*values))

    return rule


def _reduced_truth(name: str) -> Rule:
    def rule(reading: Any, eqn: Any, a: Any) -> Any:
        if np.dtype(a.dtype).kind != "b":
            raise TracingLost("a reduction of bits has no error rule")
        return rules.reduced(name, a, eqn.params["axes"])

    return rule


def _integer_pow(reading: Any, eqn: Any, a: Any) -> Any:
    y = eqn.params["y"]
    out = a
    for _ in range(abs(y) - 1):
        out = out * a
    if y == 0:
        return reading._constant(np.ones(a.shape, eqn.outvars[0].aval.dtype))
    return out if y > 0 else 1 / out


def _dot_general(reading: Any, eqn: Any, a: Any, b: Any) -> Any:
    (ca, cb), (ba, bb) = eqn.params["dimension_numbers"]
    letters = iter("abcdefghijklmnopqrstuvwxyz")
    left: list[str] = [""] * a.ndim
    right: list[str] = [""] * b.ndim
    batch = []
    for i, j in zip(ba, bb, strict=True):
        left[i] = right[j] = next(letters)
        batch.append(left[i])
    for i, j in zip(ca, cb, strict=True):
        left[i] = right[j] = next(letters)
    free = []
    for part in (left, right):
        for i, letter in enumerate(part):
            if not letter:
                part[i] = next(letters)
                free.append(part[i])
    output = "".join([*batch, *free])
    return rules.contract(reading.trace, ("".join(left), "".join(right)), output, a, b, eqn.outvars[0].aval.dtype)


def _broadcast(reading: Any, eqn: Any, a: Any, *_: Any) -> Any:
    shape, kept = eqn.params["shape"], [int(i) for i in eqn.params["broadcast_dimensions"]]
    middle = [1] * len(shape)
    for place, size in zip(kept, a.shape, strict=True):
        middle[place] = size
    return np.broadcast_to(np.reshape(a, middle), shape)


def _slice(reading: Any, eqn: Any, a: Any) -> Any:
    p = eqn.params
    steps = p["strides"] or (1,) * a.ndim
    return a[tuple(slice(*ends) for ends in zip(p["start_indices"], p["limit_indices"], steps, strict=True))]


def _dynamic_slice(reading: Any, eqn: Any, a: Any, *starts: Any) -> Any:
    sizes = eqn.params["slice_sizes"]
    cut = []
    for start, size, whole in zip(starts, sizes, a.shape, strict=True):
        first = min(max(int(_certain(start)), 0), whole - size)
        cut.append(slice(first, first + size))
    return a[tuple(cut)]


def _pad(reading: Any, eqn: Any, a: Any, fill: Any) -> Any:
    widths = eqn.params["padding_config"]
    if any(low < 0 or high < 0 or inner for low, high, inner in widths):
        raise TracingLost("lax.pad of this kind has no error rule")
    shape = [n + low + high for n, (low, high, _) in zip(a.shape, widths, strict=True)]
    out = np.broadcast_to(fill, shape).copy()
    out[tuple(slice(low, low + n) for n, (low, _, _) in zip(a.shape, widths, strict=True))] = a
    return out


def _iota(reading: Any, eqn: Any) -> Any:
    p = eqn.params
    middle = [1] * len(p["shape"])
    middle[p["dimension"]] = -1
    line = np.arange(p["shape"][p["dimension"]]).reshape(middle)
    return reading._constant(np.broadcast_to(line, p["shape"]).astype(p["dtype"]))


def _select(reading: Any, eqn: Any, which: Any, *cases: Any) -> Any:
    if len(cases) != 2 or np.dtype(which.dtype).kind != "b":
        raise TracingLost("lax.select_n of this kind has no error rule")
    if which.shape == () != cases[0].shape:
        which = np.broadcast_to(which, cases[0].shape)
    return rules.choose(which, cases[1], cases[0])


def _cumsum(reading: Any, eqn: Any, a: Any) -> Any:
    axis = eqn.params["axis"]
    if eqn.params["reverse"]:
        return np.flip(np.cumsum(np.flip(a, axis), axis=axis), axis)
    return np.cumsum(a, axis=axis)


def _split(reading: Any, eqn: Any, a: Any) -> Any:
    ends = np.cumsum(eqn.params["sizes"])[:-1]
    return list(np.split(a, ends, axis=eqn.params["axis"]))


def _is_finite(reading: Any, eqn: Any, a: Any) -> Any:
    if rules.is_object(a):
        return np.array([x.value.is_finite() for x in a.ravel().tolist()], dtype=bool).reshape(a.shape)
    return np.isfinite(a)


def _power(reading: Any, eqn: Any, a: Any, b: Any) -> Any:
    if rules.is_object(a) or rules.is_object(b):
        a, b = _matched(a, b)
        return rules.unary("exp", rules.unary("log", a) * b)
    return np.power(a, b)


def _same(reading: Any, eqn: Any, a: Any, *_: Any) -> Any:
    return a


RULES: dict[str, Rule] = {
    **{name: _two(f) for name, f in (("add", "add"), ("add_any", "add"), ("sub", "subtract"), ("mul", "multiply"))},
    **{name: _compared(f) for name, f in (("eq", "equal"), ("ne", "not_equal"), ("lt", "less"), ("gt", "greater"),
                                          ("le", "less_equal"), ("ge", "greater_equal"))},
    **{name: _one(f) for name, f in (("exp", "exp"), ("exp2", "exp2"), ("log", "log"), ("log1p", "log1p"),
                                     ("expm1", "expm1"), ("sqrt", "sqrt"), ("tanh", "tanh"), ("sin", "sin"),
                                     ("cos", "cos"), ("neg", "negative"), ("abs", "absolute"), ("square", "square"))},
    **dict.fromkeys(("stop_gradient", "copy", "copy_p", "optimization_barrier", "sharding_constraint"), _same),
    "div": _divide, "dot_general": _dot_general, "max": _extreme("maximum"), "min": _extreme("minimum"), "pow": _power,
    "integer_pow": _integer_pow, "rsqrt": lambda reading, eqn, a: 1 / rules.unary("sqrt", a),
    "logistic": lambda reading, eqn, a: rules.sigmoid(reading.trace, a),
    "erf": lambda reading, eqn, a: rules.error_function(reading.trace, a),
    "and": _bits("and"), "or": _bits("or"), "xor": _bits("xor"), "not": _bits("not"),
    "is_finite": _is_finite, "select_n": _select,
    "convert_element_type": lambda reading, eqn, a: rules.convert(reading.trace, a, eqn.params["new_dtype"]),
    "broadcast_in_dim": _broadcast, "reshape": lambda reading, eqn, a: np.reshape(a, eqn.params["new_sizes"]),
    "squeeze": lambda reading, eqn, a: np.reshape(a, eqn.outvars[0].aval.shape),
    "expand_dims": lambda reading, eqn, a: np.reshape(a, eqn.outvars[0].aval.shape),
    "transpose": lambda reading, eqn, a: np.transpose(a, eqn.params["permutation"]),
    "concatenate": lambda reading, eqn, *parts: np.concatenate(list(parts), axis=eqn.params["dimension"]),
    "slice": _slice, "dynamic_slice": _dynamic_slice, "pad": _pad, "iota": _iota, "split": _split,
    "rev": lambda reading, eqn, a: np.flip(a, eqn.params["dimensions"]), "cumsum": _cumsum,
    "reduce_sum": _reduced("sum"), "reduce_max": _reduced("max"), "reduce_min": _reduced("min"),
    "reduce_and": _reduced_truth("all"), "reduce_or": _reduced_truth("any"),
    "clamp": lambda reading, eqn, low, a, high: rules.extreme("minimum", rules.extreme("maximum", a, low), high),
}  # fmt: skip
"""Rules by the name of the primitive."""
