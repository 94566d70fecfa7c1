"""Measured curves of error against samples as pictures and tables for a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numerics.sample_complexity.experiments import Experiment
    from numerics.sample_complexity.summary import Outcome, Point

BAND_NOTE = (
    "Median over seeds; the band lies between two order statistics and covers the median with probability at least "
    "0.95 at each number of samples, whatever the law of the errors."
)

DUEL_NOTE = (
    "Sign tests on the same data, valid at any number of seeds, corrected for all numbers of samples, baselines and "
    "both directions. 'Fewer': the smaller error, with probability above 1/2 over draws of the data, at some number of "
    "samples measured, and the larger error at none."
)


def details(
    experiment: Experiment, curves: Mapping[str, Sequence[Point]], outcomes: Sequence[Outcome], seeds: int
) -> dict[str, Any]:
    """Return the details of a verdict: the picture with its bands, the curves, numbers of samples, and the duels."""
    return {
        "curves": [picture(experiment, curves)] if any(curves.values()) else [],
        "tables": [errors(experiment, curves), needed(experiment, curves), duels(experiment, outcomes)],
        "limits": [
            f"Measured on {seeds} seeds at a fixed grid of sample numbers; nothing is said about other sizes.",
            "Of n samples a quarter serves to choose among eight penalties, for every learner alike; minimum norm has "
            "none and uses all n.",
        ],
    }


def picture(experiment: Experiment, curves: Mapping[str, Sequence[Point]]) -> dict[str, Any]:
    """Return the curves of all learners with their bands."""
    placed = {name: {point.samples: point for point in points} for name, points in curves.items() if points}
    return {
        "title": f"{experiment.title}: {experiment.error}",
        "x_label": "samples n",
        "y_label": "mean squared error",
        "x": list(experiment.numbers),
        "log": True,
        "log_x": True,
        "series": {name: [_of(found, n, "median") for n in experiment.numbers] for name, found in placed.items()},
        "bands": {
            name: [[_of(found, n, end) for n in experiment.numbers] for end in ("low", "high")]
            for name, found in placed.items()
        },
    }


def _of(found: Mapping[int, Point], samples: int, what: str) -> Any:
    return getattr(found[samples], what) if samples in found else None


def errors(experiment: Experiment, curves: Mapping[str, Sequence[Point]]) -> dict[str, Any]:
    """Return median errors with their bands as a table."""
    columns = ["learner", *(f"n = {n}" for n in experiment.numbers)]
    rows = []
    for name, points in curves.items():
        found = {point.samples: point for point in points}
        rows.append([name, *(_cell(found.get(n)) for n in experiment.numbers)])
    return {"title": f"{experiment.error}: {experiment.title}", "columns": columns, "rows": rows, "note": BAND_NOTE}


def _cell(point: Point | None) -> str:
    if point is None:
        return "not measured"
    band = "" if point.low is None or point.high is None else f" [{point.low:.3g}, {point.high:.3g}]"
    return f"{point.median:.3g}{band}"


def text_table(table: Mapping[str, Any]) -> list[str]:
    """Return a table as lines of text with aligned columns, and its note."""
    rows = [table["columns"], *table["rows"]]
    widths = [max(len(row[place]) for row in rows) for place in range(len(table["columns"]))]
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return [table["title"], *lines, table["note"]]


def needed(experiment: Experiment, curves: Mapping[str, Sequence[Point]]) -> dict[str, Any]:
    """Return how many samples each learner needs for some errors: between the ends of its band."""
    from numerics.sample_complexity.summary import LEVELS, samples_needed

    levels = [float(level) * experiment.zero for level in LEVELS]
    rows = [[name, *(_between(*samples_needed(points, level)) for level in levels)] for name, points in curves.items()]
    columns = ["learner", *(f"error {level:.3g}" for level in levels)]
    note = (
        "Least number of samples on the grid at which the lower and the upper end of the band are at most the error "
        f"({', '.join(str(level) for level in LEVELS)} of the error of predicting 0)."
    )
    return {"title": "Samples needed, as measured", "columns": columns, "rows": rows, "note": note}


def _between(low: int | None, high: int | None) -> str:
    if low is None:
        return "more than measured"
    return str(low) if low == high else f"{low} to {high if high is not None else 'more than measured'}"


def duels(experiment: Experiment, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return wins and losses, seed by seed, with what they support."""
    rows = []
    for outcome in outcomes:
        found = {duel.samples: f"{duel.wins}:{duel.losses}" for duel in outcome.duels}
        counts = [found.get(n, "-") for n in experiment.numbers]
        rows.append([f"{outcome.first} against {outcome.second}", *counts, outcome.word])
    columns = ["seeds with the smaller error", *(f"n = {n}" for n in experiment.numbers), "samples needed"]
    note = DUEL_NOTE
    return {
        "title": "On how many seeds attention has the smaller error",
        "columns": columns,
        "rows": rows,
        "note": note,
    }
