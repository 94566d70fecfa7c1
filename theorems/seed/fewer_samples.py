"""The abstract, literally: "attention needs fewer samples than models without attention"

Problem
-------
Without a named family of baselines and a class of targets the claim is false. Two refutations, both ours (C2 of the
collection): (i) dense targets: for u* = (1, 1) on two orthonormal inputs with noise-free data the mask with ridge is
off by lambda in each entry, while ridge regression without mask and with the same penalty is better; (ii) without
regularisation a positive mask changes nothing, since w -> w/a makes the classes of functions identical. Where it is
true (sparse targets against row-space estimators) is the entry separation.

For (i), lambda = 1/10: the mask model has squared error 2 lambda^2 = 1/50; ridge with penalty 1/20 has 2/21^2 = 2/441,
which is below. So "the error of attention is at most that of the baseline" fails.

Assumptions
-----------
dense target: both entries of u* are nonzero. With u* = (1, 0) instead and a baseline that sees one sample less the
    order is the other way round (separation).

Statement
---------
question=error: every local minimum of the mask model with ridge 1/10 has |a*w - u*|^2 <= 2/441, the error of ridge
regression. Refuted. question=classes: for all positive masks a and all w, x: <w, x> = <w/a, a*x>. Proved.
question=lasso: with u* = (11/10, 0) every local minimum has an error below that of the lasso with the same penalty,
lambda^2. Refuted: the two are equal (theorem A), so "no procedure without attention" is false as a rule.

Method
------
A local minimum in a ball, with the error enclosed. The error of ridge regression is computed apart: (1 - 1/(1 + c))^2
for each entry.

References
----------
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL, abstract (the claim; statement and data are ours).

Tags
----
abstract, sample complexity, dense target, reparametrisation, counterexample
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorems.seed._rational import SOURCE
from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "refuted"

PENALTY = Fraction(1, 10)


def ridge_error(values: Values) -> Fraction:
    """Return the squared error of ridge regression with penalty c on orthonormal inputs and target (1, 1)."""
    c = Fraction(values["c"])
    return 2 * (c / (1 + c)) ** 2


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the comparison of errors, or the identity of the two classes."""
    if values["question"] == "lasso":
        return {
            "parameters": {"a": "real[2]", "w": "real[2]"},
            "constants": {"u": ["11/10", "0"], "penalty": str(PENALTY)},
            "objective": {"minimise": "sum((a*w - u)**2)/2 + penalty*(sum(a**2) + sum(w**2))/2"},
            "claim": {"every": "local minimum", "satisfies": f"sum((a*w - u)**2) < {PENALTY**2}"},
        }
    if values["question"] == "classes":
        return {
            "parameters": {"a": "positive[2]", "w": "real[2]", "x": "real[2]"},
            "claim": {"every": "point", "satisfies": "dot(w, x) == dot(w/a, a*x)"},
        }
    level = ridge_error(values) / (2 if "dense target" in without else 1)
    return {
        "parameters": {"a": "real[2]", "w": "real[2]"},
        "constants": {"u": ["1", "0" if "dense target" in without else "1"], "penalty": str(PENALTY)},
        "objective": {"minimise": "sum((a*w - u)**2)/2 + penalty*(sum(a**2) + sum(w**2))/2"},
        "claim": {"every": "local minimum", "satisfies": f"sum((a*w - u)**2) <= {level}"},
    }


theorem = claim_theorem(
    id="fewer-samples",
    title='The abstract, literally: "attention needs fewer samples than models without attention"',
    expected=EXPECTED,
    sources=(f"{SOURCE} (claim)", "C2 of the collection (formalisation)"),
    hypotheses=(Hypothesis("dense target", "u* = (1, 1)", "by the data"),),
    settings=(
        Setting("question", "error", "which claim", "choice", ("error", "classes", "lasso")),
        Setting("c", "1/20", "penalty of ridge regression", "number", low=Fraction(0)),
    ),
    stated=(
        StatedNumber("error of attention", "k lambda^2 with k = p = 2", "1/50", "ours", True),
        StatedNumber("error of ridge regression", "2 (c/(1 + c))^2", "2/441", "ours", True),
    ),
    computed=lambda values: {
        "error of attention": str(2 * PENALTY**2), "error of ridge regression": str(ridge_error(values))
    },
    statement=statement,
    cases=(
        Neighbour("classes", "the classes with and without a positive mask coincide", "proved",
                  {"question": "classes"}),
        Neighbour("strong ridge", "against ridge with penalty 1/2 the mask model is better", "proved", {"c": "1/2"}),
    ),
    twins=(
        Neighbour("same penalty", "ridge with penalty 1/10 has 2/121", "refuted", {"c": "1/10"}),
        Neighbour("lasso", "strictly better than the lasso, which has no attention: the errors are equal", "refuted",
                  {"question": "lasso"}),
    ),
)  # fmt: skip
