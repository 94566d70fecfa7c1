"""Population loss of a linear mask: almost convex stationary points have small risk

Problem
-------
The 2020 abstract speaks of the landscapes of population and empirical loss. For the linear mask with covariance I the
population loss is R(a, w) = |a*w - u|^2/2. Our formalisation (C5 of the collection): a stationary point at which the
Hessian has no eigenvalue below -t has R <= (1/2) sum over |u_j| <= t of u_j^2, hence R <= k t^2/2.

Assumptions
-----------
stationary: the gradient of R is zero.
almost convex: the least eigenvalue of the Hessian is at least -t.

Statement
---------
With u = (1/2, -1/2, 1, ...) (the first p entries) and t = 1/2: R <= (1/2) sum of u_j^2 over |u_j| <= 1/2, which is
1/8 for p = 1 and k t^2/2 = 1/4 for p = 2. question=values: the stationary values are exactly (1/2) sum_{j in Z} u_j^2
over sets Z, and where Z is not empty the least curvature is at most -max_{j in Z} |u_j|. The bound is attained where
exactly these products vanish.

Method
------
Case distinctions on the factors of the gradient, minors of the Hessian plus t I. The bound is a sum computed apart.

References
----------
Liu, Balaji, Xue, Min: ICLR 2020 submission BylDrRNKvH, abstract (the topic; statement and constants are ours).

Tags
----
population loss, mask, strict saddle, approximate second-order point
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from typing import Any

from theorems.seed._rational import texts
from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "proved"

TEACHER = (Fraction(1, 2), Fraction(-1, 2), Fraction(1))


def bound(values: Values) -> Fraction:
    """Return half the sum of the squared teacher entries that are at most t."""
    t = Fraction(values["t"])
    return sum((u * u for u in TEACHER[: int(values["p"])] if abs(u) <= t), Fraction(0)) / 2


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the claim."""
    p = int(values["p"])
    if values["question"] == "values":
        return _values(values, without)
    level = Fraction(values["factor"]) * bound(values)
    return {
        "parameters": {"a": f"real[{p}]", "w": f"real[{p}]"},
        "constants": {"u": texts(TEACHER[:p])},
        "objective": {"minimise": "sum((a*w - u)**2)/2"},
        "assume": {} if "almost convex" in without else {"almost_convex": f"min_curvature >= -{values['t']}"},
        "claim": {"every": "stationary point", "satisfies": f"objective <= {level}"},
    }


def _values(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Every stationary value is (1/2) sum_{j in Z} u_j^2, with least curvature at most -max_{j in Z} |u_j|."""
    p, factor = int(values["p"]), Fraction(values["factor"])
    parts = ["objective == 0"]
    for size in range(1, p + 1):
        for places in combinations(range(p), size):
            risk = sum((TEACHER[j] ** 2 for j in places), Fraction(0)) / 2
            steepest = max(abs(TEACHER[j]) for j in places)
            parts.append(f"(objective == {factor * risk} and min_curvature <= -{steepest})")
    return {
        "parameters": {"a": f"real[{p}]", "w": f"real[{p}]"},
        "constants": {"u": texts(TEACHER[:p])},
        "objective": {"minimise": "sum((a*w - u)**2)/2"},
        "claim": {"every": "stationary point", "satisfies": " or ".join(dict.fromkeys(parts))},
    }


theorem = claim_theorem(
    id="population-mask",
    title="Population loss of a linear mask: almost convex stationary points have small risk",
    expected=EXPECTED,
    sources=("ICLR 2020 submission BylDrRNKvH (topic)", "C5 of the collection (formalisation)"),
    hypotheses=(
        Hypothesis("stationary", "the gradient is zero", "by the quantifier"),
        Hypothesis("almost convex", "least eigenvalue of the Hessian >= -t", "by the claim", "no curvature"),
    ),
    settings=(
        Setting("question", "bound", "the bound, or the list of stationary values", "choice", ("bound", "values")),
        Setting("p", "2", "inputs", "integer", low=Fraction(1), high=Fraction(3)),
        Setting("t", "1/2", "how negative the curvature may be", "number", low=Fraction(0)),
        Setting("factor", "1", "factor at the bound", "number", low=Fraction(0)),
    ),
    stated=(StatedNumber("bound", "(1/2) k t^2 with k = 2, t = 1/2", "1/4", "C5", True),),
    computed=lambda values: {"bound": str(bound(values))},
    statement=statement,
    cases=(
        Neighbour("one input", "p = 1", "proved", {"p": "1"}),
        Neighbour("values", "the stationary values and their curvature", "proved", {"question": "values"}),
        Neighbour("no negative curvature", "t = 0: the risk is 0", "proved", {"t": "0"}),
    ),
    twins=(
        Neighbour("no curvature", "every stationary point, one entry above t", "refuted", {"t": "1/4"},
                  ("almost convex",)),
        Neighbour("constant", "the bound lowered by one per cent", "refuted", {"factor": "99/100"}),
        Neighbour("other values", "stationary values lowered by one per cent", "refuted",
                  {"question": "values", "factor": "99/100"}),
    ),
)  # fmt: skip
