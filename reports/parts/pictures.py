"""Curves and landscapes as SVG: the same numbers give the same bytes.

Two palettes: ``page`` leaves colours to the style sheet (so that dark mode works) and text as text; ``print`` has its
own colours and text as outlines, for programs without these fonts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from itertools import count
from typing import TYPE_CHECKING, Any

from reports.parts.content import Curve, Landscape

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

SIZE = (5.4, 3.3)
"""Width and height in inches; small, so that text stays legible on a phone."""

PAGE, PRINT = "page", "print"

INK, FAINT, PAPER = "#010101", "#020202", "#030303"
SERIES = ("#010203", "#010204", "#010205", "#010206", "#010207", "#010208")
"""Placeholders of the page palette, replaced by colours of the style sheet."""

_PAGE_COLOURS = {INK: "currentColor", FAINT: "var(--line)", PAPER: "var(--paper)"} | {
    colour: f"var(--s{place})" for place, colour in enumerate(SERIES, start=1)
}
_PRINT_COLOURS = {INK: "#222222", FAINT: "#cccccc", PAPER: "#ffffff"} | dict(
    zip(SERIES, ("#1f5f99", "#b4531a", "#4d7a34", "#8a4a8f", "#8a6d1a", "#3f7f86"), strict=True)
)
_DASHES = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (5, 2, 1, 2)), (0, (3, 1)), "-")
_MARKERS = "osD^vP"
_BOUND = {"color": INK, "linestyle": (0, (6, 2.5)), "linewidth": 1.3}
_MANY_POINTS = 30
"""Series with more points are drawn without markers."""

BAND_OPACITY = 0.14

FEW_POINTS = 10
"""A logarithmic axis with so few points is labelled at the points."""

CONTOURS = 14

_DECIMALS = re.compile(r"(\d\.\d\d)\d+")
"""Coordinates keep two decimals: a hundredth of a point is more than a screen or printer shows."""

MAX_LABEL = 48
"""Longest label in a picture; the table below it has the full text."""


def curve_svg(curve: Curve, *, palette: str = PAGE, key: str = "") -> str:
    """Return the picture of a curve; ``key`` keeps the names inside it apart from those of other pictures."""
    with _settings(palette):
        figure, axes = _figure(curve.x_label, curve.y_label)
        styles = count()
        for series in curve.series:
            look = _BOUND if series.is_bound else _look(next(styles) % len(SERIES), len(curve.x))
            axes.plot(curve.x, _plain(series.values), label=_label(series.name), **look)
            if series.band is not None:
                low, high = map(_plain, series.band)
                axes.fill_between(curve.x, low, high, color=look["color"], alpha=BAND_OPACITY, linewidth=0)
        _scales(axes, curve)
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3, borderaxespad=0.3)
        return _svg(figure, palette, key)


def landscape_svg(landscape: Landscape, *, palette: str = PAGE, key: str = "") -> str:
    """Return the picture of a landscape as contour lines with its marked points."""
    import numpy as np

    with _settings(palette):
        figure, axes = _figure(landscape.x_label, landscape.y_label)
        heights = np.asarray(landscape.z, dtype=float)
        low, high = float(heights.min()), float(heights.max())
        if high > low:
            # Closer lines near the bottom, where minima and saddles are told apart.
            levels = low + (high - low) * np.linspace(0.12, 1, CONTOURS) ** 2
            axes.contour(landscape.x, landscape.y, heights, levels=np.unique(levels), colors=SERIES[0], linewidths=0.8)
        for point in landscape.points:
            axes.plot([point.x], [point.y], marker="o", color=SERIES[1], markersize=6)
            axes.annotate(_label(point.label), (point.x, point.y), xytext=(6, 6), textcoords="offset points", color=INK)
        axes.set_xlim(landscape.x[0], landscape.x[-1])
        axes.set_ylim(landscape.y[0], landscape.y[-1])
        return _svg(figure, palette, key)


def _look(place: int, points: int) -> dict[str, Any]:
    """Return colour, dashes and marker of the series at a place; all three differ from series to series."""
    marker = _MARKERS[place] if points <= _MANY_POINTS else ""
    return {"color": SERIES[place], "linestyle": _DASHES[place], "marker": marker, "markersize": 3.6, "linewidth": 1.7}


def _plain(values: tuple[float | None, ...]) -> list[float]:
    return [float("nan") if value is None else value for value in values]


def _scales(axes: Axes, curve: Curve) -> None:
    """Make an axis logarithmic where that is asked for and every drawn value is positive."""
    values = [value for series in curve.series for value in series.values if value is not None]
    if curve.log and values and min(values) > 0:
        axes.set_yscale("log")
        _plain_ticks(axes.yaxis)
    if curve.log_x and min(curve.x) > 0:
        axes.set_xscale("log")
        if len(curve.x) <= FEW_POINTS:
            axes.set_xticks(curve.x)
        _plain_ticks(axes.xaxis)


def _plain_ticks(axis: Axis) -> None:
    """Label powers of ten, as plain numbers: labels are never read as mathematics, since some come from claims."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def _label(text: str) -> str:
    """Return a label that the legend neither hides (as it does with a leading underscore) nor grows beyond."""
    short = text if len(text) <= MAX_LABEL else text[: MAX_LABEL - 1] + "…"
    return f" {short}" if short.startswith("_") else short


