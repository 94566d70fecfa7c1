"""The HTML page: complete, self-contained, safe against hostile texts."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

from reports import html
from reports.parts.report import build

VOID = {"meta", "br", "input", "link", "img", "hr"}


class Page(HTMLParser):
    """Collects elements, attributes and text; notes tags that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.mismatched: list[str] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.mismatched.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())


@pytest.fixture
def page(verdicts, tmp_path: Path) -> str:
    return html.render(build(verdicts, tmp_path, title="Seven claims", created="2025-01-02T03:04:05Z"))


def test_the_page_is_well_formed_and_self_contained(page: str) -> None:
    parsed = Page(page)
    assert parsed.mismatched == []
    assert parsed.open == []
    for tag, attributes in parsed.elements:
        assert tag not in ("link", "img", "iframe", "object", "embed", "base")
        for name in ("src", "srcset", "data", "action"):
            assert name not in attributes, (tag, attributes)
        link = attributes.get("href") or attributes.get("xlink:href") or "#"
        assert link.startswith("#") or link.startswith("certificates/"), link
    assert "@import" not in page
    assert "url(" not in re.sub(r"url\(#[\w-]+\)", "", page)
    assert len(page) < 1_000_000


def test_ids_are_unique_and_targets_exist(page: str) -> None:
    elements = Page(page).elements
    ids = Counter(attributes["id"] for _, attributes in elements if "id" in attributes)
    assert [name for name, count in ids.items() if count > 1] == []
    for _, attributes in elements:
        link = attributes.get("href") or attributes.get("xlink:href") or ""
        if link and link.startswith("#"):
            assert link[1:] in ids


def test_verdict_level_and_counts_come_first_and_surprises_before_the_rest(page: str) -> None:
    text = Page(page).text
    order = ["Seven claims", "7 claims: 2 proved, 2 refuted", "Verdicts by word and level", "Read this first",
             "refuted (ball), although every assumption holds; expected proved", "two-token-head", "mask-ridge-lasso",
             "What this report does not show", "Words and versions"]  # fmt: skip
    places = [text.index(part) for part in order]
    assert places == sorted(places)


def test_everything_about_a_claim_is_shown(page: str, verdicts) -> None:
    text = Page(page).text
    for verdict in verdicts:
        assert verdict.id in text
        assert verdict.title in text
        assert verdict.scope in text
        assert (verdict.reason or "") in text
        assert verdict.reproduce in text
        for name, value in (verdict.witness or {}).items():
            assert f"{name} {value.replace('+/-', '±')}" in text
        for assumption in verdict.assumptions:
            assert assumption.name in text
            assert assumption.note in text
    assert "margin +0.0069" in text
    assert "In-sample error of mask, lasso and ridge against the bound" in text
    assert "The noise level was estimated from residuals, not known." in text


def test_formulas_are_typeset(page: str) -> None:
    assert page.count("<math") > 30
    assert "\\" not in re.sub(r"<(pre|script|style)>.*?</\1>", "", page, flags=re.DOTALL)
    assert "<mo>⊙</mo>" in page


def test_certificate_is_linked_and_hashed(with_certificate, tmp_path: Path) -> None:
    import hashlib

    page = html.render(build([with_certificate], tmp_path, title="t"))
    path = Path(with_certificate.certificate)
    assert f'href="certificates/{path.name}"' in page
    assert hashlib.sha256(path.read_bytes()).hexdigest() in page
    assert f"attnverify recheck certificates/{path.name}" in page


def test_hostile_texts_stay_text(hostile_verdict, hostile_text: str, tmp_path: Path) -> None:
    errors = [{"file": hostile_text, "error": hostile_text}]
    page = html.render(build([hostile_verdict] * 2, tmp_path, title=hostile_text, errors=errors, created=hostile_text))
    parsed = Page(page)
    assert parsed.mismatched == []
    assert parsed.open == []
    tags = Counter(tag for tag, _ in parsed.elements)
    assert tags["script"] == 1
    assert tags["img"] == tags["b"] == 0
    for _, attributes in parsed.elements:
        assert not [name for name in attributes if name.startswith("on")]
        assert not (attributes.get("href") or "").lower().startswith("javascript")
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert '<script>alert("1")</script>' in parsed.text


def test_the_policy_allows_the_one_script_of_the_page(page: str) -> None:
    import base64
    import hashlib

    script = re.search(r"<script>(.*)</script>", page, flags=re.DOTALL)
    assert script is not None
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page.replace("&#39;", "'")
    assert "default-src 'none'" in page


def test_many_claims_are_folded_but_the_surprising_ones(verdicts, tmp_path: Path) -> None:
    page = html.render(build(verdicts, tmp_path, title="t"))
    states = {a["id"]: "open" in a for tag, a in Page(page).elements if tag == "details" and a.get("class") == "claim"}
    assert [name for name, is_open in states.items() if is_open] == ["claim-two-token-head", "claim-one-head-ridge"]


def test_filters_need_no_script(page: str) -> None:
    for word in ("proved", "refuted", "vacuous", "supported", "undecided"):
        assert f'body:has(#show-{word}:not(:checked)) [data-verdict="{word}"]' in page
        assert f'id="show-{word}"' in page
