"""The probability statements of theorems D and F on a law where they can be counted

Problem
-------
Theorems D and F of the collection (ours) hold with probability 1 - delta. Their proofs use classical inequalities
(symmetrisation, contraction, McDiarmid); here the statements themselves are decided where everything is finite: one
input x = 1, target y = +-1 with equal chances, predictors f = w with |w| <= 1.

Theorem F: the gap between risk and training loss is w mean(y), so its supremum is |mean(y)|; with F = Y = 1 the bound
is 4 Rad + 6 sqrt(ln(2/delta)/(2 n)), Rad = E |mean(e)|. Theorem D (identity link, gamma = Gamma = 1, B = R = 1, |phi|
<= H = 2, L_phi = 1): the empirical stationary point is w = mean(y), its excess risk is mean(y)^2/2; the bound is (4
(1 + 2) + 2 sqrt(2 ln(1/delta)))/sqrt(n).

Assumptions
-----------
independent samples: the targets are independent and uniform signs.
slack: the bound has the stated size; the twins lower it.

Statement
---------
n = 400, delta = 1/20. of=F: P(|mean(y)| > bound) <= delta, bound = 567/1000 below the trivial value 1. of=D:
P(mean(y)^2/2 > bound) <= delta; its bound 844/1000 exceeds the largest excess risk 1/2, so at n = 400 theorem D is free
on this law (n = 1,142 is the least that is not).

Method
------
The sum of independent signs is binomial, so the probabilities are exact. Bounds are rounded down, which makes the
claims stronger.

References
----------
McDiarmid: On the method of bounded differences. 1989; Bartlett, Mendelson: Rademacher and Gaussian complexities. 2002.
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL, outline (the claim; statement and constants are ours).

Tags
----
generalisation, probability, enumeration, upper bound, stationary point
"""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal, localcontext
from fractions import Fraction
from functools import cache
from math import comb
from typing import Any

from theorems.seed._rational import SOURCE
from verify.claim_theorem import Neighbour, claim_theorem, compared
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "proved"

DELTA = Fraction(1, 20)
DIGITS = 1000
LIMITS = {"F": Fraction(1), "D": Fraction(1, 2)}
"""Largest gap, and largest excess risk, on this law."""


@cache
def mean_size(n: int) -> Fraction:
    """Return E |mean(e)| of n independent signs, exactly."""
    return Fraction(sum(abs(2 * j - n) * comb(n, j) for j in range(n + 1)), n * 2**n)


def bound(values: Values) -> Fraction:
    """Return the bound of the theorem, rounded down to thousandths."""
    n = int(values["n"])
    with localcontext() as context:
        context.prec = 40
        if values["of"] == "F":
            size = mean_size(n)
            rad = Decimal(size.numerator) / Decimal(size.denominator)
            value = 4 * rad + 6 * (Decimal(40).ln() / (2 * n)).sqrt()
        else:
            value = (12 + 2 * (2 * Decimal(20).ln()).sqrt()) / Decimal(n).sqrt()
        return Fraction(int((value * DIGITS).to_integral_value(rounding=ROUND_FLOOR)), DIGITS)


def least_samples(of: str) -> int:
    """Return the least n at which the bound is below the largest value: it falls with n."""
    low, high = 1, 1 << 11
    while high - low > 1:
        middle = (low + high) // 2
        free = bound({"of": of, "n": middle}) >= LIMITS[of]
        low, high = (middle, high) if free else (low, middle)
    return high


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the probability claim."""
    n = int(values["n"])
    law = "choice(-1, 1, 1, 1, 1, 1, 1, 1)" if "independent samples" in without else "rademacher"
    level = Fraction(values["factor"]) * bound(values)
    level = level / 10 if "slack" in without else level
    quantity = "abs(mean(y))" if values["of"] == "F" else "mean(y)**2/2"
    return {
        "random": {"y": f"{law}[{n}]"},
        "claim": {"probability": f"{quantity} > {level}", "at_most": str(DELTA)},
    }


theorem = claim_theorem(
    id="bound-probability",
    title="The probability statements of theorems D and F on a law where they can be counted",
    expected=EXPECTED,
    sources=(f"{SOURCE} (claim)", "theorems D and F of the collection (formalisation)"),
    hypotheses=(
        Hypothesis("independent samples", "independent, uniform signs", "by the law", "biased signs"),
        Hypothesis("slack", "the bound has its stated size", "by the claim", "a tenth of the bound"),
    ),
    settings=(
        Setting("of", "F", "which theorem", "choice", ("F", "D")),
        Setting("n", "400", "samples", "integer", low=Fraction(2), high=Fraction(2000)),
        Setting("factor", "1", "factor at the bound", "number", low=Fraction(0)),
    ),
    stated=(
        StatedNumber("bound F", "4 Rad + 6 sqrt(ln(40)/(2n)), n = 400", "0.567", "theorem F", False),
        StatedNumber("bound D", "(12 + 2 sqrt(2 ln 20))/sqrt(n), n = 400", "0.844", "theorem D", False),
    ),
    computed=lambda values: {
        "bound F": str(bound({**values, "of": "F"})), "bound D": str(bound({**values, "of": "D"})),
    },
    assumptions=lambda values: (
        compared("H13-conclusion", "the bound is below the largest value there is", bound(values), "<",
                 LIMITS[str(values["of"])], change=f"n >= {least_samples(str(values['of']))} is needed and suffices"),
    ),
    statement=statement,
    cases=(Neighbour("theorem D", "theorem D: free at this n", "proved", {"of": "D"}),),
    twins=(
        Neighbour("a tenth of the bound", "the bound divided by 10", "refuted", without=("slack",)),
        Neighbour("biased signs", "signs that are 1 with probability 7/8", "refuted",
                  without=("independent samples",)),
    ),
)  # fmt: skip
