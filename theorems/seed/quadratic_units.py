"""Quadratic units: with a spare unit every second-order point is global, with one unit it is not

Problem
-------
"Every local minimum predicts well" for f(x) = sum_i <w_i, x>^2 (a fixed mask without zeros can be absorbed in the
inputs). Our formalisation is theorem H of the collection: L(W) = g(W^T W) with g convex, W of m rows and p columns;
every second-order point with rank(W) < m is a global minimum, and m > p makes the rank condition free. With m = 1 the
claim fails: inputs (1,0), (0,1), (1,1), (1,-1) with targets 1, 0, 1, 1 have the strict local minimum (0, sqrt(2/3))
of sum_i ((<w, x_i>)^2 - y_i)^2 with value 5/3 and Hessian diag(4, 16), although w = (1, 0) fits exactly.

Assumptions
-----------
H11: a spare unit, rank(W) < m; here m = p + 1.
second order: the point is a second-order point, not only stationary.

Statement
---------
With m = p + 1 units every second-order point of |W^T W - M|^2/4, M positive definite, has value 0.
p = 1: M = 1; p = 2: M = [[3/2, 1/2], [1/2, 3/2]]. With ridge (decay) every second-order point has the global value,
which is explicit: each eigenvalue of M is lowered by the decay.

Method
------
Case distinctions with the minors of the Hessian. For the twin with one unit a point whose coordinates are algebraic.

References
----------
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL, abstract (the claim; statement and data are ours).
Soltanolkotabi, Javanmard, Lee: Theoretical insights into the optimization landscape of over-parameterized shallow
neural networks. IEEE Trans. Inf. Theory 2019 (quadratic activations).

Tags
----
quadratic units, second-order point, overparameterised, rank
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorems.seed._hypotheses import decider
from theorems.seed._rational import SOURCE
from verify.claim_theorem import Neighbour, claim_theorem, compared
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "proved"

TARGETS = {1: [["1"]], 2: [["3/2", "1/2"], ["1/2", "3/2"]]}
EIGENVALUES = (Fraction(1), Fraction(2))
"""Of M = [[3/2, 1/2], [1/2, 3/2]]; the first alone for p = 1."""

INPUTS = [["1", "0"], ["0", "1"], ["1", "1"], ["1", "-1"]]


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the claim with p + 1 units; without H11 the data set with one unit."""
    if "H11" in without:
        return _one_unit(Fraction(values["bound"]))
    p, decay = int(values["p"]), Fraction(values["decay"])
    ridge = f" + {decay}*sum(W**2)/2" if decay else ""
    return {
        "parameters": {"W": f"real[{p + 1},{p}]"},
        "constants": {"M": TARGETS[p]},
        "objective": {"minimise": f"sum((W.T @ W - M)**2)/4{ridge}"},
        "claim": {
            "every": "stationary point" if "second order" in without else "second-order point",
            "satisfies": f"objective == {least_value(p, decay)}",
        },
    }


def least_value(p: int, decay: Fraction) -> Fraction:
    """Return the least of |N - M|^2/4 + (decay/2) tr N over N >= 0: each eigenvalue of M is lowered by the decay."""
    return sum(((m - max(m - decay, Fraction(0))) ** 2 / 4 + decay / 2 * max(m - decay, Fraction(0))
                for m in EIGENVALUES[:p]), Fraction(0))  # fmt: skip


def _one_unit(bound: Fraction) -> dict[str, Any]:
    return {
        "parameters": {"w": "real[2]"},
        "constants": {"X": INPUTS, "y": ["1", "0", "1", "1"]},
        "objective": {"minimise": "sum(((X @ w)**2 - y)**2)"},
        "claim": {"every": "strict local minimum", "satisfies": f"objective < {bound}"},
    }


theorem = claim_theorem(
    id="quadratic-units",
    title="Quadratic units: with a spare unit every second-order point is global, with one unit it is not",
    expected=EXPECTED,
    sources=(f"{SOURCE} (claim)", "theorem H of the collection (formalisation)"),
    hypotheses=(
        Hypothesis("H11", "m > p units, so that rank(W) < m", "by the shapes", "one unit"),
        Hypothesis("second order", "the Hessian is positive semidefinite", "by the quantifier", "stationary"),
    ),
    settings=(
        Setting("p", "1", "inputs; the number of units is p + 1", "integer", low=Fraction(1), high=Fraction(2)),
        Setting("decay", "0", "ridge on W", "number", low=Fraction(0)),
        Setting("bound", "5/3", "for one unit: the loss that the claim promises", "number", low=Fraction(0)),
    ),
    stated=(StatedNumber("bad minimum of one unit", "loss at (0, sqrt(2/3))", "5/3", "the collection", True),),
    computed=lambda values: {"bad minimum of one unit": str(1 + Fraction(4, 9) + 2 * Fraction(1, 9))},
    assumptions=lambda values: (
        compared("H11", "units m > inputs p", int(values["p"]) + 1, ">", int(values["p"]), note="m = p + 1"),
    ),
    statement=statement,
    on_data=decider("H11"),
    cases=(Neighbour("ridge", "p = 1 with ridge 1/2: the global value 3/16", "proved", {"decay": "1/2"}),),
    twins=(
        Neighbour("one unit", "H11 dropped: one unit, two inputs", "refuted", without=("H11",)),
        Neighbour("stationary", "every stationary point", "refuted", without=("second order",)),
    ),
)  # fmt: skip
