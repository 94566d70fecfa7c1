"""Cells contain the numbers their draws stand for, and mean one outcome or none."""

import math
from fractions import Fraction
from random import Random as Generator

import pytest
from flint import arb

from verify.chance.cells import CELLS, draws, entry_kind, generator, sampled
from verify.claim import Claim, Random, claim_from_data
from verify.expr.ball import precision
from verify.expr.evaluate import Poison


def claim_of(text: str, **more: str) -> Claim:
    data = {"id": "x", "random": {"e": text}, "claim": {"probability": "0 < 1", "at_most": 1}, **more}
    return claim_from_data(data)


def law(text: str) -> Random:
    return claim_of(text).random[0]


class Scripted(Generator):
    """A generator that returns given draws."""

    def __init__(self, numbers):
        super().__init__(0)
        self.numbers = list(numbers)

    def random(self):
        return self.numbers.pop(0)


def holds(ball: arb, value: Fraction) -> bool:
    return ball.contains(arb(value.numerator) / value.denominator)


def test_uniform_cells_hold_both_ends():
    with precision(64):
        (column,) = sampled([law("uniform(-1, 3)")], Scripted([0.25, 0.0, 1 - 2**-53]), 3)
    for ball, cell in zip(column, (2**51, 0, CELLS - 1), strict=True):
        for end in (cell, cell + 1):
            assert holds(ball, -1 + 4 * Fraction(end, CELLS))
        assert ball.rad() < 2**-50


def test_normal_pairs():
    with precision(64):
        cosine, sine, last = sampled([law("normal[3]")], Scripted([0.3, 0.1, 0.7, 0.9]), 1)
    length, turn = math.sqrt(-2 * math.log(0.3)), 2 * math.pi * 0.1
    assert float(cosine[0].mid()) == pytest.approx(length * math.cos(turn), abs=1e-12)
    assert float(sine[0].mid()) == pytest.approx(length * math.sin(turn), abs=1e-12)
    assert float(last[0].mid()) == pytest.approx(math.sqrt(-2 * math.log(0.7)) * math.cos(1.8 * math.pi), abs=1e-12)
    assert cosine[0].rad() > 2**-60


def test_cells_without_a_finite_image_are_not_known():
    with precision(64):
        first, second = sampled([law("normal[2]")], Scripted([0.0, 0.1]), 1)
    assert isinstance(first[0], Poison)
    assert isinstance(second[0], Poison)


def test_finite_outcomes_have_their_share_of_cells():
    """Of ten outcomes the borders k/10 fall inside cells, but for 0 and 1/2."""
    array = law("integers(0, 9)")
    cells = []
    for k in range(10):
        border = k * CELLS // 10
        cells += [border, border + 1]
    with precision(64):
        (column,) = sampled([array], Scripted([cell / CELLS for cell in cells]), len(cells))
    for k in range(10):
        at_border, behind = column[2 * k : 2 * k + 2]
        assert isinstance(at_border, Poison) is (k not in (0, 5))
        assert behind == k


def test_powers_of_two_are_never_ambiguous():
    assert entry_kind(law("rademacher")).form == "integer"
    assert entry_kind(law("choice(1, 1, 2, 5)")).form == "integer"
    assert entry_kind(law("choice(1/2, 1)")).form == "any"
    assert entry_kind(law("integers(0, 2)")).form == "any"
    assert entry_kind(law("normal")).bits == 0
    (column,) = sampled([law("rademacher")], Scripted([0.0, 0.5 - 2**-53, 0.5]), 3)
    assert column == [-1, -1, 1]


def test_a_law_with_more_outcomes_than_cells_is_never_known():
    (column,) = sampled([law("integers(0, 1e30)")], Scripted([0.1, 0.9]), 2)
    assert all(isinstance(value, Poison) for value in column)


def test_draws_are_consumed_sample_by_sample():
    arrays = [law("normal[3]"), law("uniform(0, 1)[2]")]
    assert [draws(array) for array in arrays] == [4, 2]
    numbers = [k / 64 for k in range(1, 13)]
    with precision(64):
        columns = sampled(arrays, Scripted(numbers), 2)
    assert len(columns) == 5
    assert holds(columns[3][0], Fraction(5, 64))
    assert holds(columns[4][1], Fraction(12, 64))


def test_every_claim_and_seed_has_its_own_stream():
    one, other = claim_of("normal"), claim_of("uniform(0, 1)")
    assert (
        generator(claim_of("normal", title="another"), 0).random() == generator(one, 0).random()
    )  # titles say nothing
    streams = [generator(claim, seed).random() for claim, seed in ((one, 0), (one, 1), (other, 0))]
    assert len(set(streams)) == 3
    assert generator(one, 0).random() == streams[0]
