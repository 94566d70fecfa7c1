"""Rules of PyTorch's primitive operations: (reading, operation, *arguments) -> array or tuple of arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch  # type: ignore[import-not-found, unused-ignore]

from numerics.variants import array_rules as rules
from numerics.variants.follow_torch import TorchReading, numpy_of, rule_arguments
from numerics.variants.traced import Traced, TracingLost

Rule = Callable[..., Any]


def _arrays(function: Callable[..., Any]) -> Rule:
    """A rule that works on arrays in place of tensors."""

    def rule(reading: TorchReading, func: Any, *args: Any, **options: Any) -> Any:
        return function(reading, *rule_arguments(reading, list(args)), **_converted(reading, options))

    return rule


def _converted(reading: TorchReading, options: dict[str, Any]) -> dict[str, Any]:
    return {key: rule_arguments(reading, value) for key, value in options.items()}


def _pair(a: Any, b: Any) -> tuple[Any, Any]:
    if rules.is_object(a) or rules.is_object(b):
        return rules.as_objects(a), rules.as_objects(b)
    return a, b


def _elementwise(operation: Callable[[Any, Any], Any]) -> Rule:
    return _arrays(lambda reading, a, b, **options: operation(*_pair(a, b)))


def _scaled(sign: int, *, swapped: bool = False) -> Rule:
    """a + sign*alpha*b, or with the operands exchanged."""

    def rule(reading: TorchReading, a: Any, b: Any, alpha: Any = 1, **_: Any) -> Any:
        a, b = _pair(a, b)
        if swapped:
            a, b = b, a
        if alpha != 1:
            b = b * alpha
        return a + b if sign > 0 else a - b

    return _arrays(rule)


def _divide(reading: TorchReading, a: Any, b: Any, rounding_mode: Any = None) -> Any:
    if rounding_mode is not None:
        raise TracingLost("a division that rounds")
    a, b = _pair(a, b)
    return a / b


def _one(name: str) -> Rule:
    return _arrays(lambda reading, a, **options: rules.unary(name, a))


def _compared(name: str) -> Rule:
    return _arrays(lambda reading, a, b: rules.compare(name, a, b))


def _extreme(name: str) -> Rule:
    return _arrays(lambda reading, a, b: rules.extreme(name, *_pair(a, b)))


def _axes(a: Any, dim: Any) -> tuple[int, ...]:
    if dim is None or dim == []:
        return tuple(range(a.ndim))
    return tuple(dim) if isinstance(dim, list | tuple) else (dim,)


def _sum(reading: TorchReading, a: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    return rules.reduced("sum", a, _axes(a, dim), keep=keepdim)


def _mean(reading: TorchReading, a: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    axes = _axes(a, dim)
    count = int(np.prod([a.shape[i] for i in axes], dtype=int))
    return rules.reduced("sum", a, axes, keep=keepdim) / float(count)


def _reduced(name: str) -> Rule:
    return _arrays(lambda reading, a, dim=None, keepdim=False: rules.reduced(name, a, _axes(a, dim), keep=keepdim))


def _max_dim(name: str) -> Rule:
    def rule(reading: TorchReading, a: Any, *rest: Any) -> Any:
        if not rest:
            return rules.reduced(name, a, range(a.ndim))
        if isinstance(rest[0], int):
            return rules.reduced(name, a, rest[:1], keep=bool(rest[1:] and rest[1])), None
        return rules.extreme("maximum" if name == "max" else "minimum", *_pair(a, rest[0]))

    return _arrays(rule)


def _logical(name: str) -> Rule:
    def rule(reading: TorchReading, a: Any, *rest: Any) -> Any:
        if a.dtype.kind != "b":
            raise TracingLost(f"{name} of numbers")
        return getattr(np, name)(a, *rest)

    return _arrays(rule)


def _quantified(name: str) -> Rule:
    def rule(reading: TorchReading, a: Any, dim: Any = None, keepdim: bool = False) -> Any:
        return getattr(np, name)(a, axis=_axes(a, dim), keepdims=keepdim)

    return _arrays(rule)


# --- products -----------------------------------------------------------------------------------------------------


def _product(inputs: tuple[str, str], output: str) -> Rule:
    return _arrays(lambda reading, a, b: rules.contract(reading.trace, inputs, output, a, b, a.dtype))


def _added(inputs: tuple[str, str], output: str) -> Rule:
    def rule(reading: TorchReading, c: Any, a: Any, b: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
        made = rules.contract(reading.trace, inputs, output, a, b, a.dtype)
        made = made if alpha == 1 else made * alpha
        if beta == 0:
            return made
        return made + (c if beta == 1 else c * beta)

    return _arrays(rule)


# --- normalisation and activations --------------------------------------------------------------------------------


def _softmax(*, safe: bool) -> Rule:
    def rule(reading: TorchReading, a: Any, dim: int, *_: Any, **__: Any) -> Any:
        return rules.softmax(a, dim, empty_is_zero=safe)

    return _arrays(rule)


def _log_softmax(reading: TorchReading, a: Any, dim: int, *_: Any) -> Any:
    moved = a - rules.reduced("max", a, (dim,), keep=True)
    return moved - rules.unary("log", rules.reduced("sum", rules.unary("exp", moved), (dim,), keep=True))


def _logsumexp(reading: TorchReading, a: Any, dim: Any, keepdim: bool = False) -> Any:
    axes = _axes(a, dim)
    top = rules.reduced("max", a, axes, keep=True)
    out = top + rules.unary("log", rules.reduced("sum", rules.unary("exp", a - top), axes, keep=True))
    return (
        out if keepdim else np.reshape(out, [n for i, n in enumerate(a.shape) if i not in {x % a.ndim for x in axes}])
    )


def _softmax_backward(reading: TorchReading, g: Any, out: Any, dim: int, *_: Any) -> Any:
    whole = g * out
    return whole - out * rules.reduced("sum", whole, (dim,), keep=True)


def _layer_norm(reading: TorchReading, a: Any, shape: Any, weight: Any, bias: Any, eps: float) -> Any:
    axes = tuple(range(a.ndim - len(shape), a.ndim))
    count = float(np.prod(shape))
    moved = a - rules.reduced("sum", a, axes, keep=True) / count
    spread = rules.reduced("sum", moved * moved, axes, keep=True) / count
    scale = 1 / rules.unary("sqrt", spread + eps)
    out = moved * scale
    out = out if weight is None else out * weight
    return (out if bias is None else out + bias), None, None


def _gelu(reading: TorchReading, a: Any, *, approximate: str = "none") -> Any:
    if approximate != "none":
        inner = (a + a * a * a * 0.044715) * float(np.sqrt(2 / np.pi))
        return a * 0.5 * (rules.unary("tanh", inner) + 1.0)
    return a * 0.5 * (rules.error_function(reading.trace, a * float(np.sqrt(0.5))) + 1.0)


def _zero_of(a: Any) -> Any:
    return rules.as_objects(np.zeros(())) if rules.is_object(a) else np.zeros((), a.dtype)


def _relu(reading: TorchReading, a: Any) -> Any:
    return rules.extreme("maximum", a, _zero_of(a))


def _elu(reading: TorchReading, a: Any, alpha: Any = 1, scale: Any = 1, input_scale: Any = 1) -> Any:
    if (alpha, scale, input_scale) != (1, 1, 1):
        raise TracingLost("elu with factors")
    below = rules.unary("expm1", rules.extreme("minimum", a, _zero_of(a)))
    return rules.choose(rules.compare("greater", a, _zero_of(a)), a, below)


def _clamp(reading: TorchReading, a: Any, low: Any = None, high: Any = None) -> Any:
    for name, end in (("maximum", low), ("minimum", high)):
        if end is not None:
            end = end if isinstance(end, Traced | np.ndarray) else np.asarray(end, dtype=np.float64)
            a = rules.extreme(name, *_pair(a, end))
    return a


# --- choices and moves --------------------------------------------------------------------------------------------


def _where(reading: TorchReading, condition: Any, a: Any, b: Any) -> Any:
    return rules.choose(condition, *_pair(a, b))


def _masked_fill(reading: TorchReading, a: Any, mask: Any, value: Any) -> Any:
    value = value if isinstance(value, Traced | np.ndarray) else np.asarray(value, dtype=np.float64)
    if rules.is_object(a) or rules.is_object(value):
        shape = np.broadcast_shapes(a.shape, mask.shape)
        return rules.choose(mask, np.broadcast_to(rules.as_objects(value), shape), np.broadcast_to(a, shape))
    held = value if isinstance(value, Traced) else value.astype(a.dtype)
    return np.where(mask, held, a)


def _moved(reading: TorchReading, func: Any, a: Any, *rest: Any, **options: Any) -> Any:
    """Operations that only move entries: they are run on the entries' places."""
    if any(reading.knows(t) for t in rest if isinstance(t, torch.Tensor)):
        raise TracingLost(f"{func} with places that were computed")
    places = torch.arange(a.numel()).reshape(a.shape)
    made = func(places, *rest, **{key: x for key, x in options.items() if key == "memory_format"})
    shadow = reading.shadow(a)
    index = numpy_of(made)
    if rules.is_object(shadow) or isinstance(shadow, np.ndarray):
        return shadow.reshape(-1)[index]
    return shadow.mapped(lambda part: np.asarray(part.reshape(-1)[index]))


