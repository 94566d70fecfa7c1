"""Ablation: what is left of a theorem without each assumption."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from verify.ablation import FALSE_ANYWAY, FIXED, MAKES_FALSE, NEEDED, NEEDED_IF, NOT_NEEDED, UNUSED, VACUOUS, ablate
from verify.catalogue import find
from verify.claim_theorem import Neighbour, claim_theorem
from verify.recheck import recheck_file
from verify.theorem import Hypothesis, Setting, Theorem, Values


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Every x with low <= x <= 2 and x*x == 1 is at least ``level``."""
    conditions = {"low": "x >= 0", "unit": "x**2 == 1", "spare": "x <= 2"}
    return {
        "parameters": {"x": "real"},
        "assume": {name: text for name, text in conditions.items() if name not in without},
        "claim": {"every": "point", "satisfies": f"x >= {values['level']}"},
    }


THEOREM = claim_theorem(
    id="toy",
    title="Toy",
    expected="proved",
    sources=(),
    hypotheses=(
        Hypothesis("low", "x >= 0", "by the claim", "no low"),
        Hypothesis("unit", "x^2 = 1", "by the claim"),
        Hypothesis("spare", "x <= 2", "by the claim"),
        Hypothesis("form", "x is real", "by the shapes"),
    ),
    settings=(Setting("level", "1", "lower bound", "number"),),
    statement=statement,
    twins=(Neighbour("no low", "x may be negative", "refuted", without=("low",)),),
)


def outcomes(theorem: Theorem, **settings: str) -> dict[str, str]:
    return {row.assumption: row.outcome for row in ablate(theorem, settings, budget=20).rows}


def test_ablation() -> None:
    assert outcomes(THEOREM) == {"low": NEEDED, "unit": NEEDED, "spare": NOT_NEEDED, "form": FIXED}
    assert set(outcomes(THEOREM, level="2").values()) == {FALSE_ANYWAY, FIXED}


def test_nothing_is_needed_for_a_statement_that_stays_open() -> None:
    """Almost periodic sines come close to 4 only far out, which no budget of seconds decides."""

    def open_statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
        hard = "sin(x) + sin(sqrt(2)*x) + sin(sqrt(3)*x) + cos(x**2) <= 39999999/10000000 or x < 0"
        return {**statement(values, without), "claim": {"every": "point", "satisfies": "x >= 0 and (" + hard + ")"},
                "assume": {} if "low" in without else {"low": "x >= 0"}}  # fmt: skip

    theorem = claim_theorem(
        id="open", title="Open", expected="proved", sources=(), hypotheses=THEOREM.hypotheses[:1],
        settings=THEOREM.settings, statement=open_statement,
        twins=(Neighbour("no low", "x may be negative", "refuted", without=("low",)),),
    )  # fmt: skip
    found = ablate(theorem, {}, budget=2)
    assert (found.base, found.rows[0].verdict, found.rows[0].outcome) == ("undecided", "refuted", NEEDED_IF)


def test_ablation_keeps_certificates(tmp_path: Path) -> None:
    found = ablate(THEOREM, {}, budget=20, certificates=tmp_path)
    assert found.base == "proved"
    assert found.rows[0].witness == {"x": "-1"}
    assert found.rows[0].certificate is not None
    assert recheck_file(Path(found.rows[0].certificate)).verdict == "refuted"


def test_a_theorem_that_is_no_single_claim_uses_its_twins() -> None:
    found = ablate(find("sparse-mask"), {}, budget=20)
    outcome = {row.assumption: row.outcome for row in found.rows}
    assert found.base is None
    assert (outcome["local minimum"], outcome["H6"], outcome["H7"]) == (NEEDED, NEEDED, NEEDED)
    assert (outcome["ridge on the weights"], outcome["columns"]) == (VACUOUS, UNUSED)


def test_the_assumption_that_makes_a_statement_false() -> None:
    assert outcomes(find("flatness")) == {"minimum": FALSE_ANYWAY}
    assert outcomes(find("normalised-mask"))["weight decay"] == MAKES_FALSE


def test_a_twin_shows_on_another_instance_that_an_assumption_is_needed() -> None:
    found = ablate(find("population-mask"), {}, budget=20)
    assert [row.outcome for row in found.rows] == [NEEDED, NEEDED]
    assert found.rows[1].change.endswith("(another instance)")
