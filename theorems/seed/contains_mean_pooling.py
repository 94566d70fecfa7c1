"""Self-attention contains mean pooling, and separates inputs that mean pooling cannot

Problem
-------
"Self-attention predicts over a more expressive class" (2020 abstract). Our formalisation (C3 of the collection): with
W_Q = 0 the weights are uniform, so one head is mean pooling; and there are inputs with equal means that one head tells
apart. So the inclusion is strict.

Assumptions
-----------
no query: the query weight is 0. With any other the output differs from mean pooling on some input.

Statement
---------
form=contains: w <softmax(0 k x), x> = w mean(x) for all w, k and all x in R^T. form=same output: tokens (1, 2) and
(0, 3) have one mean; every head w <softmax(k x), x> has equal outputs on them. Refuted.

Method
------
Exact algebra; for the separation a point whose outputs are enclosed by balls.

References
----------
Liu, Balaji, Xue, Min: ICLR 2020 submission BylDrRNKvH, abstract (the claim; statement is ours).

Tags
----
self-attention, mean pooling, expressive power
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "proved"


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the inclusion, or the claim that two inputs with one mean have one output."""
    if values["form"] == "same output":
        outputs = [f"w*(softmax(k*[{x}, {z}]) @ [{x}, {z}])" for x, z in ((1, 2), (0, 3))]
        return {
            "parameters": {"w": "real", "k": "real"},
            "claim": {"every": "point", "satisfies": f"{outputs[0]} == {outputs[1]}"},
        }
    query = "q*k*x" if "no query" in without else "0*k*x"
    return {
        "parameters": {"w": "real", "q": "real", "k": "real", "x": f"real[{values['T']}]"},
        "claim": {"every": "point", "satisfies": f"w*(softmax({query}) @ x) == {values['factor']}*w*mean(x)"},
    }


theorem = claim_theorem(
    id="contains-mean-pooling",
    title="Self-attention contains mean pooling, and separates inputs that mean pooling cannot",
    expected=EXPECTED,
    sources=("ICLR 2020 submission BylDrRNKvH (claim)", "C3 of the collection (formalisation)"),
    hypotheses=(Hypothesis("no query", "W_Q = 0", "by the claim", "a query"),),
    settings=(
        Setting("form", "contains", "which claim", "choice", ("contains", "same output")),
        Setting("T", "3", "tokens", "integer", low=Fraction(1), high=Fraction(5)),
        Setting("factor", "1", "factor at the mean", "number", low=Fraction(0)),
    ),
    stated=(StatedNumber("weight of a token at W_Q = 0", "1/T", "1/3", "C3", True),),
    computed=lambda values: {"weight of a token at W_Q = 0": str(Fraction(1, int(values["T"])))},
    statement=statement,
    cases=(Neighbour("two tokens", "T = 2", "proved", {"T": "2"}),),
    twins=(
        Neighbour("same output", "inputs with one mean have one output", "refuted", {"form": "same output"}),
        Neighbour("a query", "any query", "refuted", without=("no query",)),
        Neighbour("constant", "the mean times 99/100", "refuted", {"factor": "99/100"}),
    ),
)  # fmt: skip
