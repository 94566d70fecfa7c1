"""Saturated logits: a valley at infinity where the gradient vanishes and the loss stays high

Problem
-------
A refuter of "every approximately stationary point predicts well" (the factor 1/a_min of theorem C of the collection
is real; statement ours). Fit the target 1 by sigmoid(s): the loss L(s) = (sigmoid(s) - 1)^2/2 has no stationary point
at all, so the claim about exactly stationary points is vacuous; but for s to -infinity the gradient tends to 0 and
the loss to 1/2. Double precision reports gradient exactly 0 at s = -800.

Assumptions
-----------
bounded logits: |s| <= 3. Then small gradients mean low loss.
small gradient: |L'(s)| <= 1/100.

Statement
---------
Every s in [-3, 3] with |L'(s)| <= 1/100 has L(s) < 1/8.

Method
------
The logistic function as a positive algebraic variable. The largest loss with such a gradient is computed apart: the
gradient is t^2 (1 - t) with t = 1 - sigmoid(s), which is 1/100 at t = 0.1056..., where L = 0.0056.

References
----------
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL, outline (the claim; statement is ours).

Tags
----
saturation, softmax, approximate stationary point, vacuous
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorems.seed._rational import SOURCE
from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "proved"


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the claim about small gradients, or about exactly stationary points."""
    exact = values["question"] == "exact"
    free = "bounded logits" in without or exact
    within = {"within": "1" if "small gradient" in without else str(values["within"])}
    return {
        "parameters": {"s": "real" if free else f"[-{values['bound']}, {values['bound']}]"},
        "objective": {"minimise": "(sigmoid(s) - 1)**2/2"},
        "claim": {
            "every": "stationary point", **({} if exact else within), "satisfies": f"objective < {values['level']}",
        },
    }  # fmt: skip


def largest_loss(within: Fraction) -> float:
    """Return the loss at the first t with t^2 (1 - t) = within, by bisection on [0, 2/3], where it grows."""
    low, high = 0.0, 2 / 3
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if middle**2 * (1 - middle) > within else (middle, high)
    return low**2 / 2


theorem = claim_theorem(
    id="saturated-logits",
    title="Saturated logits: a valley at infinity where the gradient vanishes and the loss stays high",
    expected=EXPECTED,
    sources=(f"{SOURCE} (claim)", "theorem C of the collection, its factor 1/a_min (formalisation)"),
    hypotheses=(
        Hypothesis("bounded logits", "|s| <= 3", "by the domain", "any logit"),
        Hypothesis("small gradient", "|L'(s)| <= 1/100", "by the claim", "any gradient"),
    ),
    settings=(
        Setting("question", "small", "small gradients, or exactly stationary points", "choice", ("small", "exact")),
        Setting("bound", "3", "bound on the logit", "number", low=Fraction(0), above=True),
        Setting("within", "1/100", "largest gradient", "number", low=Fraction(0), above=True),
        Setting("level", "1/8", "the loss that the claim promises", "number", low=Fraction(0)),
    ),
    stated=(StatedNumber("loss at infinity", "lim L(s) for s to -infinity", "1/2", "theorem C", True),),
    computed=lambda values: {
        "loss at infinity": f"1/2; at gradients up to {values['within']} near the fit: "
        f"{largest_loss(Fraction(values['within'])):.4f} (float)",
    },
    statement=statement,
    cases=(
        Neighbour("exact", "exactly stationary points: there are none", "vacuous", {"question": "exact"}),
    ),
    twins=(
        Neighbour("any logit", "no bound on the logit", "refuted", without=("bounded logits",)),
        Neighbour("any gradient", "gradients up to 1", "refuted", without=("small gradient",)),
        Neighbour("low promise", "the loss 1/200 is not reached", "refuted", {"level": "1/200"}),
    ),
)  # fmt: skip
