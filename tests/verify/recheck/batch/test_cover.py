"""Trees of boxes are walked as written, and nothing is taken on trust."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from verify.errors import Rejected
from verify.expr import build
from verify.expr.tape import trace
from verify.expr.tape_system import system
from verify.recheck.batch.contract import Contractor
from verify.recheck.batch.cover import Cover, halves, volume

X = build.symbol("x", (2,))
CONTRACTOR = Contractor(system(trace((X[0] ** 2 - 1) ** 2 + X[1] ** 2, (X,))), [])
ROOT = CONTRACTOR.boxes([[(Fraction(-2), Fraction(3)), (Fraction(-1), Fraction(1))]])
REGIONS = CONTRACTOR.boxes(
    [[(Fraction(c) - Fraction(1, 8), Fraction(c) + Fraction(1, 8)), (-1, 1)] for c in (-1, 0, 1)]
)


def walked(*levels: Any) -> Cover:
    cover = Cover(CONTRACTOR, REGIONS)
    cover.walk(ROOT, levels)
    return cover


def test_an_open_root_is_the_whole_volume() -> None:
    cover = walked("0o")
    assert cover.open == 1
    assert cover.volume == 10


def test_cuts_are_in_the_middle_and_in_order() -> None:
    cover = walked("0a", "0o0o")
    assert cover.volume == 10
    lower = halves(ROOT, np.array([0]))
    np.testing.assert_array_equal(lower[0], [[2, -0.5], [0.5, 3]])


def test_an_upper_part_is_empty() -> None:
    """Beyond 1.75 there is no critical point."""
    assert walked("0a", "0o0a", "0o1e").volume == 5 + Fraction(5, 2)


@pytest.mark.parametrize(
    "levels",
    [(), ("",), ("0",), ("0e",), ("3e",), ("0r",), ("0c",), ("0A",), ("5o",), ("/o",), ("0\u00e9",), ("0a", "0o"), ("0a", "0o0o0o"),
     ("0o", ""), ("0o", "0o"), (7,), (None,), ("0a", "3e0o"), ("0a", "0o3e"), ("0a", "0r0o")],
)  # fmt: skip
def test_wrong_trees_are_rejected(levels: Any) -> None:
    with pytest.raises(Rejected):
        walked(*levels)


def test_what_contracts_to_nothing_has_empty_parts() -> None:
    """A cut of an empty box leads to boxes that may be called anything."""
    cover = walked("0a", "0o0a", "0o1a", "0o0e")
    assert cover.open == 2


def test_boxes_must_lie_inside_regions_to_their_last_digit() -> None:
    inside = Cover(CONTRACTOR, REGIONS)
    exact = REGIONS[:, :, :1]
    assert inside.within(exact).all()
    assert not inside.within(np.nextafter(exact, np.inf)).any()
    across = CONTRACTOR.boxes([[(Fraction(-9, 8), Fraction(1, 8)), (Fraction(0), Fraction(0))]])
    assert not inside.within(across).any()


def test_volumes_are_exact() -> None:
    assert volume(np.array([[0.1, 0.2], [5e-324, 0.0]])) == (Fraction(0.1) + Fraction(0.2)) * Fraction(5e-324)
