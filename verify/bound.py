"""Bounds of an expression over a box: found by floats, rechecked in balls."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from verify import __version__
from verify.box_option import decimal_text
from verify.certificate import sealed, write
from verify.claim import Claim
from verify.errors import AttnverifyError, InvalidInput
from verify.landscape import bounded_parameters
from verify.system import PROVED

SEARCH_SHARE = 0.4
"""Share of the budget for searching; the checker encloses all boxes again."""


@dataclass(frozen=True)
class Bound:
    """``low <= expression <= high`` on a box, with points at which the least and greatest values were seen.

    ``width`` is ``high - low``; ``low`` is None when no bounds were shown, and ``reason`` says why. Bounds that are
    coarser than wanted have a reason too.
    """

    id: str
    name: str
    low: Fraction | None
    high: Fraction | None
    least: Mapping[str, str]
    greatest: Mapping[str, str]
    boxes: int
    certificate: str | None
    reason: str | None
    seconds: float

    @property
    def width(self) -> Fraction | None:
        """Width of the enclosure."""
        return None if self.low is None or self.high is None else self.high - self.low

    def to_json(self) -> dict[str, Any]:
        """Return the result as JSON-able data."""
        numbers = {key: None if value is None else str(value) for key, value in
                   (("low", self.low), ("high", self.high), ("width", self.width))}  # fmt: skip
        return {
            "id": self.id,
            "expression": self.name,
            **numbers,
            "least": dict(self.least),
            "greatest": dict(self.greatest),
            "boxes": self.boxes,
            "certificate": self.certificate,
            "reason": self.reason,
            "seconds": self.seconds,
        }


def expressions(claim: Claim) -> dict[str, str]:
    """Return what a claim file offers to bound, by name: the objective, or the two sides of its conclusion.

    Raises:
        InvalidInput: neither.
    """
    if "objective" in claim.data:
        return {"objective": str(claim.data["objective"]["minimise"])}
    text = str(claim.data["claim"].get("satisfies", ""))
    for relation in ("<=", ">=", "==", "!=", "<", ">"):
        left, found, right = text.partition(relation)
        if (
            found
            and not any(mark in right for mark in "<>=")
            and not any(f" {word} " in text for word in ("and", "or", "not"))
        ):
            return {"left side": left.strip(), "right side": right.strip()}
    raise InvalidInput(
        "there is nothing to bound", fix='add [objective], or a conclusion that is one comparison, e.g. "f(x) <= 1"'
    )


def bound(
    claim: Claim, *, box: Mapping[str, tuple[Fraction, Fraction]] | None = None, width: Fraction | None = None,
    budget: float = 60.0, certificates: Path | None = None, seed: int = 0,
) -> list[Bound]:  # fmt: skip
    """Return bounds of the objective, or of the sides of the conclusion, over a box.

    Args:
        box: interval per parameter name; ``""`` stands for parameters without bounds of their own.
        width: by how much the enclosure may exceed the values that were seen; None: a hundredth of their range.
        budget: seconds for everything.

    Raises:
        InvalidInput: nothing to bound, or a domain without bounds.
    """
    wanted = expressions(claim)
    share = budget / len(wanted)
    return [_bound(claim, name, text, box or {}, width, share, certificates, seed) for name, text in wanted.items()]


def _bound(
    claim: Claim, name: str, text: str, box: Mapping[str, tuple[Fraction, Fraction]], width: Fraction | None,
    budget: float, certificates: Path | None, seed: int,
) -> Bound:  # fmt: skip
    from numerics.bound import bounds
    from numerics.budget import Budget
    from verify.expr.tape import trace
    from verify.recheck.batch.relax import Relaxation, around
    from verify.recheck.bound import problem_of

    started = time.monotonic()
    source = _source(claim, box)
    expression, arrays, domain = problem_of(source, text, claim.id)
    names = claim.entry_names
    try:
        tape = trace(expression, arrays)
        relaxation = Relaxation(tape)
    except AttnverifyError as error:
        raise InvalidInput(f"the {name} cannot be enclosed: {error}") from None
    pairs = list(zip(map(_fraction, domain.low), map(_fraction, domain.high), strict=True))
    found = bounds(
        relaxation, around(pairs), None if width is None else float(width), Budget.of(budget * SEARCH_SHARE), seed=seed
    )
    if found.tree is None:
        place = "" if found.open is None else " near " + _shown(names, found.open)
        reason = f"no bounds were reached within the budget, or the expression is undefined{place}"
        return Bound(claim.id, name, None, None, {}, {}, found.boxes, None, reason, _since(started))
    points = [_inside(point, pairs) for point in (found.least, found.greatest)]
    low_bound, high_bound = _decimal(found.low, up=False), _decimal(found.high, up=True)
    described = [_described(tape, point) for point in points]
    instance = {
        "source": source, "expression": text, "low": str(low_bound),
        "high": str(high_bound), "least": described[0], "greatest": described[1],
    }  # fmt: skip
    data = _certificate(claim, name, instance, {"tree": found.tree}, seed)
    accepted, refused = _rechecked(data)
    path = write(data, certificates) if accepted and certificates is not None else None
    least, greatest = (_readable(names, entry) for entry in described)
    low, high = (low_bound, high_bound) if accepted else (None, None)
    shown = str(path) if path else None
    if accepted and found.excess is not None:
        refused = f"coarser than wanted: in this time the bounds exceed the values seen by {found.excess:.3g} in all"
    return Bound(claim.id, name, low, high, least, greatest, found.boxes, shown, refused, _since(started))


def _source(claim: Claim, box: Mapping[str, tuple[Fraction, Fraction]]) -> dict[str, Any]:
    from verify.landscape import source_of

    source = source_of(bounded_parameters(claim, box, solid=False))
    return {key: value for key, value in source.items() if key != "objective"}


def _fraction(value: Any) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)


def _shown(names: Sequence[str], row: Any) -> str:
    return ", ".join(f"{name} = {0.5 * (low + high):.4g}" for name, (low, high) in zip(names, row, strict=True))


def _inside(point: Any, pairs: Sequence[tuple[Fraction, Fraction]]) -> list[Fraction]:
    """Return a float point as exact numbers, moved into the domain."""
    return [min(max(Fraction(float(x)), a), b) for x, (a, b) in zip(point, pairs, strict=True)]


def _described(tape: Any, point: Sequence[Fraction]) -> dict[str, Any]:
    """Return a point with a ball around its value, as the certificate has it."""
    from flint import arb

    from verify.expr.ball import precision, rational
    from verify.recheck.jets import run

    with precision(128):
        over = run(tape, [arb(rational(value)) for value in point], second=False)
        if over is None:
            raise InvalidInput("the expression is undefined at a point")
        middle = Fraction(round(float(over.jet.value.mid()) * 10**15), 10**15)
        away = abs(over.jet.value - arb(rational(middle))).upper()
    radius = Fraction(1, 10**15)
    while arb(rational(radius)) < away:
        radius *= 10
    # The checker works with fewer bits; its own rounding needs room.
    return {"at": [str(value) for value in point], "value": [str(middle), str(2 * radius)]}


def _readable(names: Sequence[str], entry: Mapping[str, Any]) -> dict[str, str]:
    center, radius = (Fraction(part) for part in entry["value"])
    return {**dict(zip(names, entry["at"], strict=True)), "value": decimal_text(center, radius)}


def _decimal(value: float, *, up: bool) -> Fraction:
    """Round a bound outward to twelve digits."""
    from math import ceil, floor, log10

    if value == 0:
        return Fraction(0)
    scale = Fraction(10) ** (12 - ceil(log10(abs(value)) + 1e-9))
    return Fraction((ceil if up else floor)(Fraction(value) * scale)) / scale


def _certificate(
    claim: Claim, name: str, instance: dict[str, Any], evidence: dict[str, Any], seed: int
) -> dict[str, Any]:
    from verify.recheck.bound import THEOREM, statement

    stated = {
        "id": f"{claim.id}-{name.replace(' ', '-')}-bound", "theorem": THEOREM, "statement": statement(instance),
        "instance": instance,
    }  # fmt: skip
    return sealed(stated, PROVED, "bound", evidence, {"version": __version__, "seed": seed})


def _rechecked(data: Mapping[str, Any]) -> tuple[bool, str | None]:
    from verify.recheck import recheck_as_written

    outcome = recheck_as_written(data)
    return outcome.accepted, None if outcome.accepted else f"the checker rejected the bounds: {outcome.reason}"
