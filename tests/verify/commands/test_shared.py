"""What commands share: settings, error probabilities, reports."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import click
import pytest

from verify.commands._shared import error_probability, pairs, write_report
from verify.verdict import Verdict


def test_settings_are_names_with_values() -> None:
    assert pairs(["n=3", " form = a=b "]) == {"n": "3", "form": "a=b"}


@pytest.mark.parametrize("text", ["n", "=3", " =3"])
def test_what_is_no_setting_is_named(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is not NAME=VALUE"):
        pairs([text])


def test_error_probabilities_lie_between_zero_and_one_half() -> None:
    assert error_probability("1/2") == Fraction(1, 2)
    for text in ("0", "-1/2", "51/100"):
        with pytest.raises(click.BadParameter, match="not between 0 and 1/2"):
            error_probability(text)


def test_reports_are_named_where_they_disturb_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    verdict = Verdict(id="a", verdict="undecided", level=None, scope="all", title="A")
    write_report([verdict], tmp_path, title="Own title", quiet=True)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.count("report: ") == 2
    assert "Own title" in (tmp_path / "report.md").read_text(encoding="utf-8")
