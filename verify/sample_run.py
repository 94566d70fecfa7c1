"""The work behind ``attnverify sample-complexity``: compare the bounds, recheck, and make verdicts for reports."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verify.errors import InvalidInput, Location
from verify.sample_size import LOWER, SEPARATED, UNDECIDED, Bound, Comparison, SampleQuestion, verdict_of
from verify.verdict import Verdict

if TYPE_CHECKING:
    from numerics.budget import Budget
    from verify.data import Data

NAME = "samples"
"""What an entry's module calls its :class:`~verify.sample_size.SampleQuestion`."""


def question_ids(paths: Sequence[Path | str] = ()) -> tuple[str, ...]:
    """Return the ids of the entries that ask about samples, without importing them."""
    from verify.catalogue import entries

    return tuple(entry.id for entry in entries(paths) if _asks(entry.path))


def _asks(path: Path) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    targets = [target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
    return any(isinstance(target, ast.Name) and target.id == NAME for target in targets)


def question_of(id: str, paths: Sequence[Path | str] = ()) -> SampleQuestion:
    """Return what an entry offers.

    Raises:
        InvalidInput: there is no such entry, or it is not about samples.
    """
    from verify.catalogue import module_of

    found = getattr(module_of(id, paths), NAME, None)
    if not isinstance(found, SampleQuestion):
        known = ", ".join(question_ids(paths))
        raise InvalidInput(f"{id} says nothing about numbers of samples", fix=f"one of: {known}")
    return found


def compared(
    question: SampleQuestion, given: Mapping[str, str], data: Data | None, *, budget: Budget, seed: int,
    certificates: Path | None,
) -> Iterator[Comparison]:  # fmt: skip
    """Yield the comparisons with their verdicts; nothing is concluded without a certificate that was accepted.

    Raises:
        InvalidInput: unknown settings, or data that do not fit.
        OutOfTime: the budget is used up.
    """
    for comparison in question.compare(question.values_of(given), data, budget, seed):
        yield _rechecked(comparison, certificates)


def _rechecked(comparison: Comparison, directory: Path | None) -> Comparison:
    from verify.certificate import write
    from verify.recheck import recheck_as_written

    accepted, path, data = None, None, comparison.certificate
    if data is not None:
        outcome = recheck_as_written(data)
        if not outcome.accepted:
            reason = f"internal: the checker rejected the certificate: {outcome.reason}"
            return replace(comparison, verdict=UNDECIDED, reason=reason, path=None)
        accepted = outcome.verdict
        if accepted == "proved" and shown_by(data) != (comparison.attention.samples, comparison.baseline.samples):
            reason = "internal: the certificate is about other numbers of samples"
            return replace(comparison, verdict=UNDECIDED, reason=reason, path=None)
    verdict, reason = verdict_of(comparison, accepted)
    if data is not None and directory is not None:
        path = str(write(data, directory))
    return replace(comparison, verdict=verdict, reason=reason, path=path)


def shown_by(certificate: Mapping[str, Any]) -> tuple[int, int]:
    """Return n_up and n_low of an accepted certificate: of its instance, or the rows of its design and one more."""
    instance = certificate["claim"]["instance"]
    if "design" in instance:
        return len(instance["design"]), len(instance["design"]) + 1
    return int(instance["samples_attention"]), int(instance["samples_baseline"]) + 1


def refuse_data(question: SampleQuestion, id: str) -> None:
    """Raise InvalidInput where an entry takes no data."""
    if not any("data" in setting.words for setting in question.settings):
        raise InvalidInput(f"{id} takes no data", fix="choose its --set values", where=Location(key="--data"))


WORDS = {"separated": "proved", "not separated": "refuted"}


def as_verdict(id: str, comparison: Comparison, seed: int) -> Verdict:
    """Return a comparison as a verdict on "attention needs fewer samples", for reports."""
    word = WORDS.get(comparison.verdict, "undecided")
    sides = (comparison.attention, comparison.baseline)
    level = None if word == "undecided" else "ball" if any(side.level == "ball" for side in sides) else "exact"
    return Verdict(
        id=f"{id}-{comparison.name}", verdict=word, level=level, title=comparison.title,
        scope=f"{comparison.attention.procedure}, against {comparison.baseline.procedure}; {sides[0].mode}",
        values={"comparison": comparison.verdict, **comparison.more}, reason=comparison.reason or None,
        certificate=comparison.path, seed=seed, method=comparison.attention.by,
        details={"tables": [table_of(comparison)]},
    )  # fmt: skip


def table_of(comparison: Comparison) -> dict[str, Any]:
    """Return both sides as a table."""
    rows = [
        [name, side.side, side.procedure, _number(side.samples), side.error, side.mode, side.level, side.by]
        for name, side in (("n_up, attention", comparison.attention), ("n_low, baseline", comparison.baseline))
    ]
    columns = ["number", "bound", "of", "samples", "error", "mode", "level", "by"]
    return {
        "title": f"{comparison.verdict}: {comparison.title}", "columns": columns, "rows": rows,
        "note": f"Metric of both sides: {comparison.attention.metric}.",
    }  # fmt: skip


def _number(samples: int | None) -> str:
    return "no number suffices" if samples is None else str(samples)


def lines_of(comparison: Comparison) -> list[str]:
    """Return a comparison as lines of text."""
    attention, baseline = comparison.attention, comparison.baseline
    mark = "<" if comparison.verdict == SEPARATED else "vs"
    lines = [
        f"{comparison.verdict}: {comparison.title}",
        f"    n_up  = {_number(attention.samples)} ({attention.side} bound, error at most {attention.error}): "
        f"{attention.procedure} [{attention.level}, {attention.by}]",
        f"    {_symbol(baseline)} = {_number(baseline.samples)} ({baseline.side} bound, error "
        f"{_relation(baseline)} {baseline.error}): {baseline.procedure} [{baseline.level}, {baseline.by}]",
        f"    {attention.samples} {mark} {baseline.samples}, {attention.metric}, {attention.mode}",
    ]
    lines += [f"    {name}: {value}" for name, value in comparison.more.items()]
    lines += [f"    {comparison.reason}"] if comparison.reason else []
    return lines + ([f"    certificate: {comparison.path}"] if comparison.path else [])


def _symbol(bound: Bound) -> str:
    return "n_low" if bound.side == LOWER else "n_up "


def _relation(bound: Bound) -> str:
    return "with fewer samples at least" if bound.side == LOWER else "at most"
