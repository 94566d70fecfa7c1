"""Checks many targets: claim files and theorems, side by side, results in the order of the targets."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from verify.claim import Claim, line_of, load_claim
from verify.errors import AttnverifyError, InvalidInput
from verify.machine import cores, single_threaded
from verify.pipeline import decide
from verify.runner import Step, Task, run_all
from verify.runs import Failure, Result, Settings, reproduce_line
from verify.verdict import Verdict


class Watcher:
    """Is told how a check goes on. This one does not care."""

    def finished(self, count: int) -> None:
        """``count`` targets have a result."""

    def step(self, target: str, what: str, done: float) -> None:
        """A target is at the step ``what``, its share ``done`` of the work behind it."""


def check_targets(targets: Sequence[str], settings: Settings, *, watcher: Watcher | None = None) -> Iterator[Result]:
    """Yield one result per target, in order, as soon as it and all before it are finished."""
    watcher = watcher or Watcher()
    _warm_up()
    prepared = [_prepared(target, settings) for target in targets]
    tasks = [(number, item) for number, item in enumerate(prepared) if isinstance(item, Task)]
    done: dict[int, Result] = {number: item for number, item in enumerate(prepared) if isinstance(item, Failure)}
    following = 0
    watcher.finished(len(done))
    steps = partial(_step, watcher, [targets[number] for number, _ in tasks])
    for place, result in run_all([task for _, task in tasks], jobs=_jobs(settings, len(tasks)), on_step=steps):
        number = tasks[place][0]
        done[number] = _outcome(targets[number], result)
        watcher.finished(len(done))
        while following in done:
            yield done[following]
            following += 1
    while following in done:
        yield done[following]
        following += 1


def _step(watcher: Watcher, names: Sequence[str], place: int, what: str, done: float) -> None:
    watcher.step(names[place], what, done)


def _warm_up() -> None:
    """Load the numerical modules once, before workers are forked, with one thread per worker."""
    single_threaded()
    from numerics.provers import emptiness, refute, survivors  # noqa: F401


def _jobs(settings: Settings, count: int) -> int:
    return max(1, min(settings.jobs or cores(), count))


def _prepared(target: str, settings: Settings) -> Task | Failure:
    try:
        if _is_file(target):
            return _claim_task(load_claim(target), target, settings)
        return _theorem_task(target, settings)
    except InvalidInput as error:
        return Failure(target, str(error))


def _is_file(target: str) -> bool:
    return target.endswith(".toml") or os.sep in target or Path(target).exists()


def _claim_task(claim: Claim, target: str, settings: Settings) -> Task:
    run = partial(_decided, claim, target, settings)
    return Task(run, settings.budget, partial(_ended, claim, settings))


def _decided(claim: Claim, target: str, settings: Settings, step: Step) -> Verdict:
    from dataclasses import replace

    verdict = decide(
        claim, budget=settings.budget, seed=settings.seed, confidence=settings.confidence,
        certificates=settings.certificates, progress=lambda what: step(what, 0.0),
    )  # fmt: skip
    details = {**verdict.details, **_place(target)}
    return replace(verdict, reproduce=reproduce_line(target, settings), details=details)


def _place(target: str) -> dict[str, Any]:
    """Return the file of a claim and the line of its conclusion, for reports."""
    try:
        line = line_of(Path(target).read_text(encoding="utf-8"), "claim.satisfies")
    except (OSError, UnicodeDecodeError):
        line = None
    return {"file": target, "line": line or 1}


def _ended(claim: Claim, settings: Settings, reason: str) -> Verdict:
    return Verdict(
        id=claim.id, verdict="undecided", level=None, scope=claim.scope, title=claim.title, expected=claim.expect,
        reason=reason, seconds=settings.budget, budget=settings.budget, seed=settings.seed, statement=dict(claim.data),
    )  # fmt: skip


def _theorem_task(target: str, settings: Settings) -> Task:
    from verify.theorem_check import theorem_task

    return theorem_task(target, settings)


def _outcome(target: str, result: Any) -> Result:
    if isinstance(result, InvalidInput):
        return Failure(target, str(result))
    if isinstance(result, AttnverifyError | Exception):
        notes = "".join(getattr(result, "__notes__", []))
        return Failure(target, f"internal error: {result!r}\n{notes}".strip(), internal=True)
    return result