def _triangle(name: str) -> Rule:
    def rule(reading: TorchReading, a: Any, diagonal: int = 0) -> Any:
        kept = getattr(np, name)(np.ones(a.shape[-2:], dtype=bool), diagonal)
        return rules.choose(np.broadcast_to(kept, a.shape), a, np.broadcast_to(_zero_of(a), a.shape))

    return _arrays(rule)


def _cat(reading: TorchReading, parts: Any, dim: int = 0) -> Any:
    parts = [part for part in parts if part.shape != (0,)]
    if any(rules.is_object(part) for part in parts):
        parts = [rules.as_objects(part) for part in parts]
    return np.concatenate(parts, axis=dim)


def _stack(reading: TorchReading, parts: Any, dim: int = 0) -> Any:
    return np.stack(_shared(parts), axis=dim)


def _shared(parts: Any) -> Any:
    return [rules.as_objects(p) for p in parts] if any(rules.is_object(p) for p in parts) else parts


def _to_copy(reading: TorchReading, func: Any, a: Any, *, dtype: Any = None, **_: Any) -> Any:
    shadow = reading.shadow(a)
    if dtype is None or dtype == a.dtype or rules.is_object(shadow):
        if rules.is_object(shadow) and dtype is not None and not dtype.is_floating_point:
            raise TracingLost("numbers with derivatives become integers")
        return shadow
    if dtype == torch.bfloat16:
        return shadow  # rounded by the distance to PyTorch's value
    return rules.convert(reading.trace, shadow, np.dtype(str(dtype).removeprefix("torch.")))


