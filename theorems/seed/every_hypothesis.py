"""The assumptions H1 to H13 of the collection, decided on a table

Problem
-------
Before a theorem is used on data its assumptions have to be decided there, with margins, and where one fails one wants
to know what would have to change. ``attnverify assumptions all --data FILE --target COLUMN`` does so for all
assumptions of the collection at once (numbering ours); with the id of a theorem it decides the ones that theorem
uses.

As a claim this entry states the one thing that the assumptions share: they can be met together. For the linear model
u x with x = 1, teacher 1, small noise and penalty 1/4 all of H5 to H7 and H13 hold at once, and the conclusion of
the lasso bound does.

Assumptions
-----------
H7: the noise event, here noise of size at most e in each entry, with 2 e <= 1/4.

Statement
---------
For all noise n in [-e, e], e = 1/8, every minimiser u of (u - 1 - n)^2/2 + |u|/4 has (u - 1)^2 <= 9/64, the
bound 9 lambda^2 k/(4 kappa) with lambda = 1/4, k = kappa = 1.

Method
------
Optimality conditions of the lasso as assumptions on u and a subgradient z; case distinctions on signs.

References
----------
Bickel, Ritov, Tsybakov: Simultaneous analysis of Lasso and Dantzig selector. Annals of Statistics 2009 (H6).
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL, abstract (the claim; numbering and constants are ours).

Tags
----
assumptions, restricted eigenvalue, noise event, vacuous, data
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorems.seed._hypotheses import ALL
from theorems.seed._rational import SOURCE
from verify.claim_theorem import Neighbour, claim_theorem, compared
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "proved"

PENALTY = Fraction(1, 4)
BOUND = Fraction(9, 4) * PENALTY**2


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the claim about every minimiser and all noise in a box."""
    noise = Fraction(1) if "H7" in without else Fraction(values["noise"])
    level = Fraction(values["factor"]) * BOUND
    return {
        "parameters": {"u": "real", "z": "[-1, 1]", "n": f"[-{noise}, {noise}]"},
        "assume": {"subgradient": "z*u == abs(u)", "optimal": f"u - 1 - n + {PENALTY}*z == 0"},
        "claim": {"every": "point", "satisfies": f"(u - 1)**2 <= {level}"},
    }


theorem = claim_theorem(
    id="every-hypothesis",
    title="The assumptions H1 to H13 of the collection, decided on a table",
    expected=EXPECTED,
    sources=(f"{SOURCE} (claim)", "the assumptions of the collection (formalisation)"),
    hypotheses=(Hypothesis("H7", "lambda >= 2 |noise|_inf", "exact", "large noise"),),
    settings=(
        Setting("noise", "1/8", "largest noise in an entry", "number", low=Fraction(0)),
        Setting("factor", "1", "factor at the bound", "number", low=Fraction(0)),
    ),
    stated=(StatedNumber("bound", "9 lambda^2 k/(4 kappa)", "9/64", "theorem E", True),),
    computed=lambda values: {"bound": str((PENALTY + Fraction(values["noise"])) ** 2)},
    assumptions=lambda values: (
        compared("H7", "lambda >= 2 |noise|_inf", PENALTY, ">=", 2 * Fraction(values["noise"]),
                 change=f"noise up to {PENALTY / 2}, or lambda >= {2 * Fraction(values['noise'])}"),
    ),
    statement=statement,
    on_data=ALL,
    twins=(
        Neighbour("large noise", "noise up to 1", "refuted", without=("H7",)),
        Neighbour("constant", "the bound lowered by one per cent", "refuted", {"factor": "99/100"}),
    ),
)  # fmt: skip
