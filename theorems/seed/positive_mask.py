"""Fixed positive mask, increasing link: every stationary point fits the data

Problem
-------
The one setting in which "every stationary point has low error" is true as it stands. The predictor is
f = sigma(<w, a*x>) with a mask a fixed, w trained. Our formalisation is theorem C of the collection: if sigma' > 0, all
a_j > 0 and the data are realisable, y_i = sigma(<u*, x_i>), then

    L(w) <= (Gamma/2 gamma) (|grad L(w)|/a_min) |a*w - u*|,    gamma <= sigma' <= Gamma on the range,

so that gradient zero implies loss zero, however the mask was obtained.

Assumptions
-----------
H3: every entry of the mask is positive. A hard mask (one entry 0) breaks it.
H2: realisable, the targets are sigma(<u*, x_i>).
H4: the link is strictly increasing; relu has a dead region.

Statement
---------
With u* = (1, 1/4), inputs (1, 1) and (1, -2) and mask (1/2, 1/3) (or softmax(s) with s trained as well): every
stationary point of L has L = 0. form="inequality" states the inequality itself for the identity, u* = (1, 2) and
|w_j| <= 4. The factor 1/2 is attained there by a uniform mask and an orthogonal design (form="orthogonal", used by
the twin). form="least squares" is the same for targets that no weights fit, L - min L <= (1/2)(|grad L|/a_min)|u -
u_LS|, in the numbers d = u - u_LS and h = G d. For hard targets (tanh(.) = 1) there is no stationary point at all:
vacuous, although double precision sees gradient 0.

Method
------
Exponentials as positive algebraic variables, monotone steps, case distinctions. The inequality is decided with the
gradient written out.

References
----------
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL, outline (the claim; statement and constants are ours).

Tags
----
stationary point, positive mask, single index model, realisable, gradient domination
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorems.seed._hypotheses import decider
from theorems.seed._rational import SOURCE, texts
from verify.claim_theorem import Neighbour, claim_theorem, compared
from verify.theorem import Hypothesis, Setting, StatedNumber, Values
from verify.verdict import Assumption

EXPECTED = "proved"

INPUTS = [["1", "1"], ["1", "-2"]]
ORTHOGONAL = [["1", "1"], ["1", "-1"]]
TEACHER = (Fraction(1), Fraction(1, 4))
MASK = (Fraction(1, 2), Fraction(1, 3))
LINKS = {"identity": "({})", "tanh": "tanh({})", "sigmoid": "sigmoid({})"}


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the claim for a link and a mask."""
    if values["form"] == "least squares":
        return _least_squares(values)
    if values["form"] in ("inequality", "orthogonal"):
        return _inequality(values)
    link = "relu({})" if "H4" in without else LINKS[str(values["link"])]
    trained = values["mask"] == "softmax"
    mask = "softmax(s)" if trained else "a"
    target = "[1, 1]" if values["mask"] == "hard target" else link.format("X @ u")
    inputs = INPUTS
    if "H2" in without:
        inputs, target = [*INPUTS, ["1", "0"]], "[1/4, 1/4, -1/2]"
    entries = (MASK[0], Fraction(0)) if "H3" in without else MASK
    return {
        "parameters": {"w": "real[2]", "s": "real[2]"} if trained else {"w": "real[2]"},
        "constants": {"X": inputs, "u": texts(TEACHER), **({} if trained else {"a": texts(entries)})},
        "objective": {"minimise": f"sum(({link.format(f'X @ ({mask}*w)')} - {target})**2)/4"},
        "claim": {"every": "stationary point", "satisfies": "objective == 0"},
    }


