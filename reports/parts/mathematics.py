r"""LaTeX as MathML that is safe in a page: only known elements and attributes, no command left over.

latex2mathml passes markup inside ``\text`` through and leaves unknown commands as they are; its result is therefore
read as XML, checked element by element and written anew.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from reports.parts.formula import NotTypeset
from reports.parts.text import UNSAFE

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

MAX_LENGTH = 20_000
"""Longest LaTeX that is typeset."""

NAMESPACE = "http://www.w3.org/1998/Math/MathML"

ELEMENTS = frozenset(
    "math mrow mi mo mn mtext mspace msup msub msubsup mfrac msqrt mroot mover munder munderover mtable mtr mtd "  # noqa: SIM905
    "mstyle mpadded mphantom".split()
)
TOKENS = frozenset("mi mo mn mtext mspace".split())  # noqa: SIM905
ATTRIBUTES = frozenset(
    "accent columnalign displaystyle fence form largeop linethickness lspace mathvariant maxsize minsize movablelimits "  # noqa: SIM905
    "rspace scriptlevel separator stretchy symmetric width".split()
)
_VALUE = re.compile(r"[A-Za-z0-9.%+-]{1,24}(?: [a-z]{1,8}){0,40}")


@lru_cache(maxsize=4096)
def to_mathml(latex: str, *, display: bool = True) -> str:
    """Return a ``math`` element for a LaTeX formula; ``display`` makes fractions and sums large.

    Raises:
        NotTypeset: a command was not converted, or the result is not plain MathML.
    """
    from xml.etree.ElementTree import tostring

    root = parse(latex)
    root.set("displaystyle", "true" if display else "false")
    return tostring(root, encoding="unicode")


def checked(latex: str) -> bool:
    """Whether a LaTeX formula is typeset everywhere alike; commands that a renderer might run or load are not."""
    try:
        to_mathml(latex)
    except NotTypeset:
        return False
    return True


def parse(latex: str) -> Element:
    """Return the checked MathML tree of a LaTeX formula, without namespaces; raises as :func:`to_mathml`."""
    from xml.etree.ElementTree import ParseError, fromstring

    try:
        root = fromstring(_convert(latex))
    except (ParseError, RecursionError) as error:
        raise NotTypeset(f"not well-formed: {error}") from None
    for element in root.iter():
        _check(element)
    for element in root.iter():
        _settle(element)
    root.attrib.clear()
    return root


def _convert(latex: str) -> str:
    if len(latex) > MAX_LENGTH:
        raise NotTypeset("too long")
    if UNSAFE.search(latex):
        raise NotTypeset("a control character")
    from latex2mathml.converter import convert

    try:
        mathml: str = convert(latex)
    except Exception as error:  # the converter raises many kinds on text that is not LaTeX
        raise NotTypeset(f"{type(error).__name__}: {error}") from None
    if "\\" in mathml:
        raise NotTypeset("a command was not converted")
    return mathml


def _check(element: Element) -> None:
    element.tag = element.tag.removeprefix(f"{{{NAMESPACE}}}")
    if element.tag not in ELEMENTS:
        raise NotTypeset(f"element {element.tag}")
    if element.tag in TOKENS - {"mo"} and len(element):
        raise NotTypeset(f"markup inside {element.tag}")
    if element.tag not in TOKENS and (element.text or "").strip():
        raise NotTypeset(f"text inside {element.tag}")
    if (element.tail or "").strip():
        raise NotTypeset("text between elements")
    for name, value in list(element.attrib.items()):
        if name not in ATTRIBUTES or not _VALUE.fullmatch(value):
            del element.attrib[name]


TALL = frozenset("mfrac mtable munder mover munderover".split())  # noqa: SIM905
"""Elements that make brackets around them grow."""

_SIGNS = frozenset("−+±-")


def _settle(row: Element) -> None:
    """Let brackets grow only around something tall, and set signs that are not between two terms close to theirs.

    Browsers add space around a bracket that may grow, even where it does not.
    """
    before = "("
    for child in row:
        if child.tag == "mo" and child.text in _SIGNS and before in "([{,=<>≤≥≠∈":
            child.set("form", "prefix")
        before = child.text if child.tag == "mo" and child.text and len(child.text) == 1 else "x"
        if child.tag == "mo" and child.get("form") == "prefix" and child.get("fence"):
            before = "("
    fences = [child for child in row if child.tag == "mo" and child.get("fence") == "true"]
    if fences and not any(part.tag in TALL for part in row.iter()):
        for fence in fences:
            fence.set("stretchy", "false")
