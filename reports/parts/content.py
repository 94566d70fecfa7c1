"""Derivations, curves, tables and landscapes out of a verdict's details; what is of a wrong form is left out.

The details come from theorems and may come from a file: nothing here trusts their types.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from reports.parts.formula import name
from reports.parts.numbers import as_float, shown
from reports.parts.report import Entry
from reports.parts.statement import Formula, Row, rows

MAX_POINTS = 20_000
"""Most points of one curve."""

MAX_ROWS = 2000
"""Most rows of one table."""

MAX_PICTURES = 24
"""Most pictures of one verdict."""


@dataclass(frozen=True)
class Series:
    """One line of a picture, with an optional band (lower and upper ends); None where there is no value."""

    name: str
    values: tuple[float | None, ...]
    is_bound: bool = False
    band: tuple[tuple[float | None, ...], tuple[float | None, ...]] | None = None


@dataclass(frozen=True)
class Curve:
    """A picture of several series over one axis."""

    title: str
    x_label: str
    y_label: str
    x: tuple[float, ...]
    series: tuple[Series, ...]
    log: bool = False
    log_x: bool = False

    @property
    def table(self) -> Table:
        """The numbers behind the picture."""
        columns = (self.x_label or "x", *(series.name for series in self.series))
        lines = zip(self.x, *(series.values for series in self.series), strict=True)
        return Table(self.title, columns, tuple(tuple(shown(value) for value in line) for line in lines))


@dataclass(frozen=True)
class Table:
    """A table of texts; every row is as long as ``columns``."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class Point:
    """A marked point of a landscape."""

    x: float
    y: float
    label: str = ""


@dataclass(frozen=True)
class Landscape:
    """Values ``z`` of an objective over a grid: ``z[i][j]`` at ``(x[j], y[i])``."""

    title: str
    x_label: str
    y_label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    z: tuple[tuple[float, ...], ...]
    points: tuple[Point, ...] = ()


def _items(details: Mapping[str, Any], key: str) -> Iterator[Mapping[str, Any]]:
    found = details.get(key)
    for item in found[:MAX_PICTURES] if isinstance(found, list) else []:
        if isinstance(item, Mapping):
            yield item


def _text(item: Mapping[str, Any], key: str) -> str:
    value = item.get(key)
    return "" if value is None else str(value)


def _floats(values: Any) -> tuple[float | None, ...] | None:
    if not isinstance(values, list) or not 0 < len(values) <= MAX_POINTS:
        return None
    return tuple(None if value is None or isinstance(value, bool) else as_float(value) for value in values)


def curves(details: Mapping[str, Any]) -> tuple[Curve, ...]:
    """Return the curves whose axis is numeric and whose series are as long as the axis."""
    return tuple(curve for item in _items(details, "curves") if (curve := _curve(item)))


def _curve(item: Mapping[str, Any]) -> Curve | None:
    x, named = _complete(item.get("x")), item.get("series")
    if x is None or not isinstance(named, Mapping):
        return None
    bound = item.get("bound")
    found = [(str(key), _floats(values), key == bound) for key, values in named.items()]
    bands = _bands(item.get("bands"), len(x))
    series = tuple(
        Series(key, values, own, bands.get(key)) for key, values, own in found if values and len(values) == len(x)
    )
    if not series:
        return None
    title, x_label, y_label = (_text(item, key) for key in ("title", "x_label", "y_label"))
    return Curve(title, x_label, y_label, x, series, item.get("log") is True, item.get("log_x") is True)


def _bands(named: Any, length: int) -> dict[str, tuple[tuple[float | None, ...], tuple[float | None, ...]]]:
    """Return the bands, lists of lower and of upper ends by the name of the series, that are as long as the axis."""
    found = {}
    for key, ends in named.items() if isinstance(named, Mapping) else ():
        low, high = (_floats(end) for end in ends) if isinstance(ends, list) and len(ends) == 2 else (None, None)
        if low and high and len(low) == len(high) == length:
            found[str(key)] = low, high
    return found


def tables(details: Mapping[str, Any]) -> tuple[Table, ...]:
    """Return the tables, each row cut or filled to the number of columns; an ablation matrix is one of them."""
    found = [*_items(details, "tables")]
    if isinstance(details.get("ablation"), Mapping):
        found.append({"title": "What happens without each assumption", **details["ablation"]})
    return tuple(table for item in found if (table := _table(item)))


