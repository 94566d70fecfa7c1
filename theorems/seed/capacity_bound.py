"""Guideline "a sparser mask lowers the capacity bound": theorem F is increasing in the number of kept inputs

Problem
-------
The part of the guideline on sparse masks that is true (C6 of the collection, ours): the bounds of theorem F on the
Rademacher complexity grow with the sparsity s. For an l1 budget the factor is s sqrt(2 ln 2p); for an l0 budget it is
sqrt(s) (2 + sqrt(2 ln C(p, s))), which grows while C(p, s) does. That the total error falls as well is false: the entry
sparser-mask.

Assumptions
-----------
half: s + 1 <= p/2, for the l0 budget. Near s = p the binomial falls to 1 and the bound falls.

Statement
---------
budget=l0, p = 10: h(s) <= h(s + 1) for s = 1, ..., 4, with h(s) = sqrt(s)(2 + sqrt(2 ln C(10, s))). budget=l1: s <= r
implies s c <= r c for every c >= 0, such as c = sqrt(2 ln 2p).

Method
------
Outward rounding on numbers. The binomials are computed apart.

References
----------
Bartlett, Mendelson: Rademacher and Gaussian complexities. JMLR 2002 (method).
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL, abstract (guidelines; statement is ours).

Tags
----
guideline, sparse mask, Rademacher complexity, upper bound
"""

from __future__ import annotations

from fractions import Fraction
from math import comb
from typing import Any

from theorems.seed._rational import SOURCE
from verify.claim_theorem import Neighbour, claim_theorem, compared
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "proved"


def height(p: int, s: int) -> str:
    """Return the factor of the l0 budget as an expression."""
    return f"sqrt({s})*(2 + sqrt(2*log({comb(p, s)})))"


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the monotonicity for one kind of budget; r is a scale, so that there is something to quantify over."""
    p = int(values["p"])
    if values["budget"] == "l1":
        return {
            "parameters": {"s": "positive", "r": "positive", "c": "nonnegative"},
            "assume": {"sparser": "s <= r"},
            "claim": {"every": "point", "satisfies": f"{values['gain']}*s*c <= r*c"},
        }
    last = p if "half" in without else p // 2
    gain = Fraction(values["gain"])
    parts = [f"{gain}*r*{height(p, s)} <= r*{height(p, s + 1)}" for s in range(1, last)]
    return {"parameters": {"r": "[1, 2]"}, "claim": {"every": "point", "satisfies": " and ".join(parts)}}


theorem = claim_theorem(
    id="capacity-bound",
    title='Guideline "a sparser mask lowers the capacity bound": theorem F is increasing in the number of kept inputs',
    expected=EXPECTED,
    sources=(f"{SOURCE} (guidelines)", "theorem F and C6 of the collection (formalisation)"),
    hypotheses=(Hypothesis("half", "s + 1 <= p/2", "by the range", "all sparsities"),),
    settings=(
        Setting("budget", "l0", "kind of budget", "choice", ("l0", "l1")),
        Setting("p", "10", "inputs", "integer", low=Fraction(4), high=Fraction(40)),
        Setting("gain", "1", "factor by which the bound grows at each step", "number", low=Fraction(1)),
    ),
    stated=(StatedNumber("largest s of the guideline", "floor(p/2)", "5", "C6", False),),
    computed=lambda values: {"largest s of the guideline": str(int(values["p"]) // 2)},
    assumptions=lambda values: (
        compared("half", "s + 1 <= p/2 for all s of the claim", int(values["p"]) // 2, "<=",
                 Fraction(int(values["p"]), 2), note="the claim ranges over s + 1 up to floor(p/2)"),
    ),
    statement=statement,
    cases=(
        Neighbour("l1", "the l1 budget", "proved", {"budget": "l1"}),
        Neighbour("twenty", "p = 20", "proved", {"p": "20"}),
    ),
    twins=(
        Neighbour("all sparsities", "s up to p", "refuted", without=("half",)),
        Neighbour("steeper", "the bound grows by a half at each step", "refuted", {"gain": "3/2"}),
    ),
)  # fmt: skip