def _copied(reading: TorchReading, target: Any, source: Any, *_: Any) -> Any:
    return source


def _constant_like(value: float | None) -> Rule:
    def rule(reading: TorchReading, func: Any, a: Any, *args: Any, **_: Any) -> Any:
        return None

    return rule


def _filled(reading: TorchReading, func: Any, a: Any, value: Any = 0) -> Any:
    held = reading.shadow(value) if isinstance(value, torch.Tensor) else np.asarray(value, dtype=np.float64)
    held = rules.as_objects(held) if reading.trace is None else held
    if isinstance(held, Traced):
        return held.mapped(lambda part: np.broadcast_to(part, tuple(a.shape)).copy())
    if reading.trace is None:
        return np.broadcast_to(held, tuple(a.shape)).copy()
    return reading.trace.array(np.broadcast_to(held, tuple(a.shape)).astype(numpy_of(a).dtype))


def _select_backward(reading: TorchReading, g: Any, sizes: Any, dim: int, index: int) -> Any:
    out = _zeros(reading, g, sizes)
    place: list[Any] = [slice(None)] * len(sizes)
    place[dim] = index
    out[tuple(place)] = g
    return out


def _slice_backward(reading: TorchReading, g: Any, sizes: Any, dim: int, start: int, end: int, step: int) -> Any:
    out = _zeros(reading, g, sizes)
    place: list[Any] = [slice(None)] * len(sizes)
    place[dim] = slice(start, min(end, sizes[dim]), step)
    out[tuple(place)] = g
    return out


def _zeros(reading: TorchReading, like: Any, sizes: Any) -> Any:
    if rules.is_object(like):
        return rules.as_objects(np.zeros(tuple(sizes)))
    return reading.trace.array(np.zeros(tuple(sizes), like.dtype))


def _power(reading: TorchReading, a: Any, exponent: Any) -> Any:
    if not isinstance(exponent, int | float):
        raise TracingLost("a power with an array as its exponent")
    if exponent == int(exponent) and 1 <= abs(exponent) <= 8:
        out = a
        for _ in range(int(abs(exponent)) - 1):
            out = out * a
        return out if exponent > 0 else 1 / out
    if abs(exponent) == 0.5:
        root = rules.unary("sqrt", a)
        return root if exponent > 0 else 1 / root
    if rules.is_object(a):
        return rules.unary("exp", rules.unary("log", a) * exponent)
    return np.power(a, exponent)


def _threshold_backward(reading: TorchReading, g: Any, a: Any, threshold: Any) -> Any:
    end = np.asarray(threshold, dtype=np.float64)
    return rules.choose(rules.compare("greater", *_pair(a, end)), g, np.broadcast_to(_zero_of(g), g.shape))


def _nan_to_num(reading: TorchReading, a: Any, nan: Any = 0.0, *rest: Any, **_: Any) -> Any:
    if rules.is_object(a):
        out = a.copy()
        for place in np.ndindex(out.shape):
            if not out[place].value.is_finite():
                raise TracingLost("nan_to_num of a number that is not finite")
        return out
    return np.nan_to_num(a, nan=nan or 0.0)


