"""Verdicts out of files: the lines of ``check --json``, or a JSON report. The files are untrusted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from reports.parts.report import WORDS
from verify.errors import InvalidInput, Location
from verify.verdict import LEVELS, Assumption, Verdict

MAX_FILE = 1 << 27
"""Largest file of verdicts, in bytes."""

RIGOROUS = ("exact", "ball")

_TEXTS = ("id", "scope", "title", "method", "reproduce")
_OPTIONAL = ("level", "expected", "reason", "certificate")
_MAPPINGS = ("values", "effort", "statement", "details")
_ASSUMPTION = {field.name for field in fields(Assumption)} - {"holds"}


@dataclass(frozen=True)
class Results:
    """What a file holds: verdicts, and inputs that got none (each with ``file`` and ``error``)."""

    verdicts: tuple[Verdict, ...]
    errors: tuple[Mapping[str, str], ...] = ()


def read(path: Path) -> Results:
    """Read verdicts from a file.

    Raises:
        InvalidInput: unreadable, not JSON, or a line that is not a verdict; the location names file and line.
    """
    return parse(_text(path), name=str(path))


def parse(text: str, *, name: str) -> Results:
    """Read verdicts from JSON text: one object per line, an array, or a report; raises as :func:`read`."""
    verdicts, errors = [], []
    for line, data in _objects(text, name):
        try:
            if "verdict" not in data and "error" in data:
                errors.append({"file": str(data.get("file", "")), "error": str(data["error"])})
            else:
                verdicts.append(verdict_from_data(data))
        except InvalidInput as error:
            raise error.located(file=name, line=line) from None
    return Results(tuple(verdicts), tuple(errors))


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_FILE:
            raise InvalidInput(f"{path} is larger than {MAX_FILE} bytes", fix="split the run")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"cannot read {path}: {error.strerror}", fix="check the path") from None
    except UnicodeDecodeError:
        raise InvalidInput(f"{path} is not UTF-8 text", fix="give the output of 'attnverify check --json'") from None


def _objects(text: str, name: str) -> Iterator[tuple[int | None, Mapping[str, Any]]]:
    """Yield (line, object); the line is None where the file is one JSON value."""
    whole = _loaded(text)
    if isinstance(whole, Mapping) and isinstance(whole.get("verdicts"), list):
        entries: list[Any] = [*whole["verdicts"], *_list(whole.get("errors"))]
        yield from ((None, _object(entry, name, None)) for entry in entries)
    elif isinstance(whole, list):
        yield from ((None, _object(entry, name, None)) for entry in whole)
    else:
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                yield number, _object(_loaded(line), name, number)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _loaded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _object(data: Any, name: str, line: int | None) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        fix = "give the output of 'attnverify check --json' or a JSON report"
        raise InvalidInput("not a verdict in JSON", fix=fix, where=Location(file=name, line=line))
    return data


def verdict_from_data(data: Mapping[str, Any]) -> Verdict:
    """Return the verdict that JSON data describe; members this version does not know are ignored.

    Raises:
        InvalidInput: a member is missing or of a wrong type, or the level does not carry the verdict.
    """
    word = _text_of(data, "verdict")
    if word not in WORDS:
        raise InvalidInput(f"verdict={word!r} is not possible", fix=f"one of: {', '.join(WORDS)}")
    _text_of(data, "id")
    known: dict[str, Any] = {key: _text_of(data, key) for key in _TEXTS if key in data}
    known |= {key: None if data.get(key) is None else _text_of(data, key) for key in _OPTIONAL}
    known |= {key: _mapping(data, key) for key in _MAPPINGS}
    known |= {key: _number(data, key) for key in ("seconds", "budget")}
    _check_level(word, known["level"], data)
    if known["expected"] not in (None, *WORDS):
        raise InvalidInput(f"expected={known['expected']!r} is not possible", fix=f"one of: {', '.join(WORDS)}")
    for key in ("values", "effort"):
        known[key] = _texts(known[key])
    witness = None if data.get("witness") is None else _texts(_mapping(data, "witness"))
    assumptions = tuple(_assumption(entry) for entry in _list(data.get("assumptions")))
    return Verdict(
        **{"scope": "", **known},
        verdict=word,
        witness=witness,
        assumptions=assumptions,
        seed=int(_number(data, "seed")),
    )


def _check_level(word: str, level: str | None, data: Mapping[str, Any]) -> None:
    if level not in (None, *LEVELS):
        raise InvalidInput(f"level={level!r} is not possible", fix=f"one of: {', '.join(LEVELS)}")
    statistical = word == "refuted" and level == "statistical"
    if word in ("proved", "refuted", "vacuous") and level not in RIGOROUS and not statistical:
        raise InvalidInput(
            f"{data['id']!r} is {word} at level {level}", fix="only exact and ball evidence carries that"
        )


def _text_of(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str):
        raise InvalidInput(
            f"'{key}' is {'missing' if value is None else 'not a text'}", fix="give a line of 'check --json'"
        )
    return value


def _mapping(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = data.get(key)
    if value is not None and not isinstance(value, Mapping):
        raise InvalidInput(f"'{key}' is not an object", fix="give a line of 'check --json'")
    return value or {}


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {str(key): value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}


def _number(data: Mapping[str, Any], key: str) -> float:
    value = data.get(key, 0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e18:
        raise InvalidInput(f"'{key}' is not a number", fix="give a line of 'check --json'")
    return value


def _assumption(data: Any) -> Assumption:
    if not isinstance(data, Mapping):
        raise InvalidInput("an assumption is not an object", fix="give a line of 'check --json'")
    holds = data.get("holds")
    if holds is not None and not isinstance(holds, bool):
        raise InvalidInput("'holds' of an assumption is not true, false or null", fix="give a line of 'check --json'")
    texts = {key: str(data.get(key, "")) for key in _ASSUMPTION}
    return Assumption(holds=holds, **texts)
