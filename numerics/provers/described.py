"""Points and numbers as text, and the simplest rationals near a floating-point one."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from flint import fmpq

from numerics.search import Array
from verify.claim import Claim
from verify.errors import AttnverifyError
from verify.exact import simplest_between
from verify.expr import build
from verify.expr.node import Expr

OFF_OPEN_END = Fraction(1, 1 << 30)
"""Distance that a rounded point keeps from an open end of a domain."""


def rounded(x: Array, tolerance: float, claim: Claim) -> list[Fraction]:
    """Return the simplest rationals within ``tolerance`` of the coordinates, inside the domain."""
    limits = [(p.low, p.high, p.open_low) for p in claim.parameters for _ in p.entry_names]
    out = []
    for value, (low, high, is_open) in zip(x, limits, strict=True):
        left, right = (Fraction(float(value) + side * tolerance) for side in (-1, 1))
        if low is not None:
            left = max(left, low + OFF_OPEN_END if is_open else low)
        if high is not None:
            right = min(right, high)
        if left > right:  # the float fell just outside
            left = right = right if high is not None and value > high else left
        out.append(simplest_between(left, right))
    return out


def rational_value(point: Any, objective: Expr | None) -> Fraction | None:
    """Return the objective at an exact point when it is a rational number, else None."""
    if objective is None:
        return None
    try:
        domain, (value,) = point.scalars([objective])
    except AttnverifyError:
        return None
    exact = domain.quotient_value(value) if hasattr(domain, "quotient_value") else value
    return Fraction(int(exact.p), int(exact.q)) if isinstance(exact, fmpq) else None


def described(claim: Claim, point: Any) -> tuple[dict[str, str], dict[str, str]]:
    """Return the witness and the quantities at it as text: exact rationals, or balls."""
    names = claim.entry_names
    symbols = [build.gather(p.symbol, [place], ()) for p in claim.parameters for place in range(p.symbol.size)]
    shown = dict(zip(names, _texts(point, symbols), strict=True))
    wanted: dict[str, Expr] = {}
    if claim.objective is not None:
        wanted["objective"] = claim.objective
    wanted.update({name: e for name, e in claim.definitions.items() if e.shape == () and e.kind == "real"})
    values = {}
    for name, expression in wanted.items():
        try:
            values[name] = _texts(point, [expression])[0]
        except AttnverifyError:
            continue
    return shown, values


def _texts(point: Any, scalars: Sequence[Expr]) -> list[str]:
    domain, values = point.scalars(scalars)
    return [ball_text(domain.ball(value) if hasattr(domain, "ball") else value) for value in values]


def ball_text(value: Any, digits: int = 15) -> str:
    """Return an exact rational, or a ball as ``midpoint +/- radius``."""
    from flint import fmpq

    if isinstance(value, fmpq):
        return str(value)
    if value.is_exact() and value.is_integer():
        return value.str(digits, radius=False)
    text = value.str(digits).strip("[]")
    return text if "+/-" in text else f"{text} +/- 1e-{digits}"


def shown_point(x: Array) -> str:
    return "(" + ", ".join(f"{value:.6g}" for value in x) + ")"
