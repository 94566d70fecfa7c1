"""The --box option, and numbers as people read them."""

from fractions import Fraction

import click
import pytest

from verify.box_option import decimal_text, joined, parsed


def test_two_numbers_become_one_text() -> None:
    assert joined(["f", "--box", "-4", "4", "--json"]) == ["f", "--box=-4:4", "--json"]
    assert joined(["f", "--box", "q=-1:2", "--box", "0", "1/2"]) == ["f", "--box=q=-1:2", "--box=0:1/2"]


def test_intervals_by_name() -> None:
    assert parsed(("-4:4", "q=0:1/3")) == {"": (-4, 4), "q": (0, Fraction(1, 3))}


@pytest.mark.parametrize("text", ["4", "a:b", "2:1", "=0:1", "q=1"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        parsed((text,))


@pytest.mark.parametrize("center", ["1/3", "-22/7", "0", "12345678901/7", "-1/10000000"])
@pytest.mark.parametrize("radius", ["1/1000", "3/10000000000", "1/100000000000000000000000000", "2"])
def test_shown_balls_contain_what_they_stand_for(center: str, radius: str) -> None:
    shown, _, error = decimal_text(Fraction(center), Fraction(radius)).partition(" +/- ")
    middle, reach = Fraction(shown), Fraction(error)
    assert abs(middle - Fraction(center)) + Fraction(radius) <= reach
    assert reach <= 10 * (Fraction(radius) + abs(middle - Fraction(center)))


def test_exact_numbers_stay_exact() -> None:
    assert decimal_text(Fraction(2, 3), Fraction(0)) == "2/3"
