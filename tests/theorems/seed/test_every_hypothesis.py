"""The assumptions H1 to H13 on tables: values that can be checked by hand, thresholds that are sharp."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from flint import arb_mat

from numerics.budget import Budget
from theorems.seed import _ball_texts
from theorems.seed._ball_texts import ball, least_integer
from theorems.seed._hypotheses_link import largest_reach, link_slopes
from theorems.seed._hypotheses_network import positive_definite
from verify.catalogue import find
from verify.commands import assumptions as command
from verify.data import load_data

ENTRY = "every-hypothesis"


@pytest.fixture
def rows(tmp_path: Path) -> Any:
    """Decide the assumptions of an entry on a small table."""
    path = tmp_path / "t.csv"
    path.write_text("x,z,y\n1,0,2\n0,1,0\n1,1,1\n2,1,3\n0,2,1\n", encoding="utf-8")

    def decide(entry: str = ENTRY, **settings: str) -> dict[str, Any]:
        given = {"k": "1", "lambda": "event", **settings}
        found = command.decided(find(entry), given, load_data(path, "y"), Budget.of(60), 0)
        return {row.name: row for row in found}

    return decide


def test_default(decided: Any) -> None:
    assert decided().finding.verdict == "proved"


def test_neighbours(neighbour: Any, as_expected: Any) -> None:
    as_expected(neighbour)


def test_all_assumptions_are_decided(rows: Any) -> None:
    found = rows()
    assert {name.partition("-")[0] for name in found} == {f"H{number}" for number in range(1, 14)}
    assert all(row.holds is not None for row in found.values())


def test_realisable_rows(rows: Any) -> None:
    """Of these points in the plane the first three can be fitted with an intercept, four cannot."""
    assert "first 3 rows" in rows("positive-mask")["H2"].change
    assert rows("positive-mask", n="3")["H2"].holds is True
    assert rows("positive-mask", n="4")["H2"].holds is False


def test_the_advised_penalty_meets_the_noise_event(rows: Any) -> None:
    failing = rows("mask-ridge", **{"lambda": "1/100"})["H7"]
    assert failing.holds is False
    least = failing.change.partition("lambda >= ")[2].partition(" ")[0]
    assert rows("mask-ridge", **{"lambda": least})["H7"].holds is True


def test_the_advised_budget_gives_the_slope(rows: Any) -> None:
    failing = rows("positive-mask", B="100", link="sigmoid")["H4"]
    assert failing.holds is False
    most = Fraction(failing.change.rpartition("B <= ")[2].partition(" ")[0])
    below, above = most * Fraction(999, 1000), most * Fraction(1001, 1000)
    assert rows("positive-mask", B=str(below), link="sigmoid")["H4"].holds is True
    assert rows("positive-mask", B=str(above), link="sigmoid")["H4"].holds is False


def test_failing_by_choice(rows: Any) -> None:
    assert rows("positive-mask", mask="1,0")["H3"].holds is False
    assert rows(baseline="lasso", link="identity")["H10"].holds is False
    assert rows("quadratic-units", units="3")["H11"].holds is True
    assert rows("positive-mask", link="relu")["H4"].holds is False
    assert rows(n="2", link="identity")["H9"].holds is False
    assert rows(model="product", rho="1/1000", link="identity")["H9"].holds is True
    assert rows(model="units", link="identity")["H9"].holds is False
    assert rows("positive-mask", point="zero")["H1"].holds is False


def test_strict_convexity_is_refuted_above_the_least_eigenvalue(rows: Any) -> None:
    """Two columns of mean square 1 with correlation c: the least eigenvalue is 1 - |c|, here 0.57742..."""
    assert rows(alpha="577/1000", link="identity")["H5-strict"].holds is True
    assert rows(alpha="578/1000", link="identity")["H5-strict"].holds is False


def test_convexity_of_a_link_by_slopes_or_a_bad_point(rows: Any) -> None:
    assert rows()["H5-link"].holds is True
    refuted = rows(alpha="1/2")["H5-link"]
    assert refuted.holds is False
    assert "refuted at" in refuted.note


def test_entries_decide_their_own(rows: Any) -> None:
    assert set(rows("positive-mask")) == {"H1", "H2", "H3", "H4", "H8-weights", "H8-domain"}
    assert set(rows("quadratic-units")) == {"H11"}
    assert rows("jacobian-certificate")["H12"].level == "ball"
    assert rows("jacobian-certificate", n="5", units="1")["H12"].holds is not False


def test_sample_size_of_the_bound(rows: Any) -> None:
    found = rows("norm-bound")["sample size"]
    need = int(found.change.partition("n >= ")[2].partition(" ")[0])
    assert found.holds is False
    assert f"not n = {need - 1}" in found.change


def test_headlines(rows: Any) -> None:
    theorem, found = find("sparse-mask"), rows(link="identity")
    assert command.headline(theorem, (found["H3"],)) == "all of them hold"
    assert command.headline(theorem, (found["H2"], found["H3"])).startswith("VACUOUS")
    free = replace(found["H2"], name="H13-conclusion")
    assert command.headline(theorem, (free,)).startswith("FREE")
    assert command.headline(theorem, (replace(free, holds=None),)).startswith("open")


def test_balls() -> None:
    assert least_integer(ball(Fraction(7, 2))) == 4
    assert least_integer(ball(4)) == 4
    assert least_integer(ball(-3)) == 1
    assert _ball_texts.decided(ball(2).sqrt() ** 2, "<", ball(2)) is None
    for link in ("tanh", "sigmoid", "softplus"):
        reach = largest_reach(link, Fraction(1, 10))
        assert link_slopes(link, reach)[0].overlaps(ball(Fraction(1, 10)))
    assert largest_reach("sigmoid", Fraction(1, 4)) is None


def test_pivots() -> None:
    matrix = arb_mat([[2, 1], [1, 2]])
    assert positive_definite(matrix, Fraction(99, 100))
    assert not positive_definite(matrix, Fraction(1))
    assert not positive_definite(matrix, Fraction(101, 100))
