"""Recurrent attention: how far each block of parameters moves the output, uniformly in the length

Problem
-------
The full bound of C4 of the collection (topic recalled from the paper, content ours) for a_t = softmax(U h_{t-1} + b),
h_t = tanh(A h_{t-1} + C (a_t * x_t)), f = <v, h_T>, with |A| <= rho_A, |C| <= rho_C, |U| <= rho_U, |x_t| <= R, |v| <=
B, q = rho_A + rho_C R rho_U < 1:

    |f - f'| <= sqrt(m)|dv| + B (sqrt(m)|dA| + R|dC| + rho_C R (sqrt(m)|dU| + |db|))/(1 - q).

Its two steps for one unit (m = 1): the derivative D of the state in a direction of the parameters obeys
D_t = g ((A + k) D_{t-1} + source), |k| <= rho_C R rho_U because softmax is 1-Lipschitz; and the source of each block is
at most 1, R, rho_C R, rho_C R for dA, dC, dU, db.

Assumptions
-----------
contraction: q < 1. Else 1/(1 - q) has to be replaced by (q^T - 1)/(q - 1).
slopes: the slope g of the activation lies in [0, 1].
input weights: |C| <= rho_C.

Statement
---------
step=recursion, rho_A = rho_C R rho_U = 1/4, q = 1/2: |D_{t-1}| <= 2 and |source| <= 1 imply |D_t| <= 2 = 1/(1 - q),
so the bound holds for all lengths by induction from D_0 = 0. step=source, R = 1, rho_C = 1/2: the four sources for
|h|, |z|, |J| <= 1 are at most 1, 1, 1/2, 1/2. step=output: |dv h + v D| <= |dv| + B |D|.

Method
------
Exact algebra. Every constant is attained at an end of the intervals.

References
----------
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL (recurrent attention recalled; statement and constants are
ours).

Tags
----
recurrent attention, Lipschitz constant, length, contraction, softmax
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorems.seed._rational import SOURCE
from verify.claim_theorem import Neighbour, claim_theorem, compared
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "proved"

INPUT = Fraction(1, 2)
"""rho_C of the source step, with R = 1."""


def carried(values: Values) -> Fraction:
    """Return q = rho_A + rho_C R rho_U with both parts equal to the setting."""
    return 2 * Fraction(values["part"])


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return one step of the proof."""
    factor = Fraction(values["factor"])
    if values["step"] == "source":
        top = 1 if "input weights" in without else INPUT
        parts = [
            "abs(g*h) <= 1",
            "abs(g*z) <= 1",
            f"abs(g*C*J*h) <= {factor * INPUT}",
            f"abs(g*C*J) <= {factor * INPUT}",
        ]
        return {
            "parameters": {"g": "[0, 1]", "h": "[-1, 1]", "z": "[-1, 1]", "J": "[-1, 1]", "C": f"[-{top}, {top}]"},
            "claim": {"every": "point", "satisfies": " and ".join(parts)},
        }
    if values["step"] == "output":
        return {
            "parameters": {"h": "[-1, 1]", "v": "[-1, 1]", "dv": "nonnegative", "D": "nonnegative"},
            "claim": {"every": "point", "satisfies": f"abs(dv*h + v*D) <= {factor}*(dv + D)"},
        }
    part = Fraction(1) if "contraction" in without else Fraction(values["part"])
    level = factor / (1 - carried(values))
    steep = 2 if "slopes" in without else 1
    return {
        "parameters": {
            "g": f"[0, {steep}]", "A": f"[-{part}, {part}]", "k": f"[-{part}, {part}]", "D": f"[-{level}, {level}]",
            "source": "[-1, 1]",
        },
        "claim": {"every": "point", "satisfies": f"abs(g*((A + k)*D + source)) <= {level}"},
    }  # fmt: skip


theorem = claim_theorem(
    id="recurrent-sensitivity",
    title="Recurrent attention: how far each block of parameters moves the output, uniformly in the length",
    expected=EXPECTED,
    sources=(f"{SOURCE} (recalled topic)", "C4 of the collection (formalisation)"),
    hypotheses=(
        Hypothesis("contraction", "q < 1", "by the domain", "no contraction"),
        Hypothesis("slopes", "slopes in [0, 1]", "by the domain", "steep"),
        Hypothesis("input weights", "|C| <= rho_C", "by the domain", "large input weights"),
    ),
    settings=(
        Setting("step", "recursion", "which step", "choice", ("recursion", "source", "output")),
        Setting("part", "1/4", "rho_A, and rho_C R rho_U", "number", low=Fraction(0), high=Fraction(49, 100)),
        Setting("factor", "1", "factor at the bound", "number", low=Fraction(0)),
    ),
    stated=(StatedNumber("bound for all lengths", "1/(1 - q)", "2", "C4", True),),
    computed=lambda values: {"bound for all lengths": str(1 / (1 - carried(values)))},
    assumptions=lambda values: (
        compared("contraction", "q = rho_A + rho_C R rho_U < 1", carried(values), "<", 1,
                 change=f"with rho_A = {values['part']} any rho_C R rho_U below {1 - Fraction(values['part'])}"),
    ),
    statement=statement,
    cases=(
        Neighbour("source", "the sources of the four blocks", "proved", {"step": "source"}),
        Neighbour("output", "the output layer", "proved", {"step": "output"}),
        Neighbour("slow", "q = 4/5", "proved", {"part": "2/5"}),
    ),
    twins=(
        Neighbour("no contraction", "rho_A = 1", "refuted", without=("contraction",)),
        Neighbour("steep", "slopes up to 2", "refuted", without=("slopes",)),
        Neighbour("large input weights", "|C| up to 1", "refuted", {"step": "source"}, ("input weights",)),
        Neighbour("constant", "the bound lowered by one per cent", "refuted", {"factor": "99/100"}),
        Neighbour("source constant", "the sources of U and b lowered by one per cent", "refuted",
                  {"step": "source", "factor": "99/100"}),
    ),
)  # fmt: skip
