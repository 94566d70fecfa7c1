"""Flatness with a frozen mask: first-layer curvature is at most |a|_inf^2 times that without mask

Problem
-------
The restricted claim about flatness that is true (C5 of the collection, ours): with the mask frozen, the same function
and residuals zero, only first-layer weights count, and J_a J_a^T = J (I x diag a^2) J^T <= |a|_inf^2 J J^T.

Assumptions
-----------
bounded mask: |a|_inf <= b; a softmax mask has b = 1.

Statement
---------
For the design X = [[1, 1], [1, -2]], all masks in [-b, b]^2 and all directions r:
|diag(a) X^T r|^2 <= b^2 |X^T r|^2, i.e. X diag(a^2) X^T <= b^2 X X^T.

Method
------
Exact algebra. Tight at a = (b, b).

References
----------
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL (recalled topic; statement ours).

Tags
----
flatness, frozen mask, Gauss-Newton matrix
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorems.seed._rational import SOURCE
from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "proved"


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the matrix inequality as an inequality of quadratic forms."""
    b = Fraction(values["b"])
    level = Fraction(values["factor"]) * b**2
    return {
        "parameters": {"a": "real[2]" if "bounded mask" in without else f"[{-b}, {b}][2]", "r": "real[2]"},
        "constants": {"X": [["1", "1"], ["1", "-2"]]},
        "claim": {"every": "point", "satisfies": f"sum((a*(X.T @ r))**2) <= {level}*sum((X.T @ r)**2)"},
    }


theorem = claim_theorem(
    id="frozen-mask-flatness",
    title="Flatness with a frozen mask: first-layer curvature is at most |a|_inf^2 times that without mask",
    expected=EXPECTED,
    sources=(f"{SOURCE} (recalled topic)", "C5 of the collection (formalisation)"),
    hypotheses=(Hypothesis("bounded mask", "|a|_inf <= b", "by the domain", "unbounded mask"),),
    settings=(
        Setting("b", "1", "bound on the mask", "number", low=Fraction(0), above=True),
        Setting("factor", "1", "factor at the bound", "number", low=Fraction(0)),
    ),
    stated=(StatedNumber("factor", "|a|_inf^2", "1", "C5", True),),
    computed=lambda values: {"factor": str(Fraction(values["b"]) ** 2)},
    statement=statement,
    cases=(Neighbour("half", "masks up to 1/2", "proved", {"b": "1/2"}),),
    twins=(
        Neighbour("unbounded mask", "masks of any size", "refuted", without=("bounded mask",)),
        Neighbour("constant", "the factor lowered by one per cent", "refuted", {"factor": "99/100"}),
    ),
)  # fmt: skip
