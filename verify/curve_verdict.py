"""What measured curves support, as verdicts: never more than ``supported``, with the confidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from math import isfinite
from typing import TYPE_CHECKING, Any

from verify.verdict import Verdict

if TYPE_CHECKING:
    from numerics.sample_complexity.ledger import Cell, Entry
    from numerics.sample_complexity.summary import Outcome

ATTENTION = ("mask", "self-attention")
PLAIN = ("ridge", "minimum norm", "two-layer net")
"""Baselines without attention that the statement is about. The lasso is measured beside them: it is sparsity-aware, and
by theorem A of the collection it is what the mask with ridge computes."""

ALL = (*ATTENTION, "lasso", *PLAIN)


def verdicts(
    id: str, experiment: str, entries: Mapping[Cell, Entry], confidence: Fraction, *, missing: int = 0,
    reproduce: str = "",
) -> list[Verdict]:  # fmt: skip
    """Return one verdict for each learner with attention that was measured on an experiment."""
    names = [name for name in ATTENTION if any(_is(cell, experiment, name) for cell in entries)]
    return [
        replace(_verdict(id, experiment, name, entries, confidence, missing), reproduce=reproduce) for name in names
    ]


def _is(cell: Cell, experiment: str, learner: str) -> bool:
    return (cell.experiment, cell.learner) == (experiment, learner)


def _verdict(
    id: str, name: str, attention: str, entries: Mapping[Cell, Entry], confidence: Fraction, missing: int
) -> Verdict:
    from numerics.sample_complexity.experiments import experiment
    from numerics.sample_complexity.summary import curve, outcomes
    from reports.parts.sample_curves import details

    one = experiment(name)
    found = outcomes(entries, name, attention, PLAIN, len(one.numbers), confidence)
    curves = {learner: curve(entries, name, learner) for learner in ALL}
    seeds = len({cell.seed for cell in entries if _is(cell, name, attention)})
    statement, holds = conclusion(attention, found)
    reason = "" if holds else _why(found, seeds)
    values: dict[str, str] = {"seeds": str(seeds), "error probability": str(confidence)}
    values |= {f"against {one.second}": _at(one) for one in found}
    values |= {"cells not measured yet": str(missing)} if missing else {}
    return Verdict(
        id=f"{id}-measured-{name}-{attention}", verdict="supported" if holds else "undecided",
        level="statistical" if holds else None, title=f"{statement}: {one.title}",
        scope=f"{one.title}; n in {{{', '.join(map(str, one.numbers))}}}, {seeds} seeds; {one.error}",
        values=values, reason=reason or None,
        method="sign tests on the same data (mixture martingale, Bonferroni); bands of medians",
        statement={"claim": f"with probability above 1/2 over draws of the data: {statement}"},
        details=details(one, curves, found, seeds),
    )  # fmt: skip


def conclusion(attention: str, found: Sequence[Outcome]) -> tuple[str, bool]:
    """Return what the outcomes support in words, and whether it is one statement about all baselines."""
    from numerics.sample_complexity.summary import BETTER, WORSE

    words = {outcome.word for outcome in found}
    if words == {BETTER}:
        return f"{attention} needs fewer samples than every baseline without attention", True
    if words == {WORSE}:
        return f"{attention} needs more samples than every baseline without attention", True
    if WORSE in words and BETTER not in words:
        named = ", ".join(outcome.second for outcome in found if outcome.word == WORSE)
        return f"{attention} needs more samples than {named}, and fewer than no baseline", True
    if BETTER in words and WORSE not in words:
        named = ", ".join(outcome.second for outcome in found if outcome.word == BETTER)
        return f"{attention} needs fewer samples than {named}", False
    return f"{attention} against baselines without attention", False


def _why(found: Sequence[Outcome], seeds: int) -> str:
    parts = [f"{outcome.second}: {outcome.word}" for outcome in found]
    return f"after {seeds} seeds, samples needed against {'; '.join(parts)}"


def _at(outcome: Outcome) -> str:
    better = f"smaller error at n = {', '.join(map(str, outcome.better_at))}" if outcome.better_at else ""
    worse = f"larger error at n = {', '.join(map(str, outcome.worse_at))}" if outcome.worse_at else ""
    return "; ".join(part for part in (better, worse) if part) or "no difference shown"


def _plain(point: Mapping[str, Any]) -> dict[str, Any]:
    """Return a point with None for what is infinite: JSON has no such numbers."""
    return {key: None if isinstance(value, float) and not isfinite(value) else value for key, value in point.items()}


def to_json(experiment: str, entries: Mapping[Cell, Entry], confidence: Fraction) -> dict[str, Any]:
    """Return curves and outcomes of an experiment as JSON-able data."""
    from dataclasses import asdict

    from numerics.sample_complexity.experiments import experiment as of
    from numerics.sample_complexity.summary import curve, outcomes

    one = of(experiment)
    found = [
        outcome
        for name in ATTENTION
        for outcome in outcomes(entries, experiment, name, PLAIN, len(one.numbers), confidence)
    ]
    return {
        "experiment": experiment,
        "title": one.title,
        "error": one.error,
        "curves": {name: [_plain(asdict(point)) for point in curve(entries, experiment, name)] for name in ALL},
        "outcomes": [
            {"first": o.first, "second": o.second, "samples_needed": o.word, "smaller_error_at": list(o.better_at),
             "larger_error_at": list(o.worse_at)}
            for o in found
        ],
    }  # fmt: skip
