"""Global optima: end points of training, each certified global up to a gap, or certified worse than another.

Training is floating point. The lower bound over all parameters comes from convex duality
(:mod:`numerics.global_optima`), is exact, and is rechecked; so are the losses of the end points, which are rational.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import ROUND_FLOOR
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verify import __version__
from verify.certificate import sealed, write
from verify.claim import claim_from_data
from verify.errors import InvalidInput
from verify.exact import rounded
from verify.recheck.optimum import STATEMENT, THEOREM, Instance, Matrix, Point, objective

if TYPE_CHECKING:
    from numerics.global_optima import Dual
    from numerics.global_optima_training import End
    from verify.data import Data

SAME_LOSS = 1e-7
"""End points whose losses differ relatively by less are shown together."""

CONVERGED = 1e-6
"""Largest gradient norm, relative to the loss, of an end point that is called stationary."""

GLOBAL_GAP = Fraction(1, 10**6)
"""Relative gap up to which an end point is called global."""

GLOBAL, BAD, OPEN, STOPPED = "global", "bad", "within the gap", "stopped"
"""What an end point is; STOPPED: worse than another one, and at a kink or not converged, so no smooth minimum."""

LIMIT = 10
"""Entries of drawn data lie between -3 and 3, targets between -LIMIT/2 and LIMIT/2."""


@dataclass(frozen=True)
class Level:
    """End points of training with one loss.

    Attributes:
        gap: exact upper bound of the distance to the least loss over all parameters; None without a dual bound.
        excess: exact lower bound of what the best end point is better by.
        local_minimum: what is proved about a local minimum above the best one: refuted (there is one), or why not.
    """

    verdict: str
    loss: float
    count: int
    gradient_norm: float
    gap: str | None
    excess: str | None
    certificate: str | None
    local_minimum: str = ""


@dataclass(frozen=True)
class Optimum:
    """The result: a certified lower bound and the levels of training, best first."""

    model: str
    units: int
    rows: int
    width: int
    penalty: str
    bound: str | None
    levels: tuple[Level, ...]
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Return the result as JSON-able data."""
        return asdict(self)


def optimum(
    instance: Instance,
    *,
    units: int = 2,
    starts: int = 20,
    seed: int = 0,
    minima: float = 0.0,
    certificates: Path | None = None,
    progress: Callable[[str, float], None] = lambda what, done: None,
) -> Optimum:
    """Train, bound and certify.

    Args:
        instance: model and data; its point and gap are not used.
        minima: seconds for each level to prove that there is a local minimum above the best one (0: not tried).

    Raises:
        InvalidInput: data larger than what the checker takes.
    """
    from numerics.global_optima import dual_bound
    from numerics.global_optima_training import train

    started = time.monotonic()
    progress("dual bound", 0.0)
    dual = dual_bound(instance)
    ends = train(instance, units, starts, seed, progress=lambda done: progress("training", 0.1 + 0.7 * done))
    levels = []
    groups = _grouped(ends)
    for number, group in enumerate(groups):
        progress("certifying", 0.8 + 0.2 * number / len(groups))
        levels.append(_level(instance, group, groups[0][0], dual, minima, seed, certificates))
    shape = sum(map(len, instance.inputs)), len(instance.inputs[0][0])
    bound = str(rounded(dual.bound, 12, ROUND_FLOOR)) if dual else None
    return Optimum(
        instance.model, units, *shape, str(instance.penalty), bound, tuple(levels), time.monotonic() - started
    )


def _grouped(ends: Sequence[End]) -> list[list[End]]:
    out: list[list[End]] = []
    for end in ends:
        if out and end.loss - out[-1][0].loss <= SAME_LOSS * max(1.0, abs(end.loss)):
            out[-1].append(end)
        else:
            out.append([end])
    return out


