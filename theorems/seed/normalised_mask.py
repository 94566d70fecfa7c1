"""Guideline "normalise the mask": with weight decay the network collapses earlier

Problem
-------
Whether a normalised (softmax) mask is harmless (statement ours, theorem J and C6 of the collection). At the origin of
v*<w, a*x> + decay the least curvature is lambda - |a*g|_2 with g = sum_i y_i x_i/n; without mask it is lambda -
|g|_2. A softmax mask over p inputs starts at a = 1/p, so the decay at which the origin becomes a (bad) local minimum
falls by the factor p.

Here p = 2, one sample x = (1, 0), y = 1: thresholds 1/2 with mask and 1 without; the decay 4/5 lies between.

Assumptions
-----------
weight decay: lambda on all parameters (v, w and the logits s).
local minimum: the point is a local minimum.

Statement
---------
Refuted: every local minimum of (v <w, softmax(s)*x> - y)^2/2 + (lambda/2)(v^2 + |w|^2 + |s|^2) has data loss
below 1/2, the loss of predicting 0. The same claim without mask is proved at the same decay.

Method
------
The origin is checked in exact arithmetic: it is a strict local minimum.

References
----------
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL, abstract (guidelines; statement is ours).

Tags
----
guideline, softmax mask, weight decay, collapse, counterexample
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorems.seed._rational import SOURCE
from verify.claim_theorem import Neighbour, claim_theorem, compared
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "refuted"


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the claim with a softmax mask or without mask."""
    masked = values["mask"] == "softmax"
    mask, logits = ("softmax(s)*", " + sum(s**2)") if masked else ("", "")
    decay = "" if "weight decay" in without else f" + {values['lambda']}*(v**2 + sum(w**2){logits})/2"
    return {
        "parameters": {"v": "real", "w": "real[2]", **({"s": "real[2]"} if masked else {})},
        "definitions": {"loss": f"(v*dot(w, {mask}[1, 0]) - 1)**2/2"},
        "objective": {"minimise": f"loss{decay}"},
        "claim": {"every": "local minimum", "satisfies": "loss < 1/2"},
    }


def threshold(values: Values) -> Fraction:
    """Return the decay from which on the origin is a local minimum: |a*g| with |g| = 1 and a = 1/2 or 1."""
    return Fraction(1, 2) if values["mask"] == "softmax" else Fraction(1)


theorem = claim_theorem(
    id="normalised-mask",
    title='Guideline "normalise the mask": with weight decay the network collapses earlier',
    expected=EXPECTED,
    sources=(f"{SOURCE} (guidelines)", "theorem J and C6 of the collection (formalisation)"),
    hypotheses=(
        Hypothesis("weight decay", "lambda > 0 on all parameters", "by the objective"),
        Hypothesis("local minimum", "the point is a local minimum", "by the quantifier"),
    ),
    settings=(
        Setting("mask", "softmax", "which mask", "choice", ("softmax", "none")),
        Setting("lambda", "4/5", "weight decay", "number", low=Fraction(0), above=True),
    ),
    stated=(
        StatedNumber("threshold with mask", "max_j a_j |g| at a = 1/p", "1/2", "theorem J", True),
        StatedNumber("threshold without mask", "|g|", "1", "theorem J", True),
    ),
    computed=lambda values: {"threshold with mask": "1/2", "threshold without mask": "1"},
    assumptions=lambda values: (
        compared("no collapse", "lambda < |a*g|", Fraction(values["lambda"]), "<", threshold(values),
                 note=f"any lambda below {threshold(values)} keeps the origin a saddle"),
    ),
    statement=statement,
    cases=(Neighbour("no mask", "without mask, at the same decay", "proved", {"mask": "none"}),),
    twins=(
        Neighbour("just above the threshold", "decay 51/100", "refuted", {"lambda": "51/100"}),
        Neighbour("no mask above its threshold", "without mask, decay 101/100", "refuted",
                  {"mask": "none", "lambda": "101/100"}),
    ),
)  # fmt: skip
