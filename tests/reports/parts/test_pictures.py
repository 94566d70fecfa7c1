"""Pictures: the same bytes each time, safe, without colours or styles of their own in a page."""

from __future__ import annotations

import re
from xml.etree.ElementTree import fromstring

import pytest

from reports.parts import pictures
from reports.parts.content import Curve, Landscape, Point, Series

HOSTILE = '<script>x</script> & $\\frac{1}{2}$ "q" _a'


def curve(**more) -> Curve:
    series = (Series("_mask", (0.1, 0.01, None)), Series(HOSTILE, (1.0, 2.0, 3.0), is_bound=True))
    return Curve(
        **{"title": "t", "x_label": HOSTILE, "y_label": "error", "x": (1.0, 10.0, 100.0), "series": series} | more
    )


def texts(svg: str) -> list[str]:
    return ["".join(element.itertext()) for element in fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("palette", [pictures.PAGE, pictures.PRINT])
def test_same_curve_gives_the_same_bytes(palette: str) -> None:
    first = pictures.curve_svg(curve(log=True), palette=palette, key="k")
    assert first == pictures.curve_svg(curve(log=True), palette=palette, key="k")
    fromstring(first)


def test_in_a_page_colours_come_from_the_style_sheet() -> None:
    svg = pictures.curve_svg(curve(), key="k")
    assert re.findall(r"#[0-9a-f]{6}\b", svg) == []
    assert "currentColor" in svg
    assert "var(--s1)" in svg
    assert "<style" not in svg
    assert "<metadata" not in svg
    assert set(re.findall(r'id="([^"]{2})', svg)) == {"k-"}
    assert fromstring(svg).get("width") is None


def test_labels_are_literal_and_none_is_lost() -> None:
    shown = texts(pictures.curve_svg(curve(), key="k"))
    assert HOSTILE in shown
    assert " _mask" in shown


def test_logarithmic_only_where_every_value_is_positive() -> None:
    series = (Series("a", (0.001, 0.1, 10.0)),)
    log = texts(pictures.curve_svg(curve(series=series, log=True, log_x=True)))
    assert {"0.001", "0.1", "10", "100"} <= set(log)
    plain = texts(pictures.curve_svg(curve(series=(Series("a", (0.0, 0.1, 10.0)),), log=True)))
    assert "0.001" not in plain


def test_the_settings_of_the_user_do_not_matter() -> None:
    import matplotlib as mpl

    plain = pictures.curve_svg(curve())
    with mpl.rc_context({"font.size": 30, "axes.grid": False, "lines.linewidth": 9}):
        assert pictures.curve_svg(curve()) == plain
        assert mpl.rcParams["font.size"] == 30


def test_landscape() -> None:
    x = (-1.0, 0.0, 1.0)
    z = tuple(tuple(a * a + b * b for a in x) for b in x)
    svg = pictures.landscape_svg(Landscape("t", "a", "b", x, x, z, (Point(0, 0, HOSTILE),)), key="k")
    assert HOSTILE in texts(svg)
    flat = Landscape("t", "a", "b", x, x, ((1.0,) * 3,) * 3)
    fromstring(pictures.landscape_svg(flat))
