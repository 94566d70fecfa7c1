"""Restricted strong convexity: every stationary point is close to the teacher, with constant 5/4

Problem
-------
"Every stationary point has low generalisation error" (the outline of the seed paper) is true for losses that satisfy
restricted strong convexity (H5) with a penalty above the noise (H7). Our formalisation is theorem B of the collection:
if <grad L(x) - grad L(t), x - t> >= alpha |x - t|^2 for all x, lambda >= 4 |grad L(t)|_inf, and x is stationary for
L + lambda |.|_1, then |x - t|_2 <= 5 lambda sqrt(k)/(4 alpha), k the number of nonzero entries of the teacher t.

The form decided here speaks of the numbers in the proof: x, the gradient g at the teacher, m = grad L(x) - g and a
subgradient z of |.|_1 at x. So it covers every loss that satisfies H5, not only quadratic ones.

Assumptions
-----------
H5: restricted strong convexity with tau = 0, <m, x - t> >= alpha |x - t|^2.
H7: noise event, lambda >= 4 |g|_inf.
stationary: m + g + lambda z = 0 with z a subgradient of |.|_1 at x.

Statement
---------
With t = (1, 0, ...) in p dimensions (k = 1), alpha = 1 and lambda = 1/2: |x - t|^2 <= (5/8)^2 for all x, m, g, z that
meet the assumptions. The constant 5/4 is attained, at g = 1/8, x = 3/8.

Method
------
Sign distinctions and sums of squares over all x, m, g, z. Tightness: the quadratic loss (x - 7/8)^2/2 on x > 0
(an example with teacher 1) has its only stationary point at distance 5/8, computed apart from the provers.

References
----------
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL, outline (the claim; statement and constants are ours).
Loh, Wainwright: Regularized M-estimators with nonconvexity. JMLR 2015 (the method of proof).

Tags
----
stationary point, restricted strong convexity, lasso, noise event, tight constant
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorems.seed._hypotheses import decider
from theorems.seed._rational import SOURCE
from verify.claim_theorem import Neighbour, claim_theorem, compared
from verify.theorem import Hypothesis, Setting, StatedNumber, Values
from verify.verdict import Assumption

EXPECTED = "proved"

PENALTY = Fraction(1, 2)
CONVEXITY = Fraction(1)


def bound(values: Values) -> Fraction:
    """Return the claimed bound on the squared distance."""
    return (Fraction(values["constant"]) * PENALTY / CONVEXITY) ** 2


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the abstract claim, or the quadratic example on x > 0, in which the constant is attained."""
    return _example(values, without) if values["form"] == "example" else _abstract(values, without)


def _example(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """The loss alpha (x - c)^2/2 with teacher 1; its gradient at the teacher is alpha (1 - c) = 1/8."""
    loss = "(x - 3/4)**2/2" if "H7" in without else "(x - 7/8)**2/2"
    if "H5" in without:
        loss = "(x - 1)**2*(x - 4)**2/2 + x/8"
    return {
        "parameters": {"x": "positive"},
        "objective": {"minimise": f"{loss} + {PENALTY}*x"},
        "claim": {
            "every": "stationary point", "satisfies": f"(x - 1)**2 <= {bound(values)}",
        },
    }  # fmt: skip


def _abstract(values: Values, without: frozenset[str]) -> dict[str, Any]:
    p = int(values["p"])
    teacher = ["1", *["0"] * (p - 1)]
    conditions = {
        "H5": f"dot(m, x - t) >= {CONVEXITY}*sum((x - t)**2)",
        "H7": f"4*norminf(g) <= {PENALTY}",
        "subgradient": "dot(z, x) == norm1(x)",
    }
    balance = {f"stationary{j}": f"m[{j}] + g[{j}] + {PENALTY}*z[{j}] == 0" for j in range(p)}
    kept = {name: text for name, text in conditions.items() if name not in without}
    return {
        "parameters": {"x": f"real[{p}]", "m": f"real[{p}]", "g": f"real[{p}]", "z": f"[-1, 1][{p}]"},
        "constants": {"t": teacher},
        "assume": {**kept, **({} if "stationary" in without else balance)},
        "claim": {"every": "point", "satisfies": f"sum((x - t)**2) <= {bound(values)}"},
    }


def assumptions(values: Values) -> tuple[Assumption, ...]:
    """Return the assumptions on the example."""
    slope = CONVEXITY * Fraction(1, 8)
    return (
        compared("H5", "alpha > 0", CONVEXITY, ">", 0, note="the second derivative of the example"),
        compared("H7", "lambda >= 4 |grad L(t)|", PENALTY, ">=", 4 * slope, note="met with equality: the worst noise"),
    )


theorem = claim_theorem(
    id="restricted-convexity",
    title="Restricted strong convexity: every stationary point is close to the teacher, with constant 5/4",
    expected=EXPECTED,
    sources=(f"{SOURCE} (claim)", "theorem B of the collection (formalisation)", "Loh, Wainwright 2015 (method)"),
    hypotheses=(
        Hypothesis("H5", "<m, x - t> >= alpha |x - t|^2", "exact, by the claim", "no convexity"),
        Hypothesis("H7", "lambda >= 4 |g|_inf", "exact, by the claim", "no noise event"),
        Hypothesis("stationary", "m + g + lambda z = 0", "by the claim", "not stationary"),
    ),
    settings=(
        Setting("form", "abstract", "all losses, or the quadratic example", "choice", ("abstract", "example")),
        Setting("p", "1", "dimension of the abstract form", "integer", low=Fraction(1), high=Fraction(4)),
        Setting("constant", "5/4", "the constant that the claim uses", "number", low=Fraction(0)),
    ),
    stated=(StatedNumber("constant", "|x - t| <= c lambda sqrt(k)/alpha", "5/4", "theorem B", True),),
    computed=lambda values: {"constant": str(Fraction(5, 8) / PENALTY * CONVEXITY) + " attained at x = 3/8"},
    assumptions=assumptions,
    statement=statement,
    on_data=decider("H5", "H7", "H8", "H9", "H13"),
    cases=(Neighbour("example", "the quadratic loss with the worst noise", "proved", {"form": "example"}),),
    twins=(
        Neighbour("constant one", "the constant 1", "refuted", {"form": "example", "constant": "1"}),
        Neighbour("constant", "the constant 5/4 lowered by one per cent", "refuted",
                  {"form": "example", "constant": "99/80"}),
        Neighbour("no noise event", "H7 dropped: gradient 1/4 at the teacher", "refuted", {"form": "example"}, ("H7",)),
        Neighbour("no convexity", "H5 dropped: a second well near 4", "refuted", {"form": "example"}, ("H5",)),
        Neighbour("not stationary", "stationarity dropped", "refuted", without=("stationary",)),
    ),
)  # fmt: skip
