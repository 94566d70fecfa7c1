"""Text of the claim language says what the expression says, for every operation that it has words for."""

from fractions import Fraction
from random import Random

import pytest

from numerics.variants.library import mask_of, shapes_of, traced
from verify.attention import variant
from verify.errors import Undecidable
from verify.expr import build
from verify.expr import functions as F
from verify.expr.ball import Balls, as_ball, precision
from verify.expr.claim_text import claim_text
from verify.expr.evaluate import evaluate
from verify.expr.node import symbols
from verify.expr.parse import parse

A, B = build.symbol("A", (2, 3)), build.symbol("B", (3, 2))


def read_back(roots):
    names = dict(symbols(*roots.values()))
    for name, text in claim_text(roots).items():
        names[name] = parse(text, names)
    return [names[name] for name in roots]


def values(nodes):
    rng = Random(1)
    env = {n: [Fraction(rng.randint(-30, 30), 7) for _ in range(s.size)] for n, s in symbols(*nodes).items()}
    with precision(100):
        exact = {n: [Balls().constant(x) for x in row] for n, row in env.items()}
        return [as_ball(x) for row in evaluate(nodes, exact, Balls()) for x in row]


@pytest.mark.parametrize(
    "node",
    [
        A @ B, A.T + B, build.transpose(build.reshape(A, (1, 2, 3)), (2, 0, 1)), F.softmax(A) * F.tanh(A),
        build.scatter(A, [0, 1, 1, 2, 4, 4], (5,)), build.gather(B, [5, 0, 3], (3, 1)), F.max(A, 1) - F.sum(B, 0)[0],
        F.concatenate([A, F.transpose(B)], 0) ** 2, F.where(F.compare("<", A, F.transpose(B)), A, F.lift("1/3")),
        build.broadcast(A[0:1, :], (4, 3)), F.sigmoid(A) / (1 + F.exp(A)), F.sparsemax(A), F.logsumexp(A) + F.norm(B),
        F.lift([["-1/2", 2, 3], [0, 0, 1]]) - A, F.maximum(A, 0) + F.relu(F.neg(A)),
    ],
)  # fmt: skip
def test_the_text_has_the_value_of_the_expression(node):
    (back,) = read_back({"out": node})
    assert back.shape == node.shape
    assert all(a.overlaps(b) for a, b in zip(values([node]), values([back]), strict=True))


@pytest.mark.parametrize("name", ["bahdanau", "rope", "elastic", "luong_local_p", "cosine", "grouped_query"])
def test_variants_can_be_written(name):
    attention = traced(variant(name), (2, 3, 2, 2), mask_of([[True, False, True], [True, True, True]]))
    (back,) = read_back({"output": attention.output})
    assert set(symbols(back)) <= {"q", "k", "v", *shapes_of(variant(name), 2, 2)}
    assert all(a.overlaps(b) for a, b in zip(values([attention.output]), values([back]), strict=True))


def test_a_step_has_no_words():
    with pytest.raises(Undecidable, match="step"):
        claim_text({"out": build.step(A)})
