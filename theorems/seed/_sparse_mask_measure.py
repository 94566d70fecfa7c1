"""Measures an instance: the exact lasso solution, the trained minima with exact gaps, baselines and paths.

What enters the verdict is exact. Curves and baselines are floating point and only shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, exp, log2, sqrt
from typing import TYPE_CHECKING, Any

from theorems.seed._sparse_mask_instance import Instance, round_up
from theorems.seed._sparse_mask_pictures import shown
from verify.recheck.duality import CONSTANT
from verify.theorem import Run

if TYPE_CHECKING:
    import numpy as np

    from numerics.lasso import LassoSolution
    from numerics.maskmodel import Trained
    from theorems.seed._sparse_mask_check import Decided

CERTIFIED_GAP = "1e-15 |y|^2/n"
"""A trained point counts as certified when its exact gap is at most this."""

PATH_POINTS, PATH_RANGE, PATH_STARTS = 30, 1000.0, 2
"""The path has 30 penalties from lambda_max down to lambda_max/1000, each trained from 2 starts."""

RIDGE_POINTS, RIDGE_RANGE = 91, (1e-6, 1e3)
"""Penalties of ridge regression; the best one is chosen knowing the teacher, which favours ridge."""


@dataclass(frozen=True)
class Minima:
    """Trained points: exact gaps above the global minimum of F, and their data for the certificate."""

    rows: tuple[Mapping[str, Any], ...]
    gaps: tuple[Fraction, ...]
    evidence: list[dict[str, Any]]
    certified: int
    sign_patterns: int
    steps: int


def solve(instance: Instance, run: Run) -> LassoSolution:
    """Return the exact lasso solution of the instance."""
    import numpy as np

    from numerics.lasso import lasso_path, solve_exactly

    gram, correlation, _ = instance.moments.floats
    start = lasso_path(gram, correlation, np.array([float(instance.penalty)]))[0]
    return solve_exactly(instance.moments, instance.penalty, start, check=run.budget.check)


def error_of(instance: Instance, solution: LassoSolution) -> Fraction:
    """Return |X (u - u*)|^2/n at the solution, exactly."""
    from numerics.lasso import prediction_error
    from numerics.moments import column_vector

    return prediction_error(instance.moments, solution.point, column_vector(instance.teacher))


def within_bound(instance: Instance, solution: LassoSolution, bound: Fraction | None) -> bool:
    """Whether the error of every lasso solution is at most the bound: (sqrt(error) + sqrt(2 gap))^2 <= bound."""
    error, gap = error_of(instance, solution), solution.gap
    room = (bound or Fraction(0)) - error - 2 * gap
    return room >= 0 and room**2 >= 8 * gap * error


def failure_probability(instance: Instance) -> str:
    """Return 2 p exp(-n lambda^2/(8 noise^2)), which bounds the probability that Gaussian noise breaks H7."""
    moments = instance.moments
    power = -moments.rows * float(instance.penalty) ** 2 / (8 * float(instance.noise) ** 2)
    return f"{min(1.0, 2 * moments.size * exp(power)):.3g}"


# --- trained minima -----------------------------------------------------------------------------------------------


def train_minima(instance: Instance, solution: LassoSolution, run: Run) -> Minima:
    """Train from many starts and compute the exact gap of every end point."""
    import numpy as np

    from numerics.maskmodel import starting_points

    starts = run.integer("starts")
    mask, weight = starting_points(starts, instance.moments.size, seed=run.seed)
    penalties = np.full((starts, 1), float(instance.penalty))
    trained = _train(instance, penalties, mask, weight, run, (0.3, 0.6), "training the mask model")
    points = [_point(instance, trained, row) for row in range(starts)]
    gaps = tuple(_gap(instance, solution, point) for point in points)
    limit = instance.moments.energy / 10**15
    certified = [gap <= limit for gap in gaps]
    support = solution.support
    patterns = {tuple(np.sign(trained.mask[i, support]).tolist()) for i, good in enumerate(certified) if good}
    evidence = [{**point, "gap": str(_above(gap))} for point, gap in zip(points, gaps, strict=True)]
    rows = [
        {
            "start": i,
            "value": float(trained.value[i]),
            "gradient_norm": float(trained.gradient[i]),
            "gap": f"{float(gap):.3e}",
            "certified": good,
        }
        for i, (gap, good) in enumerate(zip(gaps, certified, strict=True))
    ]
    return Minima(tuple(rows), gaps, evidence, sum(certified), len(patterns), trained.steps)


def _above(gap: Fraction) -> Fraction:
    return round_up(gap, 2)


def _train(
    instance: Instance, penalties: np.ndarray, mask: np.ndarray, weight: np.ndarray, run: Run,
    part: tuple[float, float], what: str,
) -> Trained:  # fmt: skip
    """Train with the target scaled to mean square 1, and scale back: a and w grow with the root of the target."""
    from numerics.maskmodel import MaskModel, Trained, train

    gram, correlation, energy = instance.moments.floats
    size = sqrt(energy)
    model = MaskModel(gram, correlation / size, 1.0, penalties / size)
    low, high = part
    end = train(model, mask, weight, tick=lambda done: run.step(what, low + (high - low) * done))
    root = sqrt(size)
    return Trained(root * end.mask, root * end.weight, energy * end.value, size * root * end.gradient, end.steps)


def _point(instance: Instance, trained: Trained, row: int) -> dict[str, Any]:
    """Return a trained point as certificate data: integers over 2^bits."""
    from numerics.maskmodel import POINT_BITS

    bits = POINT_BITS + max(0, ceil(-log2(float(instance.moments.energy)) / 4))
    whole = {"a": trained.mask[row].tolist(), "w": trained.weight[row].tolist()}
    return {"bits": bits, **{key: [str(round(Fraction(v) * 2**bits)) for v in part] for key, part in whole.items()}}


def _gap(instance: Instance, solution: LassoSolution, point: Mapping[str, Any]) -> Fraction:
    """Return F(a, w) minus the lower bound of the minimum, exactly."""
    from numerics.moments import column_vector, form, inner

    unit = 2 ** point["bits"]
    mask, weight = ([int(value) for value in point[key]] for key in ("a", "w"))
    product = column_vector([Fraction(a * w, unit**2) for a, w in zip(mask, weight, strict=True)])
    moments = instance.moments
    smooth = (form(product, moments.gram, product) + moments.energy) / 2 - inner(moments.correlation, product)
    ridge = Fraction(sum(v * v for v in (*mask, *weight)), unit**2)
    return smooth + instance.penalty * ridge / 2 - solution.bound


# --- baselines and curves -----------------------------------------------------------------------------------------


def details(instance: Instance, decided: Decided, solution: LassoSolution, trained: Minima, run: Run) -> dict[str, Any]:
    """Return tables and curves for reports; floating point where not marked exact."""
    moments = instance.moments
    teacher = [float(value) for value in instance.teacher]
    found = {
        "source": dict(instance.source),
        "columns": {"kept": list(moments.names), "dropped": list(instance.dropped)},
        "target": instance.target,
        "teacher_kind": "drawn" if instance.drawn else "reference",
        "noise": {"level": float(instance.noise), "label": instance.noise_label, "note": instance.noise_note},
        "teacher": [{"column": moments.names[j], "value": teacher[j]} for j in instance.support],
        "solution": [
            {"column": moments.names[j], "value": float(solution.coordinates[j])} for j in solution.support
        ],
        "solution_unique": solution.unique,
        "kappas": {rule: float(value) for rule, value in decided.kappas.items()},
        "bounds": {
            rule: float(CONSTANT * instance.penalty**2 * len(instance.support) / value)
            for rule, value in decided.kappas.items()
            if value > 0
        },
        "error": float(error_of(instance, solution)),
        "minima": [dict(row) for row in trained.rows],
        "sign_patterns": trained.sign_patterns,
        "training_steps": trained.steps,
        "baselines": baselines(instance),
        "ridge": ridge_curve(instance),
        "path": path(instance, decided, run),
    }  # fmt: skip
    return {**found, **shown(found, instance)}


def _errors(instance: Instance, points: np.ndarray) -> np.ndarray:
    """Return |X (u - u*)|^2/n of each row in floating point."""
    import numpy as np

    gram, _, _ = instance.moments.floats
    difference = points - np.array([float(value) for value in instance.teacher])
    errors: np.ndarray = np.maximum(((difference @ gram) * difference).sum(axis=1), 0.0)
    return errors


def _measured(instance: Instance, point: np.ndarray) -> dict[str, float]:
    gram, correlation, energy = instance.moments.floats
    residual = energy - 2 * correlation @ point + point @ gram @ point
    return {"error": float(_errors(instance, point[None, :])[0]), "residual": float(max(residual, 0.0))}


def _ridge(instance: Instance, penalties: np.ndarray) -> np.ndarray:
    """Return ridge solutions (G + penalty I)^-1 c, one row per penalty."""
    import numpy as np

    gram, correlation, _ = instance.moments.floats
    values, vectors = np.linalg.eigh(gram)
    rotated = vectors.T @ correlation
    solutions: np.ndarray = (rotated / (np.maximum(values, 0.0) + penalties[:, None])) @ vectors.T
    return solutions


def ridge_curve(instance: Instance) -> dict[str, list[float]]:
    """Return the error of ridge regression over its penalty."""
    import numpy as np

    penalties = np.geomspace(*RIDGE_RANGE, RIDGE_POINTS)
    return {"penalty": penalties.tolist(), "error": _errors(instance, _ridge(instance, penalties)).tolist()}


def baselines(instance: Instance) -> dict[str, dict[str, float]]:
    """Return error and residual of the predictors without mask, of 0, and of least squares on the teacher's support."""
    import numpy as np

    gram, correlation, _ = instance.moments.floats
    curve, support = ridge_curve(instance), instance.support
    best = curve["penalty"][int(np.argmin(curve["error"]))]
    same = float(instance.penalty)
    least_norm = np.linalg.pinv(gram, rcond=1e-10, hermitian=True) @ correlation
    oracle = np.zeros(len(correlation))
    oracle[support] = np.linalg.lstsq(gram[np.ix_(support, support)], correlation[support], rcond=None)[0]
    return {
        "ridge_best": {"penalty": best, **_measured(instance, _ridge(instance, np.array([best]))[0])},
        "ridge_same_penalty": {"penalty": same, **_measured(instance, _ridge(instance, np.array([same]))[0])},
        "minimum_norm": _measured(instance, least_norm),
        "zero": _measured(instance, np.zeros(len(correlation))),
        "oracle_support": _measured(instance, oracle),
    }


