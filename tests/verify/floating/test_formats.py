"""Formats round as NumPy does, and number their floats without gaps."""

from __future__ import annotations

import math
import struct
from fractions import Fraction

import numpy as np
import pytest

from verify.errors import Undecidable
from verify.floating.formats import FORMATS

NUMPY = {"float32": np.float32, "float16": np.float16}


@pytest.mark.parametrize("name", NUMPY)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_rounding_is_that_of_numpy(name: str) -> None:
    form, dtype = FORMATS[name], NUMPY[name]
    rng = np.random.default_rng(0)
    values = [struct.unpack("<d", rng.bytes(8))[0] for _ in range(500)]
    values += [float(x) for x in rng.standard_normal(2000) * 10.0 ** rng.integers(-46, 39, 2000)]
    values += [2.0**-24, 2.0**-25, 3 * 2.0**-25, 65519.9, 65520.0, -0.0]
    for x in values:
        if not math.isnan(x):
            assert form.rounded(x) == float(dtype(x))
        if math.isfinite(x):
            assert form.nearest(Fraction(x)) == float(dtype(x))


@pytest.mark.parametrize("name", FORMATS)
def test_places_count_the_floats(name: str) -> None:
    form = FORMATS[name]
    top = form.place(form.largest)
    assert form.at(1) == form.smallest
    assert form.at(0) == 0
    for place in [*range(-3, 4), top, top - 1, -top, *np.random.default_rng(1).integers(-top, top, 200)]:
        x = form.at(int(place))
        assert form.place(x) == place
        assert form.contains(Fraction(x))
        if abs(place) < top:
            assert x < form.at(int(place) + 1)
            middle = (Fraction(x) + Fraction(form.at(int(place) + 1))) / 2
            assert not form.contains(middle)


def test_double_places_are_neighbours() -> None:
    form = FORMATS["float64"]
    for x in (0.0, 1.0, -1.0, 0.1, 5e-324, 1e308):
        assert form.at(form.place(x) + 1) == math.nextafter(x, math.inf)


def test_ends_of_intervals() -> None:
    form = FORMATS["float16"]
    tenth = Fraction(1, 10)
    assert Fraction(form.at(form.first_at_least(tenth))) >= tenth > Fraction(form.at(form.first_at_least(tenth) - 1))
    assert Fraction(form.at(form.last_at_most(tenth))) <= tenth < Fraction(form.at(form.last_at_most(tenth) + 1))
    assert form.at(form.first_at_least(None)) == -65504
    assert form.first_at_least(Fraction(-(10**6))) == form.first_at_least(None)
    with pytest.raises(Undecidable):
        form.first_at_least(Fraction(10**6))
    with pytest.raises(Undecidable):
        form.first_at_least(Fraction(65505))
