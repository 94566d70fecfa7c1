"""The checker's front: any defect of a certificate is a rejection with a reason, never an error."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.certificate import certificate, write
from verify.claim import claim_from_data
from verify.recheck import KINDS, recheck, recheck_as_written, recheck_file

CLAIM = claim_from_data(
    {"id": "zero", "parameters": {"x": "real"}, "claim": {"every": "point", "satisfies": "x**2 > 0"}}
)
GOOD = certificate(
    CLAIM, "refuted", "witness", {"point": {"coordinates": {"x": "0"}}, "symmetries": [], "fixed": []}, {}
)


def test_a_good_certificate_is_accepted() -> None:
    outcome = recheck(GOOD)
    assert outcome.accepted
    assert (outcome.id, outcome.verdict, outcome.kind, outcome.reason) == ("zero", "refuted", "witness", None)


def test_what_is_made_is_checked_as_it_is_written() -> None:
    """Tuples are lists in a file; what cannot be written is no certificate."""
    assert recheck_as_written({**GOOD, "evidence": {**GOOD["evidence"], "symmetries": (), "fixed": ()}}).accepted
    assert not recheck_as_written({**GOOD, "verdict": "proved"}).accepted
    with pytest.raises(TypeError):
        recheck_as_written({**GOOD, "evidence": {"point": {1}}})


@pytest.mark.parametrize("key", ["format", "claim", "sha256", "verdict", "kind", "evidence"])
def test_every_part_is_needed(key: str) -> None:
    outcome = recheck({name: value for name, value in GOOD.items() if name != key})
    assert not outcome.accepted
    assert outcome.reason


@pytest.mark.parametrize("key", ["format", "claim", "sha256", "verdict", "kind", "evidence"])
@pytest.mark.parametrize("value", [None, 0, "", "x", [], {}, [[]], True, 1.5, {"point": None}])
def test_no_part_may_be_something_else(key: str, value: Any) -> None:
    if key == "format" and value is True:
        return  # equal to 1
    outcome = recheck({**GOOD, key: value})
    assert not outcome.accepted
    assert outcome.reason


def test_who_made_it_does_not_matter() -> None:
    assert recheck({**GOOD, "made_by": "anybody"}).accepted


def test_another_claim_needs_another_hash() -> None:
    changed = copy.deepcopy(GOOD)
    changed["claim"]["claim"]["satisfies"] = "x**2 > -1"
    outcome = recheck(changed)
    assert not outcome.accepted
    assert "hash" in (outcome.reason or "")


def test_floating_point_claims_have_certificates_of_their_own() -> None:
    claim = claim_from_data({**CLAIM.data, "arithmetic": "float32"})
    outcome = recheck(certificate(claim, "refuted", "witness", GOOD["evidence"], {}))
    assert not outcome.accepted
    assert "float32" in (outcome.reason or "")


@pytest.mark.parametrize("kind", [*KINDS, "__init__", "points", "../witness", "duality"])
@pytest.mark.parametrize("evidence", [{}, [], None, {"cases": []}, {"cuts": [], "below": []}, {"point": {}}])
def test_empty_evidence_proves_nothing(kind: str, evidence: Any) -> None:
    for verdict in ("proved", "refuted", "vacuous", "supported"):
        assert not recheck(certificate(CLAIM, verdict, kind, evidence, {})).accepted


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-3, 3), st.sampled_from(["0", "1/2", "x", "node", "plain", "split"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["node", "cases", "poly", "point", "coordinates", "center", "radius", "fixed", "symmetries",
                             "modulus", "root", "x", "positive", "zero", "negative", "constraint", "ideal"]), inner, max_size=4,
        ),
    ),
    max_leaves=12,
)  # fmt: skip


@given(
    json_values,
    st.sampled_from(["emptiness", "boxes", "enumeration", "confidence"]),
    st.sampled_from(["proved", "vacuous"]),
)
def test_arbitrary_data_never_prove_a_false_claim(evidence: Any, kind: str, verdict: str) -> None:
    assert not recheck(certificate(CLAIM, verdict, kind, evidence, {})).accepted


@given(json_values)
def test_arbitrary_data_never_refute_a_true_claim(evidence: Any) -> None:
    true = claim_from_data({**CLAIM.data, "claim": {"every": "point", "satisfies": "x**2 >= 0"}})
    assert not recheck(certificate(true, "refuted", "witness", evidence, {})).accepted


def test_files(tmp_path: Path) -> None:
    path = write(GOOD, tmp_path)
    assert recheck_file(path).accepted
    path.write_text(json.dumps([GOOD]), encoding="utf-8")
    assert not recheck_file(path).accepted
    assert not recheck_file(tmp_path / "nothing.json").accepted


def test_deeply_nested_evidence_is_rejected() -> None:
    tree: Any = {"node": "plain", "constraint": ["none", 0], "ideal": []}
    poly = [["1", {"x": 1}]]
    for _ in range(300):
        tree = {"node": "split", "poly": poly, "positive": tree, "zero": tree, "negative": tree}
    outcome = recheck(certificate(CLAIM, "proved", "emptiness", {"cases": [tree]}, {}))
    assert not outcome.accepted
