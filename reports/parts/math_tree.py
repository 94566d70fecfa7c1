"""Formulas as plain trees for the PDF template: MathML with fences paired, every text a value and never code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from reports.parts.mathematics import parse

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

Tree = dict[str, Any]
"""``n`` kind of node, ``t`` its text, ``v`` its letter style, ``c`` its parts."""

OPENING = frozenset("([{⟨⌊⌈")
CLOSING = frozenset(")]}⟩⌋⌉")


def tree(latex: str) -> Tree:
    """Return the tree of a LaTeX formula; raises :class:`~reports.parts.formula.NotTypeset` as ``to_mathml``."""
    return _node(parse(latex))


def _node(element: Element) -> Tree:
    out: Tree = {"n": element.tag}
    if element.text and element.tag in ("mi", "mo", "mn", "mtext"):
        out["t"] = element.text
    if style := element.get("mathvariant"):
        out["v"] = style
    if element.tag == "mspace":
        out["w"] = _width(element.get("width", ""))
    if len(element):
        out["c"] = _paired(element) if element.tag in ("math", "mrow", "mstyle", "mtd") else [*map(_node, element)]
    return out


def _width(text: str) -> float:
    try:
        return min(4.0, max(-1.0, float(text.removesuffix("em"))))
    except ValueError:
        return 0.2


def _paired(parts: Iterable[Element]) -> list[Tree]:
    """Translate a row; what stands between an opening fence and its closing one becomes one ``lr`` node."""
    stack: list[list[Tree]] = [[]]
    for part in parts:
        form = _form(part)
        if form == "prefix":
            stack.append([_node(part)])
            continue
        stack[-1].append(_node(part))
        if form == "postfix" and len(stack) > 1:
            group = stack.pop()
            stack[-1].append({"n": "lr", "c": group})
    while len(stack) > 1:
        group = stack.pop()
        stack[-1].extend(group)
    return stack[0]


def _form(part: Element) -> str:
    text = part.text or ""
    if part.tag != "mo":
        return ""
    if part.get("fence") == "true" and part.get("form"):
        return part.get("form", "")
    return "prefix" if text in OPENING else "postfix" if text in CLOSING else ""