def _fused(name: str) -> Rule:
    def rule(reading: TorchReading, func: Any, *args: Any, **options: Any) -> Any:
        from numerics.variants import fused

        made = getattr(fused, name)(reading, *rule_arguments(reading, list(args)), **_converted(reading, options))
        return made

    return rule


RULES: dict[str, Rule] = {
    "add": _scaled(1), "sub": _scaled(-1), "rsub": _scaled(-1, swapped=True),
    "mul": _elementwise(lambda a, b: a * b), "div": _arrays(_divide), "pow": _arrays(_power),
    **{name: _one(f) for name, f in (("neg", "negative"), ("exp", "exp"), ("log", "log"), ("sqrt", "sqrt"),
                                     ("tanh", "tanh"), ("abs", "absolute"), ("sin", "sin"), ("cos", "cos"),
                                     ("log1p", "log1p"), ("expm1", "expm1"), ("exp2", "exp2"), ("square", "square"))},
    "rsqrt": _arrays(lambda reading, a: 1 / rules.unary("sqrt", a)),
    "reciprocal": _arrays(lambda reading, a: 1 / a),
    "sigmoid": _arrays(lambda reading, a: rules.sigmoid(reading.trace, a)),
    "silu": _arrays(lambda reading, a: a * rules.sigmoid(reading.trace, a)),
    "erf": _arrays(lambda reading, a: rules.error_function(reading.trace, a)),
    "gelu": _arrays(_gelu), "relu": _arrays(_relu), "elu": _arrays(_elu), "clamp": _arrays(_clamp),
    "clamp_min": _arrays(lambda reading, a, low: _clamp(reading, a, low)),
    "clamp_max": _arrays(lambda reading, a, high: _clamp(reading, a, None, high)),
    **{name: _compared(f) for name, f in (("eq", "equal"), ("ne", "not_equal"), ("lt", "less"), ("gt", "greater"),
                                          ("le", "less_equal"), ("ge", "greater_equal"))},
    "maximum": _extreme("maximum"), "minimum": _extreme("minimum"), "max": _max_dim("max"), "min": _max_dim("min"),
    "amax": _reduced("max"), "amin": _reduced("min"), "sum": _arrays(_sum), "mean": _arrays(_mean),
    "any": _quantified("any"), "all": _quantified("all"),
    **{name: _logical(f) for name, f in (("logical_not", "logical_not"), ("logical_and", "logical_and"),
                                         ("logical_or", "logical_or"), ("bitwise_not", "logical_not"),
                                         ("bitwise_and", "logical_and"), ("bitwise_or", "logical_or"))},
    "cumsum": _arrays(lambda reading, a, dim, **_: np.cumsum(a, axis=dim)),
    "mm": _product(("ik", "kj"), "ij"), "bmm": _product(("bik", "bkj"), "bij"), "mv": _product(("ik", "k"), "i"),
    "dot": _product(("i", "i"), ""), "addmm": _added(("ik", "kj"), "ij"), "baddbmm": _added(("bik", "bkj"), "bij"),
    "_softmax": _softmax(safe=False), "_safe_softmax": _softmax(safe=True), "_log_softmax": _arrays(_log_softmax),
    "logsumexp": _arrays(_logsumexp), "_softmax_backward_data": _arrays(_softmax_backward),
    "native_layer_norm": _arrays(_layer_norm), "where": _arrays(_where), "masked_fill": _arrays(_masked_fill),
    **dict.fromkeys(("clone", "index_select", "gather", "repeat", "flip", "roll", "index",
                                 "contiguous", "repeat_interleave"), _moved),
    "tril": _triangle("tril"), "triu": _triangle("triu"), "cat": _arrays(_cat), "stack": _arrays(_stack),
    "_to_copy": _to_copy, "copy": _arrays(_copied), "fill": _filled, "zero": _filled,
    **{name: _constant_like(None) for name in ("zeros_like", "ones_like", "empty_like", "full_like", "new_zeros",
                                               "new_empty", "new_ones", "new_full", "new_empty_strided",
                                               "rand_like", "randn_like")},
    "select_backward": _arrays(_select_backward), "slice_backward": _arrays(_slice_backward),
    "threshold_backward": _arrays(_threshold_backward),
    "tanh_backward": _arrays(lambda reading, g, out: g * (1.0 - out * out)),
    "sigmoid_backward": _arrays(lambda reading, g, out: g * (out * (1.0 - out))),
    "nan_to_num": _arrays(_nan_to_num),
    "_scaled_dot_product_flash_attention_for_cpu": _fused("attention"),
    "_scaled_dot_product_flash_attention_for_cpu_backward": _fused("attention_backward"),
    "_native_multi_head_attention": _fused("multi_head"),
}  # fmt: skip
"""Rules by the name of the operation; those that write in place are named like those that do not."""