def _inequality(values: Values) -> dict[str, Any]:
    """The inequality for the identity, gamma = Gamma = 1, squared: L^2 <= (c |grad L|/a_min)^2 |a*w - u*|^2."""
    uniform = values["form"] == "orthogonal"
    mask = (MASK[0], MASK[0]) if uniform else MASK
    factor = (Fraction(values["factor"]) / min(mask)) ** 2
    return {
        "parameters": {"w": "[-4, 4][2]"},
        "constants": {"X": ORTHOGONAL if uniform else INPUTS, "u": ["1", "2"], "a": texts(mask)},
        "objective": {"minimise": "sum((X @ (a*w - u))**2)/4"},
        "claim": {
            "every": "stationary point", "within": "1000",
            "satisfies": f"objective**2 <= {factor}*gradient_norm**2*sum((a*w - u)**2)",
        },
    }  # fmt: skip


def _least_squares(values: Values) -> dict[str, Any]:
    """Any targets, identity link: L - min L = <d, h>/2 and grad_w = a*h with d = u - u_LS, h = G d, squared."""
    factor = 4 * (Fraction(values["factor"]) / min(MASK)) ** 2
    return {
        "parameters": {"d": "real[2]", "h": "real[2]"},
        "constants": {"a": texts(MASK)},
        "claim": {"every": "point", "satisfies": f"dot(d, h)**2 <= {factor}*sum((a*h)**2)*sum(d**2)"},
    }


def assumptions(values: Values) -> tuple[Assumption, ...]:
    """Return the positivity of the mask."""
    return (compared("H3", "min_j a_j > 0", min(MASK), ">", 0, note="a softmax mask is positive at all finite logits"),)


theorem = claim_theorem(
    id="positive-mask",
    title="Fixed positive mask, increasing link: every stationary point fits the data",
    expected=EXPECTED,
    sources=(f"{SOURCE} (claim)", "theorem C of the collection (formalisation)"),
    hypotheses=(
        Hypothesis("H3", "a_j > 0 for all j", "exact", "hard mask"),
        Hypothesis("H2", "y_i = sigma(<u*, x_i>)", "by the claim", "not realisable"),
        Hypothesis("H4", "sigma' > 0", "by the choice of the link", "relu"),
    ),
    settings=(
        Setting("form", "stationary", "gradient zero, or the inequality (also where it is tight)", "choice",
                ("stationary", "inequality", "orthogonal", "least squares")),
        Setting("link", "tanh", "activation", "choice", tuple(LINKS)),
        Setting("mask", "fixed", "fixed, trained softmax, or fixed with hard targets", "choice",
                ("fixed", "softmax", "hard target")),
        Setting("factor", "1/2", "the factor Gamma/(2 gamma) in the inequality", "number", low=Fraction(0)),
    ),
    stated=(StatedNumber("factor for the identity", "Gamma/(2 gamma)", "1/2", "theorem C", True),),
    computed=lambda values: {
        "factor for the identity": "1/2, attained by a uniform mask and an orthogonal design"
    },
    assumptions=assumptions,
    statement=statement,
    on_data=decider("H1", "H2", "H3", "H4", "H8"),
    cases=(
        Neighbour("identity", "identity link", "proved", {"link": "identity"}),
        Neighbour("softmax mask", "trained softmax mask, identity link", "proved",
                  {"link": "identity", "mask": "softmax"}),
        Neighbour("inequality", "the inequality for the identity", "proved", {"form": "inequality"}),
        Neighbour("least squares", "targets that no weights fit: L - min L <= 1/2 |grad|/a_min |u - u_LS|", "proved",
                  {"form": "least squares"}),
        Neighbour("hard target", "targets 1 of tanh: no stationary point", "vacuous", {"mask": "hard target"}),
    ),
    twins=(
        Neighbour("least squares constant", "1/2 lowered by one per cent there", "refuted",
                  {"form": "least squares", "factor": "99/200"}),
        Neighbour("hard mask", "one entry of the mask is 0", "refuted", {"link": "identity"}, ("H3",)),
        Neighbour("not realisable", "a third sample that no weights fit", "refuted", {"link": "identity"}, ("H2",)),
        Neighbour("relu", "relu link: dead region", "refuted", without=("H4",)),
        Neighbour("constant", "1/2 lowered by one per cent, uniform mask and orthogonal design", "refuted",
                  {"form": "orthogonal", "factor": "99/200"}),
    ),
)  # fmt: skip
