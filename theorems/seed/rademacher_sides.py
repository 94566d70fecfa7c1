"""Rademacher complexity from both sides: the lower bound without mask and the upper bounds with it, on small designs

Problem
-------
"Comparison of upper bounds supports fewer samples only through the two-sided line" (theorem F of the collection, ours).
For ReLU networks with sum |v_i||w_i| <= B and |x_i| = R the complexity of the model without mask lies between
B R/(2 sqrt 2 sqrt n) and 2 B R/sqrt n; with a mask of l1 norm s it is at most 2 B s R sqrt(2 ln(2p)/n), and with s kept
inputs at most B sqrt(s) R (2 + sqrt(2 ln C(p, s)))/sqrt n. Here the laws are finite, so the expectations are exact.

Assumptions
-----------
independent signs: the signs e_i are independent and uniform.
bounded inputs: |x_ij| <= R = 1.

Statement
---------
side=lower: one input x_i = 1, where the complexity is E |mean(e)|: it is at least 1/(2 sqrt 2 sqrt n), n = 4 (rounded
up to 177/1000). side=upper: it is at most 2/sqrt n = 1. side=l1: E max_j |mean(e x_j)| <= sqrt(2 ln(2p)/n) (Massart's
lemma), n = 6, p = 2, rounded down. side=l0: E max over pairs of inputs of |mean(e x_S)|_2, p = 3, is at most
sqrt(2)(2 + sqrt(2 ln 3))/sqrt 6, squared and rounded down.

Method
------
Exact enumeration of all sign vectors. The bounds are rounded in the direction that makes the claim stronger.

References
----------
Bartlett, Mendelson: Rademacher and Gaussian complexities. JMLR 2002; Massart: Some applications of concentration
inequalities to statistics. 2000.
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL, abstract (the claim; statement and constants are ours).

Tags
----
Rademacher complexity, lower bound, mask, enumeration, sample complexity
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext
from fractions import Fraction
from typing import Any

from theorems.seed._rational import SOURCE
from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "proved"

DESIGN = [["1", "1", "1"], ["1", "-1", "1"], ["1", "1", "-1"], ["1", "-1", "-1"], ["1", "1", "1"], ["1", "1", "1"]]
SAMPLES = 6
DIGITS = 1000


def bounds() -> dict[str, Fraction]:
    """Return the four bounds, rounded to thousandths so that the claims are stronger than stated."""
    with localcontext() as context:
        context.prec = 40
        two, six = Decimal(2), Decimal(SAMPLES)
        lower = 1 / (2 * two.sqrt() * Decimal(4).sqrt())
        l1 = (two * Decimal(4).ln() / six).sqrt()
        l0 = two.sqrt() * (2 + (two * Decimal(3).ln()).sqrt()) / six.sqrt()
        up = int((lower * DIGITS).to_integral_value(rounding=ROUND_CEILING))
        down = [int((value * DIGITS).to_integral_value(rounding=ROUND_FLOOR)) for value in (l1, l0)]
    return {
        "lower": Fraction(up, DIGITS), "upper": Fraction(1), "l1": Fraction(down[0], DIGITS),
        "l0": Fraction(down[1], DIGITS),
    }  # fmt: skip


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return one of the four sides as a claim about an expectation."""
    side, factor = str(values["side"]), Fraction(values["factor"])
    count = 4 if side in ("lower", "upper") else SAMPLES
    law = "choice(1)" if "independent signs" in without else "rademacher"
    scale = 3 if "bounded inputs" in without else 1
    level = str(factor * bounds()[side])
    design = [row[: 2 if side == "l1" else 3] for row in DESIGN]
    quantity = {
        "lower": f"abs({scale}*mean(e))",
        "upper": f"abs({scale}*mean(e))",
        "l1": f"{scale}*max(abs(X.T @ e))/{count}",
        "l0": f"{scale}*sqrt(max([dot(X[:, 0], e)**2 + dot(X[:, 1], e)**2, dot(X[:, 0], e)**2 + dot(X[:, 2], e)**2, "
        f"dot(X[:, 1], e)**2 + dot(X[:, 2], e)**2]))/{count}",
    }[side]
    return {
        "random": {"e": f"{law}[{count}]"},
        **({} if side in ("lower", "upper") else {"constants": {"X": design}}),
        "claim": {"expectation": quantity, "at_least" if side == "lower" else "at_most": level},
    }


theorem = claim_theorem(
    id="rademacher-sides",
    title="Rademacher complexity from both sides: the lower bound without mask and the upper bounds with it, on small "
    "designs",
    expected=EXPECTED,
    sources=(f"{SOURCE} (claim)", "theorem F of the collection (formalisation)"),
    hypotheses=(
        Hypothesis("independent signs", "e_i independent and uniform", "by the law", "constant signs"),
        Hypothesis("bounded inputs", "|x_ij| <= 1", "by the data", "large inputs"),
    ),
    settings=(
        Setting("side", "l1", "which bound", "choice", ("lower", "upper", "l1", "l0")),
        Setting("factor", "1", "factor at the bound", "number", low=Fraction(0)),
    ),
    stated=(
        StatedNumber("lower", "1/(2 sqrt 2 sqrt n), n = 4; the expectation is 3/8", "0.1767...", "theorem F", False),
        StatedNumber("l1", "sqrt(2 ln(2p)/n), n = 6, p = 2", "0.6797...", "theorem F", False),
    ),
    computed=lambda values: {name: str(value) for name, value in bounds().items()},
    statement=statement,
    cases=(
        Neighbour("lower", "without mask, from below", "proved", {"side": "lower"}),
        Neighbour("upper", "without mask, from above", "proved", {"side": "upper"}),
        Neighbour("l0", "two kept inputs of three", "proved", {"side": "l0"}),
    ),
    twins=(
        Neighbour("constant signs", "signs that are all 1", "refuted", without=("independent signs",)),
        Neighbour("large inputs", "inputs of size 3", "refuted", without=("bounded inputs",)),
        Neighbour("lower factor", "the lower bound times 3", "refuted", {"side": "lower", "factor": "3"}),
        Neighbour("half", "the l1 bound halved", "refuted", {"factor": "1/2"}),
    ),
)  # fmt: skip