def _table(item: Mapping[str, Any]) -> Table | None:
    columns, lines = item.get("columns"), item.get("rows")
    if not isinstance(columns, list) or not columns or not isinstance(lines, list):
        return None
    kept = [_cells(line, len(columns)) for line in lines[:MAX_ROWS] if isinstance(line, list)]
    note = _text(item, "note")
    if len(lines) > MAX_ROWS:
        note = f"{note} {len(lines) - MAX_ROWS} more rows are left out.".strip()
    return Table(_text(item, "title"), tuple(map(str, columns)), tuple(kept), note)


def _cells(line: list[Any], count: int) -> tuple[str, ...]:
    cells = [_cell(value) for value in line[:count]]
    return (*cells, *[""] * (count - len(cells)))


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "–"
    return shown(value, 6) if isinstance(value, int | float) else str(value)


def landscapes(details: Mapping[str, Any]) -> tuple[Landscape, ...]:
    """Return the landscapes whose grid is complete."""
    return tuple(found for item in _items(details, "landscapes") if (found := _landscape(item)))


def _landscape(item: Mapping[str, Any]) -> Landscape | None:
    x, y, lines = _complete(item.get("x")), _complete(item.get("y")), item.get("z")
    if x is None or y is None or not isinstance(lines, list) or min(len(x), len(y)) < 2 or len(lines) != len(y):
        return None
    z = tuple(line for entry in lines if (line := _complete(entry)) and len(line) == len(x))
    if len(z) != len(y) or any(b <= a for axis in (x, y) for a, b in pairwise(axis)):
        return None
    title, x_label, y_label = (_text(item, key) for key in ("title", "x_label", "y_label"))
    points = tuple(point for entry in _items(item, "points") if (point := _point(entry)))
    return Landscape(title, x_label, y_label, x, y, z, points)


def _complete(values: Any) -> tuple[float, ...] | None:
    """Return numbers without gaps, None where one is missing."""
    found = _floats(values)
    if found is None:
        return None
    numbers = tuple(value for value in found if value is not None)
    return numbers if len(numbers) == len(found) else None


def _point(entry: Mapping[str, Any]) -> Point | None:
    x, y = as_float(entry.get("x")), as_float(entry.get("y"))
    return None if x is None or y is None else Point(x, y, _text(entry, "label"))


def statement(entry: Entry) -> tuple[Row, ...]:
    """Return the statement as rows; ``details["statement"]`` may bring it typeset, of the same form."""
    typeset = entry.details.get("statement")
    return rows(typeset if isinstance(typeset, Mapping) else entry.verdict.statement)


def derivation(details: Mapping[str, Any]) -> tuple[Row, ...]:
    """Return the derivation as rows of formulas: loss, gradient by blocks, Hessian, conditions."""
    found = details.get("derivation")
    if not isinstance(found, Mapping):
        return ()
    made = [
        Row("Definitions", _equations(found.get("definitions"), "{}")),
        Row("Loss", _equations(found.get("loss"), "{}")),
        Row("where", _equations(found.get("loss_where"), "{}")),
        Row("Gradient", _equations(found.get("gradient"), r"\nabla_{{{}}} L")),
        Row("where", _equations(found.get("gradient_where"), "{}")),
        Row("Hessian", _equations(found.get("hessian"), r"\nabla^{{2}}_{{{}}} L")),
        Row("where", _equations(found.get("hessian_where"), "{}")),
        Row("Critical points", _equations(found.get("conditions"), "{}")),
    ]
    return tuple(row for row in made if row.formulas)


def _equations(value: Any, left: str) -> tuple[Formula, ...]:
    """Return formulas from LaTeX texts: one, a list, or by name with ``left`` as the left-hand side."""
    if isinstance(value, str):
        return (Formula(value, value),) if value.strip() else ()
    if isinstance(value, list):
        return tuple(formula for entry in value for formula in _equations(entry, left))
    if isinstance(value, Mapping):
        return tuple(_equation(str(key), str(text), left) for key, text in value.items())
    return ()


def _equation(key: str, text: str, left: str) -> Formula:
    if _has_relation(text):
        return Formula(text, text, key)
    parts = [name(part) for part in key.replace(",", " ").split() if part.replace("_", "").isalnum()]
    latex = f"{left.format(' '.join(parts))} = {text}" if parts else text
    return Formula(latex, latex, key)


def _has_relation(text: str) -> bool:
    """Whether a relation stands in a formula outside all braces."""
    depth = 0
    for character in text:
        depth += (character == "{") - (character == "}")
        if character == "=" and depth == 0:
            return True
    return False
