"""Claim files: what is read, what is refused and with which words, and what identifies a claim."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from verify.claim import EVERY, MAX_FILE, Claim, canonical, claim_from_data, load_claim
from verify.claim_reader import LAWS, MAX_CLAIM_ENTRIES
from verify.errors import InvalidInput
from verify.expr.node import symbols

GOOD = """\
id = "good"
title = "A title"
expect = "proved"

[parameters]
a = "real"
w = "real[2]"
s = "[-3, 3]"

[constants]
y = ["1", "2"]

[definitions]
residual = "w*a - y"

[objective]
minimise = "sum(residual**2)/4 + s**2"

[assume]
small = "sum(w**2) <= 4"

[claim]
every = "local minimum"
satisfies = "objective < 1/2"
"""

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def put(text: str) -> Path:
        path = tmp_path / "claim.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return put


def test_a_claim_is_read(write: Write) -> None:
    claim = load_claim(write(GOOD))
    assert (claim.id, claim.title, claim.expect, claim.every) == ("good", "A title", "proved", "local minimum")
    assert [(p.name, p.shape, p.low, p.high) for p in claim.parameters] == [
        ("a", (), None, None), ("w", (2,), None, None), ("s", (), Fraction(-3), Fraction(3)),
    ]  # fmt: skip
    assert claim.entry_names == ["a", "w[0]", "w[1]", "s"]
    assert claim.objective is not None
    assert set(symbols(claim.objective)) == {"a", "w", "s"}
    assert [name for name, _ in claim.assumptions] == ["small"]
    assert claim.scope == "all a in real, w in real[2], s in [-3, 3]"
    assert not claim.mentions_derivatives


@pytest.mark.parametrize(
    ("text", "low", "high", "open_low", "shape"),
    [
        ("real", None, None, False, ()), ("real[2,3]", None, None, False, (2, 3)), ("positive", 0, None, True, ()),
        ("nonnegative[2]", 0, None, False, (2,)), ("[-1/2, 0.25][3]", Fraction(-1, 2), Fraction(1, 4), False, (3,)),
        (" [ -1 , 1e-2 ] ", -1, Fraction(1, 100), False, ()), ("[2,2]", 2, 2, False, ()),
    ],
)  # fmt: skip
def test_domains(text: str, low: Any, high: Any, open_low: bool, shape: tuple[int, ...]) -> None:
    data = {"id": "d", "parameters": {"x": text}, "claim": {"every": "point", "satisfies": "sum(x) > 0"}}
    (parameter,) = claim_from_data(data).parameters
    assert (parameter.low, parameter.high, parameter.open_low, parameter.shape) == (low, high, open_low, shape)


def test_numbers_are_exact(write: Write) -> None:
    claim = load_claim(write(GOOD.replace('y = ["1", "2"]', "y = [0.1, 1e-30]\nz = 3\nt = [[1, 2], [3, '4/7']]")))
    assert claim.data["constants"]["y"] == ["0.1", "1e-30"]
    assert claim.data["constants"]["t"] == [["1", "2"], ["3", "4/7"]]


# --- refusals: each names the file, the key, the line, the offending text and what to write instead -------------------

REFUSED: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "a misspelt section": ("[objective]", "[objectiv]", ("objectiv", ":16", "did you mean 'objective'")),
    "a misspelt key": ("every =", "evry =", ("evry", "claim", ":23", "did you mean 'every'")),
    "a misspelt top key": ("title =", "titel =", ("titel", ":2", "did you mean 'title'")),
    "an unknown function": ("sum(residual", "summ(residual", ("summ", "objective.minimise", ":17", "did you mean 'sum'")),
    "an undefined name": ('"w*a - y"', '"w*b - y"', ("'b' is not defined", "definitions.residual", ":14")),
    "a wrong shape": ('y = ["1", "2"]', 'y = ["1", "2", "3"]', ("shapes [2] and [3]", "definitions.residual", ":14")),
    "a ragged array": ('["1", "2"]', '[["1", "2"], ["3"]]', ("constants.y", ":11")),
    "not a number": ('["1", "2"]', '["1", "two"]', ("two", "constants.y", ":11", "fraction p/q")),
    "not finite": ('["1", "2"]', "[1.0, nan]", ("nan", "constants.y", ":11")),
    "infinite": ('["1", "2"]', "[1.0, -inf]", ("inf", "constants.y", ":11")),
    "a division by zero": ('["1", "2"]', '["1", "2/0"]', ("2/0", "zero", ":11")),
    "a huge exponent": ("residual**2", "residual**200000", ("exponent", ":17")),
    "a tower of powers": ("s**2", "9**9**9**9", ("objective.minimise", ":17")),
    "a huge array": ('"real[2]"', '"real[99999,99999]"', ("too large", "parameters.w", ":7")),
    "many entries": ('"real[2]"', f'"real[{MAX_CLAIM_ENTRIES + 1}]"', ("parameters.w", str(MAX_CLAIM_ENTRIES))),
    "a huge matrix in an expression": ("s**2", "sum(zeros(99999, 99999))", ("entries", "objective.minimise")),
    "a zero length": ('"real[2]"', '"real[0]"', ("not a shape", "parameters.w")),
    "not a domain": ('"real[2]"', '"complex[2]"', ("not a domain", "parameters.w", ":7")),
    "an empty interval": ('"[-3, 3]"', '"[3, -3]"', ("empty", "parameters.s", ":8")),
    "code": ("s**2", "__import__('os').system('true')", ("objective.minimise", ":17")),
    "an attribute": ("s**2", "s.__class__", ("__class__", "the only attribute is .T", ":17")),
    "a lambda": ("s**2", "(lambda: 1)()", ("objective.minimise", ":17")),
    "a comprehension": ("s**2", "sum([k for k in w])", ("ListComp", ":17")),
    "an f-string": ("s**2", "f'{s}'", ("objective.minimise", ":17")),
    "a walrus": ("s**2", "(t := 3)", ("NamedExpr", ":17")),
    "a caret": ("s**2", "s^2", ("write ** for a power", ":17")),
    "a call with a keyword": ("s**2", "sum(w, where=1)", ("where", ":17")),
    "two expressions": ("s**2", "s**2; import os", ("not an expression", ":17")),
    "deep brackets": ("s**2", "(" * 5000 + "s" + ")" * 5000, ("objective.minimise", ":17")),
    "deep negation": ("s**2", "-" * 5000 + "s", ("nested too deeply", ":17")),
    "a long expression": ("s**2", "+".join("s" for _ in range(15_000)), ("characters", ":17")),
    "an objective that is an array": ("sum(residual**2)/4", "residual**2", ("give a scalar", ":17")),
    "an objective that is a condition": ('"sum(residual**2)/4 + s**2"', '"s < 1"', ("a condition", ":17")),
    "a conclusion that is no condition": ('"objective < 1/2"', '"objective"', ("not a condition", "claim.satisfies", ":24")),
    "a condition of vectors": ("sum(w**2) <= 4", "w <= 4", ("shape [2]", "assume.small", ":20")),
    "a condition used as a number": ("sum(w**2) <= 4", "(s < 1) + 1 < 2", ("condition stands where a number", ":20")),
    "an unknown quantifier": ('"local minimum"', '"local minima"', ("claim.every", ":23", "local minimum")),
    "an expectation of nothing": ('expect = "proved"', 'expect = "true"', ("true", ":3", "proved")),
    "an id that is a path": ('id = "good"', 'id = "../../etc/passwd"', ("plain name", ":1")),
    "an id of another type": ('id = "good"', "id = [3]", ("not a text", ":1")),
    "a date": ('["1", "2"]', "[1979-05-27]", ("1979",)),
    "a truth value": ('["1", "2"]', "[true]", ("True",)),
    "a name of the language": ("residual =", "softmax =", ("softmax", "taken", ":14")),
    "a reserved name": ("residual =", "objective =", ("taken", ":14")),
    "not a name": ("residual =", '"re sidual" =', ("not a name",)),
    "the same name in two sections": ("residual =", "w =", ("defined twice", ":14")),
    "a name defined later": ('"w*a - y"', '"later*a"\nlater = "a"', ("'later' is not defined", ":14")),
    "an expression that is no text": ('"w*a - y"', "[3]", ("a text", "definitions.residual", ":14")),
    "within for minima": ('every = "local minimum"', 'every = "local minimum"\nwithin = "1/2"', ("claim.within",)),
    "a probability key": ('every = "local minimum"', 'every = "local minimum"\nat_most = "1/2"', ("probability claims",)),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_name_place_and_fix(name: str, write: Write) -> None:
    old, new, words = REFUSED[name]
    assert old in GOOD
    path = write(GOOD.replace(old, new))
    with pytest.raises(InvalidInput) as caught:
        load_claim(path)
    message = str(caught.value)
    assert str(path) in message
    assert len(message) < 1500
    for word in words:
        assert word in message, message


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["id"], ("'id' is missing", "add id")),
        (["[claim]", "every", "satisfies"], ("'claim' is missing", "add [claim]")),
        (["every"], ("'every' is missing",)),
        (["satisfies"], ("'satisfies' is missing",)),
        (["minimise"], ("'minimise' is missing",)),
        (["[objective]", "minimise"], ("add [objective]",)),
    ],
)
def test_missing_parts_are_named(lines: list[str], words: tuple[str, ...], write: Write) -> None:
    kept = [line for line in GOOD.splitlines() if not any(line.startswith(start) for start in lines)]
    with pytest.raises(InvalidInput) as caught:
        load_claim(write("\n".join(kept)))
    for word in words:
        assert word in str(caught.value)


def test_missing_parameters_are_named() -> None:
    with pytest.raises(InvalidInput, match="parameters"):
        claim_from_data({"id": "x", "claim": {"every": "point", "satisfies": "1 < 2"}})


def test_an_objective_and_a_point_exclude_each_other(write: Write) -> None:
    with pytest.raises(InvalidInput, match="remove"):
        load_claim(write(GOOD.replace('"local minimum"', '"point"')))


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"id = ", "not TOML"), (b'id = "a"\nid = "b"\n', "not TOML"), (b"\xff\xfe\x00a", "UTF-8"),
        (b"x = " + b"[" * 20_000, "deeply"), (b"#" * (MAX_FILE + 1), "larger than"), (b"", "'id' is missing"),
        (b"[parameters]\na = 'real'\na = 'real'\n", "not TOML"), (b"\x00", "not TOML"),
    ],
)  # fmt: skip
def test_files_that_are_no_claims(content: bytes, word: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match=word) as caught:
        load_claim(path)
    assert "bad.toml" in str(caught.value) or word == "'id' is missing"


def test_missing_and_unreadable_files(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing.toml", tmp_path):
        with pytest.raises(InvalidInput, match="cannot read"):
            load_claim(path)


# --- probability claims ------------------------------------------------------------------------------------------


def chance(random: Any, claim: Any, **more: Any) -> Claim:
    return claim_from_data({"id": "p", "random": random, "claim": claim, **more})


@pytest.mark.parametrize(
    "law", ["rademacher[4]", "normal", "uniform(-1, 1)[2]", "integers(0, 9)", "choice(1, 2, 1/2)[2,2]"]
)
def test_laws(law: str) -> None:
    claim = chance({"e": law}, {"probability": "sum(e) > 0", "at_most": "1/2"})
    assert claim.bound is not None
    assert (claim.bound.kind, claim.bound.relation, claim.bound.threshold) == ("probability", "<=", Fraction(1, 2))
    assert claim.random[0].law in LAWS
    assert claim.scope == f"the law e ~ {law}"


@pytest.mark.parametrize(
    ("random", "claim"),
    [
        ({"e": "cauchy[4]"}, {"probability": "e[0] > 0", "at_most": 1}),
        ({"e": "uniform(1, -1)"}, {"probability": "e > 0", "at_most": 1}),
        ({"e": "uniform(1)"}, {"probability": "e > 0", "at_most": 1}),
        ({"e": "integers(0, 1/2)"}, {"probability": "e > 0", "at_most": 1}),
        ({"e": "choice"}, {"probability": "e > 0", "at_most": 1}),
        ({"e": "normal"}, {"probability": "e > 0"}),
        ({"e": "normal"}, {"probability": "e > 0", "at_most": 1, "below": 1}),
        ({"e": "normal"}, {"probability": "e > 0", "expectation": "e", "at_most": 1}),
        ({"e": "normal"}, {"expectation": "e > 0", "at_most": 1}),
        ({"e": "normal[2]"}, {"expectation": "e", "at_most": 1}),
        ({"e": "normal"}, {"probability": "e", "at_most": 1}),
        ({"e": "normal"}, {"probability": "e > 0", "at_most": 1, "every": "point"}),
        ({}, {"probability": "1 > 0", "at_most": 1}),
    ],
)
def test_other_probability_claims_are_refused(random: Any, claim: Any) -> None:
    with pytest.raises(InvalidInput):
        chance(random, claim)


def test_random_entries_do_not_go_with_parameters() -> None:
    with pytest.raises(InvalidInput, match="do not go"):
        chance({"e": "normal"}, {"probability": "e > 0", "at_most": 1}, parameters={"x": "real"})


# --- identity ----------------------------------------------------------------------------------------------------


def test_the_hash_depends_on_every_entry_and_on_the_order_of_names() -> None:
    data = tomllib.loads(GOOD)
    original = claim_from_data(data).sha256
    seen = {original}
    for path in _leaves(data):
        changed = json.loads(json.dumps(data))
        target = changed
        for key in path[:-1]:
            target = target[key]
        if path[-1] in ("every", "expect"):
            target[path[-1]] = {"every": EVERY[4], "expect": "refuted"}[path[-1]]
            if path[-1] == "every":
                target["every"] = "global minimum"
        elif path == ("parameters", "s"):
            target["s"] = "[-3, 4]"
        elif path == ("parameters", "a"):
            target["a"] = "positive"
        elif path == ("parameters", "w"):
            target["w"] = "[-1,1][2]"
        elif path[0] == "constants":
            target[path[-1]] = "7"
        else:
            target[path[-1]] = target[path[-1]].replace("2", "3").replace("good", "other").replace("title", "name")
            if path == ("definitions", "residual"):
                target[path[-1]] = "w*a + y"
        seen.add(claim_from_data(changed).sha256)
    assert len(seen) == 1 + len(list(_leaves(data)))
    reordered = {**data, "parameters": dict(reversed(data["parameters"].items()))}
    assert claim_from_data(reordered).sha256 not in seen


def _leaves(data: Any, path: tuple[Any, ...] = ()) -> Any:
    entries = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in entries:
        if isinstance(value, dict | list):
            yield from _leaves(value, (*path, key))
        else:
            yield (*path, key)


def test_the_order_of_keys_survives_a_sorted_text(write: Write) -> None:
    claim = load_claim(write(GOOD))
    again = claim_from_data(json.loads(canonical(claim.ordered_data)))
    assert again.sha256 == claim.sha256
    assert list(again.definitions) == list(claim.definitions)
    assert again.objective is claim.objective


def test_a_name_listed_twice_is_refused() -> None:
    data = {
        "id": "x",
        "parameters": [["x", "real"], ["x", "[0, 1]"]],
        "claim": {"every": "point", "satisfies": "x >= 0"},
    }
    with pytest.raises(InvalidInput, match="twice"):
        claim_from_data(data)


@pytest.mark.parametrize("word", ["gradient_norm", "min_curvature", "max_curvature"])
def test_derivatives_of_the_objective_are_names_in_conditions_only(word: str, write: Write) -> None:
    claim = load_claim(write(GOOD.replace("objective < 1/2", f"{word} < 1/2")))
    assert claim.mentions_derivatives
    with pytest.raises(InvalidInput, match="not defined"):
        load_claim(write(GOOD.replace("s**2", f"{word}**2")))
