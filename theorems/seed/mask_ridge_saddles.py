"""Mask with ridge: a stationary point that is not global is a strict saddle, with a bound on its curvature

Problem
-------
The second half of theorem A of the collection (our formalisation): for F(a, w) = g(a*w) + (lambda/2)(|a|^2 + |w|^2) the
stationary points that do not solve the lasso are not only no minima, their negative curvature is bounded:

    lambda_min(Hessian of F) <= lambda - max{|d_j g(u)| : a_j = w_j = 0} < 0.

So a method that leaves directions of curvature below -t escapes all of them whose largest |d_j g(u)| exceeds lambda +
t.

Assumptions
-----------
stationary: the point is stationary.
not global: its product is not the lasso solution. At the lasso solution the curvature is not negative.

Statement
---------
With g(u) = |u - c|^2/2, c = (2, 3) (its first p entries) and lambda = 1 the slope at a zero pair is -c_j: every
stationary point has a*w = c - 1 (the lasso) or least curvature at most 1 - 2 = -1.

Method
------
Case distinctions on the factors of the gradient, minors of the Hessian. Attained where only the first pair vanishes.

References
----------
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL, abstract (the claim; statement and constants are ours).

Tags
----
mask, ridge, lasso, strict saddle, curvature
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorems.seed._rational import SOURCE, texts
from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "proved"

TARGET = (Fraction(2), Fraction(3))
PENALTY = Fraction(1)


def curvature(values: Values) -> Fraction:
    """Return the largest curvature that the bound leaves: lambda minus the least slope among the pairs."""
    return PENALTY - min(TARGET[: int(values["p"])])


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the claim."""
    p = int(values["p"])
    level = Fraction(values["factor"]) * curvature(values)
    lasso = " and ".join(f"a[{j}]*w[{j}] == {TARGET[j] - PENALTY}" for j in range(p))
    saddle = f"min_curvature <= {level}"
    return {
        "parameters": {"a": f"real[{p}]", "w": f"real[{p}]"},
        "constants": {"c": texts(TARGET[:p]), "penalty": str(PENALTY)},
        "objective": {"minimise": "sum((a*w - c)**2)/2 + penalty*(sum(a**2) + sum(w**2))/2"},
        "assume": {"near": "sum(a**2) <= 100"} if "stationary" in without else {},
        "claim": {
            "every": "stationary point",
            **({"within": "10"} if "stationary" in without else {}),
            "satisfies": saddle if "not global" in without else f"({lasso}) or {saddle}",
        },
    }


theorem = claim_theorem(
    id="mask-ridge-saddles",
    title="Mask with ridge: a stationary point that is not global is a strict saddle, with a bound on its curvature",
    expected=EXPECTED,
    sources=(f"{SOURCE} (claim)", "theorem A of the collection (formalisation)"),
    hypotheses=(
        Hypothesis("stationary", "(a, w) is stationary", "by the quantifier", "gradient up to 10"),
        Hypothesis("not global", "a*w is not the lasso solution", "by the claim", "global too"),
    ),
    settings=(
        Setting("p", "2", "inputs", "integer", low=Fraction(1), high=Fraction(2)),
        Setting("factor", "1", "factor at the curvature", "number", low=Fraction(0)),
    ),
    stated=(StatedNumber("curvature, at most", "lambda - max |d_j g(u)|", "-1", "theorem A", True),),
    computed=lambda values: {"curvature, at most": str(curvature(values))},
    statement=statement,
    cases=(Neighbour("one input", "p = 1", "proved", {"p": "1"}),),
    twins=(
        Neighbour("global too", "the lasso solution is not a saddle", "refuted", without=("not global",)),
        Neighbour("gradient up to 10", "points that are not stationary", "refuted", {"p": "1"}, ("stationary",)),
        Neighbour("constant", "the curvature lowered by one per cent", "refuted", {"factor": "101/100"}),
    ),
)  # fmt: skip
