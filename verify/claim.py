"""Claim files: a quantified statement about an expression, read from TOML and never evaluated.

:func:`load_claim` reads a file, :func:`claim_from_data` the same content as plain data (as a certificate holds it);
what the sections mean is the business of :mod:`verify.claim_reader`.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from verify.errors import InvalidInput, Location
from verify.expr import build
from verify.expr.node import Expr, Shape

MAX_FILE = 1 << 20
"""Largest claim file, in bytes."""

POINT = "point"
STATIONARY = "stationary point"
CLARKE = "clarke stationary point"
SECOND_ORDER = "second-order point"
LOCAL = "local minimum"
STRICT = "strict local minimum"
GLOBAL = "global minimum"
EVERY = (POINT, STATIONARY, CLARKE, SECOND_ORDER, LOCAL, STRICT, GLOBAL)

VERDICTS = ("proved", "refuted", "vacuous", "supported", "undecided")
ARITHMETICS = ("real", "float64", "float32", "float16", "bfloat16")
DESCRIPTIVE = ("id", "title", "notes", "source", "expect")
"""Entries of a claim that say nothing mathematical."""

ORDERED_SECTIONS = ("parameters", "random", "constants", "definitions", "assume")
"""Sections in which the order of the entries matters: names are defined before they are used."""


@dataclass(frozen=True)
class Parameter:
    """An array that the quantifier ranges over: ``low <= entry <= high``; ``open_low`` excludes the lower end."""

    name: str
    shape: Shape
    low: Fraction | None = None
    high: Fraction | None = None
    open_low: bool = False

    @property
    def symbol(self) -> Expr:
        """The parameter as an expression."""
        return build.symbol(self.name, self.shape)

    @property
    def entry_names(self) -> list[str]:
        """Names of the entries, ``w`` or ``w[0]``, ``w[1]``, ... in row-major order."""
        if not self.shape:
            return [self.name]
        return [f"{self.name}{list(place)}".replace(" ", "") for place in build.positions_of(self.shape)]


@dataclass(frozen=True)
class Random:
    """An array of independent random entries: a law with its arguments."""

    name: str
    law: str
    arguments: tuple[Fraction, ...]
    shape: Shape


@dataclass(frozen=True)
class Bound:
    """A probability or expectation compared with a number."""

    kind: str
    expression: Expr
    relation: str
    threshold: Fraction


@dataclass(frozen=True)
class Claim:
    """A parsed claim. ``data`` is the file's content as plain data, from which everything else follows."""

    id: str
    data: Mapping[str, Any]
    title: str = ""
    expect: str | None = None
    arithmetic: str = "real"
    parameters: tuple[Parameter, ...] = ()
    random: tuple[Random, ...] = ()
    objective: Expr | None = None
    assumptions: tuple[tuple[str, Expr], ...] = ()
    every: str = POINT
    within: Fraction | None = None
    satisfies: Expr | None = None
    bound: Bound | None = None
    definitions: Mapping[str, Expr] = field(default_factory=dict)

    @property
    def symbols(self) -> list[Expr]:
        """The parameters as expressions."""
        return [parameter.symbol for parameter in self.parameters]

    @property
    def entry_names(self) -> list[str]:
        """Names of all parameter entries."""
        return [name for parameter in self.parameters for name in parameter.entry_names]

    @property
    def mentions_derivatives(self) -> bool:
        """Whether a condition speaks of the gradient or curvature of the objective."""
        texts = (*self.data.get("assume", {}).values(), self.data["claim"].get("satisfies", ""))
        return any(word in text for text in texts for word in ("gradient_norm", "_curvature"))

    @property
    def sha256(self) -> str:
        """Hash of the canonical form of the claim."""
        return hashlib.sha256(canonical(self.ordered_data).encode()).hexdigest()

    @property
    def content_sha256(self) -> str:
        """Hash of the mathematical content: not of id, title, notes, source and expectation."""
        told = {key: value for key, value in self.ordered_data.items() if key not in DESCRIPTIVE}
        return hashlib.sha256(canonical(told).encode()).hexdigest()

    @property
    def ordered_data(self) -> dict[str, Any]:
        """``data`` with sections whose order matters as lists of pairs, so that sorting keys changes nothing."""
        return {
            key: [[name, entry] for name, entry in value.items()] if key in ORDERED_SECTIONS else value
            for key, value in self.data.items()
        }

    @property
    def scope(self) -> str:
        """What the quantifier ranges over, in words."""
        names = ", ".join([p.name for p in self.parameters] + [r.name for r in self.random])
        if self.random:
            laws = ", ".join(f"{r.name} ~ {self.data['random'][r.name]}" for r in self.random)
            return f"the law {laws}"
        domains = {p.name: self.data["parameters"][p.name] for p in self.parameters}
        if all(text.startswith("real") for text in domains.values()):
            return f"all real {names}"
        return "all " + ", ".join(f"{name} in {text}" for name, text in domains.items())


def canonical(data: Any) -> str:
    """Return the canonical JSON text of plain data: sorted keys, no spaces."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


# --- reading ----------------------------------------------------------------------------------------------------


def load_claim(path: str | Path) -> Claim:
    """Read a claim file.

    Raises:
        InvalidInput: unreadable, not TOML, or not a claim; the location names file, key, line and text.
    """
    path = Path(path)
    text = _read_text(path)
    try:
        data = tomllib.loads(text, parse_float=str)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        where = Location(file=str(path), line=int(line[1]) if line else None)
        raise InvalidInput(f"not TOML: {error}", fix="see the claim language", where=where) from None
    except RecursionError:
        raise InvalidInput("nested too deeply", where=Location(file=str(path))) from None
    try:
        return claim_from_data(data)
    except InvalidInput as error:
        line_number = line_of(text, error.where.key) if error.where.key else None
        raise error.located(file=str(path), line=line_number) from None


def _read_text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_FILE:
            raise InvalidInput(f"{path} is larger than {MAX_FILE} bytes", fix="a claim is a page, not a data set")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise InvalidInput(f"cannot read {path}: {error.strerror}", fix="check the path") from None
    except UnicodeDecodeError:
        raise InvalidInput(f"{path} is not UTF-8 text", fix="save it as UTF-8") from None


def line_of(text: str, dotted: str) -> int | None:
    """Return the line on which ``section.key`` (or ``key``) stands in a claim file's text."""
    section, _, key = dotted.rpartition(".")
    current = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[([^\[\]]+)\]\s*(#.*)?$", line):
            current = header[1].strip()
            if not key or current == dotted:
                return number
        elif current == section and re.match(rf"\s*[\"']?{re.escape(key)}[\"']?\s*=", line):
            return number
    return None


def claim_from_data(data: Mapping[str, Any]) -> Claim:
    """Return the claim that plain data (a parsed TOML file) describe.

    Raises:
        InvalidInput: not a claim.
    """
    from verify.claim_reader import read_claim

    return read_claim(data)
