"""The sparse-mask entry: verdicts on digits and on user data, assumptions against brute force, twins."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from numerics.budget import Budget, OutOfTime
from theorems.seed import _sparse_mask_instance as instances
from theorems.seed._sparse_mask_check import decide_assumptions, text
from theorems.seed._sparse_mask_instance import build, reference, round_down, round_up
from theorems.seed.sparse_mask import theorem
from verify.claim import claim_from_data
from verify.data import Column, Data, load_data
from verify.errors import InvalidInput
from verify.recheck import recheck
from verify.theorem import Run, TheoremResult


def checked(data: Data | None = None, *, seed: int = 0, **settings: str) -> TheoremResult:
    return theorem.check({"starts": "4", **settings}, data, budget=Budget.of(60), seed=seed)


def run_of(data: Data | None = None, *, seed: int = 0, **settings: str) -> Run:
    values = theorem.read_settings(settings)
    return Run(values, tuple(settings), data, Budget.of(60), seed, Fraction(1, 1000), lambda what, done: None)


def holds(result: TheoremResult) -> dict[str, bool | None]:
    return {row.name: row.holds for row in result.assumptions}


def user_table(rows: int = 40, count: int = 6, *, seed: int = 0, noise: float = 0.1) -> dict[str, Any]:
    """A table whose target is 2 x0 - x3 + noise, in decimals of two digits."""
    rng = np.random.default_rng(seed)
    design = np.round(rng.standard_normal((rows, count)), 2)
    target = np.round(2 * design[:, 0] - design[:, 3] + noise * rng.standard_normal(rows), 2)
    return {**{f"x{j}": design[:, j] for j in range(count)}, "y": target}


def write_csv(path: Path, table: dict[str, Any]) -> Path:
    lines = [",".join(table), *(",".join(f"{v:.2f}" for v in row) for row in zip(*table.values(), strict=True))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


# --- the shipped data ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def default() -> TheoremResult:
    return theorem.check({}, budget=Budget.of(60))


def test_digits_are_proved_and_rechecked(default: TheoremResult) -> None:
    assert (default.finding.verdict, default.finding.level, default.expected) == ("proved", "exact", "proved")
    assert all(row.holds for row in default.assumptions)
    assert [row.name for row in default.assumptions] == ["columns", "H6", "H7", "H13-penalty", "H13-conclusion"]
    data = default.certificate({"seed": 0})
    assert data is not None
    outcome = recheck(json.loads(json.dumps(data)))
    assert (outcome.accepted, outcome.verdict) == (True, "proved"), outcome.reason


def test_digits_numbers(default: TheoremResult) -> None:
    values, details = default.finding.values, default.details
    assert values["duality_gap"] == "0"
    assert values["noise_level"] == "0.25 (given)"
    assert values["trained"].startswith("32 of 32 starts")
    assert details["columns"]["dropped"] == ["pixel_0_0", "pixel_4_0", "pixel_4_7"]
    assert len(details["columns"]["kept"]) == 61
    assert "3 dropped because they are constant: pixel_0_0, pixel_4_0, pixel_4_7" in default.assumptions[0].note
    assert details["error"] <= details["bounds"]["compatibility"] <= details["bounds"]["eigenvalue"]
    assert details["sign_patterns"] > 5
    path = details["path"]
    assert np.allclose(path["mask"], path["lasso"], rtol=1e-6, atol=1e-12)
    for error, bound in zip(path["mask"], path["bound"], strict=True):
        assert bound is None or error <= bound
    assert {"ridge_best", "minimum_norm", "zero", "oracle_support"} <= set(details["baselines"])
    json.dumps(details)


@pytest.mark.parametrize("seed", range(1, 6))
def test_other_seeds_are_proved(seed: int) -> None:
    assert checked(seed=seed, starts="1").finding.verdict == "proved"


@pytest.mark.parametrize(
    ("settings", "verdict", "failing"),
    [
        ({"lambda": "2"}, "vacuous", "H13-penalty"),
        ({"lambda": "0.001"}, "vacuous", "H7"),
        ({"lambda": "0.6"}, "vacuous", "H13-conclusion"),
        ({"n": "100", "k": "1", "noise": "0.1"}, "proved", None),
        ({"n": "20", "k": "3", "noise": "0.01"}, "vacuous", "H6"),
        ({"target": "digit"}, "vacuous", "H7"),
        ({"target": "digit==0", "lambda": "event"}, "vacuous", "H13-conclusion"),
        ({"kappa": "coherence"}, "undecided", "H6"),
        ({"columns": "pixel_2_2,pixel_5_5", "k": "1"}, "proved", None),
    ],
)
def test_verdict_follows_the_assumptions(settings: dict[str, str], verdict: str, failing: str | None) -> None:
    result = checked(**settings)
    assert result.finding.verdict == verdict
    assert result.expected is None
    broken = [row.name for row in result.assumptions if row.holds is not True]
    assert (failing in broken) if failing else not broken
    data = result.certificate({})
    if verdict == "undecided":
        assert data is None
        assert "H6" in str(result.finding.reason)
    else:
        assert data is not None
        assert recheck(data).accepted, recheck(data).reason
        if verdict == "vacuous":
            assert data["evidence"]["fails"] == failing


def test_labels_are_estimated_and_said_so() -> None:
    result = checked(target="digit==3")
    assert result.finding.values["noise_level"].endswith("(estimated)")
    note = next(row.note for row in result.assumptions if row.name == "H7")
    assert "estimated (residual standard deviation of least squares on all columns)" in note
    given = checked(target="digit==3", noise="0.2")
    assert given.finding.values["noise_level"] == "0.2 (given)"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"n": "5000"}, "has 1797 rows"),
        ({"k": "100"}, "exceeds the 61 columns that vary"),
        ({"target": "digits"}, "did you mean 'digit'"),
        ({"target": "digit==x"}, "write COLUMN==NUMBER"),
        ({"target": "digit==11"}, "constant on the first"),
        ({"columns": "pixel_0_0"}, "no column of digits.csv.gz varies"),
        ({"columns": "pixel"}, "no column 'pixel'"),
    ],
)
def test_settings_that_do_not_fit(settings: dict[str, str], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        checked(**settings)


def test_budget_and_progress() -> None:
    with pytest.raises(OutOfTime):
        theorem.check({}, budget=Budget.of(-1))
    seen: list[float] = []
    theorem.check({"starts": "2"}, budget=Budget.of(60), progress=lambda what, done: seen.append(done))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


# --- the user's data ----------------------------------------------------------------------------------------------


def test_every_format_gives_the_same_instance(tmp_path: Path) -> None:
    table = user_table()
    dyadic = {name: np.round(values * 64) / 64 for name, values in table.items()}
    lines = [",".join(dyadic), *(",".join(repr(float(v)) for v in row) for row in zip(*dyadic.values(), strict=True))]
    (tmp_path / "t.csv").write_text("\n".join(lines), encoding="utf-8")
    np.savez(tmp_path / "t.npz", **dyadic)
    paths = [tmp_path / "t.csv", tmp_path / "t.npz"]
    parquet = pytest.importorskip("pyarrow.parquet")
    arrow = pytest.importorskip("pyarrow")
    parquet.write_table(arrow.table(dyadic), tmp_path / "t.parquet")
    paths.append(tmp_path / "t.parquet")
    claims = []
    for path in paths:
        result = checked(load_data(path, "y"), k="2")
        assert result.finding.verdict == "proved"
        claim = dict(result.claim["instance"])
        del claim["source"]
        claims.append(claim)
    assert claims[0] == claims[1] == claims[2]


def test_sparse_user_data_are_proved_against_the_reference(tmp_path: Path) -> None:
    data = load_data(write_csv(tmp_path / "mine.csv", user_table()), "y")
    result = checked(data, k="2")
    assert result.finding.verdict == "proved"
    assert result.expected is None
    assert [entry["column"] for entry in result.details["teacher"]] == ["x0", "x3"]
    assert result.details["teacher_kind"] == "reference"
    certificate = result.certificate({})
    assert certificate is not None
    assert recheck(certificate).accepted


def test_drawn_teacher_on_user_data_leaves_the_target_out(tmp_path: Path) -> None:
    data = load_data(write_csv(tmp_path / "mine.csv", user_table()), "y")
    result = checked(data, k="1", target="teacher", noise="0.1")
    assert "y" not in result.details["columns"]["kept"]
    assert result.details["teacher_kind"] == "drawn"


def test_scales_of_the_target_do_not_matter(tmp_path: Path) -> None:
    table = user_table()
    verdicts = []
    for factor in (1, 10**9, 10**-9):
        path = tmp_path / f"{factor}.npz"
        np.savez(path, **{**table, "y": table["y"] * factor})
        result = checked(load_data(path, "y"), k="2")
        verdicts.append((result.finding.verdict, result.finding.values["trained"]))
    assert set(verdicts) == {("proved", "4 of 4 starts certified within 1e-15 |y|^2/n")}


def test_too_many_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(instances, "MAX_COLUMNS", 10)
    with pytest.raises(InvalidInput, match="choose at most 10 with --set columns"):
        checked()


def test_numbers_too_long_to_check() -> None:
    rng = np.random.default_rng(0)
    big = [Column(f"x{j}", tuple(int(v) << 480 for v in rng.integers(1, 2**20, 130)), 1) for j in range(120)]
    fine = [
        Column(c.name, tuple(v + int(w) for v, w in zip(c.integers, rng.integers(0, 9, 130), strict=True))) for c in big
    ]
    with pytest.raises(InvalidInput, match="too long to check exactly"):
        checked(Data("big.npz", "0" * 64, tuple(fine)))


# --- assumptions against brute force ------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_decided_numbers_equal_sums_over_the_rows(tmp_path: Path, seed: int) -> None:
    data = load_data(write_csv(tmp_path / "t.csv", user_table(12, 4, seed=seed)), "y")
    run = run_of(data, k="2", **{"lambda": "0.3"})
    instance = build(run)
    decided = decide_assumptions(run, instance)
    scales = [float(m) for m in instance.moments.scales]
    design = np.array([[v * m for v in c.integers] for c, m in zip(data.columns[:4], scales, strict=True)]).T
    design -= design.mean(axis=0)
    target = np.array(data.column("y").integers) / data.column("y").unit
    target -= target.mean()
    star = np.array([float(v) for v in instance.teacher])
    assert float(decided.noise_event) == pytest.approx(2 * np.abs(design.T @ (target - design @ star)).max() / 12)
    assert float(decided.penalty_limit) == pytest.approx(np.abs(design.T @ target).max() / 12)
    assert float(decided.trivial) == pytest.approx(np.mean((design @ star) ** 2))
    gram = design.T @ design / 12
    assert float(decided.kappas["eigenvalue"]) == pytest.approx(np.linalg.eigvalsh(gram)[0], rel=1e-3)
    off = np.abs(gram - np.diag(np.diag(gram))).max()
    assert float(decided.kappas["coherence"]) == pytest.approx(np.diag(gram).min() + off - 32 * off)
    assert (
        decided.kappas["eigenvalue"] <= decided.kappas["support"] <= decided.kappas["compatibility"] + Fraction(1, 1000)
    )


@pytest.mark.parametrize(("penalty", "expected"), [("0.5", True), ("0.49999", False)])
def test_noise_event_at_its_threshold(penalty: str, expected: bool) -> None:
    """One column (1, -1), target (9/4, 0): the reference explains all of it but rounding; H7 is closed."""
    column, target = Column("x", (1, -1)), Column("y", (2, 0))
    run = run_of(Data("t", "0" * 64, (column, target), "y"), k="1", noise="1", **{"lambda": penalty})
    instance = build(run)
    from dataclasses import replace

    shifted = replace(instance, teacher=(Fraction(3, 4),), penalty=Fraction(penalty))
    decided = decide_assumptions(run, shifted)
    assert decided.noise_event == Fraction(1, 2)
    assert (shifted.penalty >= decided.noise_event) is expected


def test_reference_finds_the_columns_of_the_target(tmp_path: Path) -> None:
    data = load_data(write_csv(tmp_path / "t.csv", user_table(60, 8)), "y")
    moments = build(run_of(data, k="2")).moments
    assert [j for j, v in enumerate(reference(moments, 2)) if v] == [0, 3]


def test_rounding_is_directed() -> None:
    for value in (Fraction(1, 3), Fraction(2, 3) * 10**9, Fraction(1, 7 * 10**12), Fraction(1, 8)):
        assert round_down(value) <= value <= round_up(value)
        assert round_up(value) - round_down(value) <= value / 1000
    assert (round_up(Fraction(0)), round_down(Fraction(-1))) == (0, 0)


@pytest.mark.parametrize(
    "value", [Fraction(1, 3), Fraction(22, 70001), Fraction(-5, 4), Fraction(0), Fraction(10**20, 7)]
)
def test_text_encloses(value: Fraction) -> None:
    middle, _, radius = text(value).partition(" +/- ")
    assert abs(value - Fraction(middle)) <= Fraction(radius or "0")


# --- lemma, small instances, twins --------------------------------------------------------------------------------


@pytest.mark.parametrize("item", [*theorem.cases, *theorem.twins], ids=lambda item: item.name)
def test_small_instances_and_twins(item: Any, tmp_path: Path) -> None:
    from verify.pipeline import decide

    verdict = decide(claim_from_data(item.claim), budget=60, certificates=tmp_path)
    assert verdict.verdict == item.expected
    assert verdict.level == "exact"


def test_every_dropped_assumption_has_a_twin_or_is_decided_on_data() -> None:
    twins = {twin.name for twin in theorem.twins}
    assert {h.twin for h in theorem.hypotheses if h.twin} <= twins
    assert {h.name for h in theorem.hypotheses if h.twin is None} == {"columns", "H13-penalty", "H13-conclusion"}


def test_the_constant_is_attained() -> None:
    """The tight pair: error and bound are both 9/16, so that no smaller constant holds."""
    penalty, kappa, size = Fraction(1, 4), Fraction(1, 2), 2
    assert Fraction(9, 4) * penalty**2 * size / kappa == Fraction(9, 16)
    assert theorem.stated[0].tight
