"""One self-contained HTML page, readable without JavaScript, on paper, in the dark and on a phone."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports.parts import content, facts, limits, pictures
from reports.parts.formula import NotTypeset
from reports.parts.numbers import seconds
from reports.parts.report import WORDS, Entry, Report
from reports.parts.statement import Formula, Row, source

if TYPE_CHECKING:
    from markupsafe import Markup

NAME = "html"
SUFFIX = ".html"

TEMPLATES = Path(__file__).parent / "templates"

OPEN_UP_TO = 6
"""Reports with more claims open only the surprising ones."""

LONG_WITNESS = 24
"""Witnesses with more entries are folded."""

LONG_DERIVATION = 16
"""Derivations with more formulas are folded."""

SIGNS = {"proved": "✓", "refuted": "✗", "vacuous": "∅", "supported": "≈", "undecided": "?"}
"""A sign for each word, so that colour is never the only difference."""


@dataclass(frozen=True)
class Picture:
    """An inline picture with the numbers behind it."""

    title: str
    description: str
    svg: Markup
    table: content.Table | None
    key: str


@dataclass(frozen=True)
class View:
    """One claim as the template shows it."""

    entry: Entry
    statement: tuple[Row, ...]
    source: str
    derivation: tuple[Row, ...]
    pictures: tuple[Picture, ...]
    tables: tuple[content.Table, ...]
    is_open: bool


def render(report: Report) -> str:
    """Return the page; every text of a claim is escaped by the template or typeset through a list of known elements."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader(TEMPLATES),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {"maths": maths, "seconds": seconds}
    style, script = _asset("report.css"), _asset("report.js")
    keys = count(1)
    views = [_view(entry, keys, len(report.entries)) for entry in report.entries]
    return environment.get_template("report.html").render(
        report=report, views=views, words=WORDS, signs=SIGNS, facts=facts, limits=limits.limits(report),
        meaning=limits.MEANING, level_meaning=limits.LEVEL_MEANING, long_witness=LONG_WITNESS,
        long_derivation=LONG_DERIVATION,
        style=Markup(style), script=Markup(script), script_hash=_digest(script),
    )  # fmt: skip


def _asset(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8").strip()


def _digest(script: str) -> str:
    """Return the script's hash as a content security policy names it: the page can run this script and no other."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")


def maths(formula: Formula, display: bool = True) -> Markup:
    """Return a formula as MathML, or as code where it cannot be typeset."""
    from markupsafe import Markup

    if formula.latex is not None:
        from reports.parts.mathematics import to_mathml

        try:
            return Markup(to_mathml(formula.latex, display=display))
        except NotTypeset:
            pass
    return Markup("<code>{}</code>").format(formula.source)


def _view(entry: Entry, keys: Iterator[int], total: int) -> View:
    verdict = entry.verdict
    return View(
        entry=entry,
        statement=content.statement(entry),
        source=source(verdict.statement),
        derivation=content.derivation(entry.details),
        pictures=tuple(_pictures(entry.details, keys)),
        tables=content.tables(entry.details),
        is_open=total <= OPEN_UP_TO or entry.surprise is not None,
    )


def _pictures(details: Any, keys: Iterator[int]) -> Iterator[Picture]:
    from markupsafe import Markup

    for curve in content.curves(details):
        key = f"p{next(keys)}"
        names = ", ".join(f"{s.name} (bound)" if s.is_bound else s.name for s in curve.series)
        description = f"{curve.y_label or 'value'} against {curve.x_label or 'x'}: {names}."
        yield Picture(curve.title, description, Markup(pictures.curve_svg(curve, key=key)), curve.table, key)
    for landscape in content.landscapes(details):
        key = f"p{next(keys)}"
        marked = ", ".join(f"{p.label} at ({p.x:.4g}, {p.y:.4g})" for p in landscape.points) or "none"
        description = f"Contour lines over {landscape.x_label} and {landscape.y_label}. Marked points: {marked}."
        yield Picture(landscape.title, description, Markup(pictures.landscape_svg(landscape, key=key)), None, key)
