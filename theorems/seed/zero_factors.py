"""Two factors without ridge: every local minimum fits, although zero is a stationary point

Problem
-------
The true neighbour of the literal claims: how much of "every stationary point predicts well" is left when stationary is
replaced by second-order or local minimum, for products of few factors without ridge (the table of C1 in the
collection). The seed paper's abstract speaks of local minima, its outline of stationary points; they differ.

Assumptions
-----------
second order: the point is a second-order point (gradient zero, Hessian positive semidefinite), not only stationary.
two factors: the predictor is v*sigma(w), a product of two factors; with three, w*sigma(q*k), the Hessian at zero is
    zero and the origin is a bad second-order point, though no local minimum.

Statement
---------
Every second-order point of L(v, w) = (v*sigma(w) - 1)^2/2, sigma the identity or tanh, has L = 0. With
factors=3 and every="local minimum" the loss is below 1/2, the loss of predicting 0.

Method
------
Case distinctions over the factors of the gradient; the origin is excluded by the block [[0, -1], [-1, 0]] of its
Hessian, or by a descent curve where the Hessian is zero.

References
----------
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL, abstract and outline (the claim; the models are ours).

Tags
----
second-order point, local minimum, strict saddle, mask
"""

from __future__ import annotations

from typing import Any

from theorems.seed._rational import SOURCE
from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, Values

EXPECTED = "proved"


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the claim for two factors (v, w) or three (v, q, k)."""
    three = values["factors"] == "3" or "two factors" in without
    inner = "q*k" if three else "w"
    factor = f"({inner})" if values["link"] == "identity" else f"tanh({inner})"
    return {
        "parameters": {"v": "real", "q": "real", "k": "real"} if three else {"v": "real", "w": "real"},
        "objective": {"minimise": f"(v*{factor} - 1)**2/2"},
        "claim": {
            "every": "stationary point" if "second order" in without else values["every"],
            "satisfies": "objective < 1/2" if three else "objective == 0",
        },
    }


theorem = claim_theorem(
    id="zero-factors",
    title="Two factors without ridge: every local minimum fits, although zero is a stationary point",
    expected=EXPECTED,
    sources=(f"{SOURCE} (claim)", "the table of C1 of the collection (formalisation)"),
    hypotheses=(
        Hypothesis("second order", "the Hessian is positive semidefinite", "by the quantifier", "stationary"),
        Hypothesis("two factors", "the predictor has two factors", "by the model", "three factors"),
    ),
    settings=(
        Setting("link", "tanh", "activation", "choice", ("identity", "tanh")),
        Setting("factors", "2", "number of factors", "choice", ("2", "3")),
        Setting("every", "second-order point", "kind of point", "choice", ("second-order point", "local minimum")),
    ),
    statement=statement,
    cases=(
        Neighbour("identity", "identity instead of tanh", "proved", {"link": "identity"}),
        Neighbour("three factors, local minimum", "local minima of three factors", "proved",
                  {"link": "identity", "factors": "3", "every": "local minimum"}),
    ),
    twins=(
        Neighbour("stationary", "every stationary point", "refuted", without=("second order",)),
        Neighbour("three factors", "second-order points of three factors", "refuted", without=("two factors",)),
    ),
)  # fmt: skip
