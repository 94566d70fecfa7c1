"""Reading a library variant: traced once per size and mask, then run in NumPy or in balls.

Parameters without a default get fixed small dyadic numbers, so that two readings agree, also in different runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from verify.attention._base import Attention, Mask, Setting, Variant
from verify.exact import parse_rational
from verify.expr import build
from verify.expr.ball import Balls, as_ball, precision
from verify.expr.evaluate import evaluate

BITS = 200
"""Working precision of ball readings: about 60 decimal digits."""


def shapes_of(one: Variant, d: int, dv: int) -> Mapping[str, tuple[int, ...]]:
    """Return the shapes of the parameters at these widths."""
    return one.parameters(d, dv)


def default_parameters(one: Variant, d: int, dv: int) -> dict[str, list[Fraction]]:
    """Return exact parameters: the declared constants, or multiples of 1/8 in [-1, 1], none zero."""
    out = {}
    for name, shape in shapes_of(one, d, dv).items():
        if name in one.defaults:
            out[name] = [parse_rational(str(one.defaults[name]))] * prod(shape)
            continue
        rng = np.random.default_rng([ord(c) for c in one.name + name])
        steps = rng.integers(1, 9, prod(shape)) * rng.choice([-1, 1], prod(shape))
        out[name] = [Fraction(int(step), 8) for step in steps]
    return out


@lru_cache(maxsize=512)
def traced(
    one: Variant, sizes: tuple[int, int, int, int], visible: Mask, start: int = 0, seen: tuple[bool, ...] | None = None,
    heated: bool = False, shifted: bool = False,
) -> Attention:  # fmt: skip
    """Return the definition at (n, T, d, dv) and a mask; ``heated`` and ``shifted`` add symbols."""
    n, t, d, dv = sizes
    parameters = {name: build.symbol(name, shape) for name, shape in shapes_of(one, d, dv).items()}
    return one.attend(
        Setting(
            build.symbol("q", (n, d)), build.symbol("k", (t, d)), build.symbol("v", (t, dv)), visible, parameters,
            seen=seen, start=start, beta=build.symbol("beta") if heated else None,
            shift=build.symbol("shift") if shifted else None,
        )
    )  # fmt: skip


def mask_of(visible: Any) -> Mask:
    """Return an array of truth values as a hashable mask."""
    return tuple(tuple(bool(x) for x in row) for row in visible)


def in_balls(
    one: Variant,
    q: Any,
    k: Any,
    v: Any,
    visible: Any,
    *,
    parameters: Mapping[str, Sequence[Any]] | None = None,
    start: int = 0,
    beta: Any = None,
    shift: Any = None,
    seen: tuple[bool, ...] | None = None,
) -> tuple[Any, Any]:
    """Return (output, weights or None) as object arrays of rationals or balls of :data:`BITS` bits.

    Args:
        q, k, v: (n, d), (T, d), (T, dv) of floats, fractions, or balls.
        visible: (n, T) of truth values.

    Raises:
        Undecidable: a comparison in the definition is not decided.
    """
    sizes = (q.shape[0], k.shape[0], q.shape[1], v.shape[1])
    attention = traced(one, sizes, mask_of(visible), start, seen, beta is not None, shift is not None)
    env = {"q": _scalars(q), "k": _scalars(k), "v": _scalars(v)}
    given = parameters if parameters is not None else default_parameters(one, sizes[2], sizes[3])
    env |= {name: _scalars(np.array(values, dtype=object)) for name, values in given.items()}
    if beta is not None:
        env["beta"] = _scalars(np.array([beta], dtype=object))
    if shift is not None:
        env["shift"] = _scalars(np.array([shift], dtype=object))
    roots = [attention.output] + ([attention.weights] if attention.weights is not None else [])
    with precision(BITS):
        values = evaluate(roots, env, Balls())
    arrays = [_array(entries, root.shape) for entries, root in zip(values, roots, strict=True)]
    return arrays[0], arrays[1] if len(arrays) > 1 else None


def _scalars(a: Any) -> list[Any]:
    from verify.expr.ball import rational

    out = []
    entries: list[Any] = np.asarray(a, dtype=object).ravel().tolist()
    for entry in entries:
        out.append(
            rational(Fraction(float(entry) if isinstance(entry, np.floating) else entry))
            if isinstance(entry, int | float | Fraction | np.floating)
            else entry
        )
    return out


def _array(entries: Sequence[Any], shape: tuple[int, ...]) -> Any:
    out = np.empty(len(entries), dtype=object)
    out[:] = list(entries)
    return out.reshape(shape)


def enclosure(values: Any) -> tuple[Any, Any]:
    """Return (middle, radius) of an object array as float64; the radius covers the rounding of the middle too."""
    with precision(BITS):
        balls = [as_ball(value) for value in values.ravel().tolist()]
        middle = np.array([float(ball.mid()) for ball in balls]).reshape(values.shape)
        radius = np.array([float(ball.rad()) for ball in balls]).reshape(values.shape)
    return middle, radius * (1 + 2.0**-40) + np.abs(middle) * 2.0**-52 + 2.0**-1074


def reference_of(one: Variant) -> Any:
    """Return a function from inputs to (middle, radius) of the exact output, or None where the variant has none."""
    from verify.errors import Undecidable

    def reference(inputs: Any) -> Any:
        n, t, d, _ = inputs.sizes
        if d % one.multiple or (one.square and n != t) or max(n, t) > 12 or inputs.v.shape[-1] % one.shrinks:
            return None
        parts = []
        for i in range(inputs.q.shape[0]):
            seen = tuple(bool(x) for x in inputs.visible[i].any(-1))
            try:
                output, _ = in_balls(one, inputs.q[i], inputs.k[i], inputs.v[i], inputs.visible[i], seen=seen)
                parts.append(enclosure(output))
            except Undecidable:
                shape = (n, inputs.v.shape[-1] // one.shrinks)
                parts.append((np.zeros(shape), np.full(shape, np.inf)))
        return np.stack([mid for mid, _ in parts]), np.stack([rad for _, rad in parts])

    return reference


def as_function(one: Variant) -> Any:
    """Return the variant as f(q, k, v, mask=None) on NumPy arrays of any format, sample by sample."""
    from numerics.variants.array_reading import run

    def attend(q: Any, k: Any, v: Any, mask: Any = None) -> Any:
        lead = q.shape[:-2]
        if lead:
            masks = None if mask is None else np.broadcast_to(mask, (*lead, q.shape[-2], k.shape[-2]))
            rows = [attend(q[i], k[i], v[i], None if masks is None else masks[i]) for i in range(lead[0])]
            return np.stack(rows)
        sizes = (q.shape[0], k.shape[0], q.shape[1], v.shape[1])
        visible: Any = np.broadcast_to(True if mask is None else mask, sizes[:2])
        seen = tuple(bool(x) for x in visible.any(-1))
        definition = traced(one, sizes, mask_of(visible), 0, seen)
        env = {
            name: _typed(values, shapes_of(one, *sizes[2:])[name], q.dtype)
            for name, values in default_parameters(one, *sizes[2:]).items()
        }
        hidden = ~visible.any(0)[:, None]
        clean = {"q": q, "k": np.where(hidden, np.zeros_like(k), k), "v": np.where(hidden, np.zeros_like(v), v)}
        return run(definition.output, env | clean, q.dtype)

    return attend


def _typed(values: Sequence[Fraction], shape: tuple[int, ...], dtype: Any) -> Any:
    return np.array([float(value) for value in values], dtype=dtype).reshape(shape)