@contextmanager
def _settings(palette: str) -> Iterator[None]:
    """Settings of the drawing library, whatever the user's own are."""
    import matplotlib as mpl

    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update({
            "svg.hashsalt": "attnverify", "svg.fonttype": "none" if palette == PAGE else "path",
            "text.parse_math": False, "font.family": "DejaVu Sans", "font.size": 9, "axes.labelsize": 9,
            "legend.fontsize": 8.5, "legend.frameon": False, "axes.spines.top": False, "axes.spines.right": False,
            "axes.edgecolor": INK, "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK, "text.color": INK,
            "axes.linewidth": 0.7, "axes.grid": True, "grid.color": FAINT, "grid.linewidth": 0.6,
            "axes.axisbelow": True, "lines.solid_capstyle": "round",
        })  # fmt: skip
        yield


def _figure(x_label: str, y_label: str) -> tuple[Figure, Axes]:
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE, layout="constrained")
    FigureCanvasSVG(figure)
    figure.patch.set_alpha(0)
    axes = figure.add_subplot()
    axes.patch.set_alpha(0)
    axes.set_xlabel(_label(x_label))
    axes.set_ylabel(_label(y_label))
    return figure, axes


def _svg(figure: Figure, palette: str, key: str) -> str:
    buffer = BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    text = buffer.getvalue().decode("utf-8")
    text = text[text.index("<svg") :]
    for placeholder, colour in (_PAGE_COLOURS if palette == PAGE else _PRINT_COLOURS).items():
        text = text.replace(placeholder, colour)
    text = re.sub(r"<path [^>]*>", lambda match: _DECIMALS.sub(r"\1", match[0]), text)
    return _inline(text, key) if palette == PAGE else text


def _inline(text: str, key: str) -> str:
    """Make a picture part of a page: no style or metadata that reaches beyond it, no size of its own, own names."""
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r"<defs>\s*<style[^>]*>.*?</style>\s*</defs>", "", text, flags=re.DOTALL)
    text = re.sub(
        r'(<svg[^>]*?) width="[^"]*"', r"\1", re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1), count=1
    )
    text = re.sub(r'\b(id="|href="#|url\(#)', lambda match: f"{match[1]}{key}-" if key else match[1], text)
    text = text.replace("'DejaVu Sans'", "inherit")
    return re.sub(r"\s*\n\s*", "\n", re.sub(r"<!--.*?-->\s*", "", text, flags=re.DOTALL)).strip()