def _level(
    instance: Instance, group: Sequence[End], best: End, dual: Dual | None, minima: float, seed: int,
    folder: Path | None,
) -> Level:  # fmt: skip
    end = min(group, key=lambda item: item.gradient_norm)
    value, least = objective(instance, end.point), objective(instance, best.point)
    gap = value - dual.bound if dual else None
    made: dict[str, Any] | None = None
    if gap is not None and gap <= GLOBAL_GAP * max(Fraction(1), abs(value)):
        verdict, excess = GLOBAL, None
    elif value - least > GLOBAL_GAP * max(Fraction(1), abs(value)):
        verdict, excess = BAD if end.gradient_norm <= CONVERGED * max(1.0, end.loss) else STOPPED, value - least
        shown = _short(excess)
        made = certificate(instance, end.point, shown, "refuted", {"better": encoded_point(best.point)}, seed)
    else:
        verdict, excess = OPEN, None
    if dual is not None and gap is not None and excess is None:
        evidence = {"dual": encoded(dual.vector), **dual.evidence}
        made = certificate(instance, end.point, _short(gap, up=True), "proved", evidence, seed)
    local = _minimum(instance, (value + least) / 2, minima, seed, folder) if verdict == BAD and minima else ""
    path = _accepted(made, folder)
    return Level(
        verdict, float(value), len(group), end.gradient_norm, None if gap is None else str(_short(gap, up=True)),
        None if excess is None else str(_short(excess)), path, local,
    )  # fmt: skip


def _short(value: Fraction, *, up: bool = False) -> Fraction:
    """Return a decimal of few digits at most (or at least) a nonnegative number, strictly below it if positive."""
    if value <= 0:
        return Fraction(0)
    exponent = len(str(int(1 / value))) + 3
    unit = 10**exponent
    whole = int(value * unit)
    return Fraction(whole + 1, unit) if up else Fraction(max(whole - 1, 0), unit)


def _accepted(made: dict[str, Any] | None, folder: Path | None) -> str | None:
    """Recheck a certificate and write it; what the checker does not accept is a defect and never shown."""
    if made is None:
        return None
    from verify.recheck import recheck_as_written

    outcome = recheck_as_written(made)
    if not outcome.accepted:
        raise AssertionError(f"the checker rejects what was found: {outcome.reason}")
    return str(write(made, folder)) if folder is not None else "accepted"


def _minimum(instance: Instance, level: Fraction, seconds: float, seed: int, folder: Path | None) -> str:
    """Say whether there is a local minimum above a level, decided by the general provers."""
    from verify.pipeline import decide

    verdict = decide(claim_from_data(claim_of(instance, level)), budget=seconds, seed=seed, certificates=folder)
    return {"refuted": "a local minimum above the best is certified", "proved": "no local minimum there"}.get(
        verdict.verdict, f"undecided whether it is a local minimum: {verdict.reason}"
    )


# --- certificates -------------------------------------------------------------------------------------------------


def encoded(blocks: Sequence[Matrix]) -> list[Any]:
    """Return matrices as a certificate holds them."""
    return [[[str(v) for v in row] for row in matrix] for matrix in blocks]


def encoded_point(point: Point) -> dict[str, Any]:
    """Return a point as a certificate holds it."""
    return {name: encoded(blocks) for name, blocks in point.items()}


def certificate(
    instance: Instance, point: Point, gap: Fraction, verdict: str, evidence: Mapping[str, Any], seed: int
) -> dict[str, Any]:
    """Return the certificate that a point is within a gap of the global minimum (proved), or is not (refuted)."""
    data = {
        "model": instance.model, "inputs": encoded(instance.inputs), "targets": encoded(instance.targets),
        "penalty": str(instance.penalty), "point": encoded_point(point), "gap": str(gap),
    }  # fmt: skip
    claim = {"id": THEOREM, "theorem": THEOREM, "statement": dict(STATEMENT), "instance": data}
    return sealed(claim, verdict, "optimum", evidence, {"version": __version__, "seed": seed})


# --- claims and data ----------------------------------------------------------------------------------------------


