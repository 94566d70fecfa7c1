"""Verdicts of every kind, as a check of claims and of a theorem makes them."""

from __future__ import annotations

import json
from math import log
from pathlib import Path
from typing import Any

import pytest

from verify.verdict import Assumption, Verdict

HOSTILE = '<script>alert("1")</script> & "quotes" \'x\' ]]> --> | `code` [a](javascript:alert(1)) $\\input{x}$ \x00\x1b[31m \u202eevil'
"""A text that would break out of any format which forgets to escape it."""


def _claim(**sections: Any) -> dict[str, Any]:
    return sections


def lasso() -> Verdict:
    statement = _claim(
        parameters={"a": "real[2]", "w": "real[2]"},
        constants={"b": ["2", "1/2"]},
        objective={"minimise": "sum((a*w - b)**2)/2 + (sum(a**2) + sum(w**2))/2"},
        claim={"every": "local minimum", "satisfies": "a[0]*w[0] == 1 and a[1]*w[1] == 0"},
    )
    details = {
        "derivation": {
            "loss": r"L = \frac{1}{2} \left\| a \odot w - b \right\|_{2}^{2} + \frac{1}{2} \left\| a \right\|_{2}^{2}"
            r" + \frac{1}{2} \left\| w \right\|_{2}^{2}",
            "gradient": {
                "a": r"\left( a \odot w - b \right) \odot w + a",
                "w": r"\left( a \odot w - b \right) \odot a + w",
            },
            "conditions": [
                r"\left( a \odot w - b \right) \odot w + a = 0",
                r"\left( a \odot w - b \right) \odot a + w = 0",
            ],
        }
    }
    return Verdict(
        id="mask-ridge-lasso", verdict="proved", level="exact", scope="all real a, w", expected="proved",
        title="Mask and weights with ridge 1: every local minimum is the lasso solution", seconds=1.284, budget=60,
        values={"hypotheses met at": "a[0] = 1, a[1] = 0, w[0] = 1, w[1] = 0"}, method="ideal membership",
        effort={"cofactors": "14", "degree": "6"}, statement=statement, details=details,
        reproduce="attnverify check mask-ridge-lasso.toml --seed 0",
    )  # fmt: skip


def head() -> Verdict:
    return Verdict(
        id="two-token-head", verdict="refuted", level="ball", expected="proved", seconds=4.02, budget=60, seed=3,
        title="Two tokens, trained head: every local minimum in the box has small loss",
        scope="all q in [-4, 4], k in [-4, 4], w in [-4, 4]",
        witness={"q": "1.7071067811865475 +/- 3.1e-16", "k": "-1.2599210498948732 +/- 2.9e-16", "w": "7/3"},
        values={"objective": "0.3141592653589793 +/- 1e-15", "min_curvature": "0.0271 +/- 1e-6"},
        reason="A strict local minimum with a loss above the bound.", method="Krawczyk box, Hessian enclosed",
        effort={"starts": "200", "boxes": "1311"},
        statement=_claim(
            parameters={"q": "[-4, 4]", "k": "[-4, 4]", "w": "[-4, 4]"},
            definitions={"fit": "w*(2 + tanh(q*k)) - 3"},
            objective={"minimise": "(fit**2 + (w*(3/2 - tanh(q*k)/2) - 1)**2)/4"},
            assume={"sharp": "min_curvature >= 1/100"},
            claim={"every": "local minimum", "satisfies": "objective < 1/4"},
        ),
        assumptions=(
            Assumption("sharp", "the Hessian is positive definite", True, "0.0271 +/- 1e-6", ">=", "1/100", "0.0171", "ball"),
        ),
        reproduce="attnverify check two-token-head.toml --seed 3",
    )  # fmt: skip


def origin() -> Verdict:
    return Verdict(
        id="one-head-second-order", verdict="refuted", level="exact", scope="all real q, k, w", expected="refuted",
        title="One head, three factors: every second-order point fits", witness={"q": "0", "k": "0", "w": "0"},
        values={"objective": "1/2"}, seconds=0.31, budget=60, method="exact point",
        statement=_claim(
            parameters={"q": "real", "k": "real", "w": "real"},
            objective={"minimise": "(w*tanh(q*k) - 1)**2/2"},
            claim={"every": "second-order point", "satisfies": "objective <= 0"},
        ),
        reproduce="attnverify check one-head-second-order.toml --seed 0",
    )  # fmt: skip


