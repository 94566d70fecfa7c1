"""One ReLU, Gaussian inputs: the teacher is the only smooth stationary point; zero is a Clarke one

Problem
-------
The 2020 abstract speaks of the landscape of the population loss. For one ReLU unit w, a teacher of norm 1 and x ~
N(0, I) our formalisation (C5 of the collection) uses the norm r of w and the angle theta between w and the teacher:

    R = (r^2 + 1)/4 - r (sin theta + (pi - theta) cos theta)/(2 pi),   dR/dtheta = r (pi - theta) sin theta/(2 pi).

Here f = pi - theta, so that sin theta = sin f, cos theta = -cos f and the angle runs over [0, pi]; pi itself is a
parameter p in [3, 22/7] with sin p = 0, which has one value.

Assumptions
-----------
angle: dR/dtheta = 0.
radius: dR/dr = 0.
away from zero: r >= 1/1000. R has a kink at w = 0, which is no stationary point in the usual sense.

Statement
---------
form=smooth: with r in [1/1000, 100] every solution of both equations has |r - 1| <= 1/1000 and |f - pi| <= 1/1000, the
teacher. form=one dimension: on the line w = +-r (x in R) the loss is smooth for w != 0 and has value 0 at each of its
stationary points there. form=Clarke: at each w whose generalised gradient on that line contains 0, R < 1/4. Refuted,
by w = 0, where relu has the slopes [0, 1]. The empirical loss has whole regions of dead units besides (the entry
every-local-minimum), so population and empirical landscape differ.

Method
------
A cover of the box with outward rounding; case distinctions on the line. The generalised gradient is written out with a
slope s in [0, 1] that is 0 for w < 0 and 1 for w > 0.

References
----------
Tian: An analytical formula of population gradient for two-layered ReLU network. ICML 2017 (the formula for R).
Liu, Balaji, Xue, Min: ICLR 2020 submission BylDrRNKvH, abstract (the topic; statement and constants are ours).

Tags
----
population loss, ReLU, teacher, Clarke stationary point, Gaussian inputs
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "proved"

LINE = "relu(w)**2/4 + relu(-w)**2/4 - relu(w)/2 + 1/4"
"""R for w on the line through the teacher."""


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return one of the three forms."""
    if values["form"] == "Clarke":
        return _clarke()
    if values["form"] == "one dimension":
        return {
            "parameters": {"w": "real"},
            "objective": {"minimise": LINE},
            "assume": {"smooth": "w != 0"},
            "claim": {"every": "stationary point", "satisfies": "objective == 0"},
        }
    near = values["near"]
    equations = {"angle": "r*f*sin(f) == 0", "radius": "p*r == sin(f) - f*cos(f)"}
    radius = "[1/1000, 100]"
    if "radius" in without:
        return {
            "parameters": {"r": radius, "f": "[0, 22/7]"},
            "assume": {"angle": equations["angle"]},
            "claim": {"every": "point", "satisfies": f"abs(r - 1) <= {near}"},
        }
    if "angle" in without:
        return _weights(str(near), "p/2", "(sin(f) - f*cos(f))/p")
    if "away from zero" in without:
        return _weights(str(near), "0*p", "0*p")
    return {
        "parameters": {"r": radius, "f": "[0, 22/7]", "p": "[3, 22/7]"},
        "assume": {
            "pi": "sin(p) == 0", "range": "f <= p",
            **{name: text for name, text in equations.items() if name not in without},
        },
        "claim": {"every": "point", "satisfies": f"abs(f - p) <= {near} and abs(r - 1) <= {near}"},
    }  # fmt: skip


def _weights(near: str, angle: str, norm: str) -> dict[str, Any]:
    """Weights at an angle f and of a norm r, for p = pi, which is the stationary point of the cosine in [3, 4].

    At a right angle (f = pi/2) dR/dr = 0 for the norm given; at r = f = 0 both equations hold.
    """
    return {
        "parameters": {"p": "[3, 4]"},
        "definitions": {"f": angle, "r": norm},
        "objective": {"minimise": "cos(p)"},
        "claim": {"every": "stationary point", "satisfies": f"abs(r - 1) <= {near}"},
    }


def _clarke() -> dict[str, Any]:
    return {
        "parameters": {"w": "real", "s": "[0, 1]"},
        "assume": {
            "left": "s*relu(-w) == 0", "right": "(1 - s)*relu(w) == 0", "gradient": "relu(w) - relu(-w) == s",
        },
        "claim": {"every": "point", "satisfies": f"{LINE} < 1/4"},
    }  # fmt: skip


theorem = claim_theorem(
    id="relu-teacher",
    title="One ReLU, Gaussian inputs: the teacher is the only smooth stationary point; zero is a Clarke one",
    expected=EXPECTED,
    sources=("ICLR 2020 submission BylDrRNKvH (topic)", "C5 of the collection (formalisation)"),
    hypotheses=(
        Hypothesis("angle", "the derivative by the angle is zero", "by the claim", "any angle"),
        Hypothesis("radius", "the derivative by the norm is zero", "by the claim", "any norm"),
        Hypothesis("away from zero", "r >= 1/1000", "by the domain", "zero"),
    ),
    settings=(
        Setting("form", "smooth", "which form", "choice", ("smooth", "one dimension", "Clarke")),
        Setting("near", "1/1000", "how near to the teacher", "number", low=Fraction(0), above=True),
    ),
    stated=(StatedNumber("risk at zero", "R(0)", "1/4", "C5", True),),
    computed=lambda values: {"risk at zero": str(Fraction(1, 4) * (0 + 1))},
    statement=statement,
    cases=(
        Neighbour("one dimension", "the line through the teacher", "proved", {"form": "one dimension"}),
    ),
    twins=(
        Neighbour("Clarke", "generalised gradients: w = 0 with risk 1/4", "refuted", {"form": "Clarke"}),
        Neighbour("any angle", "stationary in the norm only", "refuted", without=("angle",)),
        Neighbour("zero", "r = 0, where both equations hold at the angle 0", "refuted", without=("away from zero",)),
        Neighbour("any norm", "stationary in the angle only", "refuted", without=("radius",)),
    ),
)  # fmt: skip