def claim_of(instance: Instance, level: Fraction, units: int | None = None) -> dict[str, Any]:
    """Return the claim that every local minimum of the loss lies at or below a level, for the general provers.

    Args:
        units: how many units or heads; taken from the instance's point where it has one.
    """
    units = units if units is not None else _units(instance.point)
    width, outputs = len(instance.inputs[0][0]), len(instance.targets[0][0])
    shapes = {
        "mask": {"a": f"real[{width}]", "w": f"real[{width}]"},
        "matrix-mask": {"a": f"real[{width}]", "W": f"real[{outputs},{width}]"},
        "linear-attention": {"A": f"real[{units},{width},{width}]", "B": f"real[{units},{width},{outputs}]"},
        "quadratic": {"W": f"real[{units},{width}]"},
        "relu": {"U": f"real[{units},{width}]", "b": f"real[{units}]"},
    }[instance.model]
    fits = {
        "mask": "sum((X @ (a*w) - Y[:, 0])**2)", "matrix-mask": "sum(((X*a) @ W.T - Y)**2)",
        "quadratic": "sum((sum((X @ W.T)**2, axis=1) - Y[:, 0])**2)", "relu": "sum((relu(X @ U.T) @ b - Y[:, 0])**2)",
        "linear-attention": " + ".join(
            f"sum(({' + '.join(f'X{i} @ A[{h}] @ (X{i}.T @ X{i}) @ B[{h}]' for h in range(units))} - Y{i})**2)"
            for i in range(len(instance.inputs))
        ),
    }  # fmt: skip
    several = instance.model == "linear-attention"
    constants: dict[str, Any] = {}
    for i, (x, y) in enumerate(zip(encoded(instance.inputs), encoded(instance.targets), strict=True)):
        constants |= {f"X{i}" if several else "X": x, f"Y{i}" if several else "Y": y}
    decay = " + ".join(f"sum({name}**2)" for name in shapes)
    return {
        "id": f"{instance.model}-minima", "parameters": shapes, "constants": constants,
        "objective": {"minimise": f"({fits[instance.model]} + {instance.penalty}*({decay}))/2"},
        "claim": {"every": "local minimum", "satisfies": f"objective <= {level}"},
    }  # fmt: skip


def _units(point: Point) -> int:
    if "A" in point:
        return len(point["A"])
    return len(next((point[name][0] for name in ("U", "W") if name in point), [0]))


def drawn(model: str, rows: int, width: int, outputs: int, penalty: Fraction, seed: int) -> Instance:
    """Return an instance with small integers drawn from a seed; for attention, two sequences of ``rows`` tokens."""
    rng = random.Random(seed)
    outputs = outputs if model in ("matrix-mask", "linear-attention") else 1
    several = 2 if model == "linear-attention" else 1
    inputs = [[[Fraction(rng.randint(-3, 3)) for _ in range(width)] for _ in range(rows)] for _ in range(several)]
    low = 0 if model == "quadratic" else -LIMIT // 2
    targets = [
        [[Fraction(rng.randint(low, LIMIT // 2)) for _ in range(outputs)] for _ in range(rows)] for _ in range(several)
    ]
    return Instance(model, inputs, targets, penalty, {}, Fraction(0))


def from_table(model: str, data: Data, rows: int, penalty: Fraction) -> Instance:
    """Return an instance whose inputs are the columns of a table and whose target is the chosen column.

    Raises:
        InvalidInput: no target, or a model that does not take a table.
    """
    from verify.data import fraction_of

    if model == "linear-attention":
        raise InvalidInput("linear-attention takes sequences, not a table", fix="leave out --data")
    if data.target is None:
        raise InvalidInput("no target column", fix="name it with --target")
    rows = min(rows, data.rows)
    columns = [column for column in data.columns if column.name != data.target]
    inputs = [[fraction_of(column, i) for column in columns] for i in range(rows)]
    target = data.column(data.target)
    return Instance(model, [inputs], [[[fraction_of(target, i)] for i in range(rows)]], penalty, {}, Fraction(0))
