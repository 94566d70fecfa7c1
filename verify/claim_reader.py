"""Reads the sections of a claim: names first, then the objective, then the statement.

Everything is parsed by :mod:`verify.expr.parse`, never evaluated; every error names key and text, and what to write.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from verify.claim import (
    ARITHMETICS,
    EVERY,
    ORDERED_SECTIONS,
    POINT,
    STATIONARY,
    VERDICTS,
    Bound,
    Claim,
    Parameter,
    Random,
)
from verify.errors import InvalidInput, Location
from verify.exact import parse_rational
from verify.expr import build
from verify.expr.derive import gradient, hessian_entries
from verify.expr.functions import FUNCTIONS
from verify.expr.node import BOOL, Expr, Shape
from verify.expr.parse import parse

MAX_CLAIM_ENTRIES = 20_000
"""Largest number of entries of one array in a claim file."""

MAX_CURVATURE = 40
"""Most parameter entries of a claim that mentions curvature (the Hessian is written out)."""

RELATIONS = {"at_most": "<=", "at_least": ">=", "below": "<", "above": ">"}
LAWS = {"rademacher": 0, "normal": 0, "uniform": 2, "integers": 2, "choice": None}
"""Number of arguments of each law; None: at least one."""

_SECTIONS = {
    "id": str, "title": str, "notes": str, "source": str, "expect": str, "arithmetic": str, "parameters": dict,
    "constants": dict, "definitions": dict, "objective": dict, "assume": dict, "random": dict, "claim": dict,
}  # fmt: skip
_CLAIM_KEYS = ("every", "within", "satisfies", "probability", "expectation", *RELATIONS)


def read_claim(data: Mapping[str, Any]) -> Claim:
    """Return the claim that plain data describe.

    Raises:
        InvalidInput: not a claim.
    """
    data = _plain(_mappings(data))
    _check_keys(data)
    return _Reader(data).claim()


def _mappings(data: Mapping[str, Any]) -> dict[str, Any]:
    """Undo :attr:`Claim.ordered_data`."""
    out = dict(data)
    for key in ORDERED_SECTIONS:
        if isinstance(value := out.get(key), list):
            if not all(isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str) for pair in value):
                raise InvalidInput(f"'{key}' is not a section", where=Location(key=key))
            out[key] = dict(value)
            if len(out[key]) != len(value):
                raise InvalidInput(f"a name is defined twice in [{key}]", where=Location(key=key))
    return out


def _plain(value: Any, depth: int = 0) -> Any:
    """Return TOML values as JSON-able data with numbers as text."""
    if depth > 20:
        raise InvalidInput("nested too deeply")
    if isinstance(value, Mapping):
        return {str(key): _plain(entry, depth + 1) for key, entry in value.items()}
    if isinstance(value, list):
        return [_plain(entry, depth + 1) for entry in value]
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InvalidInput(f"{value!r} is not a number, a text or a list", fix='write numbers plainly, or as "p/q"')
    return value if isinstance(value, str) else _integer_text(value)


def _integer_text(value: int) -> str:
    if value.bit_length() > build.MAX_BITS // 2:
        raise InvalidInput("a number is too long")
    return str(value)


def _check_keys(data: Mapping[str, Any]) -> None:
    for key, value in data.items():
        if key not in _SECTIONS:
            raise _unknown(key, list(_SECTIONS), "", key)
        if not isinstance(value, _SECTIONS[key]):
            kind = "a section" if _SECTIONS[key] is dict else "a text"
            raise InvalidInput(f"'{key}' is not {kind}", where=Location(key=key))
    for section, known in (("objective", ("minimise",)), ("claim", _CLAIM_KEYS)):
        for key in data.get(section, {}):
            if key not in known:
                raise _unknown(key, known, f" in [{section}]", f"{section}.{key}")
    for key in ("id", "claim"):
        if key not in data:
            raise InvalidInput(f"'{key}' is missing", fix=f"add {'[claim]' if key == 'claim' else key}")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", data["id"]):
        raise InvalidInput(
            f"the id {data['id'][:50]!r} is not a plain name",
            fix="use letters, digits, '-', '_' and '.'",
            where=Location(key="id"),
        )


def _unknown(key: str, known: Any, place: str, dotted: str) -> InvalidInput:
    from difflib import get_close_matches

    close = get_close_matches(key, list(known), n=1)
    advice = f"did you mean '{close[0]}'?" if close else f"known: {', '.join(known)}"
    return InvalidInput(f"unknown key '{key}'{place}", fix=advice, where=Location(key=dotted))


class _Reader:
    """Reads the sections in order, collecting the names that later sections may use."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.names: dict[str, Expr] = {}

    def claim(self) -> Claim:
        data = self.data
        parameters = tuple(self._parameter(*item) for item in data.get("parameters", {}).items())
        random = tuple(self._random(*item) for item in data.get("random", {}).items())
        for name, value in data.get("constants", {}).items():
            self._define(name, self._constant(name, value), "constants")
        definitions = {}
        for name, text in data.get("definitions", {}).items():
            definitions[name] = self._parse(text, f"definitions.{name}")
            self._define(name, definitions[name], "definitions")
        objective = self._objective()
        expect = self._one_of("expect", VERDICTS)
        arithmetic = self._one_of("arithmetic", ARITHMETICS) or "real"
        common = {
            "id": data["id"], "data": data, "title": data.get("title", ""), "expect": expect, "random": random,
            "arithmetic": arithmetic, "parameters": parameters, "definitions": definitions, "objective": objective,
        }  # fmt: skip
        if random or "probability" in data["claim"] or "expectation" in data["claim"]:
            return Claim(**common, bound=self._bound(parameters, random))
        return self._quantified(common)

    # --- names ---

    def _define(self, name: str, value: Expr, section: str) -> None:
        where = Location(key=f"{section}.{name}")
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,40}", name):
            raise InvalidInput(f"'{name}' is not a name", fix="use letters, digits and _", where=where)
        reserved = {"objective", "gradient_norm", "min_curvature", "max_curvature", "and", "or", "not", "if", "else",
                    "lambda", "in", "is", "for", "True", "False", "None", *FUNCTIONS}  # fmt: skip
        if name in reserved:
            raise InvalidInput(f"the name '{name}' is taken by the language", fix="choose another", where=where)
        if name in self.names:
            raise InvalidInput(f"'{name}' is defined twice", fix="choose another name", where=where)
        if value.size > MAX_CLAIM_ENTRIES:
            raise InvalidInput(
                f"'{name}' has {value.size} entries", fix=f"use at most {MAX_CLAIM_ENTRIES}", where=where
            )
        self.names[name] = value

    def _parameter(self, name: str, text: Any) -> Parameter:
        key = f"parameters.{name}"
        match = re.fullmatch(
            r"\s*(real|positive|nonnegative|\[\s*([^,\[\]]+)\s*,\s*([^,\[\]]+)\s*\])\s*(\[[\d\s,]*\])?\s*", str(text)
        )
        if not match:
            raise InvalidInput(
                f"{text!r} is not a domain",
                fix='write "real", "real[2]", "positive", "nonnegative" or "[-3, 3][2,2]"',
                where=Location(key=key, text=str(text)),
            )
        shape = self._shape(match[4], key)
        low = high = None
        if match[2] is not None:
            low, high = self._rational(match[2], key), self._rational(match[3], key)
            if low > high:
                raise InvalidInput(f"the interval [{low}, {high}] is empty", where=Location(key=key, text=str(text)))
        elif match[1] != "real":
            low = Fraction(0)
        parameter = Parameter(name, shape, low, high, open_low=match[1] == "positive")
        self._define(name, parameter.symbol, "parameters")
        return parameter

    def _shape(self, text: str | None, key: str) -> Shape:
        if text is None:
            return ()
        parts = [part.strip() for part in text[1:-1].split(",")]
        if not all(part.isdigit() and int(part[:9]) > 0 and len(part) < 9 for part in parts):
            raise InvalidInput(f"{text} is not a shape", fix="write [2] or [2,3]", where=Location(key=key, text=text))
        shape = tuple(int(part) for part in parts)
        count = 1
        for length in shape:
            count *= length
        if count > MAX_CLAIM_ENTRIES or len(shape) > 6:
            raise InvalidInput(
                f"an array of shape {text} is too large", fix=f"use at most {MAX_CLAIM_ENTRIES} entries",
                where=Location(key=key, text=text),
            )  # fmt: skip
        return shape

    def _rational(self, text: Any, key: str) -> Fraction:
        try:
            return parse_rational(str(text))
        except InvalidInput as error:
            raise error.located(key=key, text=str(text)) from None

    def _random(self, name: str, text: Any) -> Random:
        key = f"random.{name}"
        match = re.fullmatch(r"\s*([a-z]+)\s*(?:\(([^()]*)\))?\s*(\[[\d\s,]*\])?\s*", str(text))
        if not match or match[1] not in LAWS:
            raise InvalidInput(
                f"{text!r} is not a law",
                fix='write "rademacher[4]", "normal[n]", "uniform(-1,1)[n]", "choice(1,2,5)[n]" or "integers(0,9)[n]"',
                where=Location(key=key, text=str(text)),
            )
        arguments = tuple(self._rational(part, key) for part in match[2].split(",")) if match[2] else ()
        count = LAWS[match[1]]
        if (count is None and not arguments) or (count is not None and len(arguments) != count):
            raise InvalidInput(f"'{match[1]}' with {len(arguments)} arguments", where=Location(key=key, text=str(text)))
        self._check_law(match[1], arguments, key)
        shape = self._shape(match[3], key)
        self._define(name, build.symbol(name, shape), "random")
        return Random(name, match[1], arguments, shape)

    def _check_law(self, law: str, arguments: tuple[Fraction, ...], key: str) -> None:
        if law in ("uniform", "integers") and arguments[0] > arguments[1]:
            raise InvalidInput(f"'{law}' from {arguments[0]} to {arguments[1]}", where=Location(key=key))
        if law == "integers" and any(value.denominator != 1 for value in arguments):
            raise InvalidInput("'integers' needs whole numbers", where=Location(key=key))

    def _constant(self, name: str, value: Any) -> Expr:
        key = f"constants.{name}"
        if isinstance(value, list):
            try:
                return build.stack([self._constant(name, entry) for entry in value])
            except InvalidInput as error:
                raise error.located(key=key) from None
        if isinstance(value, dict):
            raise InvalidInput("a constant is a number or a list", where=Location(key=key))
        return build.number(self._rational(value, key))

    def _parse(self, text: Any, key: str, names: Mapping[str, Expr] | None = None) -> Expr:
        if not isinstance(text, str):
            raise InvalidInput("an expression is a text", fix="put it in quotes", where=Location(key=key))
        try:
            return parse(text, self.names if names is None else names)
        except InvalidInput as error:
            raise error.located(key=key) from None

    def _condition(self, text: Any, key: str, names: Mapping[str, Expr]) -> Expr:
        condition = self._parse(text, key, names)
        if condition.kind != BOOL:
            raise InvalidInput(
                "not a condition", fix="compare two numbers, e.g. loss <= 1/4", where=Location(key=key, text=text)
            )
        if condition.shape != ():
            raise InvalidInput(
                f"the condition has shape {list(condition.shape)}", fix="compare scalars: use max, min or norminf",
                where=Location(key=key, text=text),
            )  # fmt: skip
        return condition

    def _one_of(self, key: str, known: tuple[str, ...]) -> str | None:
        value = self.data.get(key)
        if value is not None and value not in known:
            raise InvalidInput(f"'{value}' is not possible", fix=f"one of: {', '.join(known)}", where=Location(key=key))
        return value

    # --- the statement ---

    def _objective(self) -> Expr | None:
        if "objective" not in self.data:
            return None
        if "minimise" not in self.data["objective"]:
            raise InvalidInput("'minimise' is missing", where=Location(key="objective"))
        text = self.data["objective"]["minimise"]
        objective = self._parse(text, "objective.minimise")
        if objective.kind == BOOL or objective.shape != ():
            what = "a condition" if objective.kind == BOOL else f"an array of shape {list(objective.shape)}"
            raise InvalidInput(
                f"the objective is {what}", fix="give a scalar", where=Location(key="objective.minimise", text=text)
            )
        return objective

    def _quantified(self, common: dict[str, Any]) -> Claim:
        section = self.data["claim"]
        for key in ("every", "satisfies"):
            if key not in section:
                raise InvalidInput(f"'{key}' is missing", where=Location(key="claim"))
        every = section["every"]
        if every not in EVERY:
            raise InvalidInput(
                f"every = {every!r} is not possible", fix=f"one of: {', '.join(EVERY)}",
                where=Location(key="claim.every"),
            )  # fmt: skip
        for key in RELATIONS:
            if key in section:
                raise InvalidInput(f"'{key}' belongs to probability claims", where=Location(key=f"claim.{key}"))
        if not common["parameters"]:
            raise InvalidInput("there are no [parameters]", fix='add for example w = "real[2]"')
        objective = common["objective"]
        if (every == POINT) != (objective is None):
            fix = "remove [objective]" if every == POINT else "add [objective] with minimise = ..."
            raise InvalidInput(f"every = {every!r} {'without' if objective is None else 'with'} an objective", fix=fix,
                               where=Location(key="claim.every"))  # fmt: skip
        names = self._names_at_point(common, section)
        assumptions = tuple(
            (name, self._condition(text, f"assume.{name}", names)) for name, text in self.data.get("assume", {}).items()
        )
        satisfies = self._condition(section["satisfies"], "claim.satisfies", names)
        within = self._within(section, every)
        return Claim(**common, every=every, within=within, assumptions=assumptions, satisfies=satisfies)

    def _within(self, section: Mapping[str, Any], every: str) -> Fraction | None:
        if "within" not in section:
            return None
        within = self._rational(section["within"], "claim.within")
        if every != STATIONARY or within < 0:
            raise InvalidInput(
                "'within' is a nonnegative number for stationary points", where=Location(key="claim.within")
            )
        return within

    def _names_at_point(self, common: dict[str, Any], section: Mapping[str, Any]) -> dict[str, Expr]:
        """Names usable in conditions: those defined, and the quantities of the objective that are mentioned."""
        names = dict(self.names)
        objective = common["objective"]
        if objective is None:
            return names
        texts = " ".join(str(text) for text in (*self.data.get("assume", {}).values(), section["satisfies"]))
        arrays = [parameter.symbol for parameter in common["parameters"]]
        names["objective"] = objective
        if "gradient_norm" in texts:
            parts = [build.reshape(part, (part.size,)) for part in gradient(objective, arrays)]
            names["gradient_norm"] = FUNCTIONS["norm"](build.concatenate(parts))
        for name, op in (("min_curvature", "min_eig"), ("max_curvature", "max_eig")):
            if name in texts:
                count = sum(array.size for array in arrays)
                if count > MAX_CURVATURE:
                    raise InvalidInput(f"curvature in {count} parameter entries", fix=f"use at most {MAX_CURVATURE}")
                matrix = build.stack([build.stack(row) for row in hessian_entries(objective, arrays)])
                names[name] = build.extreme_eigenvalue(op, matrix)
        return names

    def _bound(self, parameters: Any, random: Any) -> Bound:
        section = self.data["claim"]
        if not random:
            raise InvalidInput("a probability claim without [random]", fix='add for example e = "rademacher[4]"')
        for key in ("every", "satisfies", "within"):
            if key in section:
                raise InvalidInput(f"'{key}' does not go with [random]", where=Location(key=f"claim.{key}"))
        if parameters or "objective" in self.data or "assume" in self.data:
            raise InvalidInput("[parameters], [objective] and [assume] do not go with [random]")
        kinds = [kind for kind in ("probability", "expectation") if kind in section]
        relations = [key for key in RELATIONS if key in section]
        if len(kinds) != 1 or len(relations) != 1:
            raise InvalidInput(
                "a probability claim needs one of probability, expectation and one of at_most, at_least, below, above",
                where=Location(key="claim"),
            )
        kind, key = kinds[0], relations[0]
        if kind == "probability":
            expression = self._condition(section[kind], f"claim.{kind}", self.names)
        else:
            expression = self._parse(section[kind], f"claim.{kind}")
            if expression.kind == BOOL or expression.shape != ():
                raise InvalidInput("the expectation is not of a scalar", where=Location(key=f"claim.{kind}"))
        return Bound(kind, expression, RELATIONS[key], self._rational(section[key], f"claim.{key}"))
