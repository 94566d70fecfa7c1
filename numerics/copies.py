"""Finds signed permutations of the parameter entries that leave an objective unchanged."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations, product

import numpy as np

from numerics.search import Array, batch_function
from verify.claim import Claim
from verify.errors import AttnverifyError
from verify.recheck.copies import Motion, require_invariant

ALL_PERMUTATIONS = 5
"""Up to so many entries, all permutations are tried; beyond, exchanges of entries, arrays, rows and columns."""

ALL_SIGNS = 10
"""Up to so many entries, all changes of sign are tried; beyond, those of one entry or one array."""

PROBES = 4
SAME = 1e-9
MAX_MOTIONS = 400


def motions(problem: Claim, seed: int) -> list[Motion]:
    """Return signed permutations under which an objective seems unchanged at random points, simple ones first."""
    if problem.objective is None:
        return []
    size = len(problem.entry_names)
    value = batch_function(problem, [problem.objective])
    points = np.random.default_rng(seed).standard_normal((PROBES, size))
    with np.errstate(all="ignore"):
        base = value(points)[0]
    signs = np.array(list(_signs(problem)))
    found: list[Motion] = []
    for order in dict.fromkeys(_orders(problem)):
        trials = signs[:, None, :] * points[None][:, :, list(order)]
        with np.errstate(all="ignore"):
            values = value(trials.reshape(-1, size))[0].reshape(len(signs), PROBES)
            same = (np.abs(values - base) <= SAME * (1 + np.abs(base))).all(axis=1)
        found += [Motion(order, tuple(int(s) for s in signs[k])) for k in np.nonzero(same)[0]]
        if len(found) > MAX_MOTIONS:
            break
    identity = tuple(range(size))
    moving = [motion for motion in found if motion.sources != identity or min(motion.signs) < 0]
    return sorted(moving, key=_weight)


def proved(problem: Claim, motion: Motion) -> bool:
    """Return whether the objective is shown to be unchanged."""
    try:
        require_invariant(problem, motion)
    except AttnverifyError:
        return False
    return True


def moved(motion: Motion, point: Array) -> Array:
    """Return the image of a point (n,)."""
    return np.array(motion.signs) * point[list(motion.sources)]


def _weight(motion: Motion) -> tuple[int, int]:
    exchanged = sum(i != j for i, j in enumerate(motion.sources))
    return exchanged, sum(sign < 0 for sign in motion.signs)


def _signs(problem: Claim) -> Iterator[tuple[int, ...]]:
    size = len(problem.entry_names)
    if size <= ALL_SIGNS:
        yield from product((1, -1), repeat=size)
        return
    yield (1,) * size
    start = 0
    for parameter in problem.parameters:
        places = range(start, start + len(parameter.entry_names))
        start = places.stop
        for chosen in (places, *([place] for place in places)):
            yield tuple(-1 if n in chosen else 1 for n in range(size))


def _orders(problem: Claim) -> Iterator[tuple[int, ...]]:
    size = len(problem.entry_names)
    identity = list(range(size))
    yield tuple(identity)
    if size <= ALL_PERMUTATIONS:
        yield from permutations(identity)
        return
    for i in range(size):
        for j in range(i):
            order = identity.copy()
            order[i], order[j] = j, i
            yield tuple(order)
    yield from _array_exchanges(problem)
    yield from _line_exchanges(problem)


def _blocks(problem: Claim) -> list[np.ndarray]:
    out, start = [], 0
    for parameter in problem.parameters:
        count = len(parameter.entry_names)
        out.append(np.arange(start, start + count).reshape(parameter.shape or (1,)))
        start += count
    return out


def _array_exchanges(problem: Claim) -> Iterator[tuple[int, ...]]:
    blocks = _blocks(problem)
    for i, first in enumerate(blocks):
        for second in blocks[:i]:
            if first.shape == second.shape:
                order = np.arange(len(problem.entry_names))
                order[first.ravel()], order[second.ravel()] = second.ravel(), first.ravel()
                yield tuple(int(n) for n in order)


def _line_exchanges(problem: Claim) -> Iterator[tuple[int, ...]]:
    """Yield exchanges of two positions along an axis, in one array or in several with an axis of that length."""
    blocks = _blocks(problem)
    axes = [(b, axis) for b, block in enumerate(blocks) for axis in range(block.ndim) if block.shape[axis] > 1]
    for length in sorted({blocks[b].shape[axis] for b, axis in axes}):
        own = [pair for pair in axes if blocks[pair[0]].shape[pair[1]] == length]
        for chosen in product((False, True), repeat=min(len(own), 6)):
            if not any(chosen):
                continue
            for i in range(length):
                for j in range(i):
                    order = [block.copy() for block in blocks]
                    for (b, axis), used in zip(own, chosen, strict=False):
                        if used:
                            places = list(range(length))
                            places[i], places[j] = j, i
                            order[b] = np.take(order[b], places, axis=axis)
                    yield tuple(int(n) for block in order for n in block.ravel())
