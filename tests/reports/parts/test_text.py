"""Texts are made harmless."""

from __future__ import annotations

import pytest

from reports.parts.text import clean, clean_data, markdown, markdown_block, markdown_code, one_line


def test_control_and_hiding_characters_are_replaced() -> None:
    assert clean("a\x00\x1b[31m\u202eb\u200bc\ud800\uffff") == "a��[31m�b�c��"
    assert clean("keeps\ttabs\nand lines, é, 𝕊, λ") == "keeps\ttabs\nand lines, é, 𝕊, λ"


def test_data_is_cleaned_in_depth() -> None:
    data = {"a\x00": ["b\x01", 1, 1.5, True, None, float("nan")], "n": {"x": ("y\x02",)}}
    assert clean_data(data) == {"a�": ["b�", 1, 1.5, True, None, None], "n": {"x": ["y�"]}}


def test_nesting_is_bounded() -> None:
    data: list = []
    for _ in range(5000):
        data = [data]
    depth, cleaned = 0, clean_data(data)
    while cleaned:
        cleaned, depth = cleaned[0], depth + 1
    assert 10 < depth < 100


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, with 1.5 - 2 and (brackets)!", "plain, with 1.5 - 2 and (brackets)!"),
        ("a*b_c `d` [e](f) |g| $h$", r"a\*b\_c \`d\` \[e\](f) \|g\| \$h\$"),
        ("<b> & </b>", "&lt;b> &amp; &lt;/b>"),
        ("# heading", r"\# heading"),
        ("- item", r"\- item"),
        ("-1/2", "-1/2"),
        ("1. item", "&#49;. item"),
        ("1.5 is a number", "1.5 is a number"),
        ("> quotation", r"\> quotation"),
        ("see https://x.y or www.z.w, mail a@b.c", r"see https:\//x.y or www\.z.w, mail a\@b.c"),
        ("two\n\nlines", "two lines"),
    ],
)
def test_markdown_is_literal(text: str, shown: str) -> None:
    assert markdown(text) == shown


def test_code_and_blocks_cannot_be_left() -> None:
    assert markdown_code("a`b``c") == "```a`b``c```"
    assert markdown_code("`") == "`` ` ``"
    assert markdown_code("a|b", cell=True) == r"`a\|b`"
    assert markdown_block("x\n```\ny").startswith("````\nx")
    assert one_line(" a\n b\t c ") == "a b c"
