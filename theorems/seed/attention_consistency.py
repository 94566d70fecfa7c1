"""Consistency of self-attention: a complexity bound without the length, and its number of samples

Problem
-------
"Self-attention gives consistent prediction over a more expressive class" (2020 abstract). Our formalisation is
theorem I of the collection: with |w| <= B_V, |W|_F <= B_W and eta = 1/sqrt(n),

    Rad <= eta + B_V sqrt(2 (d ln(1 + 4 B_V/eta) + d^2 ln(1 + 4 B_V B_W/eta))/n),

which tends to 0 and is free of the number of tokens T. So approximate global minimisers of the training loss are
consistent. For every stationary point or local minimum with decay that is false: query-key-zero, weight-decay-collapse.

Assumptions
-----------
sample size: n is at least the stated number.
value norm: |w| <= B_V.

Statement
---------
With d = 2 and B_V = B_W = 1: the bound is at most 1/10 for every n from 8,912 on (up to 10^6). question=flattened: a
flattened equivariant baseline on R^{Td} needs n >= T d (1 - eps/r^2) samples (theorem E), which for eps = r^2/2 and
d = 2 exceeds that number from T = 8,913 tokens on.

Method
------
Boxes in n with outward rounding. The thresholds are computed apart in decimal arithmetic of 60 digits, where the bound
falls with n.

References
----------
Edelman et al.: Inductive biases and variable creation in self-attention mechanisms. ICML 2022.
Liu, Balaji, Xue, Min: ICLR 2020 submission BylDrRNKvH, abstract (the claim; statement and constants are ours).

Tags
----
self-attention, consistency, Rademacher complexity, sample size, length
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache
from typing import Any

from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "proved"

DIMENSION = 2
LEVEL = Fraction(1, 10)
LARGEST = 10**6


def _bound(n: int, budget: int) -> Decimal:
    """Return the bound with B_V = B_W = budget."""
    root = Decimal(n).sqrt()
    value = DIMENSION * (1 + 4 * budget * root).ln() + DIMENSION**2 * (1 + 4 * budget * budget * root).ln()
    return 1 / root + budget * (2 * value / n).sqrt()


@cache
def threshold(budget: int = 1) -> int:
    """Return the least n for which the bound is at most the level: bisection, since it falls with n."""
    with localcontext() as context:
        context.prec = 60
        level = Decimal(LEVEL.numerator) / Decimal(LEVEL.denominator)
        low, high = 2, LARGEST
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if _bound(middle, budget) <= level else (middle, high)
        return high


def tokens() -> int:
    """Return the least T for which T d (1 - 1/2) exceeds the number of samples of self-attention."""
    return 2 * threshold() // DIMENSION + 1


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the claim about the sample size, or the comparison with the flattened baseline."""
    shift = int(values["shift"])
    if values["question"] == "flattened":
        return {
            "parameters": {"T": f"[{tokens() - shift}, {LARGEST}]"},
            "claim": {"every": "point", "satisfies": f"T*{DIMENSION}*(1 - 1/2) > {threshold()}"},
        }
    first = 2 if "sample size" in without else threshold() - shift
    budget = 2 if "value norm" in without else 1
    inner = f"{DIMENSION}*log(1 + {4 * budget}*sqrt(n)) + {DIMENSION**2}*log(1 + {4 * budget}*sqrt(n))"
    return {
        "parameters": {"n": f"[{first}, {LARGEST}]"},
        "claim": {"every": "point", "satisfies": f"1/sqrt(n) + {budget}*sqrt(2*({inner})/n) <= {LEVEL}"},
    }


theorem = claim_theorem(
    id="attention-consistency",
    title="Consistency of self-attention: a complexity bound without the length, and its number of samples",
    expected=EXPECTED,
    sources=("ICLR 2020 submission BylDrRNKvH (claim)", "theorem I of the collection (formalisation)"),
    hypotheses=(
        Hypothesis("sample size", "n >= the stated number", "by the domain", "two samples"),
        Hypothesis("value norm", "|w| <= 1", "by the claim", "larger values"),
    ),
    settings=(
        Setting("question", "samples", "which question", "choice", ("samples", "flattened")),
        Setting("shift", "0", "by how much the claim is more generous", "integer", low=Fraction(0),
                high=Fraction(1000)),
    ),
    stated=(
        StatedNumber("samples for 1/10", "least n with bound <= 1/10", "8912", "ours", True),
        StatedNumber("tokens", "least T with T d/2 > samples", "8913", "ours", True),
    ),
    computed=lambda values: {"samples for 1/10": str(threshold()), "tokens": str(tokens())},
    statement=statement,
    cases=(Neighbour("flattened", "against a flattened baseline", "proved", {"question": "flattened"}),),
    twins=(
        Neighbour("one fewer", "one sample fewer", "refuted", {"shift": "1"}),
        Neighbour("two samples", "all n from 2 on", "refuted", without=("sample size",)),
        Neighbour("larger values", "values up to 2 at the same n", "refuted", without=("value norm",)),
        Neighbour("one token fewer", "one token fewer for the baseline", "refuted",
                  {"question": "flattened", "shift": "1"}),
    ),
)  # fmt: skip
