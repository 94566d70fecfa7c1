"""Exact probabilities and expectations of whole claims, against listing outcomes with fractions."""

import itertools
from fractions import Fraction
from math import prod

import pytest
from flint import arb, fmpq

from verify.chance import TooLarge
from verify.chance.elimination import Effort
from verify.chance.exact import (
    JOINT,
    MOMENTS,
    STRATEGIES,
    TERMS,
    decide_exactly,
    exact_value,
    holds,
    prepared,
)
from verify.claim import Claim, claim_from_data
from verify.errors import Undecidable
from verify.expr.ball import fraction


def claim(kind: str, text: str, threshold: str = "1/2", relation: str = "at_most", **random: str) -> Claim:
    return claim_from_data({"id": "x", "random": random, "claim": {kind: text, relation: threshold}})


def value(made: Claim, strategy: str = JOINT) -> Fraction:
    ready = prepared(made)
    return fraction(exact_value(ready, strategy, ready.program.entries(), Effort(1 << 24)).value)


def test_hard_mask_example():
    """Among p-1 wrong one-hot masks with sign some fits n samples with probability 1 - (1 - 2^(1-n))^(p-1)."""
    for n, p in ((2, 2), (3, 4), (4, 3), (4, 7)):
        made = claim("probability", f"max(abs(X[:, 1:].T @ X[:, 0])) >= {n}", X=f"rademacher[{n},{p}]")
        assert value(made) == 1 - (1 - Fraction(2, 2**n)) ** (p - 1)


def test_multiplicities_count():
    made = claim("probability", "sum(c) >= 4", c="choice(1, 1, 3)[2]")
    assert value(made) == Fraction(5, 9)
    found = exact_value(prepared(made), JOINT, [0, 1], Effort(1000))
    assert (found.favourable, found.outcomes) == (5, 9)


def test_only_entries_that_occur_are_enumerated():
    made = claim("probability", "e[3] > 0", e="rademacher[20000]", x="normal[5]")
    assert prepared(made).outcomes == 2
    assert value(made) == Fraction(1, 2)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_strategies_agree(strategy):
    made = claim("expectation", "(e[0] + 2*e[1] - c)**2*(e[2] + 1) - c/3 + 5", e="rademacher[3]", c="choice(0, 1, 7/2)")
    outcomes = list(itertools.product((-1, 1), (-1, 1), (-1, 1), (Fraction(0), Fraction(1), Fraction(7, 2))))
    expected = sum((a + 2 * b - c) ** 2 * (d + 1) - c / 3 + 5 for a, b, d, c in outcomes) / len(outcomes)
    assert value(made, strategy) == expected


def test_many_forms_term_by_term():
    text = "sum((C @ e)**2)"
    rows = [[str((7 * i + 3 * j * j) % 11 - 5) for j in range(40)] for i in range(12)]
    data = {
        "id": "x",
        "random": {"e": "rademacher[40]"},
        "constants": {"C": rows},
        "claim": {"expectation": text, "at_most": 1},
    }
    made = claim_from_data(data)
    expected = sum(int(entry) ** 2 for row in rows for entry in row)
    assert value(made, MOMENTS) == expected
    assert value(made, TERMS) == expected


def test_transcendental_expectation_is_a_ball():
    made = claim("expectation", "exp(e)", e="rademacher")
    found = exact_value(prepared(made), JOINT, [0], Effort(1000))
    assert not found.is_rational
    assert found.value.overlaps((arb(1).exp() + arb(-1).exp()) / 2)
    assert found.value.rad() < 1e-10


def test_undefined_outcomes_are_not_counted():
    made = claim("probability", "log(e) > 1", e="rademacher")
    with pytest.raises(Undecidable, match="for some outcome"):
        value(made)
    assert value(claim("probability", "where(e > 0, log(e + 2), 2) > 1", e="rademacher")) == 1


@pytest.mark.parametrize(
    "random", [{"e": "normal"}, {"e": "uniform(0, 1)"}, {"e": "integers(0, 100000)"}]
)  # fmt: skip
def test_laws_without_a_short_list_are_too_large(random):
    with pytest.raises(TooLarge):
        prepared(claim("probability", "e > 0", **random))


def test_numbers_of_outcomes_are_limited():
    with pytest.raises(TooLarge):
        prepared(claim("probability", "sum(c) > 0", c="integers(0, 1000)[20000]"))


@pytest.mark.parametrize(
    ("relation", "below", "equal", "above"),
    [("<=", True, True, False), ("<", True, False, False), (">=", False, True, True), (">", False, False, True)],
)
def test_boundaries(relation, below, equal, above):
    for shown, expected in ((1, below), (2, equal), (3, above)):
        assert holds(fmpq(shown, 7), relation, Fraction(2, 7)) is expected
    assert holds(arb(0, 0.1), relation, Fraction(1)) is below
    assert holds(arb(2, 0.1), relation, Fraction(1)) is above
    with pytest.raises(Undecidable):
        holds(arb(1, 0.1), relation, Fraction(1))


@pytest.mark.parametrize(
    ("relation", "verdict"), [("at_most", True), ("below", False), ("at_least", True), ("above", False)]
)
def test_decisions_on_the_boundary(relation, verdict):
    made = claim("probability", "sum(e) == 0", "3/8", relation, e="rademacher[4]")
    decided, found = decide_exactly(made, JOINT, [0, 1, 2, 3], 64, Effort(1000))
    assert decided is verdict
    assert found.value == fmpq(3, 8)


def test_outcomes_are_products_of_weights():
    made = claim("probability", "e[0] + c + g > 0", e="rademacher[9]", c="choice(1, 1, 2)", g="integers(0, 4)")
    assert prepared(made).outcomes == prod((2, 3, 5))
