"""Guideline "hard masks are safe": a sparsemax mask has bad local minima

Problem
-------
Whether "every local minimum predicts well" survives when the mask can become exactly zero. Our formalisation (C6 and
the table of C1 of the collection): a sparsemax mask over two inputs, L = |w * sparsemax(s) - y|^2/4 with y = (1, 2).
Where the mask is (1, 0) the second input is out of reach and nothing pulls it back. A softmax mask has no such
minimum, because it is positive (theorem C).

Assumptions
-----------
local minimum: the point is a local minimum of L.
hard mask: the mask is sparsemax(s), which reaches 0; softmax(s) does not.

Statement
---------
Refuted: every local minimum of L has L < 1. At w = (1, 0), mask (1, 0), the loss is 2^2/4 = 1.

Method
------
The witness lies in a region on which the mask is constant; there a lower bound of the loss is proved. The case with
softmax is proved by case distinctions.

References
----------
Martins, Astudillo: From softmax to sparsemax. ICML 2016.
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL, abstract (the claim; model and data are ours).

Tags
----
guideline, sparsemax, hard mask, local minimum, counterexample
"""

from __future__ import annotations

from typing import Any

from theorems.seed._rational import SOURCE
from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "refuted"


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the claim for a hard or a soft mask."""
    soft = values["mask"] == "softmax" or "hard mask" in without
    return {
        "parameters": {"w": "real[2]", "s": "real[2]"},
        "constants": {"y": ["1", "2"]},
        "objective": {"minimise": f"sum((w*{'softmax' if soft else 'sparsemax'}(s) - y)**2)/4"},
        "claim": {
            "every": "local minimum",
            "satisfies": "objective == 0" if soft else f"objective < {values['level']}",
        },
    }


theorem = claim_theorem(
    id="hard-mask-minima",
    title='Guideline "hard masks are safe": a sparsemax mask has bad local minima',
    expected=EXPECTED,
    sources=(f"{SOURCE} (claim)", "C6 of the collection (formalisation)"),
    hypotheses=(
        Hypothesis("local minimum", "the point is a local minimum", "by the quantifier"),
        Hypothesis("hard mask", "the mask is sparsemax", "by the model"),
    ),
    settings=(
        Setting("mask", "sparsemax", "which mask", "choice", ("sparsemax", "softmax")),
        Setting("level", "1", "the loss that the claim promises", "number"),
    ),
    stated=(StatedNumber("bad minimum", "y_2^2/4", "1", "ours", True),),
    computed=lambda values: {"bad minimum": str(2**2 // 4)},
    statement=statement,
    cases=(Neighbour("softmax", "a softmax mask has no bad local minimum", "proved", {"mask": "softmax"}),),
    twins=(Neighbour("small level", "the promise 1/10", "refuted", {"level": "1/10"}),),
)  # fmt: skip
