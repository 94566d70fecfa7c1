"""Without positions: no permutation-invariant predictor has risk below 1/4 on y = x_1

Problem
-------
What a more expressive class cannot do (C3 of the collection, ours): self-attention without positions followed by
pooling is invariant under permutations of the tokens, so its excess risk is at least half the mean variance of the
target given the multiset of tokens. Two tokens, uniform signs, y = x_1: an invariant predictor has one value for each
of the multisets {1, 1}, {1, -1}, {-1, -1}.

Assumptions
-----------
invariance: the predictor takes the same value at (1, -1) and (-1, 1). With positions it need not, and the risk 0 is
    reached.

Statement
---------
(1/2) E (f(x) - y)^2 >= 1/4 for all values f of an invariant predictor.

Method
------
A sum of squares. The number is the mean conditional variance: with probability 1/2 the target is +-1 with equal
chances, (1/2)(1/2)(1) = 1/4.

References
----------
Yun et al.: Are transformers universal approximators of sequence-to-sequence functions? ICLR 2020 (positions matter).
Liu, Balaji, Xue, Min: ICLR 2020 submission BylDrRNKvH, abstract (expressive class; statement is ours).

Tags
----
self-attention, permutation invariance, positions, lower bound, risk
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "proved"


def least_risk(tokens: int) -> Fraction:
    """Return half the mean variance of x_1 given the number of ones among uniform signs."""
    total = Fraction(0)
    for ones in range(tokens + 1):
        inputs = [x for x in product((1, -1), repeat=tokens) if x.count(1) == ones]
        mean = Fraction(sum(x[0] for x in inputs), len(inputs))
        total += sum(((x[0] - mean) ** 2 for x in inputs), Fraction(0))
    return total / 2 ** (tokens + 1)


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the bound on the risk; without invariance each input has a value of its own."""
    tokens = int(values["tokens"])
    inputs = list(product((1, -1), repeat=tokens))
    free = "invariance" in without
    places = [number if free else x.count(1) for number, x in enumerate(inputs)]
    terms = " + ".join(f"(f[{place}] - {x[0]})**2" for place, x in zip(places, inputs, strict=True))
    level = Fraction(values["factor"]) * least_risk(tokens)
    return {
        "parameters": {"f": f"real[{max(places) + 1}]"},
        "claim": {"every": "point", "satisfies": f"({terms})/{2 ** (tokens + 1)} >= {level}"},
    }


theorem = claim_theorem(
    id="no-positions",
    title="Without positions: no permutation-invariant predictor has risk below 1/4 on y = x_1",
    expected=EXPECTED,
    sources=("ICLR 2020 submission BylDrRNKvH (topic)", "C3 of the collection (formalisation)"),
    hypotheses=(Hypothesis("invariance", "f is invariant under permutations", "by the claim", "with positions"),),
    settings=(
        Setting("tokens", "2", "number of tokens", "integer", low=Fraction(1), high=Fraction(4)),
        Setting("factor", "1", "factor at the bound", "number", low=Fraction(0)),
    ),
    stated=(StatedNumber("least risk", "(1/2) E Var(y | multiset), two tokens", "1/4", "C3", True),),
    computed=lambda values: {"least risk": f"{least_risk(int(values['tokens']))} for {values['tokens']} tokens"},
    statement=statement,
    cases=(Neighbour("three tokens", "three tokens: 1/3", "proved", {"tokens": "3"}),),
    twins=(
        Neighbour("with positions", "no invariance", "refuted", without=("invariance",)),
        Neighbour("constant", "1/4 raised by one per cent", "refuted", {"factor": "101/100"}),
    ),
)  # fmt: skip
