"""Full-rank Jacobian: a stationary point at which the residuals can be moved fits the data

Problem
-------
What can honestly be said about "every stationary point has zero training error", for any model: theorem G of the
collection (our formalisation). With J the n x P Jacobian of the predictions and r the residuals, grad L = J^T r/n,
hence

    L <= n |grad L|^2/(2 sigma_min(J)^2)    wherever sigma_min(J) > 0.

It is a certificate for the point at hand: points of lemma 0 (zero blocks) do not pass, since J loses rank there.

Assumptions
-----------
H12: the Jacobian has full row rank (with a bound c <= sigma_min(J)^2 in the form with small gradients).

Statement
---------
For the linear mask model f_i = sum_j a_j w_j X_ij with X invertible, J J^T = X diag(a_j^2 + w_j^2) X^T: every
stationary point with det(J J^T) > 0 has L = 0 (form=stationary). For one weight, (a w - 1)^2/2 with
a^2 + w^2 >= 1: every point with |grad L| <= 1/10 has L <= 1/200 (form=small gradient). A trained mask adds columns,
J J^T = J_0 J_0^T + J_a J_a^T, so sigma_min never drops at the same parameters (form=columns).

Method
------
Case distinctions on the factors of the gradient; for small gradients |grad L|^2 = 2 L (a^2 + w^2).

References
----------
Xie, Liang, Song: Diverse neural network learns true target functions. AISTATS 2017 (the idea; constants are ours).
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL, outline (the claim).

Tags
----
stationary point, Jacobian, a-posteriori certificate, mask
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorems.seed._hypotheses import decider
from theorems.seed._rational import SOURCE
from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "proved"

TARGETS = {1: ("[[1]]", "[1]"), 2: ("[[1, 1], [1, -2]]", "[1, 2]")}

TARGETS_DESIGN = [["1", "1"], ["1", "-2"]]


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the claim for exactly stationary points, or for small gradients."""
    if values["form"] == "columns":
        return _columns(Fraction(values["factor"]))
    return _small_gradient(values, without) if values["form"] == "small gradient" else _stationary(values, without)


def _columns(factor: Fraction) -> dict[str, Any]:
    """A trained mask adds columns to the Jacobian: J J^T = J_0 J_0^T + J_a J_a^T, as quadratic forms."""
    return {
        "parameters": {"a": "real[2]", "w": "real[2]", "r": "real[2]"},
        "constants": {"X": TARGETS_DESIGN},
        "definitions": {"own": "sum((a*(X.T @ r))**2)", "of_mask": "sum((w*(X.T @ r))**2)"},
        "claim": {"every": "point", "satisfies": f"own + of_mask >= {factor}*own"},
    }


def _stationary(values: Values, without: frozenset[str]) -> dict[str, Any]:
    p = int(values["p"])
    design, target = TARGETS[p]
    return {
        "parameters": {"a": f"real[{p}]", "w": f"real[{p}]"},
        "definitions": {
            "X": design,
            "J": "concatenate([X*w, X*a], 1)",
            "residual": f"X @ (a*w) - {target}",
        },
        "objective": {"minimise": f"sum(residual**2)/{2 * p}"},
        "assume": {} if "H12" in without else {"H12": "det(J @ J.T) > 0"},
        "claim": {"every": "stationary point", "satisfies": "objective == 0"},
    }


def _small_gradient(values: Values, without: frozenset[str]) -> dict[str, Any]:
    weight = "a*w" if values["model"] == "mask" else "w"
    names = ("a", "w") if values["model"] == "mask" else ("w",)
    rank = {"H12": "a**2 + w**2 >= 1"} if values["model"] == "mask" and "H12" not in without else {}
    return {
        "parameters": dict.fromkeys(names, "real"),
        "objective": {"minimise": f"({weight} - 1)**2/2"},
        "assume": rank,
        "claim": {
            "every": "stationary point", "within": "1/10",
            "satisfies": f"objective <= {Fraction(values['factor']) * Fraction(1, 200)}",
        },
    }  # fmt: skip


theorem = claim_theorem(
    id="jacobian-certificate",
    title="Full-rank Jacobian: a stationary point at which the residuals can be moved fits the data",
    expected=EXPECTED,
    sources=(f"{SOURCE} (claim)", "theorem G of the collection (formalisation)", "Xie, Liang, Song 2017 (idea)"),
    hypotheses=(Hypothesis("H12", "sigma_min(J) > 0", "by the claim: det(J J^T) > 0", "no full rank"),),
    settings=(
        Setting("form", "stationary", "exactly stationary, small gradient, or the columns that a mask adds", "choice",
                ("stationary", "small gradient", "columns")),
        Setting("p", "2", "inputs and samples", "integer", low=Fraction(1), high=Fraction(2)),
        Setting("model", "mask", "for small gradients: with the mask or without", "choice", ("mask", "no mask")),
        Setting("factor", "1", "factor at the bound for small gradients", "number", low=Fraction(0)),
    ),
    stated=(StatedNumber("bound", "n eps^2/(2 sigma_min^2) with n = sigma_min = 1", "1/200", "theorem G", True),),
    computed=lambda values: {"bound": "1/200, attained without mask at w = 9/10"},
    statement=statement,
    on_data=decider("H12"),
    cases=(
        Neighbour("one input", "p = 1", "proved", {"p": "1"}),
        Neighbour("columns", "a trained mask never lowers sigma_min at the same parameters", "proved",
                  {"form": "columns"}),
        Neighbour("small gradient", "the inequality with gradient norm 1/10", "proved", {"form": "small gradient"}),
    ),
    twins=(
        Neighbour("no full rank", "H12 dropped: the zero point", "refuted", without=("H12",)),
        Neighbour("no full rank, small gradient", "H12 dropped in the inequality", "refuted",
                  {"form": "small gradient"}, ("H12",)),
        Neighbour("more columns", "the mask does not raise it by one per cent either (w = 0)", "refuted",
                  {"form": "columns", "factor": "101/100"}),
        Neighbour("constant", "the bound lowered by one per cent, attained without mask (J = 1)", "refuted",
                  {"form": "small gradient", "model": "no mask", "factor": "99/100"}),
    ),
)  # fmt: skip
