"""Numbers for pictures and bars."""

from __future__ import annotations

import pytest

from reports.parts.numbers import as_float, relative_margin, seconds, shown


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1/2", 0.5),
        ("-7", -7.0),
        ("0.25", 0.25),
        ("1e-3", 1e-3),
        ("0.5 +/- 1e-9", 0.5),
        ("[1.5 +/- 2e-3]", 1.5),
        (2, 2.0),
    ],
)
def test_numbers(text: object, value: float) -> None:
    assert as_float(text) == value


@pytest.mark.parametrize("text", ["", "none", "1/0", "nan", "inf", "1/2/3", "9" * 5000, "1e999", "a/b", None])
def test_other_texts(text: object) -> None:
    assert as_float(text) is None


def test_relative_margin() -> None:
    assert relative_margin("1/4", "3/4", "1/2") == pytest.approx(1 / 3)
    assert relative_margin("-5", "1", "2") == -1.0
    assert relative_margin("0", "0", "0") == 0.0
    assert relative_margin("", "1", "2") is None


def test_shown() -> None:
    assert [shown(value) for value in (None, 3.0, 1797, 0.123456, 1e-17)] == ["–", "3", "1797", "0.1235", "1e-17"]
    assert [seconds(value) for value in (0.001, 1.234, 58.3)] == ["under 0.01 s", "1.23 s", "58 s"]
