"""Zero blocks: the claim that every stationary point predicts well is false for every model

Problem
-------
The outline of the seed paper announces that every stationary point of an attention model has low generalisation error.
Taken literally (all data, the whole parameter space) this is a claim about the training loss already: a point that
predicts 0 is not good when the target is not 0.

Our formalisation (lemma 0 of the collection): if the predictor vanishes identically when one block of parameters is
zero, and also when another block is zero, then every point at which both blocks vanish is stationary and predicts 0.
The blocks are (v, W) in M0, M1a, M1s and M1x (a mask that depends on the input), (v, C) in M2, (v, W_V) in M3. All
need an activation with sigma(0) = 0; here it is tanh.

Assumptions
-----------
stationary: the point is stationary; nothing else is assumed. For second-order points the claim stays false with three
    factors; for local minima of two factors without ridge it is true (the small cases).

Statement
---------
Refuted, for each model: every stationary point of L(theta) = sum_i (f(x_i; theta) - y_i)^2/(2n) has
L < sum_i y_i^2/(2n), the loss of predicting 0.

Method
------
The search tries the zero point first; gradient and loss are evaluated there in exact arithmetic. The loss of predicting
0 is computed apart from that, from the targets.

References
----------
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL, outline and abstract (the claim; models and data are ours).

Tags
----
stationary point, zero blocks, mask, recurrent attention, self-attention, counterexample
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorems.seed._hypotheses import decider
from theorems.seed._rational import SOURCE
from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "refuted"

MODELS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "M0": ({"v": "real", "w": "real[2]"}, {"f": "v*tanh(X @ w)"}),
    "M1a": ({"v": "real", "w": "real[2]", "a": "real[2]"}, {"f": "v*tanh(X @ (a*w))"}),
    "M1s": ({"v": "real", "w": "real[2]", "s": "real[2]"}, {"f": "v*tanh(X @ (softmax(s)*w))"}),
    "M1x": (
        {"v": "real", "w": "real[2]", "U": "real[2,2]", "b": "real[2]"},
        {"f": "v*tanh(stack([dot(w, softmax(U @ X[0] + b)*X[0]), dot(w, softmax(U @ X[1] + b)*X[1])]))"},
    ),
    "M2": (
        {"v": "real", "A": "real", "C": "real", "U": "real[2]"},
        {
            "h": "tanh(C*X[:, 0]/2 + C*X[:, 1]/2)",
            "f": "v*tanh(A*h + [C*(softmax(U*h[0]) @ X[0]), C*(softmax(U*h[1]) @ X[1])])",
        },
    ),
    "M3": (
        {"v": "real", "V": "real", "q": "real", "k": "real"},
        {"f": "v*tanh([V*mean(softmax(q*k*outer(T1, T1)) @ T1), V*mean(softmax(q*k*outer(T2, T2)) @ T2)])"},
    ),
}
"""Parameters and predictor of each model with one hidden unit: a vector, one entry for each of two samples."""

DATA = {"X": [["1", "0"], ["1", "1"]], "y": ["1", "2"]}
TOKENS = {"T1": ["1", "0"], "T2": ["1", "2"], "y": ["1", "2"]}
ZERO_LOSS = Fraction(1**2 + 2**2, 4)


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the claim for one model; without ``stationary`` nothing is left to quantify over, so it is kept."""
    parameters, definitions = MODELS[str(values["model"])]
    return {
        "parameters": parameters,
        "constants": TOKENS if values["model"] == "M3" else DATA,
        "definitions": definitions,
        "objective": {"minimise": "sum((f - y)**2)/4"},
        "claim": {"every": values["every"], "satisfies": f"objective < {ZERO_LOSS}"},
    }


theorem = claim_theorem(
    id="zero-blocks",
    title="Zero blocks: the claim that every stationary point predicts well is false for every model",
    expected=EXPECTED,
    sources=(f"{SOURCE} (claim)", "lemma 0 of the collection (formalisation)"),
    hypotheses=(Hypothesis("stationary", "the point is stationary", "by the quantifier"),),
    settings=(
        Setting("model", "M0", "which model", "choice", tuple(MODELS)),
        Setting("every", "stationary point", "kind of point", "choice", ("stationary point", "second-order point")),
    ),
    stated=(StatedNumber("loss at the zero blocks", "sum_i y_i^2/(2n)", "5/4", "lemma 0", True),),
    computed=lambda values: {"loss at the zero blocks": str(ZERO_LOSS)},
    statement=statement,
    on_data=decider("H2"),
    cases=tuple(
        Neighbour(f"model {name}", "another model", "refuted", {"model": name}) for name in list(MODELS)[1:]
    ),
    twins=(
        Neighbour("second-order with a mask", "second-order points of M1a, which has three factors", "refuted",
                  {"model": "M1a", "every": "second-order point"}),
    ),
)  # fmt: skip
