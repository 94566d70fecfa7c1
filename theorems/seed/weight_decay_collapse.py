"""Weight decay on all factors: a free mask adds a bad local minimum at zero

Problem
-------
"Every local minimum of the regularised attention model predicts well", "decay all factors". Our formalisation is
theorem J of the collection: with three factors (v, w, a) and weight decay lambda > 0 on all, the predictor is of third
order at the origin, so the origin is a strict local minimum with Hessian exactly lambda I, and it predicts 0. The model
without mask has two factors and keeps the origin a strict saddle while lambda < sigma'(0) |g|, g = sum_i y_i x_i/n.
So the mask adds a bad local minimum that the model without it does not have.

Here x = y = 1, so |g| = 1: L = (f - 1)^2/2 with f = v*sigma(w*a), against f = v*w.

Assumptions
-----------
local minimum: the point is a local minimum; the claim is false even for strict ones.
decay on every factor: lambda > 0 on v, w and a. Without decay the claim is true (the entry zero-factors), and with
    decay on the mask and one layer only it is theorem A2.

Statement
---------
Refuted: every strict local minimum of L + (lambda/2)(v^2 + w^2 + a^2) has L < 1/2, the loss of predicting 0.

Method
------
The origin is checked in exact arithmetic: gradient 0, Hessian lambda I, L = 1/2.

References
----------
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL, abstract (the claim; model and data are ours).

Tags
----
weight decay, local minimum, mask, strict saddle, counterexample, guideline
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorems.seed._rational import SOURCE
from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "refuted"


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the claim with a mask (three factors), or for the model without it (two)."""
    masked = values["model"] == "mask"
    inner = "w*a" if masked else "w"
    factor = f"({inner})" if values["link"] == "identity" else f"tanh({inner})"
    names = ("v", "w", "a") if masked else ("v", "w")
    decay = (
        "" if "decay on every factor" in without else f" + {values['lambda']}*({'+'.join(n + '**2' for n in names)})/2"
    )
    return {
        "parameters": dict.fromkeys(names, "real"),
        "definitions": {"loss": f"(v*{factor} - 1)**2/2"},
        "objective": {"minimise": f"loss{decay}"},
        "claim": {"every": values["every"], "satisfies": "loss < 1/2"},
    }


theorem = claim_theorem(
    id="weight-decay-collapse",
    title="Weight decay on all factors: a free mask adds a bad local minimum at zero",
    expected=EXPECTED,
    sources=(f"{SOURCE} (claim)", "theorem J of the collection (formalisation)"),
    hypotheses=(
        Hypothesis("local minimum", "the point is a strict local minimum", "by the quantifier"),
        Hypothesis("decay on every factor", "lambda > 0 on v, w and a", "by the objective"),
    ),
    settings=(
        Setting("model", "mask", "with or without the mask", "choice", ("mask", "no mask")),
        Setting("link", "tanh", "activation", "choice", ("tanh", "identity")),
        Setting("lambda", "1/100", "weight decay", "number", low=Fraction(0), above=True),
        Setting("every", "strict local minimum", "kind of point", "choice", ("strict local minimum", "local minimum")),
    ),
    stated=(
        StatedNumber("least curvature at 0 with mask", "lambda", "1/100", "theorem J", True),
        StatedNumber("least curvature at 0 without mask", "lambda - sigma'(0)|g|", "-99/100", "theorem J", True),
    ),
    computed=lambda values: {
        "least curvature at 0 with mask": str(values["lambda"]),
        "least curvature at 0 without mask": str(Fraction(values["lambda"]) - 1),
    },
    statement=statement,
    cases=(
        Neighbour("no mask", "without the mask every local minimum is better than 0", "proved",
                  {"model": "no mask", "link": "identity", "every": "local minimum"}),
        Neighbour("decay at the threshold", "without the mask, lambda = 1: the origin is the only minimum", "refuted",
                  {"model": "no mask", "link": "identity", "every": "local minimum", "lambda": "1"}),
    ),
    twins=(
        Neighbour("tiny decay", "lambda = 1/10000: the bad minimum is there for every positive decay", "refuted",
                  {"lambda": "1/10000"}),
        Neighbour("identity", "a linear head", "refuted", {"link": "identity"}),
    ),
)  # fmt: skip
