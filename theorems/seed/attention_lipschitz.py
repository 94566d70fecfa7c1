"""Self-attention with one query is Lipschitz in its parameters, uniformly in the number of tokens

Problem
-------
Theorem I of the collection (our formalisation): f = sum_t P_t <w, x_t>, P = softmax(X W q), tokens and query of norm at
most 1, |w| <= B_V. Then

    |f - f'| <= |w - w'| + B_V |W - W'|_F,

free of the number of tokens. The derivative in direction (dw, dW) is <dw, m> + sum_t P_t <w, x_t>(<x_t, dW q> - <m,
dW q>) with m = sum_t P_t x_t; the second sum is a covariance under P of two variables in [-|w|, |w|] and [-|dW|,
|dW|], which is at most the product of the half ranges. Integrating along the segment gives the inequality.

Assumptions
-----------
weights: P is a probability vector.
tokens: |x_t| <= 1.
value norm: |w| <= B_V.

Statement
---------
form=covariance: |P_0 P_1 (g_0 - g_1)(h_0 - h_1)| <= 1 for two tokens and g, h in [-1, 1]: their covariance.
form=variance: sum_t P_t y_t - m^2 <= 1 for y in [0, 1], any m, T tokens: the variance step when W moves along w.
form=value: |w c| <= B for |w| <= B, |c| <= 1. form=combination: |dw m + e c| <= dw + e for |m|, |c| <= 1.

Method
------
Sign distinctions and sums of squares. Tight at two tokens +-1 with equal weights.

References
----------
Gao, Pavel: On the properties of the softmax function with application in game theory and reinforcement learning. 2017.
Liu, Balaji, Xue, Min: ICLR 2020 submission BylDrRNKvH, abstract (consistency; statement and constants are ours).

Tags
----
self-attention, Lipschitz constant, softmax, consistency, length
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "proved"


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return one step of the proof."""
    factor = Fraction(values["factor"])
    return {"covariance": _covariance, "variance": _variance, "value": _value, "combination": _combination}[
        str(values["form"])
    ](values, without, factor)


def _covariance(values: Values, without: frozenset[str], factor: Fraction) -> dict[str, Any]:
    """Two tokens: the covariance is p (1 - p) (g_0 - g_1)(h_0 - h_1); g and h here are the differences."""
    weight = "[0, 2]" if "weights" in without else "[0, 1]"
    size = 4 if "tokens" in without else 2
    return {
        "parameters": {"p": weight, "g": f"[-{size}, {size}]", "h": f"[-{size}, {size}]"},
        "claim": {"every": "point", "satisfies": f"abs(p*(1 - p)*g*h) <= {factor}"},
    }


def _variance(values: Values, without: frozenset[str], factor: Fraction) -> dict[str, Any]:
    tokens = int(values["T"])
    size = 2 if "tokens" in without else 1
    return {
        "parameters": {"p": f"nonnegative[{tokens}]", "y": f"[0, {size}][{tokens}]", "m": "real"},
        "assume": {} if "weights" in without else {"weights": "sum(p) == 1"},
        "claim": {"every": "point", "satisfies": f"dot(p, y) - m**2 <= {factor}"},
    }


def _value(values: Values, without: frozenset[str], factor: Fraction) -> dict[str, Any]:
    return {
        "parameters": {"w": "real", "B": "nonnegative", "c": "[-1, 1]"},
        "assume": {} if "value norm" in without else {"norm": "abs(w) <= B"},
        "claim": {"every": "point", "satisfies": f"abs(w*c) <= {factor}*B"},
    }


def _combination(values: Values, without: frozenset[str], factor: Fraction) -> dict[str, Any]:
    return {
        "parameters": {"m": "[-1, 1]", "c": "[-1, 1]", "dw": "nonnegative", "e": "nonnegative"},
        "claim": {"every": "point", "satisfies": f"abs(dw*m + e*c) <= {factor}*(dw + e)"},
    }


theorem = claim_theorem(
    id="attention-lipschitz",
    title="Self-attention with one query is Lipschitz in its parameters, uniformly in the number of tokens",
    expected=EXPECTED,
    sources=("ICLR 2020 submission BylDrRNKvH (topic)", "theorem I of the collection (formalisation)"),
    hypotheses=(
        Hypothesis("weights", "P is a probability vector", "by the domain", "no normalisation"),
        Hypothesis("tokens", "|x_t| <= 1", "by the domain", "large tokens"),
        Hypothesis("value norm", "|w| <= B_V", "by the claim", "any value"),
    ),
    settings=(
        Setting("form", "covariance", "which step", "choice", ("covariance", "variance", "value", "combination")),
        Setting("T", "3", "tokens of the variance step", "integer", low=Fraction(1), high=Fraction(4)),
        Setting("factor", "1", "factor at the bound", "number", low=Fraction(0)),
    ),
    stated=(
        StatedNumber("constant at B_V |W - W'|", "|f - f'| <= |w - w'| + c B_V |W - W'|_F", "1", "theorem I", True),
    ),
    computed=lambda values: {"constant at B_V |W - W'|": "1, attained by the tokens 1 and -1 with weights 1/2"},
    statement=statement,
    cases=(
        Neighbour("variance", "the variance step, three tokens", "proved", {"form": "variance"}),
        Neighbour("value", "the value step", "proved", {"form": "value"}),
        Neighbour("combination", "both parts together", "proved", {"form": "combination"}),
    ),
    twins=(
        Neighbour("no normalisation", "a weight up to 2", "refuted", without=("weights",)),
        Neighbour("large tokens", "tokens up to 2", "refuted", without=("tokens",)),
        Neighbour("any value", "no bound on w", "refuted", {"form": "value"}, ("value norm",)),
        Neighbour("constant", "the constant lowered by one per cent", "refuted", {"factor": "99/100"}),
        Neighbour("combination constant", "the same for both parts together", "refuted",
                  {"form": "combination", "factor": "99/100"}),
    ),
)  # fmt: skip
