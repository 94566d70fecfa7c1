"""What a report does not show."""

from __future__ import annotations

from pathlib import Path

from reports.parts.limits import LEVEL_MEANING, MEANING, limits
from reports.parts.report import WORDS, build
from verify.verdict import LEVELS


def test_every_word_and_level_is_explained() -> None:
    assert set(MEANING) == set(WORDS)
    assert set(LEVEL_MEANING) == {*LEVELS, "none"}


def test_what_is_said_depends_on_what_is_there(verdicts, with_certificate, tmp_path: Path) -> None:
    full = " ".join(limits(build(verdicts, tmp_path, title="t", errors=[{"file": "a", "error": "b"}])))
    for phrase in ("“Supported” is not “proved”", "“Undecided” says nothing", "want of points", "not decided",
                   "without a rigorous bound", "1 input could not be read",
                   "sparse-mask: The noise level"):  # fmt: skip
        assert phrase in full
    short = " ".join(limits(build([with_certificate], tmp_path, title="t")))
    assert "Each verdict covers its printed scope" in short
    assert "A certificate proves the claim as it is written" in short
    assert "Supported" not in short
    assert "not found" not in short


def test_missing_certificates_are_named(with_certificate, tmp_path: Path) -> None:
    Path(with_certificate.certificate).unlink()
    text = " ".join(limits(build([with_certificate], tmp_path, title="t")))
    assert "certificates of mask-ridge-lasso were not found" in text
