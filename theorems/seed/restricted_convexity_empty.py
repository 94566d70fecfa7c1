"""Restricted strong convexity is empty for networks: a second solution contradicts it

Problem
-------
Where theorem B of the collection says nothing (our formalisation). Its assumption H5 with tau = 0, <grad L(x) - grad
L(t), x - t> >= alpha |x - t|^2 for all x in the domain and alpha > 0, cannot hold if the domain contains a second
stationary point x of L (H9): the left side is 0 there. That is so

copy: for a network of two units, if the domain contains the teacher with its units exchanged;
origin: for a product model f = <a*w, x>, if the domain contains the origin (lemma 0);
kernel: for a linear model with n < p, along X d = 0.

An error bound derived from H5 is then vacuous, not true. The assumption has to be checked before the conclusion.

Assumptions
-----------
H5: restricted strong convexity with tau = 0 between teacher and second point.
second solution: the second point lies in the domain and is stationary. Without it H5 can be met.

Statement
---------
case=copy: for f = <v, tanh(W x)> with teacher W = (1, 2), v = (1, 1), noise-free, and any alpha > 0, every point that
meets H5 against the exchanged teacher has alpha < 0. There is no such point: vacuous. Likewise the other cases.

Method
------
The gradients at the two points are zero by symmetry or by lemma 0, so H5 reads 0 >= alpha |x - t|^2. For the origin the
gradient is written out; for the kernel the Gram matrix is.

References
----------
Loh, Wainwright: Regularized M-estimators with nonconvexity. JMLR 2015 (where H5 comes from).
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL, outline (the claim; statement is ours).

Tags
----
vacuous, restricted strong convexity, permutation symmetry, product model, underdetermined
"""

from __future__ import annotations

from typing import Any

from theorems.seed._hypotheses import decider
from theorems.seed._rational import SOURCE
from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "vacuous"


def _copy(without: frozenset[str]) -> dict[str, Any]:
    """Two units with equal output weights, one input x = 1: dL/dw_i = (f(w) - f(t)) (1 - tanh(w_i)^2)."""
    slopes = "(tanh(x[0]) + tanh(x[1]) - tanh(t[0]) - tanh(t[1]))*(1 - tanh(x)**2)"
    copy = {} if "second solution" in without else {"copy": "x[0] == t[1] and x[1] == t[0]"}
    return {
        "parameters": {"alpha": "positive", "x": "real[2]"},
        "constants": {"t": ["1", "2"]},
        "assume": {**copy, **_kept("H5", without, f"dot({slopes}, x - t) >= alpha*sum((x - t)**2)")},
    }


def _origin(without: frozenset[str]) -> dict[str, Any]:
    """One product a*w with target 1: gradient ((a w - 1) w, (a w - 1) a), teacher (1, 1)."""
    origin = {} if "second solution" in without else {"origin": "a == 0 and w == 0"}
    inner = "(a*w - 1)*(w*(a - 1) + a*(w - 1)) >= alpha*((a - 1)**2 + (w - 1)**2)"
    return {
        "parameters": {"alpha": "positive", "a": "real", "w": "real"},
        "assume": {**origin, **_kept("H5", without, inner)},
    }


def _kernel(without: frozenset[str]) -> dict[str, Any]:
    """One sample (1, 2), two inputs: X d = 0 along d = (2, -1)."""
    kernel = {} if "second solution" in without else {"kernel": "d[0] == 2 and d[1] == -1"}
    return {
        "parameters": {"alpha": "positive", "d": "real[2]"},
        "constants": {"X": [["1", "2"]]},
        "assume": {**kernel, **_kept("H5", without, "sum((X @ d)**2) >= alpha*sum(d**2)")},
    }


CASES = {"copy": _copy, "origin": _origin, "kernel": _kernel}


def _kept(name: str, without: frozenset[str], text: str) -> dict[str, str]:
    return {} if name in without else {name: text}


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return one case; the conclusion contradicts alpha > 0, so that only emptiness can save it."""
    data = CASES[str(values["case"])](without)
    return {**data, "claim": {"every": "point", "satisfies": "alpha < 0"}}


theorem = claim_theorem(
    id="restricted-convexity-empty",
    title="Restricted strong convexity is empty for networks: a second solution contradicts it",
    expected=EXPECTED,
    sources=(f"{SOURCE} (claim)", "theorem B of the collection, where it is empty (formalisation)"),
    hypotheses=(
        Hypothesis("H5", "<grad L(x) - grad L(t), x - t> >= alpha |x - t|^2", "by the claim", "no convexity"),
        Hypothesis("second solution", "x is in the domain (H9 fails)", "by the claim", "no second solution"),
    ),
    settings=(Setting("case", "copy", "which second solution", "choice", tuple(CASES)),),
    stated=(StatedNumber("alpha", "the largest alpha that H5 admits", "0", "ours", True),),
    computed=lambda values: {"alpha": "0"},
    statement=statement,
    on_data=decider("H9", "H5"),
    cases=(
        Neighbour("origin", "the origin of a product model", "vacuous", {"case": "origin"}),
        Neighbour("kernel", "fewer samples than inputs", "vacuous", {"case": "kernel"}),
    ),
    twins=(
        Neighbour("no convexity", "without H5 the numbers exist", "refuted", {"case": "origin"}, ("H5",)),
        Neighbour("no second solution", "away from the second solution H5 can be met", "refuted",
                  {"case": "origin"}, ("second solution",)),
    ),
)  # fmt: skip
