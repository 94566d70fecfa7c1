"""Guideline "more heads cost nothing at a fixed l1 budget": the output norm does not depend on their number

Problem
-------
A guideline on the number of heads (formal statement ours, C6 of the collection). If the output weights of h heads
share the budget sum_h |v_h| <= B, the output sum_h v_h g_h lies in B times the symmetric convex hull of the single
heads, whatever h is; hence so does the Rademacher complexity, which is the supremum of a linear functional.

Assumptions
-----------
l1 budget: sum_h |v_h| <= B. With a budget on the l2 norm the factor sqrt(h) appears.

Statement
---------
|sum_h v_h g_h| <= B for all v with |v|_1 <= B and all |g_h| <= 1, with h = 3 heads and B = 1.

Method
------
Sign distinctions and sums of squares; tight at v = (1, 0, 0), g = 1.

References
----------
Bartlett, Mendelson: Rademacher and Gaussian complexities. JMLR 2002 (convex hulls).
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL, abstract (guidelines; statement is ours).

Tags
----
guideline, heads, norm budget, Rademacher complexity
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorems.seed._rational import SOURCE
from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "proved"


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the bound on the output."""
    heads = int(values["heads"])
    budget = f"sum(v**2) <= {values['B']}**2" if "l1 budget" in without else f"norm1(v) <= {values['B']}"
    return {
        "parameters": {"v": f"real[{heads}]", "g": f"[-1, 1][{heads}]"},
        "assume": {"budget": budget},
        "claim": {
            "every": "point",
            "satisfies": f"abs(dot(v, g)) <= {Fraction(values['factor']) * Fraction(values['B'])}",
        },
    }


theorem = claim_theorem(
    id="heads-budget",
    title='Guideline "more heads cost nothing at a fixed l1 budget": the output norm does not depend on their number',
    expected=EXPECTED,
    sources=(f"{SOURCE} (guidelines)", "C6 of the collection (formalisation)"),
    hypotheses=(Hypothesis("l1 budget", "|v|_1 <= B", "by the claim", "l2 budget"),),
    settings=(
        Setting("heads", "3", "number of heads", "integer", low=Fraction(1), high=Fraction(4)),
        Setting("B", "1", "budget", "number", low=Fraction(0), above=True),
        Setting("factor", "1", "factor at the bound", "number", low=Fraction(0)),
    ),
    stated=(StatedNumber("factor", "|output| <= B, for every h", "1", "C6", True),),
    computed=lambda values: {"factor": "1, attained by one head"},
    statement=statement,
    cases=(Neighbour("two heads", "h = 2", "proved", {"heads": "2"}),),
    twins=(
        Neighbour("l2 budget", "a budget on the l2 norm", "refuted", without=("l1 budget",)),
        Neighbour("constant", "the bound lowered by one per cent", "refuted", {"factor": "99/100"}),
    ),
)  # fmt: skip
