"""Mask with ridge on a matrix: every local minimum selects inputs like the group lasso

Problem
-------
A mask a on the inputs of a layer W (m x p), both with ridge: F(a, W) = |W diag(a) - C|^2/2 + (lambda/2)(|a|^2 + |W|^2).
Theorem A2 of the collection is our formalisation of "every local minimum of the attention model predicts well" for a
matrix of weights: at second-order points W' = W diag(a) is stationary for the loss plus lambda sum_j |W'_:j|, the group
lasso by inputs. The instance has the loss |W' - C|^2/2, for which the group lasso is explicit:
|W'_:j| = max(|C_:j| - lambda, 0).

Assumptions
-----------
second order: the point is a second-order point, not only stationary.
ridge on the mask: the mask has ridge; without it there is no local minimum where C is not 0.

Statement
---------
With lambda = 1/2, m = 2 and columns C_:1 = (3, 4), C_:2 = (1/4, 0), C_:3 = (0, 1): at every second-order point of F the
squared column norms of W diag(a) are (9/2)^2, 0 and (1/2)^2 (the first p of them).

Method
------
As for mask-ridge, with blocks [[lambda, G_j^T], [G_j, lambda I]] of the Hessian. Group norms are soft-thresholded apart
from the provers; their squares are rational because the columns of C have rational norms.

References
----------
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL, abstract (the claim; statement and constants are ours).
Yuan, Lin: Model selection and estimation in regression with grouped variables. JRSS B 2006.

Tags
----
mask, ridge, group lasso, second-order point, input selection
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorems.seed._rational import SOURCE, rows
from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "proved"

COLUMNS = ((Fraction(3), Fraction(4)), (Fraction(1, 4), Fraction(0)), (Fraction(0), Fraction(1)))
NORMS = (Fraction(5), Fraction(1, 4), Fraction(1))
PENALTY = Fraction(1, 2)


def squared_norms(p: int, penalty: Fraction) -> list[Fraction]:
    """Return the squared column norms of the group lasso solution."""
    return [max(norm - penalty, Fraction(0)) ** 2 for norm in NORMS[:p]]


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the claim about the squared column norms at every second-order point."""
    p = int(values["p"])
    expected = squared_norms(p, Fraction(values["claimed"]) * PENALTY)
    ridge = "sum(W**2)" if "ridge on the mask" in without else "sum(a**2) + sum(W**2)"
    parts = [f"sum((W*a)[:, {j}]**2) == {value}" for j, value in enumerate(expected)]
    return {
        "parameters": {"a": f"real[{p}]", "W": f"real[2,{p}]"},
        "constants": {"C": rows(list(zip(*COLUMNS[:p], strict=True))), "penalty": str(PENALTY)},
        "objective": {"minimise": f"sum((W*a - C)**2)/2 + penalty*({ridge})/2"},
        "claim": {
            "every": "stationary point" if "second order" in without else "second-order point",
            "satisfies": " and ".join(parts),
        },
    }


theorem = claim_theorem(
    id="matrix-mask-ridge",
    title="Mask with ridge on a matrix: every local minimum selects inputs like the group lasso",
    expected=EXPECTED,
    sources=(f"{SOURCE} (claim)", "theorem A2 of the collection (formalisation)"),
    hypotheses=(
        Hypothesis("second order", "the Hessian is positive semidefinite", "by the quantifier", "stationary"),
        Hypothesis("ridge on the mask", "the mask has ridge", "by the objective", "no ridge on the mask"),
    ),
    settings=(
        Setting("p", "2", "inputs", "integer", low=Fraction(1), high=Fraction(3)),
        Setting("claimed", "1", "the penalty that the claim uses, in units of lambda", "number", low=Fraction(0)),
    ),
    stated=(StatedNumber("penalty of the group lasso", "ridge lambda/2 gives lambda sum_j |W'_:j|", "1", "A2", True),),
    computed=lambda values: {
        "penalty of the group lasso": "squared column norms "
        + ", ".join(map(str, squared_norms(int(values["p"]), PENALTY)))
    },
    statement=statement,
    cases=(
        Neighbour("one input", "p = 1", "proved", {"p": "1"}),
        Neighbour("three inputs", "p = 3", "proved", {"p": "3"}),
    ),
    twins=(
        Neighbour("stationary", "every stationary point", "refuted", without=("second order",)),
        Neighbour("no ridge on the mask", "one input, ridge on W alone: no such point", "vacuous", {"p": "1"},
                  ("ridge on the mask",)),
        Neighbour("constant", "the penalty lowered by one per cent", "refuted", {"claimed": "99/100", "p": "1"}),
    ),
)  # fmt: skip
