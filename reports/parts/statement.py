"""What a claim says, as rows of a label with formulas: from the claim's own texts in a verdict's statement."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from reports.parts import formula
from reports.parts.formula import NotTypeset

MAX_CONSTANT = 240
"""Longest text of a constant that is shown in place; longer ones give their shape only."""

SECTIONS = frozenset(
    "id title notes source expect arithmetic parameters constants definitions objective assume random claim".split()  # noqa: SIM905
)
"""Members of a claim file."""

MIN_WORD = 3
"""Shorter names of members are symbols and keep their case."""

_DOMAIN = re.compile(r"\s*(real|positive|nonnegative|\[[^\[\]]*\])\s*(?:\[([\d\s,]*)\])?\s*")
_LAW = re.compile(r"\s*([a-z]+)\s*(?:\(([^()]*)\))?\s*(?:\[([\d\s,]*)\])?\s*")
_RELATIONS = {"at_most": r"\le", "at_least": r"\ge", "below": "<", "above": ">"}
_DOMAINS = {"real": r"\mathbb{R}", "positive": r"\mathbb{R}_{> 0}", "nonnegative": r"\mathbb{R}_{\ge 0}"}
_WORDS = {"at_most": "at most", "at_least": "at least", "below": "below", "above": "above"}
TIMES = r" \times "


@dataclass(frozen=True)
class Formula:
    """One formula: ``latex`` where it could be typeset; ``source`` is the text it was made from."""

    source: str
    latex: str | None = None
    label: str = ""


@dataclass(frozen=True)
class Row:
    """A part of a statement: a label, words before the formulas, the formulas."""

    label: str
    formulas: tuple[Formula, ...] = ()
    words: str = ""

    @property
    def is_short(self) -> bool:
        """Whether the formulas go side by side."""
        return self.label in ("Parameters", "Random", "Constants")


def rows(statement: Mapping[str, Any]) -> tuple[Row, ...]:
    """Return the rows of a statement; sections that are missing or of another form are left out or shown as text."""
    axes: dict[str, int] = {}
    found = [
        _parameters(_section(statement, "parameters"), axes),
        _random(_section(statement, "random"), axes),
        _constants(_section(statement, "constants"), axes),
        _definitions(_section(statement, "definitions"), axes),
        _objective(statement.get("objective"), axes),
        _assumptions(statement.get("assume"), axes),
        *_claim(statement.get("claim"), axes),
        *_others(statement),
    ]
    return tuple(row for row in found if row is not None)


def _others(statement: Mapping[str, Any]) -> Iterator[Row]:
    """Members that are not those of a claim file, as text: what a theorem says in words, and its numbers."""
    for key, value in statement.items():
        if key not in SECTIONS and isinstance(value, str | int) and not isinstance(value, bool):
            shown = typeset(value, {}) if str(value).startswith("$") else None
            label = str(key).replace("_", " ")
            label = label if len(label) < MIN_WORD else label[0].upper() + label[1:]
            yield Row(label, (shown,)) if shown else Row(label, words=str(value))


def source(statement: Mapping[str, Any]) -> str:
    """Return the statement as the text of a claim file, section by section."""
    sections = {key: value for key, value in statement.items() if isinstance(value, Mapping)}
    head = "\n".join(f"{key} = {_plain(value)}" for key, value in statement.items() if key not in sections)
    parts = [
        f"[{key}]\n" + "\n".join(f"{name} = {_plain(text)}" for name, text in value.items())
        for key, value in sections.items()
    ]
    return "\n\n".join(part for part in (head, *parts) if part)


def _plain(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_plain, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _section(statement: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    section = statement.get(key)
    return section if isinstance(section, Mapping) else {}


def typeset(text: Any, axes: Mapping[str, int], label: str = "") -> Formula:
    """Return a text of the claim language as a formula; a text between dollar signs is LaTeX already."""
    shown = str(text)
    if len(shown) > 2 and shown.startswith("$") and shown.endswith("$"):
        return Formula(shown[1:-1], shown[1:-1], label)
    try:
        return Formula(shown, formula.latex(shown, axes), label)
    except NotTypeset:
        return Formula(shown, None, label)


# --- sections ---


def _parameters(section: Mapping[str, Any], axes: dict[str, int]) -> Row | None:
    """One formula for each domain, with all names that have it."""
    domains: dict[str, list[str]] = {}
    for name, text in section.items():
        match = _DOMAIN.fullmatch(str(text))
        axes[name] = len(_shape(match[2])) if match else 0
        domains.setdefault(str(text).strip(), []).append(name)
    formulas = tuple(Formula(f"{', '.join(names)} in {text}", _members(names, text)) for text, names in domains.items())
    return Row("Parameters", formulas) if formulas else None


def _members(names: list[str], text: str) -> str | None:
    match = _DOMAIN.fullmatch(text)
    if not match or not all(map(_is_name, names)):
        return None
    try:
        return rf"{', '.join(map(formula.name, names))} \in {_domain(match[1], _shape(match[2]))}"
    except NotTypeset:
        return None


def _is_name(text: str) -> bool:
    return re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,40}", text) is not None


def _shape(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip()) if text else ()


def _domain(kind: str, shape: tuple[str, ...]) -> str:
    if kind.startswith("["):
        base = rf"\left[ {', '.join(_number(end) for end in kind.strip('[]').split(','))} \right]"
    else:
        base = _DOMAINS[kind]
    return f"{base}^{{{TIMES.join(shape)}}}" if shape else base


def _number(text: str) -> str:
    return formula.latex(text, {})


def _random(section: Mapping[str, Any], axes: dict[str, int]) -> Row | None:
    formulas = []
    for name, text in section.items():
        match = _LAW.fullmatch(str(text))
        shape = _shape(match[3]) if match else ()
        axes[name] = len(shape)
        formulas.append(Formula(f"{name} ~ {text}", _law(name, match, shape) if match and _is_name(name) else None))
    return Row("Random", tuple(formulas), "independent entries") if formulas else None


def _law(name: str, match: re.Match[str], shape: tuple[str, ...]) -> str | None:
    try:
        arguments = [_number(part) for part in match[2].split(",")] if match[2] else []
    except NotTypeset:
        return None
    law = rf"\operatorname{{{match[1]}}}" + (formula.brackets(", ".join(arguments)) if arguments else "")
    if shape:
        law += f"^{{{TIMES.join(shape)}}}"
    return rf"{formula.name(name)} \sim {law}"


def _constants(section: Mapping[str, Any], axes: dict[str, int]) -> Row | None:
    formulas = []
    for name, value in section.items():
        axes[name] = _depth(value)
        text = _plain_numbers(value)
        if len(text) > MAX_CONSTANT:
            text = f"an array of shape {_array_shape(value)}"
        formulas.append(Formula(f"{name} = {text}", _constant(name, value) if len(text) <= MAX_CONSTANT else None))
    return Row("Constants", tuple(formulas)) if formulas else None


def _plain_numbers(value: Any) -> str:
    return "[" + ", ".join(map(_plain_numbers, value)) + "]" if isinstance(value, list | tuple) else str(value)


def _depth(value: Any) -> int:
    return 1 + _depth(value[0]) if isinstance(value, list | tuple) and value else 0


def _array_shape(value: Any) -> list[int]:
    return [len(value), *_array_shape(value[0])] if isinstance(value, list | tuple) and value else []


def _constant(name: str, value: Any) -> str | None:
    if not _is_name(name) or _depth(value) > 2 or len(_plain_numbers(value)) > MAX_CONSTANT:
        return None
    try:
        if _depth(value) == 0:
            body = _number(str(value))
        elif _depth(value) == 1:
            body = formula.brackets(", ".join(_number(str(entry)) for entry in value))
        else:
            lines = r" \\ ".join(" & ".join(_number(str(entry)) for entry in line) for line in value)
            body = rf"\begin{{pmatrix}} {lines} \end{{pmatrix}}"
    except (NotTypeset, TypeError):
        return None
    return f"{formula.name(name)} = {body}"


def _definitions(section: Mapping[str, Any], axes: dict[str, int]) -> Row | None:
    formulas = []
    for name, text in section.items():
        try:
            latex, _, count = formula.piece(str(text), axes)
            formulas.append(Formula(f"{name} = {text}", f"{formula.name(name)} = {latex}"))
            axes[name] = count
        except NotTypeset:
            formulas.append(Formula(f"{name} = {text}"))
    return Row("Definitions", tuple(formulas)) if formulas else None


def _objective(section: Any, axes: Mapping[str, int]) -> Row | None:
    text = section.get("minimise") if isinstance(section, Mapping) else section
    if not text:
        return None
    shown = typeset(text, axes)
    latex = (
        f"{formula.objective_sign(axes)} = {shown.latex}"
        if shown.latex and not str(text).startswith("$")
        else shown.latex
    )
    return Row("Minimise", (Formula(shown.source, latex),))


def _assumptions(section: Any, axes: Mapping[str, int]) -> Row | None:
    if not isinstance(section, Mapping):
        return Row("Assume", words=str(section)) if section else None
    formulas = tuple(typeset(text, axes, label=name) for name, text in section.items())
    return Row("Assume", formulas) if formulas else None


def _claim(section: Any, axes: Mapping[str, int]) -> Iterator[Row]:
    if not isinstance(section, Mapping):
        if section:
            yield Row("Claim", (typeset(section, axes),))
        return
    if "every" in section or "satisfies" in section:
        words = f"every {section.get('every', 'point')}"
        if "within" in section:
            words += f" (gradient norm at most {section['within']})"
        yield Row("Claim", (typeset(section.get("satisfies", ""), axes),), f"{words} satisfies")
        return
    for kind in ("probability", "expectation"):
        for key in _RELATIONS:
            if kind in section and key in section:
                yield Row("Claim", (_bound(section[kind], kind, key, section[key], axes),))


def _bound(text: Any, kind: str, key: str, threshold: Any, axes: Mapping[str, int]) -> Formula:
    plain = f"{kind} of {text} is {_WORDS[key]} {threshold}"
    try:
        body, bound = formula.latex(str(text), axes), _number(str(threshold))
    except NotTypeset:
        return Formula(plain)
    symbol = r"\Pr" if kind == "probability" else r"\mathbb{E}"
    return Formula(plain, rf"{symbol}\left[ {body} \right] {_RELATIONS[key]} {bound}")
