"""Norm-based bound for a masked network: from which sample size it says anything at all

Problem
-------
"Attention needs fewer samples" is often read off upper bounds. Our formalisation (theorem F of the collection, ReLU
networks with a mask of l1 norm s): with probability 1 - delta the gap between risk and training loss is at most

    [4 (F + Y) B s R sqrt(2 ln(2p)) + (3/2) (F + Y)^2 sqrt(ln(2/delta)/2)]/sqrt(n).

The loss |f - y|^2/2 never exceeds (F + Y)^2/2, so that the bound is free (says nothing) below some n. What is decided
here is this arithmetic. The probability statement itself is a classical theorem, quoted and not decided; and an upper
bound alone shows no advantage of attention over anything.

Assumptions
-----------
sample size: n is at least the stated number.

Statement
---------
With s = B = R = F = Y = 1, p = 1000, delta = 1/20: for all n from 154766 on (up to 10^6) the bound is at most 1/10.
With question=free: for all n up to 386 the bound is at least 2 = (F + Y)^2/2, so the theorem is trivial. The
collection's text says "below n = 388"; it is 387, and the text's other number shows it: the bound is N/sqrt(n), and
"154766 samples for 1/10" says N^2 <= 1547.66, hence (N/2)^2 <= 386.915 < 387, so that the bound is below 2 (1.99977) at
n = 387 already; and N^2 > 1547.65, the same for 154765, gives (N/2)^2 > 386.91 > 386, so that it is free at n = 386.

Method
------
One box in n with outward rounding. The thresholds are computed apart, in decimal arithmetic of 60 digits.

References
----------
Bartlett, Mendelson: Rademacher and Gaussian complexities. JMLR 2002 (method).
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL, abstract (the claim; statement and constants are ours).

Tags
----
sample complexity, Rademacher complexity, upper bound, vacuous bound
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal, localcontext
from fractions import Fraction
from typing import Any

from theorems.seed import _norm_samples
from theorems.seed._hypotheses import decider
from theorems.seed._rational import SOURCE
from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "proved"

NUMERATOR = "8*sqrt(2*log(2000)) + 6*sqrt(log(40)/2)"
"""Four times F + Y = 2, with sqrt(2 ln 2p) for p = 1000; and 3/2 times (F + Y)^2 = 4, with ln(2/delta) for 1/20."""

LARGEST = 10**6


def threshold(level: Fraction) -> int:
    """Return the least n for which the bound is at most ``level``."""
    with localcontext() as context:
        context.prec = 60
        top = 8 * (2 * Decimal(2000).ln()).sqrt() + 6 * (Decimal(40).ln() / 2).sqrt()
        square = (top * level.denominator / level.numerator) ** 2
        return int(square.to_integral_value(rounding=ROUND_CEILING))


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the claim that the bound is small from n on, or free up to n."""
    shift = int(values["shift"])
    if values["question"] == "free":
        domain, relation = f"[1, {threshold(Fraction(2)) - 1 + shift}]", ">= 2"
    else:
        first = 1 if "sample size" in without else threshold(Fraction(1, 10)) - shift
        domain, relation = f"[{first}, {LARGEST}]", "<= 1/10"
    return {
        "parameters": {"n": domain},
        "claim": {"every": "point", "satisfies": f"({NUMERATOR})/sqrt(n) {relation}"},
    }


theorem = claim_theorem(
    id="norm-bound",
    title="Norm-based bound for a masked network: from which sample size it says anything at all",
    expected=EXPECTED,
    sources=(f"{SOURCE} (claim)", "theorem F of the collection (formalisation)"),
    hypotheses=(Hypothesis("sample size", "n >= the stated number", "by the domain", "one sample"),),
    settings=(
        Setting("question", "small", "when the bound is small, or when it is free", "choice", ("small", "free")),
        Setting("shift", "0", "by how many samples the claim is more generous", "integer", low=Fraction(0),
                high=Fraction(10**5)),
    ),
    stated=(
        StatedNumber("samples for 1/10", "least n with bound <= 1/10", "154766", "theorem F", True),
        StatedNumber("trivial below", "least n with bound < 2", "388", "theorem F (off by one)", False),
    ),
    computed=lambda values: {
        "samples for 1/10": str(threshold(Fraction(1, 10))),
        "trivial below": str(threshold(Fraction(2))),
    },
    statement=statement,
    on_data=decider("H8", "samples"),
    cases=(Neighbour("free", "up to n = 386 the bound is free", "proved", {"question": "free"}),),
    twins=(
        Neighbour("one fewer", "n = 154765 for 1/10", "refuted", {"shift": "1"}),
        Neighbour("free at 387", "the collection's threshold 388", "refuted", {"question": "free", "shift": "1"}),
        Neighbour("one sample", "all n from 1 on", "refuted", without=("sample size",)),
    ),
)  # fmt: skip

samples = _norm_samples.samples
"""What ``attnverify sample-complexity`` compares."""
