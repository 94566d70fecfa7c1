"""Query and key zero: self-attention has a stationary point that is exactly as bad as mean pooling

Problem
-------
The claim that every stationary point of a self-attention model predicts well, or at least better than a model without
attention, on all data. Our formalisation is lemma 0' of the collection: the scores depend on (W_Q, W_K) only through
the product, so at W_Q = W_K = 0 their gradient vanishes whatever the other parameters are, and the model pools by the
mean there. Hence every stationary value of mean pooling is a stationary value of self-attention.

Here: one query fixed to 1, tokens of dimension one, f(x) = w sum_t P_t x_t with P = softmax(q k x). Samples: tokens
(1, 2) with target 3/2 and tokens (0, 3) with target 3, both with mean 3/2. Mean pooling fits both with one number, 9/4;
its least loss is ((3/4)^2 + (3/4)^2)/4 = 9/32, at w = 3/2.

Assumptions
-----------
stationary: the point (w, q, k) is stationary.

Statement
---------
Refuted: every stationary point of the self-attention loss lies below 9/32, the least loss of mean pooling.

Method
------
The witness w = 3/2, q = k = 0 is found by the search and checked in exact arithmetic. The value 9/32 is computed apart
from it by least squares, and the small case proves it for the pooling model.

References
----------
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL, outline (the claim; model and data are ours).

Tags
----
self-attention, stationary point, mean pooling, query-key product, counterexample
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorems.seed._rational import SOURCE
from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "refuted"

SAMPLES = (((1, 2), Fraction(3, 2)), ((0, 3), Fraction(3)))
"""Tokens and target of each sample."""


def pooling_loss() -> Fraction:
    """Return the least loss of mean pooling: least squares of the targets on the means of the tokens."""
    means = [Fraction(sum(tokens), len(tokens)) for tokens, _ in SAMPLES]
    targets = [target for _, target in SAMPLES]
    top = sum((m * y for m, y in zip(means, targets, strict=True)), Fraction(0))
    w = top / sum((m * m for m in means), Fraction(0))
    return sum(((w * m - y) ** 2 for m, y in zip(means, targets, strict=True)), Fraction(0)) / (2 * len(SAMPLES))


def _residual(tokens: tuple[int, int], target: Fraction, attention: str) -> str:
    first, second = tokens
    scores = f"softmax({attention}*[{first}, {second}])" if attention else "[1/2, 1/2]"
    return f"(w*({scores} @ [{first}, {second}]) - {target})**2"


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the claim for self-attention, or the value of mean pooling."""
    attends = values["model"] == "self-attention"
    loss = " + ".join(_residual(tokens, target, "q*k" if attends else "") for tokens, target in SAMPLES)
    return {
        "parameters": {"w": "real", "q": "real", "k": "real"} if attends else {"w": "real"},
        "objective": {"minimise": f"({loss})/4"},
        "claim": {
            "every": "stationary point",
            "satisfies": f"objective < {values['factor']}*{pooling_loss()}"
            if attends
            else f"objective == {pooling_loss()}",
        },
    }


theorem = claim_theorem(
    id="query-key-zero",
    title="Query and key zero: self-attention has a stationary point that is exactly as bad as mean pooling",
    expected=EXPECTED,
    sources=(f"{SOURCE} (claim)", "lemma 0' of the collection (formalisation)"),
    hypotheses=(Hypothesis("stationary", "the point is stationary", "by the quantifier"),),
    settings=(
        Setting("model", "self-attention", "which model", "choice", ("self-attention", "mean pooling")),
        Setting("factor", "1", "factor at the loss of mean pooling", "number", low=Fraction(0), above=True),
    ),
    stated=(StatedNumber("least loss of mean pooling", "min_w L(w)", "9/32", "ours", True),),
    computed=lambda values: {"least loss of mean pooling": str(pooling_loss())},
    statement=statement,
    cases=(
        Neighbour("mean pooling", "the value of mean pooling at its stationary points", "proved",
                  {"model": "mean pooling"}),
    ),
    twins=(Neighbour("one half", "half the loss of mean pooling", "refuted", {"factor": "1/2"}),),
)  # fmt: skip
