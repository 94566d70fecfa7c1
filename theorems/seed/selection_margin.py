"""Softmax selection: a token's weight is at least 1/(1 + (T - 1) exp(-gap)) and never 1

Problem
-------
Self-attention can pick out a token (C3 of the collection, ours): if its logit exceeds all others by a gap g, its
weight is at least 1/(1 + (T - 1) e^{-g}). The weight never reaches 1, so "hard selection" lies in the closure of the
class and not in the class; the logits, and with them the norm of the weights, have to grow like ln(T/eps).

Assumptions
-----------
gap: s_0 - s_j >= g for all other tokens j.

Statement
---------
softmax(s)_0 >= 1/(1 + (T - 1) e^{-g}) for all s, g > 0, with T = 3. question=limit: softmax(s)_0 < 1 for all s.

Method
------
Exponentials as positive algebraic variables. Tight where all other logits are s_0 - g.

References
----------
Edelman et al.: Inductive biases and variable creation in self-attention mechanisms. ICML 2022.
Liu, Balaji, Xue, Min: ICLR 2020 submission BylDrRNKvH, abstract (expressive class; statement is ours).

Tags
----
self-attention, softmax, selection, expressive power
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "proved"


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the lower bound on the weight, or the upper bound 1."""
    tokens = int(values["T"])
    if values["question"] == "limit":
        return {
            "parameters": {"s": f"real[{tokens}]"},
            "claim": {"every": "point", "satisfies": "softmax(s)[0] < 1"},
        }
    gaps = {f"gap{j}": f"s[0] - s[{j}] >= g" for j in range(1, tokens)}
    weight = f"1/(1 + {Fraction(values['others']) * (tokens - 1)}*exp(-g))"
    bounded = "gap" in without  # a counterexample in a box is one on the whole space, and is found faster
    return {
        "parameters": {
            "s": f"[-3, 3][{tokens}]" if bounded else f"real[{tokens}]",
            "g": "[0, 3]" if bounded else "positive",
        },
        "assume": {} if "gap" in without else gaps,
        "claim": {"every": "point", "satisfies": f"softmax(s)[0] >= {weight}"},
    }


theorem = claim_theorem(
    id="selection-margin",
    title="Softmax selection: a token's weight is at least 1/(1 + (T - 1) exp(-gap)) and never 1",
    expected=EXPECTED,
    sources=("ICLR 2020 submission BylDrRNKvH (topic)", "C3 of the collection (formalisation)"),
    hypotheses=(Hypothesis("gap", "s_0 - s_j >= g", "by the claim", "no gap"),),
    settings=(
        Setting("question", "weight", "which claim", "choice", ("weight", "limit")),
        Setting("T", "3", "tokens", "integer", low=Fraction(2), high=Fraction(5)),
        Setting("others", "1", "factor at T - 1", "number", low=Fraction(0)),
    ),
    stated=(StatedNumber("factor at exp(-gap)", "T - 1", "2", "C3", True),),
    computed=lambda values: {"factor at exp(-gap)": f"{int(values['T']) - 1} for T = {values['T']}"},
    statement=statement,
    cases=(
        Neighbour("two tokens", "T = 2", "proved", {"T": "2"}),
        Neighbour("limit", "the weight never reaches 1", "proved", {"question": "limit"}),
    ),
    twins=(
        Neighbour("no gap", "the gap dropped", "refuted", without=("gap",)),
        Neighbour("constant", "T - 1 lowered by one per cent", "refuted", {"others": "99/100"}),
    ),
)  # fmt: skip
