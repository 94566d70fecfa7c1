"""Structured batches of inputs: what random floats never hit.

Each batch mixes families sample by sample: small dyadic numbers, ties, zeros, repeated tokens, one-hot tokens, powers
of ten, rough numbers, huge scores of either sign, rows of very different size. Masks mix random visibility, padding
on either side, causal triangles and single keys. "exact" batches hold multiples of 1/4 up to 2 only, on which shifts
and sums are exact in every format, so that a relation is not blurred by rounding its inputs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from numerics.variants.rounding import Format
from verify.properties._base import Inputs

SMALL = ((3, 4, 2, 2), (4, 4, 4, 4), (1, 2, 1, 1), (5, 7, 3, 2), (2, 2, 2, 2), (1, 1, 1, 1), (2, 3, 5, 1), (2, 1, 1, 1))
"""Sizes (Tq, Tk, d, dv) of the vectorised pass: one, two, odd, prime, square and oblong."""

LONG = ((3, 67, 4, 2), (5, 130, 3, 2), (67, 131, 8, 3), (2, 257, 4, 2), (130, 67, 4, 2), (1, 1031, 4, 1))
"""Sizes beyond usual internal blocks (64, 128, 256, 1024), none of them a multiple."""

BATCH = 48
"""Samples per batch of the vectorised pass."""

EARLY = 7
"""Samples judged before the whole batch: one of each kind of exact tokens."""


def exact_tokens(rng: np.random.Generator, shape: tuple[int, int, int]) -> Any:
    """Return multiples of 1/4 in [-2, 2], some samples tied, zero, repeated or one-hot."""
    out = rng.integers(-8, 9, shape) / 4
    count, length, width = shape
    rows = np.arange(count)
    tied, zero, same, hot = (rows % 7 == r for r in (1, 2, 3, 4))
    pick = rng.integers(0, min(2, length), (count, length))
    out[tied] = np.take_along_axis(out, pick[..., None], axis=1)[tied]
    out[zero] *= rng.integers(0, 2, (count, length, 1))[zero]
    out[same] = out[same][:, :1]
    out[hot] = np.eye(width)[rng.integers(0, width, (count, length))][hot] * 2
    return out


def wild_tokens(rng: np.random.Generator, shape: tuple[int, int, int], reach: float) -> Any:
    """Return tokens of entries up to ``reach``: rough numbers, powers of ten, exact ones."""
    count = shape[0]
    out = exact_tokens(rng, shape)
    rough = rng.normal(size=shape)
    tens = 10.0 ** rng.integers(-6, 3, (*shape[:2], 1)) * rng.choice([-1.0, 0.0, 1.0], shape)
    rows = np.arange(count) % 3
    out = np.where((rows == 1)[:, None, None], np.clip(rough, -3, 3), out)
    out = np.where((rows == 2)[:, None, None], tens, out)
    return np.clip(out, -reach, reach)


def huge_tokens(rng: np.random.Generator, shape: tuple[int, int, int], reach: float, sign: float) -> Any:
    """Return tokens of size about ``reach``, rows of one sign or mixed, and rows of very different size."""
    count, length, width = shape
    signs = np.where(rng.random((count, length, 1)) < 0.5, -1.0, 1.0)
    rows = (np.arange(count) % 4)[:, None, None]
    direction = np.where(rows == 0, signs, sign)
    wiggle = 1 + rng.integers(-2, 3, shape) / 16
    scale = np.where(rows == 2, 10.0 ** -rng.integers(0, 4, (count, length, 1)), 1.0)
    return direction * np.ones((1, 1, width)) * wiggle * scale * reach


def masks(rng: np.random.Generator, count: int, queries: int, keys: int, *, empty: bool) -> Any:
    """Return masks (B, Tq, Tk) of mixed kinds; every row sees a key unless ``empty`` asks for rows that do not."""
    out: Any = rng.random((count, queries, keys)) < 0.6
    kind = np.arange(count) % 6
    length = rng.integers(1, keys + 1, count)
    place = np.arange(keys)
    right = (place < length[:, None])[:, None, :]
    left = (place >= keys - length[:, None])[:, None, :]
    causal = place <= (np.arange(queries)[:, None] + max(keys - queries, 0))
    single = place == rng.integers(0, keys, (count, queries))[..., None]
    for number, one in ((0, right), (1, left), (2, causal[None]), (3, single), (4, np.ones((1, 1, 1), bool))):
        out = np.where((kind == number)[:, None, None], one, out)
    out |= (~out.any(-1))[..., None] & (place == 0)
    if empty:
        gone: Any = (rng.random((count, queries)) < 0.5) | (np.arange(queries) == 0)
        gone = np.where((kind == 5)[:, None], True, gone)
        out = out & ~gone[..., None]
    return out


def batch(
    rng: np.random.Generator, form: Format, sizes: tuple[int, int, int, int], count: int, *, family: str, masked: bool
) -> Inputs:
    """Return one batch; ``family`` is "exact", "any", "huge" or "empty-rows"."""
    queries, keys, d, dv = sizes
    dtype = np.dtype("float32") if form.name == "bfloat16" else np.dtype(form.name)
    draw = exact_tokens if family in ("exact", "empty-rows") else None
    if family == "huge":
        reach = float(np.sqrt(form.score_limit / (d * 1.3)))
        sign = float(rng.choice([-1.0, 1.0]))
        q, k = huge_tokens(rng, (count, queries, d), reach, 1.0), huge_tokens(rng, (count, keys, d), reach, sign)
    elif draw is not None:
        q, k = draw(rng, (count, queries, d)), draw(rng, (count, keys, d))
    else:
        reach = 8.0 if form.name in ("float16", "bfloat16") else 100.0
        q, k = wild_tokens(rng, (count, queries, d), reach), wild_tokens(rng, (count, keys, d), reach)
    v = exact_tokens(rng, (count, keys, dv)) if family != "any" else wild_tokens(rng, (count, keys, dv), 8.0)
    mask = masks(rng, count, queries, keys, empty=family == "empty-rows") if masked else None
    q, k, v = (_held(a, form, dtype) for a in (q, k, v))
    return Inputs(q, k, v, mask, seed=int(rng.integers(2**31)))


def layer_batch(
    rng: np.random.Generator, form: Format, length: int, width: int, count: int, *, family: str, masked: bool
) -> Inputs:
    """Return one batch x (B, T, d) for a layer."""
    made = batch(rng, form, (length, length, width, width), count, family=family, masked=masked)
    return made.changed(x=made.k, layer=True)


def _held(a: Any, form: Format, dtype: Any) -> Any:
    out = a.astype(dtype)
    return round_to_bfloat16(out) if form.name == "bfloat16" else out


def round_to_bfloat16(a: Any) -> Any:
    """Return float32 numbers with their lower 16 bits cleared, which bfloat16 holds exactly."""
    return (np.ascontiguousarray(a).view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)


def batches(
    form: Format, *, family: str, masked: str, seed: int, sizes: tuple[tuple[int, int, int, int], ...], rounds: int
) -> Iterator[Inputs]:
    """Yield batches over all sizes, with and without masks as wanted, the cheap ones first."""
    for turn in range(rounds):
        for place, one in enumerate(sizes):
            for with_mask in {"never": (False,), "always": (True,), "either": (False, True)}[masked]:
                rng = np.random.default_rng([seed, turn, place, int(with_mask)])
                count = BATCH if max(one[:2]) < 16 else 2
                yield batch(rng, form, one, count, family=family, masked=with_mask)
