"""Replayed samples: certain counts, whatever the block, and averages that hold the true ones."""

from fractions import Fraction

import pytest
from flint import arb, fmpq

from verify.chance import replay
from verify.chance.cells import generator
from verify.chance.replay import counts, moments, sampler, values
from verify.claim import Claim, claim_from_data
from verify.errors import Undecidable
from verify.expr.evaluate import Poison


def claim(kind: str, text: str, **random: str) -> Claim:
    return claim_from_data({"id": "x", "random": random, "claim": {kind: text, "at_most": "1/2"}})


def test_counts_are_those_of_the_draws():
    made = claim("probability", "u < 1/4", u="uniform(0, 1)")
    source = generator(made, 3)
    expected = sum(source.random() < 0.25 for _ in range(400))
    found = counts(sampler(made), 400, 3)
    assert (found.samples, found.hits, found.misses) == (400, expected, 400 - expected)
    assert 50 < expected < 150


def test_blocks_do_not_matter(monkeypatch):
    made = claim("probability", "max(abs(x)) + e[0] > sum(u)", x="normal[3]", u="uniform(-1, 1)[2]", e="rademacher[2]")
    whole = counts(sampler(made), 100, 0)
    monkeypatch.setattr(replay, "BLOCK", 1)
    assert counts(sampler(made), 100, 0) == whole
    assert whole.hits + whole.misses == 100


def test_what_a_cell_does_not_decide_is_not_counted():
    made = claim("probability", f"cos({2**53}*2*3.141592653589793238462643383279502884*u) > 0", u="uniform(0, 1)")
    found = counts(sampler(made), 50, 0)
    assert (found.hits, found.misses) == (0, 0)


def test_undefined_samples_are_neither_hits_nor_misses():
    made = claim("probability", "log(x) > -100", x="normal")
    found = counts(sampler(made), 200, 0)
    assert found.misses == 0
    assert 50 < found.hits < 150
    assert sum(isinstance(value, Poison) for value in values(sampler(made), 200, 0)) == 200 - found.hits


def test_averages_hold_exact_ones():
    made = claim("expectation", "e[0]*e[1] + 2*e[2]", e="rademacher[3]")
    exact = [Fraction(int(value.p), int(value.q)) for value in values(sampler(made), 64, 5)]
    scaled = [(value + 3) / 6 for value in exact]
    found = moments(sampler(made), (Fraction(-3), Fraction(3)), 64, 5)
    mean, square = sum(scaled) / 64, sum(value**2 for value in scaled) / 64
    assert found.mean.overlaps(arb(mean.numerator) / mean.denominator)
    assert found.square.overlaps(arb(square.numerator) / square.denominator)
    assert found.mean.rad() < 1e-20


def test_unknown_values_are_anywhere_in_the_range():
    made = claim("expectation", "where(log(x) > 0, 1, 0)", x="normal")
    found = moments(sampler(made), (Fraction(0), Fraction(1)), 100, 0)
    assert found.mean.upper() - found.mean.lower() > 0.3
    assert found.mean.lower() >= -1e-9


def test_a_constant_expression():
    made = claim("probability", "1 < 2", x="normal")
    assert list(values(sampler(made), 3, 0)) == [True] * 3
    alone = claim("expectation", "e", e="rademacher")
    assert set(values(sampler(alone), 30, 0)) == {fmpq(-1), fmpq(1)}


def test_only_probability_claims():
    plain = claim_from_data(
        {"id": "x", "parameters": {"a": "real"}, "claim": {"every": "point", "satisfies": "a**2 >= 0"}}
    )
    with pytest.raises(Undecidable):
        sampler(plain)


def test_tick_may_stop():
    class Stop(Exception):
        pass

    def tick() -> None:
        raise Stop

    with pytest.raises(Stop):
        counts(sampler(claim("probability", "x > 0", x="normal")), 10, 0, tick)
