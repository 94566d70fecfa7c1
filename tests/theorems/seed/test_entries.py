"""All entries of this folder together: every one names its neighbours, its numbers and what it leaves out."""

from __future__ import annotations

from typing import Any

import pytest

from verify.catalogue import entries, find
from verify.claim import canonical, claim_from_data

CLAIM_ENTRIES = [entry.id for entry in entries() if entry.work == "seed" and find(entry.id).statement is not None]


def test_the_paper_is_covered() -> None:
    assert len(CLAIM_ENTRIES) >= 43
    expected = {find(name).expected for name in CLAIM_ENTRIES}
    assert expected == {"proved", "refuted", "vacuous"}


@pytest.mark.parametrize("name", CLAIM_ENTRIES)
def test_entry(name: str) -> None:
    theorem = find(name)
    assert theorem.statement is not None
    full = theorem.statement(theorem.read_settings({}), frozenset())
    assert claim_from_data(full).id == name
    ids = [item.claim["id"] for item in (*theorem.cases, *theorem.twins)]
    assert len(set(ids)) == len(ids)
    for item in (*theorem.cases, *theorem.twins):
        assert claim_from_data(item.claim).sha256 != claim_from_data(full).sha256
    if theorem.expected == "proved":
        assert all(twin.expected in ("refuted", "vacuous") for twin in theorem.twins)
        dropped = {hypothesis.twin for hypothesis in theorem.hypotheses}
        assert dropped <= {twin.name for twin in theorem.twins} | {None}


@pytest.mark.parametrize("name", CLAIM_ENTRIES)
def test_dropping_a_hypothesis_with_a_twin_changes_the_claim(name: str) -> None:
    theorem = find(name)
    assert theorem.statement is not None
    values: Any = theorem.read_settings({})
    full = canonical(theorem.statement(values, frozenset()))
    proved = {claim_from_data(case.claim).sha256 for case in theorem.cases}
    twins = {twin.name: twin for twin in theorem.twins}
    for hypothesis in theorem.hypotheses:
        if hypothesis.twin is not None:
            changed = canonical(theorem.statement(values, frozenset({hypothesis.name}))) != full
            assert changed or claim_from_data(twins[hypothesis.twin].claim).sha256 not in proved
