"""Softmax is 1-Lipschitz from the max norm to the 1-norm, and not better

Problem
-------
Self-attention is said to be consistent over a more expressive class. Our formalisation of the upper bound (theorem I
of the collection) needs one lemma: |softmax(x) - softmax(z)|_1 <= |x - z|_inf, for every number of tokens. The
constant 1/2, which is sometimes stated, is false.

The derivative of softmax in direction v at a point with weights p is p * (v - <p, v>). If its 1-norm is at most 1 for
all |v|_inf <= 1 and all weights, the lemma follows by integrating along the segment from z to x; conversely the
constant is attained in the limit of short segments.

Assumptions
-----------
weights: p_j >= 0 and sum p_j = 1.
direction: |v|_inf <= 1.

Statement
---------
form=derivative: |p * (v - <p, v>)|_1 <= 1 for T = 2 tokens. form=difference: the literal inequality with the given
constant, T = 2 and entries in [-1, 1], which is used by the twins. For constant=1 the general provers leave it
undecided.

Method
------
Sign distinctions and sums of squares; the twins are refuted by exact points in balls. Tight at p = (1/2, 1/2),
v = (1, -1): 1/2 |1 - 0| + 1/2 |-1 - 0| = 1.

References
----------
Gao, Pavel: On the properties of the softmax function with application in game theory and reinforcement learning. 2017.
Liu, Balaji, Xue, Min: ICLR 2020 submission BylDrRNKvH, abstract (consistency; statement and constants are ours).

Tags
----
softmax, Lipschitz constant, self-attention, consistency
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "proved"


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the derivative form over all weights, or the inequality between two points."""
    constant = values["constant"]
    if values["form"] == "difference":
        return {
            "parameters": {"x": "[-1, 1][2]", "z": "[-1, 1][2]"},
            "claim": {"every": "point", "satisfies": f"norm1(softmax(x) - softmax(z)) <= {constant}*norminf(x - z)"},
        }
    return {
        "parameters": {"p": "nonnegative[2]", "v": "real[2]" if "direction" in without else "[-1, 1][2]"},
        "assume": {} if "weights" in without else {"weights": "sum(p) == 1"},
        "claim": {"every": "point", "satisfies": f"norm1(p*(v - dot(p, v))) <= {constant}"},
    }


theorem = claim_theorem(
    id="softmax-lipschitz",
    title="Softmax is 1-Lipschitz from the max norm to the 1-norm, and not better",
    expected=EXPECTED,
    sources=("ICLR 2020 submission BylDrRNKvH (topic)", "theorem I of the collection (formalisation)"),
    hypotheses=(
        Hypothesis("weights", "p is a probability vector", "by the claim", "no normalisation"),
        Hypothesis("direction", "|v|_inf <= 1", "by the domain", "any direction"),
    ),
    settings=(
        Setting("form", "derivative", "derivative or difference", "choice", ("derivative", "difference")),
        Setting("constant", "1", "the Lipschitz constant", "number", low=Fraction(0)),
    ),
    stated=(StatedNumber("constant", "|softmax(x) - softmax(z)|_1 <= c |x - z|_inf", "1", "theorem I", True),),
    computed=lambda values: {"constant": "1, attained at p = (1/2, 1/2), v = (1, -1)"},
    statement=statement,
    twins=(
        Neighbour("one half", "the constant 1/2", "refuted", {"form": "difference", "constant": "1/2"}),
        Neighbour("constant", "the constant lowered by one per cent", "refuted",
                  {"form": "difference", "constant": "99/100"}),
        Neighbour("derivative constant", "the same for the derivative", "refuted", {"constant": "99/100"}),
        Neighbour("no normalisation", "weights that do not sum to 1", "refuted", without=("weights",)),
        Neighbour("any direction", "directions of any length", "refuted", without=("direction",)),
    ),
)  # fmt: skip
