"""Small instances of the sparse-mask theorem and its twins, as claims for the general provers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from verify.theorem import Case, Twin

COORDINATE = {
    "id": "sparse-mask-coordinate",
    "title": "One coordinate of a second-order point of the mask model obeys the lasso's optimality conditions",
    "notes": "slope and curvature: first and second partial derivative of g; the lemma of theorem A in any dimension",
    "parameters": {"a": "real", "w": "real", "slope": "real", "curvature": "nonnegative", "penalty": "positive"},
    "assume": {
        "gradient_a": "slope*w + penalty*a == 0",
        "gradient_w": "slope*a + penalty*w == 0",
        "block": "(penalty + curvature*w**2)*(penalty + curvature*a**2) - (slope + curvature*a*w)**2 >= 0",
    },
    "claim": {"every": "point", "satisfies": "slope**2 <= penalty**2 and a*w*slope == -penalty*a**2 and a**2 == w**2"},
}

SEPARABLE = {
    "id": "sparse-mask-separable",
    "title": "Two orthonormal columns: every local minimum is the soft-thresholded target",
    "parameters": {"a": "real[2]", "w": "real[2]"},
    "constants": {"c": ["5/2", "1/8"], "penalty": "1/4"},
    "objective": {"minimise": "sum((a*w - c)**2)/2 + penalty*(sum(a**2) + sum(w**2))/2"},
    "claim": {"every": "local minimum", "satisfies": "a[0]*w[0] == 9/4 and a[1]*w[1] == 0"},
}


def coupled(satisfies: str, *, id: str, title: str, c: list[str]) -> dict[str, Any]:
    """Return a claim about two columns with correlation 1/2, lambda = 1/4."""
    return {
        "id": id,
        "title": title,
        "parameters": {"a": "real[2]", "w": "real[2]"},
        "constants": {"G": [["1", "1/2"], ["1/2", "1"]], "c": c},
        "definitions": {"u": "a*w"},
        "objective": {"minimise": "u @ G @ u/2 - dot(c, u) + (sum(a**2) + sum(w**2))/8"},
        "claim": {"every": "local minimum", "satisfies": satisfies},
    }


def single(satisfies: str, *, id: str, title: str, c: str = "3/4", ridge: str = "(a**2 + w**2)/4",
           every: str = "local minimum") -> dict[str, Any]:  # fmt: skip
    """Return a claim about one column, teacher 1 and lambda = 1/2; the noise is c - 1."""
    return {
        "id": id,
        "title": title,
        "parameters": {"a": "real", "w": "real"},
        "constants": {"c": c},
        "objective": {"minimise": f"(a*w - c)**2/2 + {ridge}"},
        "claim": {"every": every, "satisfies": satisfies},
    }


_ERROR = "d @ G @ d"
_TEACHER = {"u": "a*w", "d": "a*w - [1, -1]"}


def _worst_pair(satisfies: str, *, id: str, title: str) -> dict[str, Any]:
    """Two correlated columns, teacher (1, -1), the largest noise that H7 allows, against the teacher."""
    data = coupled(satisfies, id=id, title=title, c=["3/8", "-3/8"])
    return {**data, "definitions": _TEACHER}


CASES = (
    Case("coordinate", "proved", COORDINATE),
    Case("separable", "proved", SEPARABLE),
    Case("coupled", "proved", coupled(
        "u[0] == 1 and u[1] == 0", id="sparse-mask-coupled",
        title="Two correlated columns: every local minimum is the lasso solution", c=["5/4", "1/2"],
    )),
    Case("tight", "proved", single(
        "(a*w - 1)**2 <= 9/16", id="sparse-mask-tight", title="One column, worst noise: the bound holds with equality",
    )),
    Case("tight pair", "proved", _worst_pair(
        f"{_ERROR} <= 9/16", id="sparse-mask-tight-pair",
        title="Two correlated columns, worst noise, kappa = 1/2: the bound holds with equality",
    )),
)  # fmt: skip
"""The bound 9 lambda^2 k/(4 kappa) is 9/16 for k = kappa = 1, lambda = 1/2 and for k = 2, kappa = 1/2, lambda = 1/4."""

TWINS = (
    Twin("stationary", "every stationary point instead of every local minimum", "refuted", single(
        "(a*w - 1)**2 <= 9/16", id="sparse-mask-twin-stationary", title="Every stationary point predicts well",
        every="stationary point",
    )),
    Twin("no ridge", "no ridge at all", "refuted", single(
        "a*w == 1/4", id="sparse-mask-twin-no-ridge", title="Without ridge every local minimum solves the lasso",
        ridge="0",
    )),
    Twin("one ridge", "ridge on the mask alone: the infimum is not attained, there is no local minimum", "vacuous",
         single("a*w == 1/4", id="sparse-mask-twin-one-ridge", ridge="a**2/4",
                title="With ridge on the mask alone every local minimum solves the lasso")),
    Twin("constant", "the constant 9/4 lowered by one per cent", "refuted", single(
        "(a*w - 1)**2 <= 891/1600", id="sparse-mask-twin-constant", title="The bound with 99/100 of its constant",
    )),
    Twin("no noise event", "H7 dropped: noise as large as lambda", "refuted", single(
        "(a*w - 1)**2 <= 9/16", id="sparse-mask-twin-noise", title="The bound without the noise event", c="9/16",
    )),
    Twin("no eigenvalue", "H6 dropped: kappa = 1 is claimed for columns of correlation 1/2", "refuted", _worst_pair(
        f"{_ERROR} <= 9/32", id="sparse-mask-twin-kappa", title="The bound with kappa = 1 for correlated columns",
    )),
)  # fmt: skip

CLAIMS: Mapping[str, Mapping[str, Any]] = {item.name: item.claim for item in (*CASES, *TWINS)}