def path(instance: Instance, decided: Decided, run: Run) -> dict[str, Any]:
    """Return the error of trained mask and lasso over the penalty, with the bound where H7 holds.

    Where the budget ends early, the mask's curve is None.
    """
    import numpy as np

    from numerics.budget import OutOfTime
    from numerics.lasso import lasso_path

    gram, correlation, _ = instance.moments.floats
    top = float(decided.penalty_limit)
    if top == 0:
        return {"penalty": [], "lasso": [], "ridge": [], "mask": [], "bound": [], "lambda": float(instance.penalty)}
    penalties = np.geomspace(top, top / PATH_RANGE, PATH_POINTS)
    lasso = _errors(instance, lasso_path(gram, correlation, penalties))
    try:
        mask: list[float] | None = _mask_path(instance, penalties, run).tolist()
    except OutOfTime:
        mask = None
    size = len(instance.support)
    bound = [
        float(CONSTANT) * value**2 * size / float(decided.kappa[0])
        if decided.kappa and value >= float(decided.noise_event)
        else None
        for value in penalties.tolist()
    ]
    return {
        "penalty": penalties.tolist(),
        "lasso": lasso.tolist(),
        "ridge": _errors(instance, _ridge(instance, penalties)).tolist(),
        "mask": mask,
        "bound": bound,
        "lambda": float(instance.penalty),
        "noise_event": float(decided.noise_event),
    }


def _mask_path(instance: Instance, penalties: np.ndarray, run: Run) -> np.ndarray:
    """Return the largest error among the trained points of each penalty."""
    import numpy as np

    from numerics.maskmodel import starting_points

    mask, weight = starting_points(PATH_STARTS * len(penalties), instance.moments.size, seed=run.seed + 1)
    tiled = np.tile(penalties, PATH_STARTS)[:, None]
    end = _train(instance, tiled, mask, weight, run, (0.6, 1.0), "training along the path")
    largest: np.ndarray = _errors(instance, end.product).reshape(PATH_STARTS, -1).max(axis=0)
    return largest
