"""Mask with ridge, small and exact: every local minimum is the lasso solution

Problem
-------
F(a, w) = |y - X (a*w)|^2/2 + (lambda/2) (|a|^2 + |w|^2) with mask a and weights w, both trained. F is not convex. The
abstract of the seed paper says that every local minimum of an attention model predicts well; theorem A of the
collection is our formalisation for a linear head: local minima have the product u = a*w that minimises
|y - X u|^2/2 + lambda |u|_1, hence all are global. The entry sparse-mask adds noise, real data and an error bound; this
one decides small instances by the general provers, from the gradient and Hessian of F alone.

Designs are integers. With seed=0 they are fixed, with correlated columns; other seeds draw n rows.

Assumptions
-----------
local minimum: the point is a local minimum, not only stationary.
ridge on the mask: the mask has ridge.
ridge on the weights: the weights have ridge. With ridge on one factor only the infimum is not attained, and there is no
    local minimum: the statement is vacuous, not false.

Statement
---------
Every local minimum (a, w) of F has a_j w_j = u_j for all j, where u is the lasso solution.

Method
------
The lasso is solved apart from the provers, by trying all sign patterns in rational arithmetic and checking the
optimality conditions. The claim a_j w_j = u_j is then proved by case distinctions on the factors of the gradient and
by the minors of the Hessian.

References
----------
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL, abstract (the claim; statement and constants are ours).
Hoff: Lasso, fractional norm and structured sparse estimation using a Hadamard product parametrization. CSDA 2017.

Tags
----
mask, ridge, lasso, local minimum
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorems.seed._hypotheses import decider
from theorems.seed._rational import SOURCE, Matrix, Vector, drawn_design, lasso, rows, texts
from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "proved"

DESIGNS: dict[int, tuple[list[list[int]], list[int]]] = {
    1: ([[1], [1]], [2, 1]),
    2: ([[1, 1], [1, -1], [1, 0]], [2, 0, 1]),
    3: ([[1, 1, 0], [1, -1, 1], [1, 0, -1], [0, 1, 1]], [2, -1, 3, 1]),
}


def instance(values: Values) -> tuple[Matrix, Vector]:
    """Return design (n, p) and target (n,)."""
    p, n, seed = (int(values[name]) for name in ("p", "n", "seed"))
    if seed:
        return drawn_design(n, p, seed)
    design, target = DESIGNS[p]
    return [[Fraction(entry) for entry in row] for row in design], [Fraction(entry) for entry in target]


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the claim that every local minimum has the products of the lasso solution."""
    p, (design, target) = int(values["p"]), instance(values)
    u = lasso(design, target, Fraction(values["claimed"]) * Fraction(values["lambda"]))
    decayed = [f"sum({name}**2)" for name, dropped in (("a", "ridge on the mask"), ("w", "ridge on the weights"))
               if dropped not in without]  # fmt: skip
    ridge = f" + penalty*({' + '.join(decayed)})/2" if decayed else ""
    return {
        "parameters": {"a": f"real[{p}]", "w": f"real[{p}]"},
        "constants": {"X": rows(design), "y": texts(target), "penalty": str(values["lambda"])},
        "objective": {"minimise": f"sum((X @ (a*w) - y)**2)/2{ridge}"},
        "claim": {
            "every": "stationary point" if "local minimum" in without else "local minimum",
            "satisfies": " and ".join(f"a[{j}]*w[{j}] == {value}" for j, value in enumerate(u)),
        },
    }


def computed(values: Values) -> dict[str, str]:
    """Return the lasso solution and the least value of F, which is that of the lasso."""
    design, target = instance(values)
    u = lasso(design, target, Fraction(values["lambda"]))
    return {"minimiser of the lasso": ", ".join(texts(u))}


theorem = claim_theorem(
    id="mask-ridge",
    title="Mask with ridge, small and exact: every local minimum is the lasso solution",
    expected=EXPECTED,
    sources=(f"{SOURCE} (claim)", "theorem A of the collection (formalisation)"),
    hypotheses=(
        Hypothesis("local minimum", "(a, w) is a local minimum", "by the quantifier", "stationary"),
        Hypothesis("ridge on the mask", "the mask has ridge", "by the objective", "no ridge on the mask"),
        Hypothesis("ridge on the weights", "the weights have ridge", "by the objective", "no ridge on the weights"),
    ),
    settings=(
        Setting("p", "2", "inputs", "integer", low=Fraction(1), high=Fraction(3)),
        Setting("n", "4", "rows of a drawn design", "integer", low=Fraction(1), high=Fraction(50)),
        Setting("seed", "0", "0: the fixed design; else the seed of a drawn one", "integer", low=Fraction(0)),
        Setting("lambda", "1", "ridge penalty", "number", low=Fraction(0), above=True),
        Setting("claimed", "1", "the lasso penalty that the claim uses, in units of lambda", "number", low=Fraction(0)),
    ),
    stated=(
        StatedNumber("penalty of the lasso", "ridge lambda/2 gives lambda |u|_1", "1", "theorem A", True),
        StatedNumber("minimiser of the lasso", "argmin |y - X u|^2/2 + lambda |u|_1", "1, 1/2", "ours", True),
    ),
    computed=computed,
    statement=statement,
    on_data=decider("H6", "H7", "H13"),
    cases=(
        Neighbour("one input", "p = 1", "proved", {"p": "1"}),
        Neighbour("three inputs", "p = 3", "proved", {"p": "3"}),
    ),
    twins=(
        Neighbour("stationary", "every stationary point", "refuted", without=("local minimum",)),
        Neighbour("no ridge on the mask", "one input, ridge on the weights alone: no local minimum", "vacuous",
                  {"p": "1"}, ("ridge on the mask",)),
        Neighbour("no ridge on the weights", "one input, ridge on the mask alone: no local minimum", "vacuous",
                  {"p": "1"}, ("ridge on the weights",)),
        Neighbour("no ridge at all", "one input, no ridge: least squares instead of the lasso", "refuted",
                  {"p": "1"}, ("ridge on the mask", "ridge on the weights")),
        Neighbour("constant", "the penalty of the lasso lowered by one per cent", "refuted", {"claimed": "99/100"}),
    ),
)  # fmt: skip
