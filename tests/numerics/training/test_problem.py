"""Problems to train: claims with drawn rational data, simpler problems, clear refusals."""

from __future__ import annotations

from fractions import Fraction as Q

import numpy as np
import pytest

from numerics.search import landscape
from numerics.training.problem import problem_of_claim, problem_of_model, smaller
from verify.claim import claim_from_data
from verify.errors import InvalidInput
from verify.models import build, names


@pytest.mark.parametrize("name", names())
def test_the_claim_is_the_model(name: str) -> None:
    """The objective of the claim against the model's own loss plus weight decay, at a random point."""
    from verify.expr.numpy_reading import compile_numpy

    problem = problem_of_model(name, {"n": 2}, Q(1, 10), 3)
    claim, model = problem.claim(), build(name, n=2)
    x = np.random.default_rng(0).standard_normal(sum(symbol.size for symbol in claim.symbols))
    blocks, place = [], 0
    for symbol in model.parameters.values():
        blocks.append(x[place : place + symbol.size].reshape(symbol.shape))
        place += symbol.size
    data = [np.array(_floats(problem.constants[key])) for key in model.data]
    loss = compile_numpy([model.loss], [*model.parameters.values(), *model.data.values()])(*blocks, *data)[0]
    assert landscape(claim).value(x[None])[0] == pytest.approx(float(loss) + x @ x / 20)


def _floats(data: object) -> object:
    return [_floats(row) for row in data] if isinstance(data, list) else float(Q(str(data)))


def test_data_are_drawn_from_the_seed_and_targets_are_not_zero() -> None:
    first, again = (problem_of_model("free-mask", {"n": 20}, Q(0), 5) for _ in range(2))
    assert first == again
    assert first != problem_of_model("free-mask", {"n": 20}, Q(0), 6)
    assert "0" not in first.constants["y"]
    assert first.sizes == {"n": 20, "p": 2, "m": 2, "activation": "tanh"}


def test_smaller_problems() -> None:
    problem = problem_of_model("free-mask", {"n": 3, "p": 2, "m": 1}, Q(1, 20), 0)
    found = list(smaller(problem))
    assert [one.sizes["n"] for one in found if one.sizes and one.sizes["n"] < 3] == [2, 2, 2]  # each sample left out
    assert any(one.sizes and one.sizes["p"] == 1 and len(one.constants["X"][0]) == 1 for one in found)
    assert {value for row in found[-1].constants["X"] for value in row} <= {"0", "1", "-1"}


def test_claims_of_the_user() -> None:
    data = {"id": "c", "parameters": {"q": "real"}, "objective": {"minimise": "(q**2 - 1)**2"},
            "claim": {"every": "local minimum", "satisfies": "objective < 1"}}  # fmt: skip
    problem = problem_of_claim(claim_from_data(data))
    assert problem.claim("objective <= 1/2").data["claim"]["satisfies"] == "objective <= 1/2"
    assert list(smaller(problem)) == []
    with pytest.raises(InvalidInput, match="bounded"):
        problem_of_claim(claim_from_data({**data, "parameters": {"q": "[-1, 1]"}}))
    with pytest.raises(InvalidInput, match="no objective"):
        problem_of_claim(claim_from_data({**{k: v for k, v in data.items() if k != "objective"},
                                          "claim": {"every": "point", "satisfies": "q**2 >= 0"}}))  # fmt: skip


def test_too_many_parameters() -> None:
    with pytest.raises(InvalidInput, match="at most 60"):
        problem_of_model("baseline", {"n": 2, "p": 20, "m": 5}, Q(0), 0)
