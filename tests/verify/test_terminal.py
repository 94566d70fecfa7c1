"""What a person sees: one line per verdict, the reason, the witness, and colour only where wanted."""

from __future__ import annotations

import sys

import pytest

from verify.runs import Failure
from verify.terminal import COLOURS, PIPED_WIDTH, Watch, show_result, summary, table
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


def test_nobody_watches_nobody_counts(capsys: pytest.CaptureFixture[str]) -> None:
    with Watch(3) as watch:
        watch.step("a.toml", "vacuity", 0.0)
        watch.finished(1)
        with watch.aside():
            print("a result")
    assert capsys.readouterr() == ("a result\n", "")


def test_a_terminal_sees_count_and_step(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    with Watch(3) as watch:
        watch.finished(2)
        watch.step("[a].toml", "vacuity", 0.25)
    text = capsys.readouterr().err
    assert "2/3 decided" in text
    assert "[a].toml: vacuity 25%" in text


def test_the_summary_counts_by_verdict_and_level() -> None:
    results = [
        verdict(expected="refuted"),
        verdict(verdict="proved", level="ball"),
        verdict(verdict="undecided", level=None, expected="proved"),
        Failure("a.toml", "no such key"),
    ]
    text = summary(results, 2.0)
    assert text == "4 in 2.0 s: 1 proved (1 ball), 1 refuted (1 exact), 1 undecided, 1 invalid; 1 of 2 not as expected"
    assert summary(results[:1], 2.0).endswith("; all as expected")


def test_tables_align_wrap_and_keep_brackets() -> None:
    text = table(("id", "statement"), [("a", "x[0] is [red] " * 20), ("longer", "proved")])
    assert "x[0] is [red]" in text
    assert all(len(line) <= PIPED_WIDTH for line in text.splitlines())
    places = {
        line.index(word) for line in text.splitlines() for word in ("statement", "x[0]", "proved") if word in line
    }
    assert len(places) == 1
