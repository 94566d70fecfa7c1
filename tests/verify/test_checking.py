"""Targets are checked in order; a bad one has a failure in its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from verify.checking import Watcher, check_targets
from verify.runs import Failure, Settings, reproduce_line
from verify.verdict import Verdict

CLAIM = 'id = "{id}"\n[parameters]\nx = "real"\n[claim]\nevery = "point"\nsatisfies = "{text}"\n'


class Notes(Watcher):
    def __init__(self) -> None:
        self.counts: list[int] = []
        self.steps: list[tuple[str, str]] = []

    def finished(self, count: int) -> None:
        self.counts.append(count)

    def step(self, target: str, what: str, done: float) -> None:
        self.steps.append((target, what))


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    out = []
    for name, text in {"a": "x**2 >= 0", "bad": "x**2 >>= 0", "b": "x**2 > 0", "c": "exp(x) > 0"}.items():
        path = tmp_path / f"{name}.toml"
        path.write_text(CLAIM.format(id=name, text=text), encoding="utf-8")
        out.append(str(path))
    return out


@pytest.mark.parametrize("jobs", [1, 3])
def test_results_come_in_the_order_of_the_targets(files: list[str], jobs: int, tmp_path: Path) -> None:
    watcher = Notes()
    settings = Settings(budget=20, jobs=jobs, certificates=tmp_path / "out", seed=5)
    found = list(check_targets(files, settings, watcher=watcher))
    assert [type(result) for result in found] == [Verdict, Failure, Verdict, Verdict]
    verdicts = [result for result in found if isinstance(result, Verdict)]
    assert [(v.id, v.verdict) for v in verdicts] == [("a", "proved"), ("b", "refuted"), ("c", "proved")]
    assert all(v.seed == 5 and v.budget == 20 and Path(v.certificate or "").is_file() for v in verdicts)
    assert verdicts[0].reproduce == f"attnverify check {files[0]} --seed 5 --budget 20"
    assert verdicts[0].details == {"file": files[0], "line": 6}
    assert watcher.counts == [1, 2, 3, 4]  # the invalid one is known from the start
    assert {target for target, _ in watcher.steps} <= {files[0], files[2], files[3]}
    failure = found[1]
    assert isinstance(failure, Failure)
    assert not failure.internal
    assert failure.to_json() == {"file": files[1], "error": failure.error}
    assert "bad.toml:6" in failure.error


def test_an_unknown_theorem_is_a_failure() -> None:
    (result,) = check_targets(["no-such-theorem"], Settings(budget=1))
    assert isinstance(result, Failure)
    assert "no-such-theorem" in result.error
    assert not result.internal


def test_no_targets() -> None:
    assert list(check_targets([], Settings())) == []


def test_the_line_that_repeats_a_check() -> None:
    settings = Settings(budget=2.5, seed=1, theorem_settings={"n": "64"}, data=Path("d.csv"), column="y")
    assert (
        reproduce_line("t", settings) == "attnverify check t --seed 1 --budget 2.5 --set n=64 --data d.csv --target y"
    )
