"""Flatness of a trained mask: balanced minima are flatter exactly where 2 |u| x^2 is below x^2

Problem
-------
The true restricted statement beside the entry flatness (C5 of the collection, ours): at balanced minima (|a_j| =
|w_j|) of a linear mask the sharpness is lambda_max(X diag(2 |u|) X^T), without mask it is lambda_max(X X^T). Hence a
trained mask is flatter if and only if the first is below the second: for small weights, not for large ones.

Assumptions
-----------
balanced: a_j^2 = w_j^2, as with any ridge and as gradient flow from a balanced start keeps it.
small weights: 2 |u_j| < 1; here u_j = 1/4.

Statement
---------
For (a w - u)^2/2 with u = 1/4: every balanced local minimum has sharpness at most 1/2, below the sharpness 1 of the
model without mask.

Method
------
Exact minima; the sharpness a^2 + w^2 = 2 |u| is computed apart. For u = 9/16 it is 9/8 > 1 (twin).

References
----------
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL (recalled topic; statement is ours).

Tags
----
flatness, sharpness, balanced, mask
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorems.seed._rational import SOURCE
from verify.claim_theorem import Neighbour, claim_theorem, compared
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "proved"

LARGE = Fraction(9, 16)


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the claim that the sharpness is at most 2 |u|, or at most 1 for large weights."""
    u = LARGE if "small weights" in without else Fraction(values["u"])
    level = Fraction(1) if "small weights" in without else 2 * abs(u) * Fraction(values["factor"])
    return {
        "parameters": {"a": "real", "w": "real"},
        "objective": {"minimise": f"(a*w - {u})**2/2"},
        "assume": {} if "balanced" in without else {"balanced": "a**2 == w**2"},
        "claim": {"every": "local minimum", "satisfies": f"max_curvature <= {level}"},
    }


theorem = claim_theorem(
    id="balanced-flatness",
    title="Flatness of a trained mask: balanced minima are flatter exactly where 2 |u| x^2 is below x^2",
    expected=EXPECTED,
    sources=(f"{SOURCE} (recalled topic)", "C5 of the collection (formalisation)"),
    hypotheses=(
        Hypothesis("balanced", "a^2 = w^2", "by the claim", "not balanced"),
        Hypothesis("small weights", "2 |u| < 1", "exact", "large weights"),
    ),
    settings=(
        Setting("u", "1/4", "the product that fits", "number", low=Fraction(0), above=True),
        Setting("factor", "1", "factor at the sharpness", "number", low=Fraction(0)),
    ),
    stated=(StatedNumber("sharpness", "2 |u|", "1/2", "C5", True),),
    computed=lambda values: {"sharpness": str(2 * Fraction(values["u"]))},
    assumptions=lambda values: (
        compared("small weights", "2 |u| < 1, the sharpness without mask", 2 * Fraction(values["u"]), "<", 1,
                 change="any |u| below 1/2 meets it"),
    ),
    statement=statement,
    cases=(Neighbour("ninth", "u = 1/9", "proved", {"u": "1/9"}),),
    twins=(
        Neighbour("not balanced", "minima rescaled", "refuted", without=("balanced",)),
        Neighbour("large weights", "u = 9/16 against the sharpness 1", "refuted", without=("small weights",)),
        Neighbour("constant", "1/2 lowered by one per cent", "refuted", {"factor": "99/100"}),
    ),
)  # fmt: skip
