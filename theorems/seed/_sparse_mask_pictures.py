"""Shapes the measurements of a sparse-mask instance for reports: one picture, two tables, the derivation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from theorems.seed._sparse_mask_instance import Instance

NAMES = {
    "ridge_best": "ridge, best penalty (chosen knowing the teacher)",
    "ridge_same_penalty": "ridge, same penalty",
    "minimum_norm": "minimum norm (least squares)",
    "zero": "predicting 0",
    "oracle_support": "least squares on the teacher's support",
}

MINIMA_SHOWN = 10
"""Rows of the table of trained minima."""

STATEMENT = {
    "objective": r"$F(a, w) = \frac{1}{2 n} \left\| X (a \odot w) - y \right\|_2^2 + "
    r"\frac{\lambda}{2} \left( \left\| a \right\|_2^2 + \left\| w \right\|_2^2 \right)$",
    "claim": r"$\frac{1}{n} \left\| X (a \odot w - u^{*}) \right\|_2^2 \le \frac{9 \lambda^2 k}{4 \kappa}"
    r"\quad \text{at every local minimum}$",
}


def shown(details: Mapping[str, Any], instance: Instance) -> dict[str, Any]:
    """Return ``curves``, ``tables``, ``statement`` and ``derivation`` for a report."""
    found: dict[str, Any] = {
        "curves": [curve(details)],
        "tables": [baseline_table(details), minima_table(details)],
        "statement": STATEMENT,
        "limits": [
            "The teacher is drawn or fitted, never known; with real labels the noise level is an estimate and says so.",
            "The bound holds for the mean squared error on these inputs, not for new ones.",
            "Errors of trained models, ridge and minimum norm are floating point; only the verdict is exact.",
        ],
    }
    if (derived := derivation(instance)) is not None:
        found["derivation"] = derived
    return found


def curve(details: Mapping[str, Any]) -> dict[str, Any]:
    """Return errors of mask, lasso and ridge against the bound, over the penalty."""
    path = details["path"]
    count = len(path["penalty"])
    series: dict[str, Any] = {
        "mask, trained": path["mask"] or [None] * count,
        "lasso": path["lasso"],
        "ridge": path["ridge"],
        "best ridge": [details["baselines"]["ridge_best"]["error"]] * count,
        "minimum norm": [details["baselines"]["minimum_norm"]["error"]] * count,
        "bound": path["bound"],
    }
    return {
        "title": "Error of mask, lasso and ridge against the bound (drawn where H7 holds)",
        "x_label": "penalty", "y_label": "mean squared error against the teacher", "x": path["penalty"],
        "series": series, "log": True, "log_x": True, "bound": "bound",
    }  # fmt: skip


def baseline_table(details: Mapping[str, Any]) -> dict[str, Any]:
    """Return the predictors beside the mask."""
    rows = [["every local minimum of mask + ridge", f"{details['error']:.6g}", ""]]
    for key, values in details["baselines"].items():
        rows.append([NAMES.get(key, key), f"{values['error']:.6g}", f"{values['residual']:.6g}"])
    columns = ["predictor", "error against the teacher", "mean squared residual"]
    return {"title": "Errors on this instance", "columns": columns, "rows": rows}


def minima_table(details: Mapping[str, Any]) -> dict[str, Any]:
    """Return the points that training reached, with their exact gaps."""
    columns = ["start", "value", "gradient norm", "gap above the global minimum (exact)", "certified"]
    rows = [
        [str(row["start"]), f"{row['value']:.9g}", f"{row['gradient_norm']:.2e}", row["gap"],
         "yes" if row["certified"] else "no"]
        for row in details["minima"][:MINIMA_SHOWN]
    ]  # fmt: skip
    certified = sum(row["certified"] for row in details["minima"])
    title = f"Local minima found by training: {certified} of {len(details['minima'])} starts certified"
    return {"title": title, "columns": columns, "rows": rows}


def derivation(instance: Instance) -> dict[str, Any] | None:
    """Return gradient, Hessian and critical-point conditions of the mask model with ridge, in matrix form."""
    from fractions import Fraction

    from reports.parts.derived import sections_of
    from verify.expr import build
    from verify.expr import functions as F

    rows, size = instance.moments.rows, instance.moments.size
    inputs, target = build.symbol("X", (rows, size)), build.symbol("y", (rows,))
    mask, weight, penalty = build.symbol("a", (size,)), build.symbol("w", (size,)), build.symbol("lambda")
    residual = inputs @ (mask * weight) - target
    half = F.number(Fraction(1, 2))
    fit = F.number(Fraction(1, 2 * rows)) * F.sum(residual**2)
    ridge = half * penalty * (F.sum(mask**2) + F.sum(weight**2))
    return sections_of(fit + ridge, {"a": mask, "w": weight}, {"r": residual})
