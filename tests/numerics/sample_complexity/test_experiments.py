"""Experiments: nested samples, fixed seeds, the noisy background, clear errors."""

from __future__ import annotations

import numpy as np
import pytest

from numerics.sample_complexity.experiments import DIGIT, EXPERIMENTS, PATCH, SIDE, experiment
from verify.errors import InvalidInput


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_samples_are_nested_and_repeatable(name: str) -> None:
    one = experiment(name)
    few, many, again = one.draw(12, 3), one.draw(24, 3), one.draw(24, 3)
    assert np.array_equal(few.inputs, many.inputs[:12])
    assert np.array_equal(many.targets, again.targets)
    assert np.array_equal(few.test_inputs, many.test_inputs)
    assert not np.array_equal(few.inputs, one.draw(12, 4).inputs)
    assert many.inputs.shape[1] == many.tokens[0] * many.tokens[1]


def test_training_and_test_images_are_apart() -> None:
    one = experiment("digits")
    drawn = one.draw(one.numbers[-1], 0)
    test = {row.tobytes() for row in drawn.test_inputs}
    assert not any(row.tobytes() in test for row in drawn.inputs)
    assert len(drawn.inputs) + len(drawn.test_inputs) == 357  # images of 3 and 8


def test_most_pixels_of_the_canvas_are_noise() -> None:
    drawn = experiment("digits").draw(192, 0)
    correlation = np.abs(drawn.inputs.T @ (drawn.targets - drawn.targets.mean())) / 192
    count = SIDE // PATCH
    patches = correlation.reshape(count, count, -1).max(axis=2)
    inside = patches[-(DIGIT // PATCH) :, -(DIGIT // PATCH) :]
    assert inside.min() > np.median(patches)


def test_both_teachers_have_the_same_norm() -> None:
    for name in ("sparse", "dense"):
        drawn = experiment(name).draw(96, 0)
        assert np.mean(drawn.test_targets**2) == pytest.approx(3.0, rel=0.2)


def test_unknown_experiment() -> None:
    with pytest.raises(InvalidInput, match="'mnist'"):
        experiment("mnist")
