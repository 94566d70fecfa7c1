"""Solves some of the gradient's equations exactly: those linear in some coordinates, the others being rational."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from verify.algebra.reading import growing, read, spell
from verify.algebra.ring import Generator, Quotient, Ring, Terms
from verify.algebra.signs import Facts
from verify.branch import constant_terms
from verify.claim import Claim
from verify.errors import AttnverifyError
from verify.expr.node import Expr
from verify.system import derivatives

MAX_BLOCK = 6
"""Most coordinates solved for at once."""


def linear_blocks(claim: Claim) -> list[tuple[int, ...]]:
    """Return sets of coordinates worth solving for: whole parameters, then single entries."""
    blocks, start = [], 0
    for parameter in claim.parameters:
        size = len(parameter.entry_names)
        if 1 < size <= MAX_BLOCK:
            blocks.append(tuple(range(start, start + size)))
        start += size
    return [*blocks, *((place,) for place in range(start))]


def solved_coordinates(claim: Claim, point: Sequence[Fraction], places: Sequence[int]) -> list[str] | None:
    """Return the point as texts, with some coordinates solved from their own slopes; None where that fails.

    The slopes must be linear in these coordinates, with one solution.
    """
    if claim.objective is None:
        return None
    names = claim.entry_names
    slopes = [derivatives(claim.objective, tuple(claim.symbols))[0][place] for place in places]
    unknowns = [names[place] for place in places]
    env = _environment(claim, point, places)
    start = Ring([Generator(name, "real") for name in unknowns])
    try:
        texts = growing(lambda ring: _solutions(ring, slopes, env, unknowns), start)
    except (AttnverifyError, ArithmeticError):
        return None
    if texts is None:
        return None
    solved = dict(zip(places, texts, strict=True))
    return [solved.get(place, str(value)) for place, value in enumerate(point)]


def _environment(claim: Claim, point: Sequence[Fraction], places: Sequence[int]) -> dict[str, list[Terms]]:
    env: dict[str, list[Terms]] = {}
    start = 0
    for parameter in claim.parameters:
        entries: list[Terms] = []
        for place, name in enumerate(parameter.entry_names, start=start):
            free: Terms = ((Fraction(1), ((name, 1),)),)
            entries.append(free if place in places else constant_terms(point[place]))
        env[parameter.name] = entries
        start += len(entries)
    return env


def _solutions(ring: Ring, slopes: Sequence[Expr], env: Any, unknowns: Sequence[str]) -> list[str] | None:
    values, _ = read(slopes, env, ring, Facts())
    rows = []
    for (value,) in values:
        row = _linear_form(ring, value, unknowns)
        if row is None:
            return None
        rows.append(row)
    solution = _eliminated(ring, rows)
    if solution is None:
        return None
    return [spell((ring.terms(value.num), ring.terms(value.den))) for value in solution]


def _linear_form(ring: Ring, value: Any, unknowns: Sequence[str]) -> list[Quotient] | None:
    """Return coefficients of the unknowns and the right-hand side, free of the unknowns; None if not linear."""
    if not isinstance(value, Quotient) or _inside_functions(ring, unknowns):
        return None
    places = [ring.position[name] for name in unknowns]
    coefficients = [value.num.derivative(place) for place in places]
    constant = value.num
    for place, coefficient in zip(places, coefficients, strict=True):
        constant = constant - coefficient * ring.gens[place]
    parts = [*coefficients, -constant]
    if any(not part.derivative(place).is_zero() for part in parts for place in places):
        return None
    return [Quotient(part, ring.one) for part in parts]


def _inside_functions(ring: Ring, unknowns: Sequence[str]) -> bool:
    used = {
        name
        for generator in ring.generators
        for part in generator.argument or ()
        for _, powers in part
        for name, _ in powers
    }
    return not used.isdisjoint(unknowns)


def _eliminated(ring: Ring, rows: list[list[Quotient]]) -> list[Quotient] | None:
    """Solve a square linear system over the ring's fractions; None where it is singular."""
    size = len(rows)
    for k in range(size):
        pivot = next((i for i in range(k, size) if not rows[i][k].num.is_zero()), None)
        if pivot is None:
            return None
        rows[k], rows[pivot] = rows[pivot], rows[k]
        rows[k] = [ring.div(entry, rows[k][k]) for entry in rows[k]]
        for i in range(size):
            if i != k and not rows[i][k].num.is_zero():
                factor = rows[i][k]
                rows[i] = [ring.sub(a, ring.mul(factor, b)) for a, b in zip(rows[i], rows[k], strict=True)]
    return [row[-1] for row in rows]
