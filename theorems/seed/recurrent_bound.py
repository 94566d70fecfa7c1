"""Recurrent attention: a contracting state depends on its parameters uniformly in the length

Problem
-------
Generalisation of recurrent attention (a topic recalled from the paper, not seen in its public text; content ours, C4 of
the collection). With q < 1 a bound on how much of the state is carried on and activation slopes in [0, 1], the
derivative of the state with respect to an input weight obeys D_t = g_t (A D_{t-1} + R), |A| <= q, g_t in [0, 1], and
stays below R/(1 - q) for every length T. This is the step that makes the covering bound free of T.

Assumptions
-----------
contraction: |A| <= q with q < 1. Otherwise 1/(1 - q) has to be replaced by (q^T - 1)/(q - 1).
slopes: every slope of the activation is in [0, 1], as for tanh.

Statement
---------
With q = 1/2, R = 1 and T = 3: |D_T| <= (1 - q^T)/(1 - q) <= 1/(1 - q) for all slopes g and all A.

Method
------
Exact algebra on the polynomial D_T. The bound is a geometric sum computed apart; it is attained at g = 1, A = q.

References
----------
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL (recurrent attention recalled; statement and constants are
ours).

Tags
----
recurrent attention, Lipschitz constant, length, contraction
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorems.seed._rational import SOURCE
from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "proved"


def geometric(values: Values) -> Fraction:
    """Return 1 + q + ... + q^{T-1}."""
    return sum((Fraction(values["q"]) ** t for t in range(int(values["T"]))), Fraction(0))


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the bound on the derivative of the last state."""
    length, q = int(values["T"]), Fraction(values["q"])
    state = "g[0]"
    for t in range(1, length):
        state = f"g[{t}]*(A*({state}) + 1)"
    carried = Fraction(1) if "contraction" in without else q
    top = 2 if "slopes" in without else 1
    return {
        "parameters": {"A": f"[{-carried}, {carried}]", "g": f"[0, {top}][{length}]"},
        "claim": {"every": "point", "satisfies": f"abs({state}) <= {Fraction(values['factor']) * geometric(values)}"},
    }


theorem = claim_theorem(
    id="recurrent-bound",
    title="Recurrent attention: a contracting state depends on its parameters uniformly in the length",
    expected=EXPECTED,
    sources=(f"{SOURCE} (recalled topic)", "C4 of the collection (formalisation)"),
    hypotheses=(
        Hypothesis("contraction", "q < 1", "by the domain", "no contraction"),
        Hypothesis("slopes", "slopes in [0, 1]", "by the domain", "steep"),
    ),
    settings=(
        Setting("T", "3", "length", "integer", low=Fraction(1), high=Fraction(4)),
        Setting("q", "1/2", "bound on what is carried on", "number", low=Fraction(0), high=Fraction(1)),
        Setting("factor", "1", "factor at the bound", "number", low=Fraction(0)),
    ),
    stated=(
        StatedNumber("bound for all lengths", "1/(1 - q)", "2", "C4", False),
        StatedNumber("bound for length 3", "(1 - q^T)/(1 - q)", "7/4", "ours", True),
    ),
    computed=lambda values: {
        "bound for all lengths": str(1 / (1 - Fraction(values["q"]))) if Fraction(values["q"]) < 1 else "none",
        "bound for length 3": f"{geometric(values)} for T = {values['T']}",
    },
    statement=statement,
    cases=(Neighbour("length two", "T = 2", "proved", {"T": "2"}),),
    twins=(
        Neighbour("no contraction", "|A| up to 1", "refuted", without=("contraction",)),
        Neighbour("steep", "slopes up to 2", "refuted", without=("slopes",)),
        Neighbour("constant", "the bound lowered by one per cent", "refuted", {"factor": "99/100"}),
    ),
)  # fmt: skip
