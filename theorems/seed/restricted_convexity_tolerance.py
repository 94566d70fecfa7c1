"""Restricted strong convexity with tolerance: the constants 3/2, 6 and 15/8, and which of them are tight

Problem
-------
Theorem B of the collection (our formalisation) allows a tolerance: <grad L(x) - grad L(t), D> >= alpha |D|_2^2 - tau
|D|_1^2, D = x - t, on the domain |x|_1 <= rho, with lambda >= max{4 |grad L(t)|_inf, 8 rho tau}. Every stationary point
of L + lambda |.|_1 then has

    |D|_2 <= 3 lambda sqrt(k)/(2 alpha),   |D|_1 <= 6 lambda k/alpha,
    <grad L(x) - grad L(t), D> <= 15 lambda^2 k/(8 alpha).

Decided here are these numbers from the inequalities of the proof, in units with lambda = alpha = k = 1 (scale L and D):
d = |D|_2, s = |D_S|_1, o = |D off S|_1, e the inner product, n = <grad L(t), D>, q = tau |D|_1.

Assumptions
-----------
H5: e >= d^2 - q (s + o), restricted strong convexity with tolerance.
H7: n >= -(s + o)/4, the noise event lambda >= 4 |grad L(t)|_inf.
stationary: e + n <= s - o, since |t|_1 - |x|_1 <= s - o.
sparse: s <= d, that is |D_S|_1 <= sqrt(k) |D_S|_2.
tolerance: q <= 1/4, from lambda >= 8 rho tau and |D|_1 <= 2 rho.

Statement
---------
bound=l2: d <= 3/2. bound=l1: s + o <= 6. bound=inner: e <= 15/8. The first and the last are attained, at d = s = 3/2,
o = 0, q = 1/4, e = 15/8, n = -3/8. The second is not: the same inequalities give s + o <= 4 s - 2 s^2 <= 2
(bound=l1 sharp), attained at d = s = 1, o = 1. So 6 lambda k/alpha may be replaced by 2 lambda k/alpha.

Method
------
Sign distinctions and sums of squares over all numbers. That the numbers come from a loss is not needed for the bounds;
tightness is that of the inequalities.

References
----------
Loh, Wainwright: Regularized M-estimators with nonconvexity. JMLR 2015 (the method of proof).
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL, outline (the claim; statement and constants are ours).

Tags
----
stationary point, restricted strong convexity, tolerance, noise event, tight constant
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorems.seed._hypotheses import decider
from theorems.seed._rational import SOURCE
from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "proved"

BOUNDS = {
    "l2": ("d", Fraction(3, 2)),
    "l1": ("s + o", Fraction(6)),
    "l1 sharp": ("s + o", Fraction(2)),
    "inner": ("e", Fraction(15, 8)),
}
CONDITIONS = {
    "H5": "e >= d**2 - q*(s + o)",
    "H7": "n >= -(s + o)/4",
    "stationary": "e + n <= s - o",
    "sparse": "s <= d",
    "tolerance": "q <= 1/4",
}

RAYS = {
    "l2": {"s": "d", "o": "0*d", "q": "1/4 + 0*d", "n": "-d/4", "e": "5*d/4"},
    "l1": {"s": "d", "o": "d", "q": "1/4 + 0*d", "n": "-d/2", "e": "d/2"},
}
"""Families of one number that meet all but H5 with equality; a bound is attained on each."""


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return one of the bounds for all numbers, or for those on a ray (for witnesses)."""
    quantity, constant = BOUNDS[str(values["bound"])]
    level = Fraction(values["factor"]) * constant
    free = dict.fromkeys(("d", "s", "o", "q"), "nonnegative") | {"e": "real", "n": "real"}
    ray = values["ray"] != "no"
    return {
        "parameters": {"d": "nonnegative"} if ray else free,
        **({"definitions": RAYS[str(values["ray"])]} if ray else {}),
        "assume": {name: text for name, text in CONDITIONS.items() if name not in without},
        "claim": {"every": "point", "satisfies": f"{quantity} <= {level}"},
    }


def attained() -> dict[str, str]:
    """Return the largest values on the boundary of the inequalities, evaluated at the points of equality."""
    d = s = Fraction(3, 2)
    e = d**2 - s / 4
    one = Fraction(1)
    assert e - s / 4 == s
    assert one - one / 2 >= one**2 - (one + one) / 4 - (one + one) / 4
    return {"l2": str(d), "l1": "2, attained", "inner": str(e)}


theorem = claim_theorem(
    id="restricted-convexity-tolerance",
    title="Restricted strong convexity with tolerance: the constants 3/2, 6 and 15/8, and which of them are tight",
    expected=EXPECTED,
    sources=(f"{SOURCE} (claim)", "theorem B of the collection (formalisation)", "Loh, Wainwright 2015 (method)"),
    hypotheses=(
        Hypothesis("H5", "e >= d^2 - q (s + o)", "exact, by the claim", "no convexity"),
        Hypothesis("H7", "n >= -(s + o)/4", "exact, by the claim", "no noise event"),
        Hypothesis("stationary", "e + n <= s - o", "by the claim", "not stationary"),
        Hypothesis("sparse", "s <= d", "by the claim", "not sparse"),
        Hypothesis("tolerance", "q <= 1/4", "by the claim", "large tolerance"),
    ),
    settings=(
        Setting("bound", "l2", "which bound", "choice", tuple(BOUNDS)),
        Setting("factor", "1", "factor at the bound", "number", low=Fraction(0)),
        Setting("ray", "no", "whether the numbers lie on the ray where the bound is attained", "choice",
                ("no", "l2", "l1")),
    ),
    stated=(
        StatedNumber("l2", "|D|_2 <= c lambda sqrt(k)/alpha", "3/2", "theorem B", True),
        StatedNumber("l1", "|D|_1 <= c lambda k/alpha", "6", "theorem B", False),
        StatedNumber("inner", "<grad L(x) - grad L(t), D> <= c lambda^2 k/alpha", "15/8", "theorem B", True),
    ),
    computed=lambda values: attained(),
    statement=statement,
    on_data=decider("H5", "H7", "H8"),
    cases=(
        Neighbour("l1", "the bound on |D|_1", "proved", {"bound": "l1"}),
        Neighbour("l1 sharp", "the constant 2 instead of 6", "proved", {"bound": "l1 sharp"}),
        Neighbour("inner", "the bound on the inner product", "proved", {"bound": "inner"}),
    ),
    twins=(
        Neighbour("constant", "3/2 lowered by one per cent", "refuted", {"factor": "99/100", "ray": "l2"}),
        Neighbour("inner constant", "15/8 lowered by one per cent", "refuted",
                  {"bound": "inner", "factor": "99/100", "ray": "l2"}),
        Neighbour("l1 sharp constant", "2 lowered by one per cent", "refuted",
                  {"bound": "l1 sharp", "factor": "99/100", "ray": "l1"}),
        Neighbour("no convexity", "H5 dropped", "refuted", without=("H5",)),
        Neighbour("no noise event", "H7 dropped", "refuted", without=("H7",)),
        Neighbour("not stationary", "stationarity dropped", "refuted", without=("stationary",)),
        Neighbour("not sparse", "the cone dropped", "refuted", without=("sparse",)),
        Neighbour("large tolerance", "lambda below 8 rho tau", "refuted", without=("tolerance",)),
    ),
)  # fmt: skip
