"""Flatness: attention minima are not flatter, since rescaling makes them as sharp as one likes

Problem
-------
That minima of attention models are flatter is recalled, weakly, from the paper; the claim as such is ours to state
(C5 of the collection). For L(a, w) = (a w - 1)^2/2 the Hessian at a minimum has eigenvalues 0 and a^2 + w^2, at least
2; the model without mask has sharpness 1. Rescaling (a, w) -> (c a, w/c) makes it unbounded: 100.01 for a = 10.

Assumptions
-----------
minimum: the point is a local minimum.

Statement
---------
Refuted: every local minimum of L has largest curvature at most 1, the sharpness of the model without mask. The case
shows the true direction: at least 2 at every local minimum.

Method
------
Exact minima modulo the rescaling symmetry. The value 2 is the minimum of a^2 + w^2 on a w = 1.

References
----------
Dinh, Pascanu, Bengio, Bengio: Sharp minima can generalize for deep nets. ICML 2017 (rescaling).
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL (recalled topic).

Tags
----
flatness, sharpness, rescaling, local minimum, counterexample
"""

from __future__ import annotations

from typing import Any

from theorems.seed._rational import SOURCE
from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "refuted"


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the claim that the sharpness of minima is on one side of a level."""
    side = "<=" if values["side"] == "at most" else ">="
    return {
        "parameters": {"a": "real", "w": "real"},
        "objective": {"minimise": "(a*w - 1)**2/2"},
        "claim": {"every": "local minimum", "satisfies": f"max_curvature {side} {values['level']}"},
    }


theorem = claim_theorem(
    id="flatness",
    title="Flatness: attention minima are not flatter, since rescaling makes them as sharp as one likes",
    expected=EXPECTED,
    sources=(f"{SOURCE} (recalled topic)", "C5 of the collection (formalisation)"),
    hypotheses=(Hypothesis("minimum", "the point is a local minimum", "by the quantifier"),),
    settings=(
        Setting("side", "at most", "side of the level", "choice", ("at most", "at least")),
        Setting("level", "1", "sharpness", "number"),
    ),
    stated=(StatedNumber("least sharpness with mask", "min of a^2 + w^2 on a w = 1", "2", "C5", True),),
    computed=lambda values: {"least sharpness with mask": "2"},
    statement=statement,
    cases=(Neighbour("at least two", "every local minimum has sharpness at least 2", "proved",
                     {"side": "at least", "level": "2"}),),
    twins=(
        Neighbour("at most three", "rescaling beats a level above the best sharpness too", "refuted", {"level": "3"}),
        Neighbour("constant", "at least 2.02", "refuted", {"side": "at least", "level": "101/50"}),
    ),
)  # fmt: skip
