"""What a person sees: one line per verdict, the reason, the witness, and colour only where wanted."""

from __future__ import annotations

import pytest

from verify.runs import Failure
from verify.terminal import COLOURS, progress_line, show_result
from verify.verdict import Assumption, Verdict


def verdict(**changed: object) -> Verdict:
    common = {"id": "claim-one", "verdict": "refuted", "level": "exact", "scope": "all real x", "title": "A title",
              "witness": {"x": "1/2"}, "values": {"objective": "1/4"}, "method": "a method", "seconds": 0.5}  # fmt: skip
    return Verdict(**{**common, **changed})  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")


def shown(capsys: pytest.CaptureFixture[str], result: Verdict | Failure, *, verbose: bool = False) -> str:
    show_result(result, verbose=verbose)
    return capsys.readouterr().out


def test_a_refutation_shows_its_witness_and_values(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, verdict())
    assert text.startswith("refuted")
    for word in ("exact", "claim-one", "A title", "0.50 s", "at x = 1/2", "objective = 1/4"):
        assert word in text


@pytest.mark.parametrize(
    ("expected", "word"), [("refuted", "as expected"), ("proved", "EXPECTED proved"), (None, "claim-one")]
)
def test_expectations_are_compared(expected: str | None, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, verdict(expected=expected))
    assert word in text
    assert ("expected" in text.lower()) is (expected is not None)


def test_an_open_verdict_shows_the_reason(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, verdict(verdict="undecided", level=None, witness=None, values={}, reason="no method applies"))
    assert "no method applies" in text


def test_more_on_request(capsys: pytest.CaptureFixture[str]) -> None:
    rich = verdict(effort={"starts": "3"}, certificate="c.json", reproduce="attnverify check x")
    brief, full = shown(capsys, rich), shown(capsys, rich, verbose=True)
    for word in ("scope: all real x", "method: a method", "starts = 3", "c.json", "attnverify check x"):
        assert word in full
        assert word not in brief


@pytest.mark.parametrize(("holds", "word"), [(True, "holds"), (False, "FAILS"), (None, "open")])
def test_assumptions_show_number_and_margin(holds: bool | None, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assumption = Assumption("small", "x <= 1", holds, "1/2", "<=", "1", "1/2", "exact")
    text = shown(capsys, verdict(assumptions=(assumption,)))
    assert f"{word:<6} small: 1/2 <= 1 (margin 1/2, exact)" in text


def test_an_invalid_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys, Failure("a.toml", "a.toml:3: no such key")) == "invalid    a.toml:3: no such key\n"


def test_colours(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    import click

    assert set(COLOURS) == {"proved", "refuted", "vacuous", "supported", "undecided"}
    monkeypatch.delenv("NO_COLOR")
    styled: list[str] = []
    monkeypatch.setattr(click, "style", lambda text, **how: styled.append(str(how.get("fg"))) or text)
    show_result(verdict(), verbose=False)
    assert "red" in styled


def test_nobody_watches_nobody_counts() -> None:
    assert progress_line() is None
