"""Hypothesis strategies for attention inputs and for the points of claims.

Tokens, masks, heads, parameter scales, near-degenerate inputs. They shrink to few tokens, few features, and simple
numbers. Import this module in a test suite of your own:

    from hypothesis import given
    from verify.strategies import masks, tokens


    @given(tokens(length=3, width=2), masks(queries=2, keys=3))
    def test_mine(k, mask): ...
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from verify.properties._base import Inputs

if TYPE_CHECKING:
    from verify.claim import Claim, Parameter

SPECIAL = (0.0, 1.0, -1.0, 2.0, 0.5, -0.5, 10.0, -10.0, 0.1, 1e-3, 1e-6, 100.0, -100.0)
"""Numbers at which attention code goes wrong: zeros, units, powers of ten."""


@lru_cache(maxsize=64)  # making a strategy takes longer than drawing from it
def numbers(*, reach: float = 10.0, dyadic: bool = False) -> st.SearchStrategy[float]:
    """Return numbers of size at most ``reach``; ``dyadic`` ones are multiples of 1/4 up to 2."""
    if dyadic:
        return st.integers(-8, 8).map(lambda n: n / 4)
    special = [x for x in SPECIAL if abs(x) <= reach]
    return (
        st.sampled_from(special) | st.integers(-int(reach), int(reach)).map(float) | st.floats(-reach, reach, width=16)
    )


@lru_cache(maxsize=256)
def _rows(length: int, width: int, reach: float, dyadic: bool) -> st.SearchStrategy[list[list[float]]]:
    rows = st.lists(numbers(reach=reach, dyadic=dyadic), min_size=width, max_size=width)
    return st.lists(rows, min_size=1, max_size=length)


@lru_cache(maxsize=256)
def _picks(choices: int, length: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(0, choices - 1), min_size=length, max_size=length)


@lru_cache(maxsize=256)
def _bits(count: int) -> st.SearchStrategy[list[bool]]:
    return st.lists(st.booleans(), min_size=count, max_size=count)


@st.composite
def tokens(
    draw: st.DrawFn, *, length: int, width: int, reach: float = 10.0, dyadic: bool = False, dtype: Any = np.float64
) -> Any:
    """Return tokens (length, width); rows are often equal, zero, or of very different size."""
    pool = draw(_rows(length, width, reach, dyadic))
    picks = draw(_picks(len(pool), length))
    return np.array([pool[i] for i in picks], dtype=dtype).reshape(length, width)


@st.composite
def masks(draw: st.DrawFn, *, queries: int, keys: int, empty_rows: bool = False) -> Any:
    """Return a mask (queries, keys) of truth values; each row sees a key unless ``empty_rows``."""
    bits = draw(_bits(queries * keys))
    mask = ~np.array(bits, dtype=bool).reshape(queries, keys)
    if draw(st.booleans()):
        mask[...] = mask[:1]  # padding: the same for every row
    if not empty_rows:
        mask[~mask.any(axis=1), 0] = True
    return mask


def heads(*, width: int) -> st.SearchStrategy[int]:
    """Return a number of heads that divides ``width``."""
    return st.sampled_from([h for h in range(1, width + 1) if width % h == 0])


def scales(*, largest: float = 1e3) -> st.SearchStrategy[float]:
    """Return scales of parameters: zero, tiny, one, large."""
    return st.sampled_from([x for x in (1.0, 0.0, 0.5, 2.0, 1e-6, 1e-3, 10.0, 1e3, 1e6) if x <= largest])


@st.composite
def near_degenerate(draw: st.DrawFn, *, length: int, width: int, dtype: Any = np.float64) -> Any:
    """Return tokens (length, width) that nearly coincide or nearly vanish: one row plus steps of 2**-40 or 0."""
    row = np.array(draw(st.lists(numbers(), min_size=width, max_size=width)))
    steps = draw(st.lists(st.sampled_from([0.0, 2.0**-40, -(2.0**-40), 2.0**-20]), min_size=length, max_size=length))
    return (row * draw(st.sampled_from([1.0, 0.0, 1e-6])) + np.array(steps)[:, None]).astype(dtype)


@st.composite
def attention_inputs(
    draw: st.DrawFn,
    sizes: Sequence[tuple[int, int, int, int]],
    *,
    dtype: Any = np.float64,
    masked: bool = True,
    always_masked: bool = False,
    dyadic: bool = False,
    layer: bool = False,
    empty_rows: bool = False,
    reach: float = 10.0,
) -> Inputs:
    """Return one sample (batch of one) of q, k, v and mask; ``sizes`` lists the widths (_, _, d, dv) allowed."""
    d, dv = draw(st.sampled_from(list(dict.fromkeys((d, dv) for _, _, d, dv in sizes))))
    keys = draw(st.integers(1, 5))
    queries = keys if layer else draw(st.integers(1, 4))

    def some(length: int, width: int) -> Any:
        made = draw(tokens(length=length, width=width, reach=reach, dyadic=dyadic, dtype=dtype))
        return made[None]

    wanted = masked and (always_masked or draw(st.booleans()))
    mask = draw(masks(queries=queries, keys=keys, empty_rows=empty_rows))[None] if wanted else None
    seed = draw(st.integers(0, 11))
    k = some(keys, d)
    if layer:
        return Inputs(k, k, k, mask, seed=seed, layer=True)
    return Inputs(some(queries, d), k, some(keys, dv), mask, seed=seed)


def exact_numbers() -> st.SearchStrategy[Fraction]:
    """Return rational numbers: small integers and fractions, powers of two of either sign of the exponent."""
    small = st.sampled_from([Fraction(k) for k in (0, 1, -1, 2, -2, 3, -3)])
    halves = st.builds(Fraction, st.integers(-12, 12), st.sampled_from([1, 2, 3, 4, 5, 10]))
    powers = st.builds(lambda k, sign: sign * Fraction(2) ** k, st.integers(-20, 20), st.sampled_from([1, -1]))
    return small | halves | powers


def entries_of(parameter: Parameter) -> st.SearchStrategy[Fraction]:
    """Return values of one entry of a claim's parameter, ends of its interval among them."""
    low, high = parameter.low, parameter.high
    if low is None and high is None:
        return exact_numbers()
    if low is not None and high is not None:
        parts = st.builds(Fraction, st.integers(0, 16), st.just(16))
        ends = [low, high, *(x for x in (Fraction(0), Fraction(1), Fraction(-1)) if low <= x <= high)]
        inside = st.sampled_from(ends) | parts.map(lambda t: low + (high - low) * t)
    else:
        start, sign = (low, 1) if low is not None else (high, -1)
        assert start is not None
        inside = exact_numbers().map(lambda x: start + sign * abs(x))
    return inside.map(lambda x: x + Fraction(1, 2**20) if parameter.open_low and x == low else x)


@st.composite
def claim_points(draw: st.DrawFn, claim: Claim) -> tuple[Fraction, ...]:
    """Return a point of a claim's domain, one fraction per entry; entries of one parameter are often equal."""
    point: list[Fraction] = []
    for parameter in claim.parameters:
        count = len(parameter.entry_names)
        pool = draw(st.lists(entries_of(parameter), min_size=1, max_size=count))
        picks = draw(st.lists(st.integers(0, len(pool) - 1), min_size=count, max_size=count))
        point += [pool[i] for i in picks]
    return tuple(point)
