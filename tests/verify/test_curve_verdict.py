"""Measured curves support at most; directions are said as they are."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as Q

import pytest

from numerics.sample_complexity.experiments import experiment
from numerics.sample_complexity.ledger import Cell, Entry
from verify.curve_verdict import ALL, to_json, verdicts

FACTORS = {"fewer": 0.5, "more": 2.0, "same": 1.0}


def entries(direction: str, seeds: int) -> dict[Cell, Entry]:
    found = {}
    for learner in ALL:
        for n in experiment("sparse").numbers:
            for seed in range(seeds):
                error = (FACTORS[direction] if learner == "mask" else 1.0) * (1 + seed / 100) / n
                cell = Cell("sparse", learner, n, seed)
                found[cell] = Entry(cell, error, 0.1, 0.1, 0.1)
    return found


@pytest.mark.parametrize(("direction", "seeds", "verdict", "words"), [
    ("fewer", 20, "supported", "fewer samples than every"),
    ("more", 20, "supported", "more samples than every"),
    ("same", 20, "undecided", "against baselines"),
    ("fewer", 8, "undecided", "against baselines"),
])  # fmt: skip
def test_verdicts(direction: str, seeds: int, verdict: str, words: str) -> None:
    mask, other = verdicts("separation", "sparse", entries(direction, seeds), Q(1, 1000))
    assert (mask.verdict, mask.level) == (verdict, "statistical" if verdict == "supported" else None)
    assert words in mask.title
    assert other.verdict == "undecided"  # self-attention ties with everything
    assert mask.details["curves"][0]["bands"].keys() == set(ALL)


def test_nothing_is_ever_proved_or_refuted() -> None:
    for direction in FACTORS:
        for one in verdicts("separation", "sparse", entries(direction, 20), Q(1, 1000)):
            assert one.verdict in ("supported", "undecided")


def test_json() -> None:
    data = to_json("sparse", entries("fewer", 20), Q(1, 1000))
    assert data["outcomes"][0] == {
        "first": "mask", "second": "ridge", "samples_needed": "fewer",
        "smaller_error_at": list(experiment("sparse").numbers), "larger_error_at": [],
    }  # fmt: skip
    assert data["curves"]["mask"][0]["samples"] == 12


def test_infinite_errors_are_json() -> None:
    import json

    data = {cell: replace(entry, error=float("inf")) for cell, entry in entries("same", 6).items()}
    assert "Infinity" not in json.dumps(to_json("sparse", data, Q(1, 1000)))
    assert verdicts("separation", "sparse", data, Q(1, 1000))[0].verdict == "undecided"
