"""Texts from claims are untrusted: here they are made harmless, for every format and for each by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import isfinite
from typing import Any

UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff9-\uffff]"
)
"""Control characters, characters that reverse or hide text, and those that XML does not allow."""

MAX_DEPTH = 24
"""Deepest nesting of a verdict's details that is kept."""

_INLINE = re.compile(r"([\\`*_\[\]|$~@])")
_BLOCK_START = re.compile(r"^(#|>|[-+=](?=[\s+=-]|$)|\d{1,9}(?=[.)](?:\s|$)))")
_LINK = re.compile(r"(?i)\b(https?|ftp)://|\bwww\.")


def clean(text: object) -> str:
    """Return ``text`` with every unsafe character replaced by U+FFFD."""
    return UNSAFE.sub("\ufffd", str(text))


def clean_data(value: Any, *, depth: int = 0) -> Any:
    """Return JSON data with clean texts, and None for numbers that JSON cannot hold."""
    if depth > MAX_DEPTH:
        return None
    if isinstance(value, Mapping):
        return {clean(key): clean_data(entry, depth=depth + 1) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [clean_data(entry, depth=depth + 1) for entry in value]
    if isinstance(value, bool | int) or value is None:
        return value
    if isinstance(value, float):
        return value if isfinite(value) else None
    return clean(value)


def one_line(text: object) -> str:
    """Return ``text`` with runs of white space as one space."""
    return " ".join(str(text).split())


def markdown(text: object) -> str:
    """Return ``text`` as literal Markdown on one line: no markup, no HTML, no link, no table cell starts in it."""
    line = _INLINE.sub(r"\\\1", one_line(text)).replace("&", "&amp;").replace("<", "&lt;")
    line = _LINK.sub(lambda match: match[0].replace("://", ":\\//").replace(".", "\\."), line)
    return _BLOCK_START.sub(_escaped_start, line)


def _escaped_start(match: re.Match[str]) -> str:
    """Escape the sign that would start a heading, list, quotation or rule; a digit cannot be escaped, it is spelled."""
    start = match[1]
    return f"&#{ord(start[0])};{start[1:]}" if start[0].isdigit() else "\\" + start


def markdown_code(text: object, *, cell: bool = False) -> str:
    """Return ``text`` as inline code, whatever backticks it holds; in a table ``cell`` bars are escaped."""
    line = one_line(text)
    fence = "`" * (_longest_run(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") or not line else ""
    return f"{fence}{pad}{line.replace('|', chr(92) + '|') if cell else line}{pad}{fence}"


def markdown_block(text: object, language: str = "") -> str:
    """Return ``text`` as a fenced block that nothing in it can end."""
    fence = "`" * max(3, _longest_run(str(text)) + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
