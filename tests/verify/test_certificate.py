"""Certificates are canonical data that round-trip; anything else is a rejection, never another error."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.algebra.ring import Generator, Ring
from verify.certificate import (
    FORMAT,
    certificate,
    claim_hash,
    decode_terms,
    encode_terms,
    fraction,
    load,
    member,
    natural,
    pair,
    require_theorem,
    sealed,
    sequence,
    write,
)
from verify.claim import canonical, claim_from_data
from verify.errors import Rejected

CLAIM = claim_from_data(
    {"id": "square", "parameters": {"x": "real"}, "claim": {"every": "point", "satisfies": "x**2 >= 0"}}
)
RING = Ring([Generator(name, "real") for name in ("x", "y")])

terms = st.dictionaries(
    st.tuples(st.integers(0, 4), st.integers(0, 4)), st.fractions(max_denominator=50).filter(bool), max_size=6
)


@given(terms)
def test_polynomials_survive_the_text(data: dict[tuple[int, int], Fraction]) -> None:
    listed = tuple(
        (c, tuple((n, e) for n, e in zip("xy", exponents, strict=True) if e)) for exponents, c in data.items()
    )
    poly = RING.poly(listed)
    text = canonical(encode_terms(RING.terms(poly)))
    assert RING.poly(decode_terms(json.loads(text))) == poly


@given(st.fractions())
def test_fractions_survive_the_text(value: Fraction) -> None:
    assert fraction(str(value)) == value


@pytest.mark.parametrize("data", ["", "1/0", "x", "1/2/3", "nan", "inf", 3, 0.5, None, [], "1e999999", True, "--1"])
def test_other_texts_are_no_exact_numbers(data: Any) -> None:
    with pytest.raises(Rejected):
        fraction(data)


@pytest.mark.parametrize("data", [-1, True, "1", 1.0, None, 10**7])
def test_natural_numbers_are_small_and_nonnegative(data: Any) -> None:
    with pytest.raises(Rejected):
        natural(data)
    assert natural(5) == 5


@pytest.mark.parametrize(
    "data", [1, [1], [[1, {}]], [["1", []]], [["1", {"x": -1}]], [["1", {"x": "1"}]], [["1", {"x": 1.5}]], [["1"]], {}]
)
def test_other_data_are_no_polynomial(data: Any) -> None:
    with pytest.raises(Rejected):
        decode_terms(data)


def test_shapes_of_data() -> None:
    assert list(sequence([1])) == [1]
    assert pair(["a", 2]) == ("a", 2)
    assert member({"a": 1}, "a") == 1
    for bad in ((sequence, "ab"), (sequence, {}), (pair, [1]), (pair, [1, 2, 3]), (pair, "ab")):
        with pytest.raises(Rejected):
            bad[0](bad[1])
    for data in ({}, [], None, "a"):
        with pytest.raises(Rejected):
            member(data, "a")


def test_a_certificate_holds_the_claim_in_full(tmp_path: Path) -> None:
    data = certificate(CLAIM, "proved", "emptiness", {"cases": []}, {"seed": 0})
    assert data["format"] == FORMAT
    assert claim_from_data(data["claim"]).sha256 == data["sha256"] == CLAIM.sha256
    path = write(data, tmp_path / "new" / "folder")
    assert path.name == f"square-{CLAIM.sha256[:12]}-proved.json"
    assert load(path) == json.loads(json.dumps(data))
    assert path.read_text(encoding="utf-8") == canonical(data) + "\n"
    assert [p.name for p in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff\xfe", b"[" * 100_000, b"3", b'"text"', b"null"])
def test_unreadable_files_are_rejected(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "c.json"
    path.write_bytes(content)
    with pytest.raises(Rejected):
        load(path)


def test_a_missing_file_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="cannot read"):
        load(tmp_path / "nothing.json")
    with pytest.raises(Rejected):
        load(tmp_path)


def test_a_very_long_number_is_rejected() -> None:
    with pytest.raises(Rejected):
        fraction("1" * 5000)


def test_claims_given_as_data_are_sealed_with_their_hash() -> None:
    data = sealed({"id": "t", "n": 1}, "proved", "kind", {}, {"seed": 0})
    assert data["sha256"] == claim_hash({"n": 1, "id": "t"}) != claim_hash({"id": "t", "n": 2})
    assert data["format"] == FORMAT


@pytest.mark.parametrize(
    "change", [{"id": "u"}, {"theorem": "u"}, {"statement": {}}, {"id": None}, {"statement": None}]
)
def test_another_theorem_is_rejected(change: dict[str, Any]) -> None:
    claim = {"id": "t", "theorem": "t", "statement": {"says": "x"}}
    require_theorem(claim, "t", {"says": "x"})
    with pytest.raises(Rejected, match="not the statement"):
        require_theorem({**claim, **change}, "t", {"says": "x"})
