"""Verdicts out of files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reports.parts.reading import parse, read
from verify.errors import InvalidInput

GOOD = {"id": "a", "verdict": "proved", "level": "exact", "scope": "all real x", "witness": None, "values": {"v": "1"},
        "reason": None, "certificate": None, "seconds": 0.1, "budget": 60, "seed": 0}  # fmt: skip


def test_lines_of_check(verdicts) -> None:
    text = (
        "\n".join(json.dumps(v.to_json()) for v in verdicts) + "\n\n" + json.dumps({"file": "x.toml", "error": "bad"})
    )
    found = parse(text, name="run.jsonl")
    assert found.verdicts == tuple(verdicts)
    assert found.errors == ({"file": "x.toml", "error": "bad"},)


def test_one_line_one_object_and_arrays() -> None:
    assert parse(json.dumps(GOOD), name="a").verdicts[0].id == "a"
    assert len(parse(json.dumps([GOOD, GOOD], indent=2), name="a").verdicts) == 2
    assert parse(json.dumps(GOOD | {"future": 1}), name="a").verdicts[0].values == {"v": "1"}
    assert parse("", name="a").verdicts == ()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"verdict": "true"}, "verdict='true' is not possible"),
        ({"verdict": None}, "'verdict' is missing"),
        ({"id": 3}, "'id' is not a text"),
        ({"level": "float"}, "'a' is proved at level float"),
        ({"level": None}, "'a' is proved at level None"),
        ({"level": "certain"}, "level='certain' is not possible"),
        ({"expected": "maybe"}, "expected='maybe' is not possible"),
        ({"witness": [1]}, "'witness' is not an object"),
        ({"values": "x"}, "'values' is not an object"),
        ({"seconds": "1"}, "'seconds' is not a number"),
        ({"seconds": -1}, "'seconds' is not a number"),
        ({"seed": True}, "'seed' is not a number"),
        ({"assumptions": ["x"]}, "an assumption is not an object"),
        ({"assumptions": [{"holds": "yes"}]}, "'holds' of an assumption"),
        ({"title": ["x"]}, "'title' is not a text"),
    ],
)
def test_lines_that_are_no_verdict(change: dict, message: str) -> None:
    text = json.dumps(GOOD) + "\n" + json.dumps(GOOD | change)
    with pytest.raises(InvalidInput, match=r"run\.jsonl:2") as caught:
        parse(text, name="run.jsonl")
    assert message in str(caught.value)


@pytest.mark.parametrize("text", ["not json", "3", '"text"', "[1]", "[" * 100_000, '{"id": "a"}\n{'])
def test_texts_that_are_no_verdicts(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse(text, name="x")


def test_a_statistical_refutation_is_a_verdict() -> None:
    assert parse(json.dumps(GOOD | {"verdict": "refuted", "level": "statistical"}), name="a").verdicts


def test_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot read"):
        read(tmp_path / "gone.json")
    (tmp_path / "latin.json").write_bytes(b'{"id": "\xe9"}')
    with pytest.raises(InvalidInput, match="not UTF-8"):
        read(tmp_path / "latin.json")
