"""Experiments in which the error of learners is measured against the number of samples.

Every experiment draws, from a seed, training samples (the first n of one fixed sequence, so that curves are nested) and
test samples. Inputs of the linear learners are p numbers; for self-attention they are T tokens of d numbers, in order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from verify.errors import InvalidInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

TEST_SAMPLES = 1000
"""Fresh inputs on which the error of a synthetic experiment is measured."""

RELEVANT, SIGNAL, NOISE = 3, 1.0, 0.5
"""Sparse teacher: nonzero entries, their size, and the noise level (that of the dense teacher too)."""

SIZE = RELEVANT * SIGNAL**2
"""|u*|^2 of both teachers."""

SIDE, PATCH, DIGIT = 16, 4, 8
"""Side of the canvas in pixels, of a token (patch), and of a digit, which lies in the lower right corner."""

DEPTH = 16.0
"""Largest value of a pixel."""


@dataclass(frozen=True)
class Sample:
    """Training inputs (n, p) with targets (n,), test inputs with what predictions are compared with."""

    inputs: Array
    targets: Array
    test_inputs: Array
    test_targets: Array
    tokens: tuple[int, int]


@dataclass(frozen=True)
class Experiment:
    """An experiment: what is drawn, at which numbers of samples, and what is measured.

    Attributes:
        numbers: numbers of samples, increasing; validation samples are among them.
        draw: ``(n, seed)`` to a sample.
        zero: error of predicting 0; the levels that curves are compared at are shares of it.
    """

    name: str
    title: str
    error: str
    numbers: tuple[int, ...]
    draw: Callable[[int, int], Sample]
    zero: float


def _synthetic(teacher: Array, n: int, seed: int, tokens: tuple[int, int], most: int) -> Sample:
    rng = np.random.default_rng([seed, len(teacher)])
    inputs = rng.standard_normal((most, len(teacher)))
    noise = NOISE * rng.standard_normal(most)
    test = rng.standard_normal((TEST_SAMPLES, len(teacher)))
    return Sample(inputs[:n], (inputs @ teacher + noise)[:n], test, test @ teacher, tokens)


SYNTHETIC = 60, (15, 4)
"""Inputs of the synthetic experiments, and the same as tokens."""


def _sparse(n: int, seed: int) -> Sample:
    """Teacher with three entries, all in the token with number 5."""
    p, tokens = SYNTHETIC
    teacher = np.zeros(p)
    start = 5 * tokens[1]
    teacher[start : start + RELEVANT] = SIGNAL * np.array([1, -1, 1])
    return _synthetic(teacher, n, seed, tokens, NUMBERS[-1])


def _dense(n: int, seed: int) -> Sample:
    """Teacher whose entries are all of one size, with the same norm."""
    p, tokens = SYNTHETIC
    teacher = np.sqrt(SIZE / p) * np.where(np.arange(p) % 3 == 1, -1.0, 1.0)
    return _synthetic(teacher, n, seed, tokens, NUMBERS[-1])


NUMBERS = (12, 16, 24, 32, 48, 64, 96)


@cache
def _images() -> tuple[Array, Array]:
    """Return the images of 3 and 8, (n, 8, 8) with values from 0 to 1, and +1 for a 3."""
    from numerics.sample_complexity.table import digits

    table = digits()
    label = np.array(table.column("digit").integers)
    pixels = np.array([c.integers for c in table.columns if c.name != "digit"], dtype=float).T / DEPTH
    chosen = (label == 3) | (label == 8)
    return pixels[chosen].reshape(-1, DIGIT, DIGIT), np.where(label[chosen] == 3, 1.0, -1.0)


DIGIT_NUMBERS = (12, 24, 48, 96, 192)


def _digits(n: int, seed: int) -> Sample:
    """Digits 3 and 8 in a corner of a larger canvas whose background pixels are noise, as patches of 4 x 4 pixels."""
    images, labels = _images()
    rng = np.random.default_rng([seed, SIDE])
    order = rng.permutation(len(images))
    values = np.sort(images.ravel())
    canvas = rng.choice(values, size=(len(images), SIDE, SIDE))
    canvas[:, SIDE - DIGIT :, SIDE - DIGIT :] = images
    canvas, labels = canvas[order], labels[order]
    count = SIDE // PATCH
    patches = canvas.reshape(-1, count, PATCH, count, PATCH).transpose(0, 1, 3, 2, 4).reshape(len(canvas), -1)
    inputs = (patches - patches[: DIGIT_NUMBERS[-1]].mean()) * 2
    last = DIGIT_NUMBERS[-1]
    return Sample(inputs[:n], labels[:n], inputs[last:], labels[last:], (count * count, PATCH * PATCH))


EXPERIMENTS = {
    one.name: one
    for one in (
        Experiment("sparse", "sparse teacher: 3 of 60 Gaussian inputs matter, noise 1/2",
                   "mean squared excess error on 1000 fresh inputs", NUMBERS, _sparse, SIZE),
        Experiment("dense", "dense teacher: all of 60 Gaussian inputs matter alike, noise 1/2",
                   "mean squared excess error on 1000 fresh inputs", NUMBERS, _dense, SIZE),
        Experiment("digits", "digits 3 against 8 with noisy background: 64 of 256 pixels show the digit",
                   "mean squared error of the label +-1 on the other images", DIGIT_NUMBERS, _digits, 1.0),
    )
}  # fmt: skip
"""The experiments by name."""


def experiment(name: str) -> Experiment:
    """Return an experiment by its name.

    Raises:
        InvalidInput: there is none.
    """
    if name not in EXPERIMENTS:
        raise InvalidInput(f"there is no experiment '{name}'", fix=f"one of: {', '.join(EXPERIMENTS)}")
    return EXPERIMENTS[name]
