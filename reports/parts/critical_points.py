"""A picture of an objective of one or two parameters with its certified critical points."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify.errors import InvalidInput

if TYPE_CHECKING:
    from verify.claim import Claim
    from verify.landscape import CriticalPoint, Landscape

GRID = 121
"""Points per axis at which the objective is drawn."""

CONTOURS = 16
_MARKS = {"strict minimum": ("v", "#1f5f99"), "saddle": ("X", "#b4531a"), "strict maximum": ("^", "#8a4a8f"),
          "degenerate": ("D", "#4d7a34"), "strict minimum on a kink": ("v", "#1b9e9e"),
          "stationary in Clarke's sense": ("P", "#666666")}  # fmt: skip
_FAMILIES = {"flat family of minima": "#1f5f99", "flat family of saddles": "#b4531a",
             "flat family of maxima": "#8a4a8f"}  # fmt: skip
_INK = "#222222"


def svg(problem: Claim, result: Landscape) -> str:
    """Return the picture as SVG; the same landscape gives the same bytes.

    Raises:
        InvalidInput: more than two parameter entries.
    """
    if len(result.names) > 2:
        raise InvalidInput(
            f"a picture of {len(result.names)} parameters", fix="use a file with one or two parameter entries"
        )
    from io import BytesIO

    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update({
            "svg.hashsalt": "attnverify", "svg.fonttype": "path", "text.parse_math": False, "font.size": 9,
            "axes.edgecolor": _INK, "axes.labelcolor": _INK, "text.color": _INK, "legend.frameon": False,
        })  # fmt: skip
        figure = Figure(figsize=(5.4, 4.0), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        (_line if len(result.names) == 1 else _contours)(axes, problem, result)
        _mark(axes, result)
        buffer = BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue().decode("utf-8")
    return text[text.index("<svg") :]


def _axis(result: Landscape, place: int):  # type: ignore[no-untyped-def]
    import numpy as np

    return np.linspace(float(result.low[place]), float(result.high[place]), GRID)


def _values(problem: Claim, points):  # type: ignore[no-untyped-def]
    from numerics.search import batch_function

    if problem.objective is None:
        raise InvalidInput("there is no objective")
    return batch_function(problem, [problem.objective])(points)[0]


def _line(axes, problem: Claim, result: Landscape) -> None:  # type: ignore[no-untyped-def]
    x = _axis(result, 0)
    axes.plot(x, _values(problem, x[:, None]), color="#1f5f99", linewidth=1.6)
    axes.set_xlabel(result.names[0])
    axes.set_ylabel("objective")


def _contours(axes, problem: Claim, result: Landscape) -> None:  # type: ignore[no-untyped-def]
    import numpy as np

    x, y = _axis(result, 0), _axis(result, 1)
    points = np.stack([part.ravel() for part in np.meshgrid(x, y)], axis=1)
    heights = np.where(np.isfinite(found := _values(problem, points)), found, np.nan).reshape(GRID, GRID)
    low, high = float(np.nanmin(heights)), float(np.nanmax(heights))
    if high > low:
        # Closer lines near the bottom, where minima and saddles are told apart.
        levels = low + (high - low) * np.linspace(0.06, 1, CONTOURS) ** 3
        axes.contour(x, y, heights, levels=np.unique(levels), colors="#8899aa", linewidths=0.7)
    axes.set_xlabel(result.names[0])
    axes.set_ylabel(result.names[1])


def _mark(axes, result: Landscape) -> None:  # type: ignore[no-untyped-def]
    drawn: set[str] = set()
    for family in result.families:
        label = family.kind if family.kind not in drawn else None
        drawn.add(family.kind)
        style = {"linestyle": "", "marker": "o", "markersize": 2.2, "color": _FAMILIES[family.kind]}
        axes.plot(*([x[i] for x in family.trace] for i in range(len(result.names))), label=label, **style)
    for point in result.points:
        marker, colour = _MARKS[point.kind]
        place = _place(point)
        label = point.kind if point.kind not in drawn else None
        drawn.add(point.kind)
        axes.plot(*([value] for value in place), linestyle="", marker=marker, color=colour, markersize=8, label=label)
    for low, high in result.clusters[:200] if len(result.names) == 2 else ():
        from matplotlib.patches import Rectangle

        label = "undecided" if "undecided" not in drawn else None
        drawn.add("undecided")
        axes.add_patch(
            Rectangle(
                (low[0], low[1]),
                high[0] - low[0],
                high[1] - low[1],
                facecolor="#cc333355",
                edgecolor="#cc3333",
                linewidth=0.8,
                label=label,
            )
        )
    if drawn:
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3)


def _place(point: CriticalPoint) -> tuple[float, float]:
    centers = [float(center) for center, _ in point.at.values()]
    return (centers[0], centers[1]) if len(centers) == 2 else (centers[0], float(point.value[0]))
