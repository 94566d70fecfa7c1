"""Markdown: the same content, every text of a claim literal."""

from __future__ import annotations

import re
from pathlib import Path

from reports import markdown
from reports.parts.report import build


def test_content_and_order(verdicts, tmp_path: Path) -> None:
    text = markdown.render(build(verdicts, tmp_path, title="Seven claims", created="2025-01-02T03:04:05Z"))
    order = ["# Seven claims", "| refuted | 1 | 1 |", "## Read this first", "## Two tokens", "## Mask and weights",
             "## What this report does not show", "2025-01-02"]  # fmt: skip
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    assert "```math\nL = \\frac{1}{2}" in text
    assert "| `q` | 1.7071067811865475 ± 3.1e-16 |" in text
    assert "```sh\nattnverify check sparse-mask --set k=5 --seed 0\n```" in text


def test_tables_are_rectangular(verdicts, hostile_verdict, tmp_path: Path) -> None:
    text = markdown.render(build([*verdicts, hostile_verdict], tmp_path, title="t"))
    for block in text.split("\n\n"):
        lines = [line for line in block.splitlines() if line.startswith("| ")]
        columns = {len(re.findall(r"(?<!\\)\|", line)) for line in lines}
        assert len(columns) <= 1, block


def test_hostile_texts_are_literal(hostile_verdict, hostile_text: str, tmp_path: Path) -> None:
    errors = [{"file": hostile_text, "error": hostile_text}]
    text = markdown.render(build([hostile_verdict], tmp_path, title=hostile_text, errors=errors))
    outside = re.sub(r"^(`{3,}).*?^\1$", "", text, flags=re.DOTALL | re.MULTILINE)
    outside = re.sub(r"(?<![\\`])(`+)(?!`).*?(?<!`)\1(?!`)", "", outside)
    assert "<script" not in outside
    assert "<img" not in outside
    assert re.search(r"(?<!\\)\[[^\]]*(?<!\\)\]\(", outside) is None
    assert re.search(r"(?<!\\)\$", outside) is None
    assert "\x1b" not in text
    assert "```math\n\\nonsense" not in text


def test_long_curves_are_thinned(tmp_path: Path, verdicts) -> None:
    from dataclasses import replace

    x = list(range(1000))
    curve = {"title": "long", "x_label": "step", "y_label": "y", "x": x, "series": {"y": x}}
    text = markdown.render(build([replace(verdicts[0], details={"curves": [curve]})], tmp_path, title="t"))
    assert "40 of 1000 points." in text
    assert "| 0 | 0 |" in text
    assert "| 999 | 999 |" in text
