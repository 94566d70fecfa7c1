"""The work behind ``attnverify train``: train, sort by curvature, certify and shrink bad minima, make a verdict."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verify import __version__
from verify.errors import InvalidInput, Location
from verify.verdict import Verdict

if TYPE_CHECKING:
    from numerics.training.bad_minima import BadMinimum
    from numerics.training.problem import Problem
    from numerics.training.starts import Trained

TRAINING, CERTIFYING = 0.5, 0.4
"""Shares of the budget for training, and of what is then left for certifying; the rest is for shrinking."""

Show = Callable[[str, float], None]


@dataclass(frozen=True)
class Certified:
    """A bad minimum with its rechecked certificates; ``shrunk`` is a simpler one of the same model."""

    bad: BadMinimum
    paths: tuple[str, ...]
    shrunk: bool = False


@dataclass(frozen=True)
class Training:
    """What a training run found."""

    problem: Problem
    trained: Trained
    bad: tuple[Certified, ...]
    seconds: float
    seed: int
    interrupted: bool = False

    @property
    def reason(self) -> str:
        """What of the bad minima could not be certified; empty where there is nothing to say."""
        missing = len(self.trained.bad) - sum(not one.shrunk for one in self.bad)
        if not self.trained.bad or not missing:
            return ""
        flat = any(kind.flat for kind in self.trained.bad)
        why = "; minima in flat valleys need a descent to infinity or a symmetry to be excluded" if flat else ""
        return f"{missing} of {len(self.trained.bad)} kinds of bad minima are not certified{why}"


def problem_of(target: str, given: Mapping[str, str], penalty: Fraction, seed: int) -> Problem:
    """Return the problem that the command line names: a claim file, or a model with its sizes.

    Raises:
        InvalidInput: no such file, model or size.
    """
    from numerics.training.problem import problem_of_claim, problem_of_model

    if target.endswith(".toml") or Path(target).exists():
        if given:
            raise InvalidInput("a claim file takes no sizes", fix="leave out --set", where=Location(key="--set"))
        from verify.claim import load_claim

        return problem_of_claim(load_claim(target))
    sizes = {name: value if name == "activation" else _whole(name, value) for name, value in given.items()}
    return problem_of_model(target, sizes, penalty, seed)


def _whole(name: str, text: str) -> int:
    if not text.isdigit():
        raise InvalidInput(f"{name}={text!r} is not a whole number", fix=f"write {name}=3", where=Location(key="--set"))
    return int(text)


def run(
    problem: Problem, starts: int, *, budget: float, seed: int, certificates: Path | None, shrink: bool = True,
    show: Show = lambda what, done: None,
) -> Training:  # fmt: skip
    """Train a problem from many starts, and certify and shrink the bad minima that are found."""
    from numerics.budget import Budget
    from numerics.training import bad_minima
    from numerics.training.starts import train

    begun, clock = time.monotonic(), Budget.of(budget)
    trained = train(
        problem.claim(), starts, seed=seed, budget=clock.part(TRAINING),
        tick=lambda done: show(f"{done} of {starts} starts trained", done / starts),
    )  # fmt: skip
    interrupted, done = trained.interrupted, list[Certified]()
    try:
        show("certifying bad minima", 0.0)
        for bad in bad_minima.each(problem, trained, clock.part(CERTIFYING), seed=seed) if not interrupted else ():
            one = _kept(bad, certificates, seed)
            done += [one] if one is not None else []
        if done and shrink:
            show("shrinking", 0.0)
            simple = bad_minima.shrunk(done[0].bad, clock, seed=seed)
            smaller = _kept(simple, certificates, seed, shrunk=True) if simple is not done[0].bad else None
            done += [smaller] if smaller is not None else []
    except KeyboardInterrupt:
        interrupted = True
    show("", 1.0)
    return Training(problem, trained, tuple(done), time.monotonic() - begun, seed, interrupted)


def _kept(bad: BadMinimum, directory: Path | None, seed: int, *, shrunk: bool = False) -> Certified | None:
    """Recheck both certificates and write them; None where one is not accepted."""
    from verify.certificate import certificate, write
    from verify.recheck import recheck_as_written

    data = []
    for claim, finding in (bad.minimum, bad.lower):
        made_by = {"version": __version__, "seed": seed, "method": finding.method}
        one = certificate(claim, finding.verdict, str(finding.kind), finding.evidence or {}, made_by)
        if not recheck_as_written(one).accepted:
            return None
        data.append(one)
    paths = tuple(str(write(one, directory)) for one in data) if directory is not None else ()
    return Certified(bad, paths, shrunk)


# --- what is shown ------------------------------------------------------------------------------------------------


def as_verdict(training: Training) -> Verdict:
    """Return the run as a verdict on "every local minimum is global", for reports."""
    from reports.parts.training import details

    trained, certified = training.trained, training.bad
    first = certified[0] if certified else None
    values = {"starts": str(trained.started), "converged": f"{trained.converged} to gradient norm 1e-10"}
    if first is not None:
        values["threshold"] = str(first.bad.threshold)
        values["objective at the minimum"] = first.bad.minimum[1].values.get("objective", f"{first.bad.value:.9g}")
    word = "refuted" if first else "supported" if not trained.bad and trained.converged else "undecided"
    return Verdict(
        id=training.problem.name, verdict=word,
        level=None if word == "undecided" else "sampled" if first is None else str(first.bad.minimum[1].level),
        title=f"Every local minimum is global: {training.problem.title}",
        scope=f"{training.problem.title}; {trained.started} starts from seed {training.seed}",
        witness=first.bad.minimum[1].witness if first else None, values=values, reason=training.reason or None,
        certificate=first.paths[0] if first and first.paths else None, seconds=round(training.seconds, 3),
        seed=training.seed, method="quasi-Newton, then trust-region Newton steps, all starts at once",
        statement=dict(training.problem.claim().data), details=details(training),
    )  # fmt: skip


def lines_of(training: Training) -> list[str]:
    """Return the run as lines of text."""
    from reports.parts.sample_curves import text_table
    from reports.parts.training import kinds_table

    trained = training.trained
    lines = [
        training.problem.title,
        f"{trained.converged} of {trained.started} starts converged, largest gradient norm {trained.steepest:.1e}; "
        f"{training.seconds:.1f} s",
        "",
        *text_table(kinds_table(trained)),
        "",
    ]
    if not trained.bad:
        lines.append("no minimum above the best was found (which proves nothing)")
    for one in training.bad:
        lines += _bad_lines(one)
    lines += [training.reason] if training.reason else []
    return lines + (["interrupted; this is what was found until then"] if training.interrupted else [])


def _bad_lines(one: Certified) -> Sequence[str]:
    (_, minimum), (_, lower) = one.bad.minimum, one.bad.lower
    head = "shrunk to" if one.shrunk else "bad local minimum, certified"
    lines = [f"{head}: objective > {one.bad.threshold} there, and < {one.bad.threshold} elsewhere ({minimum.level})"]
    if one.shrunk:
        lines += [f"    {one.bad.problem.title}", f"    data: {_named(one.bad.problem.constants)}"]
    lines.append(f"    minimum at {_named(minimum.witness or {})}")
    lines.append(f"    lower at {_named(lower.witness or {})}")
    return lines + [f"    certificate: {path}" for path in one.paths]


def _named(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {str(value).replace(chr(39), '')}" for name, value in values.items())


def to_json(training: Training) -> dict[str, Any]:
    """Return the run as JSON-able data."""
    trained = training.trained
    return {
        "id": training.problem.name,
        "title": training.problem.title,
        "starts": trained.started,
        "converged": trained.converged,
        "largest_gradient_norm": trained.steepest,
        "indices": {str(index): count for index, count in trained.indices.items()},
        "kinds": [
            {"loss": kind.value, "index": kind.index, "flat": kind.flat, "starts": kind.count} for kind in trained.kinds
        ],
        "losses_of_minima": trained.losses.tolist(),
        "bad_minima": len(trained.bad),
        "certified": [
            {
                "threshold": str(one.bad.threshold),
                "level": one.bad.minimum[1].level,
                "witness": dict(one.bad.minimum[1].witness or {}),
                "lower_point": dict(one.bad.lower[1].witness or {}),
                "shrunk": one.shrunk,
                "problem": one.bad.problem.title,
                "certificates": list(one.paths),
            }
            for one in training.bad
        ],
        "reason": training.reason or None,
        "interrupted": training.interrupted,
        "seconds": round(training.seconds, 3),
        "seed": training.seed,
    }
