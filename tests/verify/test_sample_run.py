"""Comparisons of the library, rechecked; upper against upper stays undecided also through the whole line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from numerics.budget import Budget
from verify.data import Column, Data
from verify.errors import InvalidInput
from verify.sample_run import as_verdict, compared, lines_of, question_ids, question_of, refuse_data
from verify.sample_size import NOT_SEPARATED, SEPARATED, UNDECIDED, Comparison, SampleQuestion


def decided(id: str, data: Data | None = None, directory: Path | None = None, **given: str) -> list[Comparison]:
    found = compared(question_of(id), given, data, budget=Budget.of(60), seed=0, certificates=directory)
    return list(found)


def test_the_entries_that_ask() -> None:
    assert {"separation", "hard-mask-samples", "norm-bound"} <= set(question_ids())
    with pytest.raises(InvalidInput, match="says nothing about numbers"):
        question_of("softmax-lipschitz")


def test_small_is_separated_with_the_stated_numbers(tmp_path: Path) -> None:
    (found,) = decided("separation", directory=tmp_path, instance="small")
    assert found.verdict == SEPARATED
    assert (found.attention.error, found.baseline.error) == ("1/100", "1/2")
    assert (found.attention.samples, found.baseline.samples) == (2, 3)
    assert found.path is not None
    assert Path(found.path).exists()


def test_dense_is_not_separated() -> None:
    (found,) = decided("separation", instance="dense")
    assert found.verdict == NOT_SEPARATED
    assert "ridge regression" in found.reason


def test_gaussian_separates_only_for_few_relevant_inputs() -> None:
    assert decided("separation", instance="gaussian", p="2000", k="1")[0].verdict == SEPARATED
    assert decided("separation", instance="gaussian", p="1000", k="1")[0].verdict == UNDECIDED
    assert decided("separation", instance="gaussian", p="60", k="60")[0].verdict == UNDECIDED


def test_norm_bounds_decide_nothing() -> None:
    (found,) = decided("norm-bound")
    assert found.verdict == UNDECIDED
    assert found.attention.samples == 154766
    assert "two upper bounds" in found.reason
    assert as_verdict("norm-bound", found, 0).verdict == "undecided"


def test_a_rejected_certificate_is_no_verdict() -> None:
    (found,) = decided("separation", instance="small")
    assert found.certificate is not None
    forged = replace(found, certificate={**found.certificate, "sha256": "0" * 64})
    question = SampleQuestion((), lambda *_: (forged,))
    (again,) = compared(question, {}, None, budget=Budget.of(9), seed=0, certificates=None)
    assert again.verdict == UNDECIDED
    assert again.reason.startswith("internal")
    assert as_verdict("separation", again, 0).verdict == "undecided"


def test_a_certificate_about_other_numbers_is_no_verdict() -> None:
    for id, given in (("separation", {"instance": "small"}), ("hard-mask-samples", {})):
        (found,) = decided(id, **given)
        assert found.verdict == SEPARATED
        better = replace(found.attention, samples=1)
        forged = replace(found, attention=better)
        question = SampleQuestion((), lambda *_, one=forged: (one,))
        (again,) = compared(question, {}, None, budget=Budget.of(9), seed=0, certificates=None)
        assert again.verdict == UNDECIDED
        assert "other numbers" in again.reason


def test_data_of_the_user() -> None:
    columns = [Column(f"x{j}", tuple((3 * i * i + 7 * i * j + j) % 11 for i in range(12))) for j in range(9)]
    table = Data("mine.csv", "0" * 64, tuple(columns), "x8")
    (found,) = decided("separation", table, k="1", epsilon="1/10", penalty="1/100")
    assert found.name == "data"
    assert "n = 4" in found.more
    with pytest.raises(InvalidInput, match="takes no data"):
        refuse_data(question_of("norm-bound"), "norm-bound")
    with pytest.raises(InvalidInput, match="k=20"):
        decided("separation", table, k="20")


def test_text_shows_both_sides() -> None:
    text = "\n".join(lines_of(decided("hard-mask-samples")[0]))
    assert "n_up  = 15" in text
    assert "n_low = 897" in text
    assert "15 < 897" in text
