"""The report as a value: order, counts, anchors, certificates."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from reports.parts.report import UNSURPRISING, build, surprise_rank
from verify.verdict import Assumption, Verdict


def make(verdict: str, expected: str | None = None, holds: tuple[bool | None, ...] = (), **more) -> Verdict:
    level = None if verdict == "undecided" else "exact"
    assumptions = tuple(Assumption("A", "", h, "1", ">", "0", "1", "exact") for h in holds)
    return Verdict(
        id=more.pop("id", "a"), verdict=verdict, level=level, scope="", expected=expected, assumptions=assumptions
    )


def test_most_surprising_first() -> None:
    order = [
        make("refuted", "proved", (True, True)), make("vacuous", "proved"), make("refuted", None, (True,)),
        make("refuted"), make("undecided", "proved"), make("proved", "proved"),
    ]  # fmt: skip
    ranks = [surprise_rank(verdict) for verdict in order]
    assert ranks == sorted(set(ranks))
    assert surprise_rank(make("refuted", "proved", (True, None))) == surprise_rank(make("vacuous", "proved"))
    assert surprise_rank(make("refuted", "refuted", (True,))) == UNSURPRISING
    assert surprise_rank(make("undecided")) == UNSURPRISING


def test_order_is_stable_within_a_rank(tmp_path: Path) -> None:
    verdicts = [make("proved", id="p"), make("refuted", id="r"), make("proved", id="q")]
    assert [v.id for v in build(verdicts, tmp_path, title="t").verdicts] == ["r", "p", "q"]


def test_counts_and_summary(verdicts, tmp_path: Path) -> None:
    report = build(verdicts, tmp_path, title="t")
    assert report.counts == {
        "proved": {"exact": 2}, "refuted": {"exact": 1, "ball": 1}, "vacuous": {"exact": 1},
        "supported": {"statistical": 1}, "undecided": {"none": 1},
    }  # fmt: skip
    assert report.levels == ["exact", "ball", "statistical", "none"]
    assert (
        report.summary == "7 claims: 2 proved, 2 refuted, 1 vacuous, 1 supported, 1 undecided. 5 of 7 expectations met."
    )
    assert build([make("proved")], tmp_path, title="t").summary == "1 claim: 1 proved."
    one = build([make("proved", "refuted")], tmp_path, title="t").summary
    assert one == "1 claim: 1 proved. The one expectation is not met."


def test_anchors_are_unique_and_plain(tmp_path: Path) -> None:
    verdicts = [make("proved", id=name) for name in ("A b", "a-b", "<>", "é", "x" * 500)]
    anchors = [entry.anchor for entry in build(verdicts, tmp_path, title="t").entries]
    assert anchors[:4] == ["claim-a-b", "claim-a-b--2", "claim-untitled", "claim-untitled--2"]
    assert len(anchors[4]) < 80


def test_certificate_is_seen_from_the_report(with_certificate, tmp_path: Path) -> None:
    entry = build([with_certificate], tmp_path / "out", title="t").entries[0]
    assert entry.certificate.link == "../certificates/mask-ridge-lasso-0123456789ab-proved.json"
    assert len(entry.certificate.sha256) == 64


def test_only_readable_json_files_are_linked(tmp_path: Path, with_certificate) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("x")
    for path in (str(secret), str(tmp_path), "javascript:alert(1)", "https://a.b/c.json", "a\0b.json", "gone.json"):
        entry = build([replace(with_certificate, certificate=path)], tmp_path, title="t").entries[0]
        assert entry.certificate.link is None
        assert entry.certificate.sha256 is None


def test_names_of_certificates_are_quoted(tmp_path: Path, with_certificate, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("javascript:x y.json").write_text("{}")
    entry = build([replace(with_certificate, certificate="javascript:x y.json")], tmp_path, title="t").entries[0]
    assert entry.certificate.link == "javascript%3Ax%20y.json"
