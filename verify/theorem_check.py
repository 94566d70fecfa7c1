"""Checks a theorem of the library: decide its instance, recheck the evidence, try its small cases and its twins."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verify import __version__
from verify.claim import claim_from_data
from verify.pipeline import GRACE, decide
from verify.runner import Step, Task
from verify.verdict import Verdict

if TYPE_CHECKING:
    from verify.runs import Settings
    from verify.theorem import Case, Theorem, TheoremResult, Twin

CASE_BUDGET = 10.0
"""Seconds for each small case or twin."""


def theorem_task(target: str, settings: Settings) -> Task:
    """Return the task of checking a theorem.

    Raises:
        InvalidInput: no such theorem, an unknown setting, or unusable data.
    """
    from verify.catalogue import find
    from verify.data import load_data

    theorem = find(target, settings.folders)
    theorem.read_settings(settings.theorem_settings)
    data = load_data(settings.data, settings.column) if settings.data is not None else None
    return Task(partial(_decided, theorem, data, target, settings), settings.budget, partial(_ended, theorem, settings))


def _ended(theorem: Theorem, settings: Settings, reason: str) -> Verdict:
    return Verdict(
        id=theorem.id, verdict="undecided", level=None, scope="", title=theorem.title, expected=theorem.expected,
        reason=reason, seconds=settings.budget, budget=settings.budget, seed=settings.seed,
    )  # fmt: skip


def _decided(theorem: Theorem, data: Any, target: str, settings: Settings, step: Step) -> Verdict:
    from numerics.budget import Budget, OutOfTime
    from verify.runs import reproduce_line

    started = time.monotonic()
    clock = Budget.of(settings.budget * GRACE)
    try:
        result = theorem.check(
            settings.theorem_settings, data, budget=clock, seed=settings.seed, confidence=settings.confidence,
            progress=step,
        )  # fmt: skip
    except OutOfTime:
        return _ended(theorem, settings, "the budget is used up")
    path, reason = _certified(result, settings)
    table = _neighbours(theorem, clock, settings.seed, step)
    verdict = _verdict(theorem, result, settings, path, reason or _contradicted(table), table)
    return replace(verdict, seconds=round(time.monotonic() - started, 3), reproduce=reproduce_line(target, settings))


def _certified(result: TheoremResult, settings: Settings) -> tuple[Path | None, str | None]:
    """Recheck and write the certificate; the second value says why it was not accepted."""
    from verify.certificate import write
    from verify.recheck import recheck_as_written

    certificate = result.certificate({"version": __version__, "seed": settings.seed, "method": result.finding.method})
    if certificate is None:
        return None, None
    outcome = recheck_as_written(certificate)
    if not outcome.accepted:
        return None, f"internal: the checker rejected the certificate: {outcome.reason}"
    return (write(certificate, settings.certificates) if settings.certificates is not None else None), None


def _verdict(
    theorem: Theorem, result: TheoremResult, settings: Settings, path: Path | None, rejected: str | None,
    table: Mapping[str, Any] | None,
) -> Verdict:  # fmt: skip
    finding = result.finding
    details = dict(result.details)
    if table is not None:
        details["tables"] = [*details.get("tables", []), table]
    return Verdict(
        id=theorem.id, verdict="undecided" if rejected else finding.verdict, level=None if rejected else finding.level,
        scope=result.scope, title=result.title, expected=result.expected, witness=finding.witness,
        values=dict(finding.values), reason=rejected or finding.reason, certificate=str(path) if path else None,
        budget=settings.budget, seed=settings.seed, method=finding.method, effort=dict(finding.effort),
        assumptions=result.assumptions, statement=dict(result.statement), details=details,
    )  # fmt: skip


def _contradicted(table: Mapping[str, Any] | None) -> str | None:
    """Say which neighbour came out against what is known of it: then nothing decided beside it can be relied on."""
    for name, _, expected, verdict, *_ in table["rows"] if table is not None else ():
        if verdict not in (expected, "undecided"):
            return f"internal: the neighbour '{name}' is {verdict}, and known to be {expected}"
    return None


def _neighbours(theorem: Theorem, clock: Any, seed: int, step: Step) -> dict[str, Any] | None:
    """Decide the small cases and the twins; return them as a table for the report."""
    items: list[Case | Twin] = [*theorem.cases, *theorem.twins]
    rows = []
    for number, item in enumerate(items):
        if clock.left < 1:
            break
        step(f"neighbour {item.name}", number / len(items))
        claim = claim_from_data(item.claim)
        verdict = decide(claim, budget=min(CASE_BUDGET, clock.left), seed=seed)
        change = getattr(item, "change", "small case")
        rows.append([item.name, change, item.expected, verdict.verdict, verdict.level or "-", f"{verdict.seconds:.2f}"])
    if not rows:
        return None
    columns = ["neighbour", "change", "expected", "verdict", "level", "seconds"]
    return {"title": "Small cases and twins", "columns": columns, "rows": rows}