def gaussian() -> Verdict:
    return Verdict(
        id="gaussian-max", verdict="supported", level="statistical", scope="the law x ~ normal[8]", expected="supported",
        title="Eight Gaussian entries rarely exceed 3", seconds=0.9, budget=60, method="confidence sequence",
        values={"estimate": "0.0214", "upper bound": "0.0231", "confidence": "0.999"}, effort={"samples": "262144"},
        statement=_claim(random={"x": "normal[8]"}, claim={"probability": "max(abs(x)) > 3", "at_most": "1/20"}),
        reproduce="attnverify check gaussian-max.toml --seed 0",
    )  # fmt: skip


def saturated() -> Verdict:
    return Verdict(
        id="saturated-target", verdict="vacuous", level="exact", scope="all real s", expected="vacuous",
        title="Hard target, sigmoid attention: every stationary point is good", seconds=0.2, budget=60,
        reason="The gradient has no zero: its sign is constant.", method="sign of the gradient",
        statement=_claim(
            parameters={"s": "real"},
            objective={"minimise": "(1 - sigmoid(s))**2/2"},
            claim={"every": "stationary point", "satisfies": "objective <= 1/1000"},
        ),
    )  # fmt: skip


def ridge_head() -> Verdict:
    return Verdict(
        id="one-head-ridge", verdict="undecided", level=None, scope="all real q, k, w", expected="refuted",
        title="One head with weight decay: every local minimum beats the zero predictor", seconds=58.3, budget=60,
        reason="The budget is used up; closest approach: gradient norm 4.1e-9 at (0, 0, 0).",
        statement=_claim(
            parameters={"q": "real", "k": "real", "w": "real"},
            definitions={"data_loss": "(w*tanh(q*k) - 1)**2/2"},
            objective={"minimise": "data_loss + (q**2 + k**2 + w**2)/200"},
            claim={"every": "local minimum", "satisfies": "data_loss < 1/2"},
        ),
    )  # fmt: skip


def sparse_mask() -> Verdict:
    n = [128, 181, 256, 362, 512, 724, 1024, 1448, 1797]
    mask = [round(0.31 * 5 * log(1280) / k + 0.004, 6) for k in n]
    ridge = [round(0.9 * 64 / (k**0.85), 6) for k in n]
    details = {
        "curves": [
            {
                "title": "In-sample error of mask, lasso and ridge against the bound", "x_label": "samples n",
                "y_label": "in-sample error", "x": n, "log": True, "bound": "bound of theorem E",
                "series": {
                    "mask": mask,
                    "lasso": [value * 1.0001 for value in mask],
                    "ridge": ridge,
                    "bound of theorem E": [round(18 * 5 * log(1280) / (0.61 * k), 5) for k in n],
                },
            }
        ],
        "tables": [
            {
                "title": "Estimators on the digits", "columns": ["estimator", "in-sample error", "nonzero", "duality gap"],
                "rows": [["mask, 20 starts", 0.00984, 5, "0"], ["lasso", 0.00984, 5, "3.1e-17"], ["ridge", 0.0921, 64, None]],
            }
        ],
        "ablation": {
            "columns": ["dropped", "verdict", "level", "witness"],
            "rows": [["ridge on the mask", "refuted", "exact", "a = 0, w = 0"], ["sparse target", "refuted", "ball", "k = 64"]],
        },
        "limits": ["The noise level was estimated from residuals, not known."],
    }  # fmt: skip
    return Verdict(
        id="sparse-mask", verdict="proved", level="exact", expected="proved", seconds=21.7, budget=120,
        title="Mask with ridge equals lasso: every local minimum is global and obeys the in-sample bound",
        scope="the 1797 digit images, 64 pixels, target with 5 relevant pixels, mask and weights of any real value",
        values={"bound": "0.3561", "measured error": "0.00984", "lambda": "2/25"}, method="duality gap at every minimum",
        effort={"starts": "20", "distinct minima": "1"},
        statement={
            "parameters": {"a": "real[64]", "w": "real[64]"},
            "objective": r"$F(a, w) = \frac{1}{2n} \left\| X (a \odot w) - y \right\|_{2}^{2} + \frac{\lambda}{2} "
            r"\left( \left\| a \right\|_{2}^{2} + \left\| w \right\|_{2}^{2} \right)$",
            "assume": {
                "eigenvalue": r"$\kappa > 0$",
                "noise": r"$\lambda \ge 2 \left\| X^{\top} \xi / n \right\|_{\infty}$",
            },
            "claim": {
                "every": "local minimum",
                "satisfies": r"$\frac{1}{n} \left\| X (\hat{u} - u^{*}) \right\|_{2}^{2} \le \frac{9 \lambda^{2} k}{4 \kappa}$",
            },
        },
        assumptions=(
            Assumption("H6 restricted eigenvalue", "κ is positive on the cone", True, "0.6134 +/- 1e-9", ">", "0", "0.6134", "ball"),
            Assumption("H7 noise event", "λ dominates the noise", True, "0.08", ">=", "0.0731", "0.0069", "float", "noise level estimated from residuals"),
            Assumption("H13 conclusion not free", "the bound is below the null error", True, "0.3561", "<", "2.41", "2.0539", "exact"),
            Assumption("H10 baseline equivariant", "ridge is orthogonally equivariant", None, "", "", "", "", "sampled", "holds by declaration"),
        ),
        details=details, reproduce="attnverify check sparse-mask --set k=5 --seed 0",
    )  # fmt: skip


