"""The abstract, literally: "every local minimum of the attention model has low prediction error"

Problem
-------
The headline of both abstracts, without the assumptions that the public text does not show: for all data, every local
minimum of the training loss of a two-layer network with a mask has low error. Taken literally it is false, also for
local minima and also for data that the model can fit. The smallest witnesses differ by model; each is an instance here:

relu: one ReLU unit, one sample, f = relu(w); at w = -1 the unit is dead and the loss 1/2 cannot be lowered nearby.
relu strict: one ReLU unit, samples (1, 1) and (-1, 2); w = 1 is a strict local minimum with loss 1, w = -2 has 1/4.
decay: three factors with weight decay on all, theorem J; the origin.
sparsemax: a hard mask over two inputs; the entry hard-mask-minima.
quadratic: one quadratic unit, four samples, theorem H; a strict local minimum with loss 5/3.

Under assumptions it is true: zero-factors, mask-ridge, positive-mask and quadratic-units.

Assumptions
-----------
local minimum: the point is a local minimum. Nothing else is assumed: that is what makes the claim literal.

Statement
---------
Refuted: every local minimum has a loss below the given level; for each model the level is the loss of the witness.

Method
------
Exact witnesses, or algebraic ones in balls. The losses are computed apart by hand and stand below.

References
----------
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL, abstract; ICLR 2020 submission BylDrRNKvH, abstract (the
claim; models and data are ours).

Tags
----
abstract, local minimum, dead unit, weight decay, counterexample
"""

from __future__ import annotations

from typing import Any

from theorems.seed._rational import SOURCE
from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "refuted"

MODELS: dict[str, dict[str, Any]] = {
    "relu": {
        "parameters": {"w": "real"},
        "objective": {"minimise": "(relu(w) - 1)**2/2"},
        "claim": {"every": "local minimum", "satisfies": "objective < 1/2"},
    },
    "relu strict": {
        "parameters": {"w": "real"},
        "objective": {"minimise": "(relu(w) - 1)**2/4 + (relu(-w) - 2)**2/4"},
        "claim": {"every": "strict local minimum", "satisfies": "objective < 1"},
    },
    "decay": {
        "parameters": {"v": "real", "w": "real", "a": "real"},
        "definitions": {"loss": "(v*w*a - 1)**2/2"},
        "objective": {"minimise": "loss + (v**2 + w**2 + a**2)/200"},
        "claim": {"every": "local minimum", "satisfies": "loss < 1/2"},
    },
    "quadratic": {
        "parameters": {"w": "real[2]"},
        "constants": {"X": [["1", "0"], ["0", "1"], ["1", "1"], ["1", "-1"]], "y": ["1", "0", "1", "1"]},
        "objective": {"minimise": "sum(((X @ w)**2 - y)**2)"},
        "claim": {"every": "local minimum", "satisfies": "objective < 5/3"},
    },
    "two factors": {
        "parameters": {"a": "real", "w": "real"},
        "objective": {"minimise": "(a*w - 1)**2/2"},
        "claim": {"every": "local minimum", "satisfies": "objective < 1/2"},
    },
}
LOSSES = {"relu": "1/2", "relu strict": "1", "decay": "1/2", "quadratic": "5/3", "two factors": "0"}
"""Loss of the worst local minimum of each model."""


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the literal claim for one model."""
    return MODELS[str(values["model"])]


theorem = claim_theorem(
    id="every-local-minimum",
    title='The abstract, literally: "every local minimum of the attention model has low prediction error"',
    expected=EXPECTED,
    sources=(f"{SOURCE} (claim)", "C1 of the collection (formalisation)"),
    hypotheses=(Hypothesis("local minimum", "the point is a local minimum", "by the quantifier"),),
    settings=(Setting("model", "relu", "which model", "choice", tuple(MODELS)),),
    stated=(StatedNumber("loss of the bad minimum", "the level in the claim", "1/2", "ours", True),),
    computed=lambda values: {"loss of the bad minimum": LOSSES[str(values["model"])]},
    statement=statement,
    cases=(Neighbour("two factors", "the model for which it is true", "proved", {"model": "two factors"}),),
    twins=(
        Neighbour("decay", "weight decay on three factors", "refuted", {"model": "decay"}),
        Neighbour("relu strict", "one ReLU unit, two samples: a strict minimum", "refuted", {"model": "relu strict"}),
        Neighbour("quadratic", "one quadratic unit", "refuted", {"model": "quadratic"}),
    ),
)  # fmt: skip
