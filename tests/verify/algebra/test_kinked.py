"""The pieces that meet at a kink are all found, with the gradients that they have there."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from verify.algebra.kinked import directional_slope, pieces
from verify.algebra.ring import Generator, Ring, fraction_of
from verify.algebra.signs import Facts
from verify.errors import Undecidable
from verify.expr import build
from verify.expr.derive import gradient_entries
from verify.expr.parse import parse

NAMES = {name: build.symbol(name, ()) for name in "xy"}
ENV: dict[str, Any] = {name: [((Fraction(1), ((name, 1),)),)] for name in NAMES}
RING = Ring([Generator("x", "real"), Generator("y", "real")])


def facts(**signs: int) -> Facts:
    out = Facts()
    for name, sign in signs.items():
        out = out.having(RING, RING.gens[RING.position[name]], sign)
    return out


def found(text: str, **signs: int) -> set[tuple[Fraction, ...]]:
    slopes = gradient_entries(parse(text, NAMES), tuple(NAMES.values()))
    return {
        tuple(fraction_of(value.num) for value in values) for values, _ in pieces(slopes, ENV, RING, facts(**signs))
    }


def test_the_pieces_of_sums_of_absolute_values() -> None:
    assert found("abs(x) + 2*abs(y)", x=0, y=0) == {(a, b) for a in (1, -1) for b in (2, -2)}
    assert found("abs(x) + 2*abs(y)", x=0, y=1) == {(1, 2), (-1, 2)}
    assert found("relu(-3*x)", x=0) == {(0, 0), (-3, 0)}
    assert found("max([x, -x])", x=0) == {(1, 0), (-1, 0)}


def test_an_unknown_sign_is_asked_for() -> None:
    with pytest.raises(Undecidable):
        found("abs(x) + abs(y)", x=0)


def test_the_directional_slope_uses_the_facts() -> None:
    root = parse("abs(x) + relu(y)*x", NAMES)
    for pace, expected in ((1, 1), (-2, 2)):
        velocity = {"x": [Fraction(pace)], "y": [Fraction(5)]}
        value, _ = directional_slope(root, ENV, velocity, RING, facts(x=0, y=-1))
        assert fraction_of(value.num) == expected
