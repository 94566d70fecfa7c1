"""Float samples are the middles of the cells that the checker replays."""

import numpy as np
import pytest
from flint import arb

from numerics.budget import Budget, OutOfTime
from numerics.provers import probability_floats
from numerics.provers.probability_floats import float_values
from verify.chance.cells import generator
from verify.chance.replay import sampler, values
from verify.claim import Claim, claim_from_data


def claim(text: str, law: str) -> Claim:
    return claim_from_data({"id": "x", "random": {"x": law}, "claim": {"expectation": text, "at_most": 0}})


def floats(made: Claim, samples: int, seed: int = 2) -> np.ndarray:
    assert made.bound is not None
    blocks = float_values(made.random, [made.bound.expression], generator(made, seed), samples, Budget.of(60))
    return np.concatenate([block for (block,) in blocks])


@pytest.mark.parametrize(
    "law",
    [
        "normal[3]",
        "normal[2,2]",
        "uniform(-2, 5)[3]",
        "rademacher[3]",
        "integers(-3, 9)[3]",
        "choice(1/2, 7, 7, -1)[3]",
    ],
)
@pytest.mark.parametrize("block", [1, 1 << 20])
def test_floats_lie_next_to_their_cells(law, block, monkeypatch):
    monkeypatch.setattr(probability_floats, "BLOCK", block)
    text = "sum(x @ [[1], [10]])" if "2,2" in law else "x @ [1, 10, 100]"
    made = claim(text, law)
    exact = [float(arb(value).mid()) for value in values(sampler(made), 40, 2)]
    assert floats(made, 40) == pytest.approx(exact, rel=1e-12, abs=1e-12)


def test_samples_have_the_law():
    normal = floats(claim("x", "normal"), 20_000)
    assert abs(normal.mean()) < 0.03
    assert abs(normal.var() - 1) < 0.05
    assert abs((np.abs(normal) > 1.96).mean() - 0.05) < 0.01
    ten = floats(claim("x", "integers(0, 9)"), 20_000)
    assert set(ten) == set(range(10))
    assert abs((ten == 3).mean() - 0.1) < 0.01


def test_prefixes_agree():
    made = claim("x", "normal")
    assert np.array_equal(floats(made, 10), floats(made, 30)[:10])


def test_time_is_checked():
    made = claim("x", "normal")
    assert made.bound is not None
    with pytest.raises(OutOfTime):
        next(float_values(made.random, [made.bound.expression], generator(made, 0), 10, Budget.of(-1)))
