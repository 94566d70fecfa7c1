"""Recurrent attention: zero input weights are stationary, and at A = -1 not even the Hessian tells

Problem
-------
"Every stationary point (or second-order point) predicts well" for recurrent attention (a topic recalled from the
paper; content ours, C4 of the collection): f = v h_T, h_t = tanh(A h_{t-1} + C x_t), h_0 = 0. At v = C = 0 the
gradient is zero for every A. The only second derivative that is not 0 is that by v and C, -y sum_t A^{T-t} x_t; for T
= 2 and x = (1, 1) it is -(1 + A). So the point is a strict saddle unless A = -1, where the Hessian is zero.

Assumptions
-----------
strict saddle: A != -1.
zero weights: v = C = 0.

Statement
---------
question=saddle: for L = (f - 1)^2/2, T = 2, every stationary point with v = C = 0 and A != -1 has a negative curvature.
question=second order: every second-order point has L < 1/2. Refuted at v = C = 0, A = -1. question=stationary:
every stationary point has L < 1/2. Refuted for every A.

Method
------
The exact Hessian; the witnesses are evaluated in exact arithmetic.

References
----------
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL (recurrent attention recalled; statement is ours).

Tags
----
recurrent attention, stationary point, second-order point, strict saddle, counterexample
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorems.seed._rational import SOURCE
from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "proved"


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return one of the three claims."""
    data: dict[str, Any] = {
        "parameters": {"v": "real", "A": "real", "C": "real"},
        "objective": {"minimise": "(v*tanh(A*tanh(C) + C) - 1)**2/2"},
    }
    if values["question"] != "saddle":
        kind = "second-order point" if values["question"] == "second order" else "stationary point"
        return {**data, "claim": {"every": kind, "satisfies": f"objective < {values['level']}"}}
    assumed = {"zero weights": ("zero", "v == 0 and C == 0"), "strict saddle": ("turning", "A != -1")}
    return {
        **data,
        "assume": dict(pair for name, pair in assumed.items() if name not in without),
        "claim": {"every": "stationary point", "satisfies": "min_curvature < 0"},
    }


theorem = claim_theorem(
    id="recurrent-stationary",
    title="Recurrent attention: zero input weights are stationary, and at A = -1 not even the Hessian tells",
    expected=EXPECTED,
    sources=(f"{SOURCE} (recalled topic)", "C4 of the collection (formalisation)"),
    hypotheses=(
        Hypothesis("strict saddle", "A != -1", "by the claim", "A = -1"),
        Hypothesis("zero weights", "v = C = 0", "by the claim"),
    ),
    settings=(
        Setting("question", "saddle", "which claim", "choice", ("saddle", "second order", "stationary")),
        Setting("level", "1/2", "the loss that the claim promises", "number", low=Fraction(0)),
    ),
    stated=(StatedNumber("loss at zero weights", "y^2/2", "1/2", "C4", True),),
    computed=lambda values: {"loss at zero weights": str(Fraction(1, 2))},
    statement=statement,
    twins=(
        Neighbour("A = -1", "the Hessian is zero there", "refuted", without=("strict saddle",)),
        Neighbour("second order", "second-order points", "refuted", {"question": "second order"}),
        Neighbour("stationary", "stationary points", "refuted", {"question": "stationary"}),
    ),
)  # fmt: skip
