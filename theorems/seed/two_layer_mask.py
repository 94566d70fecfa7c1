"""Two-layer network with a decayed mask: second-order points are stationary for the group lasso by inputs

Problem
-------
Theorem A2 of the collection (our formalisation) for networks: F = g(W diag(a), v) + (lambda/2)(|a|^2 + |W|_F^2), any
C^2 g, in particular the loss of v^T sigma(W (a*x)). At every second-order point W' = W diag(a) is first-order
stationary for g(W', v) + lambda sum_j |W'_:j|. So decay on the mask and one layer only selects inputs; it creates no
bad minimum at the origin of its own, as decay on all three factors does (theorem J).

The proof is one input at a time: with G the gradient of g by column j of W', stationarity reads <G, W> + lambda a = 0
and a G + lambda W = 0; at a = 0, W = 0 the block of the Hessian is [[lambda, G^T], [G, lambda I]].

Assumptions
-----------
second order: where a = 0 and W = 0, lambda^2 >= |G|^2 (the block is positive semidefinite).
decay on the mask: the mask is decayed; without it the first equation is <G, W> = 0 and nothing balances.

Statement
---------
form=column, m units: a^2 = |W|^2, and |G| = lambda where a is not 0, |G| <= lambda where a is 0: the conditions of the
group lasso. form=network: one unit v w a with target 2, decay 1/2 on (w, a): every second-order point has w^2 = a^2 and
0 <= v w a < 2.

Method
------
Case distinctions over all a, W, G, lambda.

References
----------
Yuan, Lin: Model selection and estimation in regression with grouped variables. JRSS B 2006.
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL, abstract (the claim; statement is ours).

Tags
----
two-layer network, mask, ridge, group lasso, second-order point
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorems.seed._rational import SOURCE
from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "proved"


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the lemma for one column, or a small network."""
    if values["form"] == "network":
        return _network(values, without)
    units, factor = int(values["m"]), Fraction(values["factor"]) ** 2
    mask = "dot(G, W) == 0" if "decay on the mask" in without else "dot(G, W) + L*a == 0"
    block = {} if "second order" in without else {"block": "L**2 - sum(G**2) >= 0 or sum(W**2) > 0 or a != 0"}
    active = "a**2 == sum(W**2) and (a == 0 or sum(G**2) == L**2)"
    return {
        "parameters": {"a": "real", "W": f"real[{units}]", "G": f"real[{units}]", "L": "positive"},
        "assume": {"gradient_a": mask, "gradient_W": "norm1(a*G + L*W) == 0", **block},
        "claim": {"every": "point", "satisfies": f"{active} and (a != 0 or sum(G**2) <= {factor}*L**2)"},
    }


def _network(values: Values, without: frozenset[str]) -> dict[str, Any]:
    decay = "w**2" if "decay on the mask" in without else "w**2 + a**2"
    return {
        "parameters": {"v": "real", "w": "real", "a": "real"},
        "objective": {"minimise": f"(v*w*a - 2)**2/2 + ({decay})/4"},
        "claim": {
            "every": "stationary point" if "second order" in without else "second-order point",
            "satisfies": "w**2 == a**2 and v*w*a >= 0 and v*w*a < 2",
        },
    }


theorem = claim_theorem(
    id="two-layer-mask",
    title="Two-layer network with a decayed mask: second-order points are stationary for the group lasso by inputs",
    expected=EXPECTED,
    sources=(f"{SOURCE} (claim)", "theorem A2 of the collection (formalisation)"),
    hypotheses=(
        Hypothesis("second order", "the block is positive semidefinite", "by the claim", "stationary"),
        Hypothesis("decay on the mask", "lambda > 0 on the mask", "by the claim", "no decay on the mask"),
    ),
    settings=(
        Setting("form", "column", "one input of any network, or a small network", "choice", ("column", "network")),
        Setting("m", "2", "hidden units", "integer", low=Fraction(1), high=Fraction(3)),
        Setting("factor", "1", "factor at lambda in the conclusion", "number", low=Fraction(0)),
    ),
    stated=(StatedNumber("penalty of the group lasso", "ridge lambda/2 gives lambda sum_j |W'_:j|", "1", "A2", True),),
    computed=lambda values: {"penalty of the group lasso": "1, attained by |G| = lambda at a = 0"},
    statement=statement,
    cases=(
        Neighbour("one unit", "m = 1", "proved", {"m": "1"}),
        Neighbour("network", "a network with one unit", "proved", {"form": "network"}),
    ),
    twins=(
        Neighbour("stationary", "every stationary point", "refuted", without=("second order",)),
        Neighbour("no decay on the mask", "the mask is not decayed", "refuted", {"m": "1"}, ("decay on the mask",)),
        Neighbour("constant", "lambda lowered by one per cent", "refuted", {"factor": "99/100"}),
    ),
)  # fmt: skip
