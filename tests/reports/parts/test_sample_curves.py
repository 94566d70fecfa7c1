"""Curves with bands for reports."""

from __future__ import annotations

from numerics.sample_complexity.experiments import experiment
from numerics.sample_complexity.summary import Duel, Outcome, Point
from reports.parts.content import curves, tables
from reports.parts.pictures import curve_svg
from reports.parts.sample_curves import details, text_table

ONE = experiment("digits")
POINTS = {
    "mask": [Point(n, 16, 1 / n, 0.9 / n, 1.2 / n, 0.1) for n in ONE.numbers],
    "ridge": [Point(ONE.numbers[0], 3, 0.5, None, None, 0.2)],
}
FOUND = details(ONE, POINTS, [Outcome("mask", "ridge", (Duel(12, 16, 0, 0),), (12,), ())], 16)  # type: ignore[arg-type]


def test_bands_are_drawn() -> None:
    (curve,) = curves(FOUND)
    assert curve.series[0].band == (tuple(0.9 / n for n in ONE.numbers), tuple(1.2 / n for n in ONE.numbers))
    assert curve.series[1].values == (0.5, None, None, None, None)
    with_band, without = curve_svg(curve), curve_svg(curves({"curves": [{**FOUND["curves"][0], "bands": None}]})[0])
    assert "FillBetween" in with_band
    assert "FillBetween" not in without


def test_wrong_bands_are_left_out() -> None:
    for bands in ({"mask": [[1.0], [2.0]]}, {"mask": "wide"}, {"mask": [1, 2, 3]}, "none"):
        (curve,) = curves({"curves": [{**FOUND["curves"][0], "bands": bands}]})
        assert curve.series[0].band is None


def test_tables() -> None:
    errors, needed, duels = tables(FOUND)
    assert errors.rows[0][1] == "0.0833 [0.075, 0.1]"
    assert errors.rows[1][2] == "not measured"
    assert needed.rows[1][1] == "more than measured"
    assert duels.rows[0][-1] == "fewer"
    assert text_table(FOUND["tables"][0])[1].startswith("learner")
