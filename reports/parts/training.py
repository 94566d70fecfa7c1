"""Training from many starts as tables and a picture: kinds of stationary points, losses, certified bad minima."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numerics.training.starts import Trained
    from verify.train_run import Training

MOST_KINDS = 20
"""Rows of the table of kinds."""

MOST_POINTS = 200
"""Points of the curve of losses."""


def details(training: Training) -> dict[str, Any]:
    """Return the details of a verdict."""
    trained = training.trained
    return {
        "curves": [losses_curve(trained)] if len(trained.losses) > 1 else [],
        "tables": [kinds_table(trained), indices_table(trained), bad_table(training)],
        "limits": [
            "Kinds and indices are floating point; only the certified bad minima are exact or enclosed by balls.",
            "That no bad minimum was found among the starts does not show that there is none.",
        ],
    }


def losses_curve(trained: Trained) -> dict[str, Any]:
    """Return the sorted losses of all starts that ended in a minimum, over the share of starts."""
    losses = trained.losses.tolist()
    count = min(len(losses), MOST_POINTS)
    places = [round(i * (len(losses) - 1) / max(count - 1, 1)) for i in range(count)]
    return {
        "title": "Loss at the end of training",
        "x_label": "share of the starts that ended in a minimum",
        "y_label": "loss",
        "x": [(place + 1) / len(losses) for place in places],
        "series": {"loss": [losses[place] for place in places]},
    }


def kinds_table(trained: Trained) -> dict[str, Any]:
    """Return the kinds of stationary points, copies under symmetries merged."""
    rows = [
        [f"{kind.value:.9g}", str(kind.index), str(kind.flat), str(kind.count), _word(trained, kind)]
        for kind in trained.kinds[:MOST_KINDS]
    ]
    left = len(trained.kinds) - len(rows)
    note = "Copies under symmetries of the model are one kind." + (f" {left} more kinds." if left else "")
    columns = ["loss", "negative curvatures", "flat directions", "starts", "what"]
    return {"title": "Kinds of stationary points", "columns": columns, "rows": rows, "note": note}


def _word(trained: Trained, kind: Any) -> str:
    if kind.index:
        return "saddle"
    return "bad minimum" if any(kind is bad for bad in trained.bad) else "least loss found"


def indices_table(trained: Trained) -> dict[str, Any]:
    """Return how many starts ended at each number of negative curvatures."""
    rows = [[str(index), str(count)] for index, count in trained.indices.items()]
    missed = trained.started - trained.converged
    rows += [["not converged", str(missed)]] if missed else []
    return {"title": "Where the starts ended", "columns": ["negative curvatures", "starts"], "rows": rows, "note": ""}


def bad_table(training: Training) -> dict[str, Any]:
    """Return the certified bad minima."""
    rows = [
        [
            one.bad.problem.title, f"> {one.bad.threshold}", one.bad.minimum[1].level or "-",
            ", ".join(f"{name} = {value}" for name, value in (one.bad.minimum[1].witness or {}).items()),
            ", ".join(f"{name} = {value}" for name, value in (one.bad.lower[1].witness or {}).items()),
            "shrunk" if one.shrunk else "as found",
        ]
        for one in training.bad
    ]  # fmt: skip
    columns = ["problem", "objective at the minimum", "level", "minimum at", "lower at", "form"]
    note = "Each is two certificates: a local minimum above the threshold, and a point below it."
    return {"title": "Certified bad minima", "columns": columns, "rows": rows, "note": note}
