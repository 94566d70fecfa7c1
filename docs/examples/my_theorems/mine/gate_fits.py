"""A gated value: every local minimum fits the target

Problem
-------
The prediction is v*tanh(s): a value v behind a gate tanh(s). The target is any number t.

Assumptions
-----------
local minimum: the point is a local minimum of the loss, not just a stationary point.

Statement
---------
Every local minimum of (v*tanh(s) - t)^2/2 over (v, s) has loss 0.

Method
------
The slopes vanish only where the loss is 0 or at v = s = 0, where the Hessian has a negative curvature unless t = 0.

References
----------
An example of this documentation.

Tags
----
gate, example
"""

from __future__ import annotations

from typing import Any

from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, Values

EXPECTED = "proved"


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the claim of an instance, with the assumptions named in ``without`` left out."""
    return {
        "parameters": {"v": "real", "s": "real"},
        "objective": {"minimise": f"(v*tanh(s) - ({values['t']}))**2/2"},
        "claim": {
            "every": "stationary point" if "local minimum" in without else "local minimum",
            "satisfies": "objective == 0",
        },
    }


theorem = claim_theorem(
    id="gate-fits",
    title="A gated value: every local minimum fits the target",
    expected=EXPECTED,
    sources=("an example",),
    hypotheses=(
        Hypothesis("local minimum", "the point is a local minimum", "by the quantifier", "any stationary point"),
    ),
    settings=(Setting("t", "1", "the target", "number"),),
    statement=statement,
    cases=(Neighbour("negative target", "t = -2", "proved", {"t": "-2"}),),
    twins=(Neighbour("stationary", "every stationary point", "refuted", without=("local minimum",)),),
)
