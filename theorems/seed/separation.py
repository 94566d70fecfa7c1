"""Separation: a mask with ridge recovers a sparse teacher that no row-space estimator can

Problem
-------
"Attention needs fewer samples than models without attention." Two upper bounds decide nothing; our formalisation
(theorem E of the collection) compares, in the same squared l2 error and on the same noiseless instance, an upper bound
for every local minimum of the mask model with ridge with a lower bound for every estimator in the row space of X
(ridge with any penalty, minimum norm, gradient descent from 0): |u - u*|^2 >= |(I - P_X) u*|^2.

Design: two samples, inputs (1, 0), (0, 1), (3/5, 4/5), (-4/5, 3/5) as columns, the first p of them; u* = e_1, lambda
= 1/10. For p = 4 the frame is tight, X X^T = 2 I, and the lower bound is 1/2; the upper bound is lambda^2 = 1/100.

Assumptions
-----------
sparse teacher: u* has one nonzero entry. For dense targets the claim is false (twin).
local minimum: the mask model is at a local minimum.

Statement
---------
side=attention: every local minimum (a, w) of |X (a*w - u*)|^2/2 + (lambda/2)(|a|^2 + |w|^2) has |a*w - u*|^2 <=
1/100. side=baseline: every u = X^T b has |u - u*|^2 >= |(I - P_X) u*|^2: 9/50 for p = 3 and 1/2 for p = 4. Two
verdicts make the separation: 1/100 < 9/50 with p = 3. With p = 4 the general provers leave the side of attention
undecided; "attnverify sample-complexity separation" certifies both sides by the exact lasso solution and a null vector,
for n = 256 and p = 512 by the bound 9 lambda^2 k/(4 kappa^2), and compares numbers of samples for Gaussian inputs.

Method
------
Exact algebra on either side; the numbers come from least squares in rational arithmetic, apart from the provers.

References
----------
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL, abstract (the claim; statement and data are ours).
Li, Zhang, Arora: Why are convolutional nets more sample-efficient than fully-connected nets? ICLR 2021 (equivariance).

Tags
----
sample complexity, mask, ridge, lower bound, row space, sparse teacher
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorems.seed import _separation_samples
from theorems.seed._rational import SOURCE, Matrix, rows, solution, texts
from verify.claim_theorem import Neighbour, claim_theorem, compared
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "proved"

COLUMNS = ((1, 0), (0, 1), (Fraction(3, 5), Fraction(4, 5)), (Fraction(-4, 5), Fraction(3, 5)))
PENALTY = Fraction(1, 10)
ATTENTION = PENALTY**2


def design(p: int) -> Matrix:
    """Return X, (2, p)."""
    return [[Fraction(column[i]) for column in COLUMNS[:p]] for i in range(2)]


def row_space_error(p: int) -> Fraction:
    """Return |(I - P_X) e_1|^2 = 1 - x_1^T (X X^T)^{-1} x_1."""
    x = design(p)
    outer = [[sum((a * b for a, b in zip(left, right, strict=True)), Fraction(0)) for right in x] for left in x]
    first = [row[0] for row in x]
    dual = solution(outer, first)
    assert dual is not None
    return 1 - sum((a * b for a, b in zip(first, dual, strict=True)), Fraction(0))


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return one side of the comparison."""
    p = int(values["p"])
    if values["side"] == "baseline":
        return _baseline(p, Fraction(values["factor"]))
    if "sparse teacher" in without:
        return _dense(Fraction(values["factor"]))
    return {
        "parameters": {"a": f"real[{p}]", "w": f"real[{p}]"},
        "constants": {"X": rows(design(p)), "u": texts([1] + [0] * (p - 1)), "penalty": str(PENALTY)},
        "objective": {"minimise": "sum((X @ (a*w - u))**2)/2 + penalty*(sum(a**2) + sum(w**2))/2"},
        "claim": {
            "every": "stationary point" if "local minimum" in without else "local minimum",
            "satisfies": f"sum((a*w - u)**2) <= {Fraction(values['factor']) * ATTENTION}",
        },
    }


def _baseline(p: int, factor: Fraction) -> dict[str, Any]:
    return {
        "parameters": {"b": "real[2]"},
        "constants": {"X": rows(design(p)), "u": texts([1] + [0] * (p - 1))},
        "claim": {"every": "point", "satisfies": f"sum((X.T @ b - u)**2) >= {factor * row_space_error(p)}"},
    }


def _dense(factor: Fraction) -> dict[str, Any]:
    """Two orthonormal inputs and the dense teacher (1, 1): each entry is off by lambda, together 2 lambda^2."""
    return {
        "parameters": {"a": "real[2]", "w": "real[2]"},
        "constants": {"u": ["1", "1"], "penalty": str(PENALTY)},
        "objective": {"minimise": "sum((a*w - u)**2)/2 + penalty*(sum(a**2) + sum(w**2))/2"},
        "claim": {"every": "local minimum", "satisfies": f"sum((a*w - u)**2) <= {factor * ATTENTION}"},
    }


theorem = claim_theorem(
    id="separation",
    title="Separation: a mask with ridge recovers a sparse teacher that no row-space estimator can",
    expected=EXPECTED,
    sources=(f"{SOURCE} (claim)", "theorem E of the collection (formalisation)"),
    hypotheses=(
        Hypothesis("sparse teacher", "u* = e_1", "by the data", "dense teacher"),
        Hypothesis("local minimum", "(a, w) is a local minimum", "by the quantifier", "stationary"),
    ),
    settings=(
        Setting("side", "attention", "which side of the comparison", "choice", ("attention", "baseline")),
        Setting("p", "3", "inputs", "integer", low=Fraction(2), high=Fraction(4)),
        Setting("factor", "1", "factor at the bound", "number", low=Fraction(0)),
    ),
    stated=(
        StatedNumber("attention, at most", "lambda^2", "1/100", "theorem E", True),
        StatedNumber("baseline, at least", "|(I - P_X) u*|^2, p = 4", "1/2", "theorem E", True),
    ),
    computed=lambda values: {
        "attention, at most": str(ATTENTION),
        "baseline, at least": f"{row_space_error(int(values['p']))} for p = {values['p']}",
    },
    assumptions=lambda values: (
        compared("separated", "bound for attention < bound for the baseline", ATTENTION, "<",
                 row_space_error(int(values["p"])), note="same data, same squared l2 error; fails for p = n = 2"),
    ),
    statement=statement,
    cases=(
        Neighbour("baseline", "three inputs: no row-space estimator is closer than 9/50", "proved",
                  {"side": "baseline"}),
        Neighbour("baseline, tight frame", "four inputs: no row-space estimator is closer than 1/2", "proved",
                  {"side": "baseline", "p": "4"}),
        Neighbour("two inputs", "p = n = 2", "proved", {"p": "2"}),
    ),
    twins=(
        Neighbour("dense teacher", "two orthonormal inputs, teacher (1, 1)", "refuted", without=("sparse teacher",)),
        Neighbour("stationary", "every stationary point", "refuted", without=("local minimum",)),
        Neighbour("constant", "1/100 lowered by one per cent", "refuted", {"factor": "99/100"}),
        Neighbour("baseline constant", "1/2 raised by one per cent", "refuted",
                  {"side": "baseline", "p": "4", "factor": "101/100"}),
    ),
)  # fmt: skip

samples = _separation_samples.samples
"""What ``attnverify sample-complexity`` compares."""
