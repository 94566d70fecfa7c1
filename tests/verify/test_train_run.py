"""A training run: lines, JSON, verdicts, rechecked certificates."""

from __future__ import annotations

from fractions import Fraction as Q
from pathlib import Path

import pytest

from verify.errors import InvalidInput
from verify.recheck import recheck_file
from verify.train_run import Training, as_verdict, lines_of, problem_of, run, to_json

SIZES = {"n": "2", "p": "1", "m": "1"}


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> Training:
    problem = problem_of("free-mask", SIZES, Q(1, 20), 0)
    return run(problem, 64, budget=40, seed=0, certificates=tmp_path_factory.mktemp("certificates"))


def test_certificates_are_accepted(training: Training) -> None:
    paths = [Path(path) for one in training.bad for path in one.paths]
    assert len(paths) == 2 * len(training.bad) > 0
    assert all(recheck_file(path).verdict == "refuted" for path in paths)
    assert all(recheck_file(path).accepted for path in paths)


def test_verdict_text_and_json(training: Training) -> None:
    verdict = as_verdict(training)
    assert (verdict.verdict, verdict.level) == ("refuted", "exact")
    assert verdict.certificate is not None
    text = "\n".join(lines_of(training))
    assert "bad local minimum, certified" in text
    data = to_json(training)
    assert data["converged"] <= data["starts"] == 64
    assert sum(kind["starts"] for kind in data["kinds"]) == data["converged"]


def test_nothing_bad_is_only_supported() -> None:
    found = run(problem_of("baseline", SIZES, Q(1, 20), 0), 32, budget=20, seed=0, certificates=None)
    assert not found.trained.bad
    assert as_verdict(found).verdict == "supported"
    assert as_verdict(found).level == "sampled"
    assert "proves nothing" in "\n".join(lines_of(found))


def test_a_bad_minimum_that_is_not_certified_is_undecided(training: Training) -> None:
    from dataclasses import replace

    bare = replace(training, bad=())
    assert as_verdict(bare).verdict == "undecided"
    assert "not certified" in bare.reason


def test_wrong_targets() -> None:
    with pytest.raises(InvalidInput, match="no model"):
        problem_of("transformer", {}, Q(0), 0)
    with pytest.raises(InvalidInput, match="whole number"):
        problem_of("free-mask", {"n": "1/2"}, Q(0), 0)


def test_an_interruption_keeps_what_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from numerics.training import bad_minima, starts

    problem = problem_of("free-mask", SIZES, Q(1, 20), 0)

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bad_minima, "shrunk", interrupt)
    found = run(problem, 64, budget=40, seed=0, certificates=None)
    assert found.interrupted
    assert len(found.bad) == 1
    assert lines_of(found)[-1].startswith("interrupted")
    monkeypatch.setattr(starts, "BATCH", 16)

    def stop_at_half(what: str, done: float) -> None:
        if done == 0.5:
            raise KeyboardInterrupt

    half = run(problem, 64, budget=40, seed=0, certificates=None, show=stop_at_half)
    assert half.interrupted
    assert half.trained.started == 32
    assert half.bad == ()
