"""Guideline "more heads never raise the optimum": the value of h + 1 heads is at most that of h

Problem
-------
A guideline on the number of heads (formal statement ours, C6 of the collection): a further head can have value zero, so
the least loss cannot go up. Here the heads are quadratic units, sum_h <w_h, x>^2, fitted to the matrix M = diag(2, 1):
one head has the least loss 1/4 (it keeps the larger eigenvalue), two have 0.

Assumptions
-----------
global minimum: the point is a global minimum; local minima of more heads may be worse than the optimum of fewer.

Statement
---------
Every global minimum of |sum_h w_h w_h^T - M|^2/4 with two heads is at most 1/4, the least loss of one head.
question=one: the value of one head is 1/4 (by the eigenvalue that is left out, 1^2/4).

Method
------
Exact algebra. The value 1/4 is computed apart from the eigenvalues of M (Eckart, Young).

References
----------
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL, abstract (guidelines; statement is ours).

Tags
----
guideline, heads, global minimum
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorems.seed._rational import SOURCE
from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "proved"

EIGENVALUES = (Fraction(2), Fraction(1))


def least_loss(heads: int) -> Fraction:
    """Return the least loss: the squares of the eigenvalues left out, over 4."""
    return sum((value**2 for value in EIGENVALUES[heads:]), Fraction(0)) / 4


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the comparison of two heads with one, or the value of one head."""
    heads = int(values["heads"])
    level = Fraction(values["factor"]) * least_loss(1)
    return {
        "parameters": {"W": f"real[{heads},2]"},
        "constants": {"M": [[str(EIGENVALUES[0]), "0"], ["0", str(EIGENVALUES[1])]]},
        "objective": {"minimise": "sum((W.T @ W - M)**2)/4"},
        "claim": {
            "every": "stationary point" if "global minimum" in without else "global minimum",
            "satisfies": f"objective <= {level}",
        },
    }


theorem = claim_theorem(
    id="more-heads",
    title='Guideline "more heads never raise the optimum": the value of h + 1 heads is at most that of h',
    expected=EXPECTED,
    sources=(f"{SOURCE} (guidelines)", "C6 of the collection (formalisation)"),
    hypotheses=(Hypothesis("global minimum", "the point is a global minimum", "by the quantifier", "stationary"),),
    settings=(
        Setting("heads", "2", "number of heads", "integer", low=Fraction(1), high=Fraction(2)),
        Setting("factor", "1", "factor at the least loss of one head", "number", low=Fraction(0)),
    ),
    stated=(StatedNumber("least loss of one head", "(sum of squared eigenvalues left out)/4", "1/4", "ours", True),),
    computed=lambda values: {"least loss of one head": str(least_loss(1))},
    statement=statement,
    cases=(Neighbour("one head", "one head reaches 1/4", "proved", {"heads": "1"}),),
    twins=(
        Neighbour("stationary", "every stationary point of two heads", "refuted", without=("global minimum",)),
        Neighbour("constant", "one head below 1/4 by one per cent", "refuted", {"heads": "1", "factor": "99/100"}),
    ),
)  # fmt: skip