def hostile() -> Verdict:
    """A verdict whose every text is hostile."""
    return Verdict(
        id=HOSTILE, verdict="refuted", level="exact", scope=HOSTILE, title=HOSTILE, expected="proved",
        witness={HOSTILE: HOSTILE}, values={HOSTILE: HOSTILE}, reason=HOSTILE, certificate="javascript:alert(1).json",
        method=HOSTILE, effort={HOSTILE: HOSTILE}, reproduce=HOSTILE,
        assumptions=(Assumption(HOSTILE, HOSTILE, True, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE),),
        statement={
            "parameters": {HOSTILE: HOSTILE, "x": "real"}, "constants": {HOSTILE: [HOSTILE]},
            "definitions": {HOSTILE: HOSTILE}, "objective": {"minimise": HOSTILE}, "assume": {HOSTILE: HOSTILE},
            "claim": {"every": HOSTILE, "satisfies": "$\\text{<img src=x onerror=alert(1)>}$"},
        },
        details={
            "curves": [{"title": HOSTILE, "x_label": HOSTILE, "y_label": HOSTILE, "x": [1, 2], "series": {HOSTILE: [1, 2]},
                        "bound": None, "log": True}],
            "tables": [{"title": HOSTILE, "columns": [HOSTILE], "rows": [[HOSTILE]]}],
            "derivation": {"loss": HOSTILE, "gradient": {HOSTILE: HOSTILE}, "conditions": [r"\text{<b>x</b>}", r"\nonsense"]},
            "limits": [HOSTILE],
        },
    )  # fmt: skip


@pytest.fixture
def verdicts() -> list[Verdict]:
    """Realistic verdicts, in the order of a run."""
    return [lasso(), origin(), gaussian(), saturated(), ridge_head(), sparse_mask(), head()]


@pytest.fixture
def hostile_verdict() -> Verdict:
    return hostile()


@pytest.fixture
def hostile_text() -> str:
    return HOSTILE


@pytest.fixture
def with_certificate(tmp_path: Path) -> Verdict:
    """A proved verdict whose certificate lies in ``certificates`` of the temporary folder."""
    from dataclasses import replace

    path = tmp_path / "certificates" / "mask-ridge-lasso-0123456789ab-proved.json"
    path.parent.mkdir()
    path.write_text(json.dumps({"format": 1, "verdict": "proved"}) + "\n", encoding="utf-8")
    return replace(lasso(), certificate=str(path))
