"""Trained logits, fixed values: a local minimum of self-attention need not be global

Problem
-------
"Every local minimum of an attention model with trained logits is global" (statement ours, C3 of the collection). With
values fixed to 0 and 1, two samples with logit gaps s and 10 s and targets 9/10 and 1/10: L(s) = ((sigmoid(s) -
9/10)^2 + (sigmoid(10 s) - 1/10)^2)/4. There is a local minimum between 1 and 3 with L > 1/5, while L(-1/5) < 51/1000.

Assumptions
-----------
local minimum: the point is a local minimum; even a strict one.

Statement
---------
Refuted: every strict local minimum of L has L <= 1/5. question=valley: L(s) < 51/1000 for all s in
[-1/5, -19/100].

Method
------
A ball that contains exactly one stationary point, with positive second derivative. The values at the ends are
enclosed by balls.

References
----------
Liu, Balaji, Xue, Min: ICLR 2020 submission BylDrRNKvH, abstract (the claim; model and data are ours).

Tags
----
self-attention, logits, local minimum, counterexample
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "refuted"

LOSS = "((sigmoid(s) - 9/10)**2 + (sigmoid(10*s) - 1/10)**2)/4"


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the claim about minima, or about the loss at -1/5."""
    if values["question"] == "valley":
        return {
            "parameters": {"s": "[-1/5, -19/100]"},
            "claim": {"every": "point", "satisfies": f"{LOSS} < {values['level']}"},
        }
    return {
        "parameters": {"s": "real"},
        "objective": {"minimise": LOSS},
        "claim": {"every": "strict local minimum", "satisfies": f"objective <= {values['level']}"},
    }


theorem = claim_theorem(
    id="fixed-values",
    title="Trained logits, fixed values: a local minimum of self-attention need not be global",
    expected=EXPECTED,
    sources=("ICLR 2020 submission BylDrRNKvH (claim)", "C3 of the collection (formalisation)"),
    hypotheses=(Hypothesis("local minimum", "the point is a strict local minimum", "by the quantifier"),),
    settings=(
        Setting("question", "minima", "which claim", "choice", ("minima", "valley")),
        Setting("level", "1/5", "the loss that the claim promises", "number", low=Fraction(0)),
    ),
    stated=(
        StatedNumber("loss at the bad minimum, above", "L at a minimum in (1, 3)", "1/5", "C3", False),
        StatedNumber("loss at -1/5, below", "L(-1/5)", "51/1000", "C3", False),
    ),
    computed=lambda values: {
        "loss at the bad minimum, above": "0.2025 (float, at s = ln 9 nearly)",
        "loss at -1/5, below": "0.05068 (float)",
    },
    statement=statement,
    cases=(Neighbour("valley", "L < 51/1000 near -1/5", "proved", {"question": "valley", "level": "51/1000"}),),
    twins=(
        Neighbour("strict promise", "the promise 51/1000", "refuted", {"level": "51/1000"}),
        Neighbour("valley constant", "L < 1/20 near -1/5", "refuted", {"question": "valley", "level": "1/20"}),
    ),
)  # fmt: skip
