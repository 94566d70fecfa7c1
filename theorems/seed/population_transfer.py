"""From empirical to population stationarity: the link constants and the sample size of the bound

Problem
-------
"Every stationary point has low generalisation error" for a fixed positive mask and a sigmoid link. Our formalisation
(theorem D of the collection): with probability 1 - delta every w in the ball with |grad L_n(w)| <= eps has excess risk
at most (Gamma B/gamma) (eps + [4 R (L_phi R B + H) + H R sqrt(2 ln(1/delta))]/sqrt(n)), phi_y(t) = (sigma(t) - y)
sigma'(t). The probability statement rests on symmetrisation and McDiarmid's inequality and is not decided here; what is
decided are the constants that enter, and from which n the bound is below the trivial one (excess risk 1/2).

Assumptions
-----------
H4: the argument stays in [-BR, BR] with B = R = 1.
targets: y lies in [0, 1].

Statement
---------
question=constants: for t in [-1, 1], y in [0, 1] and sigma the sigmoid: sigma'(t) >= 49/250 (gamma) and |phi_y(t)| <=
1/5 (H). question=upper: sigma'(t) <= 1/4 (Gamma). question=slope: |phi_y'(t)| <= 4/25 (L_phi). question=samples: with
these constants, eps = 0 and delta = 1/20, the bound is below 1/2 for every n from 25 on (up to 10^6).

Method
------
Box covers with outward rounding. The threshold is computed apart in decimal arithmetic.

References
----------
Foster, Sekhari, Sridharan: Uniform convergence of gradients for non-convex learning. NeurIPS 2018 (method).
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL, outline (the claim; statement and constants are ours).

Tags
----
stationary point, population risk, link constants, sample size, sigmoid
"""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal, localcontext
from fractions import Fraction
from typing import Any

from theorems.seed._hypotheses import decider
from theorems.seed._rational import SOURCE
from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "proved"

GAMMA = Fraction(49, 250)
GAMMA_UPPER = Fraction(1, 4)
HEIGHT = Fraction(1, 5)
SLOPE = Fraction(4, 25)
SIGMA1 = "sigmoid(t)*(1 - sigmoid(t))"
SIGMA2 = f"{SIGMA1}*(1 - 2*sigmoid(t))"
TRIVIAL = Fraction(1, 2)


def factor() -> Fraction:
    """Return Gamma B/gamma for B = 1."""
    return GAMMA_UPPER / GAMMA


def threshold() -> int:
    """Return the least n for which the bound with eps = 0 is below the trivial one."""
    with localcontext() as context:
        context.prec = 60
        four = 4 * (SLOPE + HEIGHT)
        top = _decimal(four) + _decimal(HEIGHT) * (2 * Decimal(20).ln()).sqrt()
        square = (_decimal(factor()) * top / _decimal(TRIVIAL)) ** 2
        return int(square.to_integral_value(rounding=ROUND_FLOOR)) + 1


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the claim about the constants, the slope or the sample size."""
    if values["question"] == "samples":
        first = threshold() - int(values["shift"])
        bound = f"{factor()}*({4 * (SLOPE + HEIGHT)} + {HEIGHT}*sqrt(2*log(20)))/sqrt(n)"
        return {
            "parameters": {"n": f"[{first}, 1000000]"},
            "claim": {"every": "point", "satisfies": f"{bound} < {TRIVIAL}"},
        }
    radius = 2 if "H4" in without else 1
    top = 2 if "targets" in without else 1
    if values["question"] == "upper":
        conclusion = f"{SIGMA1} <= {GAMMA_UPPER}"
    elif values["question"] == "slope":
        conclusion = f"abs(({SIGMA1})**2 + (sigmoid(t) - y)*{SIGMA2}) <= {SLOPE}"
    else:
        conclusion = f"{SIGMA1} >= {GAMMA} and abs((sigmoid(t) - y)*{SIGMA1}) <= {HEIGHT}"
    return {
        "parameters": {"t": f"[-{radius}, {radius}]", "y": f"[0, {top}]"},
        "claim": {"every": "point", "satisfies": conclusion},
    }


theorem = claim_theorem(
    id="population-transfer",
    title="From empirical to population stationarity: the link constants and the sample size of the bound",
    expected=EXPECTED,
    sources=(f"{SOURCE} (claim)", "theorem D of the collection (formalisation)"),
    hypotheses=(
        Hypothesis("H4", "the argument of the link lies in [-BR, BR]", "by the domain", "larger range"),
        Hypothesis("targets", "y in [0, 1]", "by the domain", "targets up to 2"),
    ),
    settings=(
        Setting("question", "constants", "which part", "choice", ("constants", "upper", "slope", "samples")),
        Setting("shift", "0", "by how many samples the claim is more generous", "integer", low=Fraction(0),
                high=Fraction(20)),
    ),
    stated=(
        StatedNumber("gamma", "min of sigma' on [-1, 1] = 0.19661...", "49/250", "ours", False),
        StatedNumber("samples", "least n with bound < 1/2", "25", "ours", True),
    ),
    computed=lambda values: {"gamma": str(GAMMA), "samples": str(threshold())},
    statement=statement,
    on_data=decider("H3", "H4", "H8"),
    cases=(
        Neighbour("upper", "the largest slope of the link", "proved", {"question": "upper"}),
        Neighbour("slope", "the Lipschitz constant of phi", "proved", {"question": "slope"}),
        Neighbour("samples", "the sample size", "proved", {"question": "samples"}),
    ),
    twins=(
        Neighbour("larger range", "arguments up to 2: the least slope is smaller", "refuted", without=("H4",)),
        Neighbour("targets up to 2", "targets outside [0, 1]", "refuted", without=("targets",)),
        Neighbour("one fewer", "one sample fewer", "refuted", {"question": "samples", "shift": "1"}),
    ),
)  # fmt: skip
