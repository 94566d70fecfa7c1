"""Derivation and picture out of a claim's own text."""

from __future__ import annotations

from itertools import pairwise

from reports.parts.derived import with_derived
from verify.verdict import Verdict

STATEMENT = {
    "parameters": {"a": "real", "w": "[-1, 1]"},
    "objective": {"minimise": "(a*w - 1)**2/2"},
    "claim": {"every": "stationary point", "satisfies": "objective <= 0"},
}


def make(statement: dict, **more) -> Verdict:
    return Verdict(id="a", verdict="refuted", level="exact", scope="", statement=statement, **more)


def test_a_small_claim_gets_derivation_and_landscape() -> None:
    details = with_derived(make(STATEMENT, witness={"a": "0", "w": "0"}))
    assert details["derivation"]["loss"].startswith("L = ")
    assert len(details["derivation"]["gradient"]) == 2
    (landscape,) = details["landscapes"]
    assert (landscape["x"][0], landscape["x"][-1], landscape["y"][0], landscape["y"][-1]) == (-3.0, 3.0, -1.0, 1.0)
    middle = len(landscape["x"]) // 2
    assert landscape["z"][middle][middle] == 0.5
    assert landscape["z"][0][0] == 2.0
    assert landscape["points"] == [{"x": "0", "y": "0", "label": "witness"}]


def test_one_parameter_gets_a_curve() -> None:
    statement = STATEMENT | {"parameters": {"s": "real"}, "objective": {"minimise": "(s - 1)**2"}}
    (curve,) = with_derived(make(statement))["curves"]
    assert curve["series"]["objective"][0] == 16.0
    assert curve["x_label"] == "s"


def test_what_a_verdict_brings_is_kept() -> None:
    own = {"derivation": {"loss": "x"}, "curves": [{"title": "t"}], "other": 1}
    assert with_derived(make(STATEMENT, details=own)) == own


def test_other_statements_get_nothing() -> None:
    for statement in (
        {},
        {"objective": "words", "parameters": {"a": "real"}},
        STATEMENT | {"objective": {"minimise": "__import__('os')"}},
        STATEMENT | {"parameters": {"a": "real[9999999]"}},
        STATEMENT | {"parameters": {"a": "real", "w": "real[120,120]"}, "objective": {"minimise": "a*sum(w @ w)"}},
    ):
        assert with_derived(make(statement)) == {}


def test_long_derivations_are_left_out_and_many_blocks_have_no_hessian() -> None:
    names = [f"p{i}" for i in range(60)]
    terms = [f"({a}*tanh({b}) - 1)**2" for a, b in pairwise(names)]
    statement = STATEMENT | {"parameters": dict.fromkeys(names, "real"), "objective": {"minimise": "+".join(terms[:8])}}
    derivation = with_derived(make(statement))["derivation"]
    assert derivation["hessian"] == []
    assert len(derivation["gradient"]) == 60
    assert "derivation" not in with_derived(make(statement | {"objective": {"minimise": "+".join(terms * 12)}}))
