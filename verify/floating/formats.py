"""Binary floating-point formats of IEEE 754 and bfloat16: rounding, neighbours, and the order of their numbers.

Numbers of every format are held as Python floats (IEEE double precision), which contain them all. An operation of a
narrower format is done in double precision and rounded once more; for +, -, *, / and sqrt that gives the correctly
rounded result whenever the wide format has at least twice the digits of the narrow one plus two, which holds here.
Source: S. A. Figueroa, When is double rounding innocuous?, SIGNUM Newsletter 30(3), 1995.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from fractions import Fraction

from verify.errors import Undecidable


@dataclass(frozen=True)
class Format:
    """A binary format: ``digits`` of precision p (with the leading one), largest exponent ``top`` (2**top <= max)."""

    name: str
    digits: int
    top: int

    @property
    def low(self) -> int:
        """Exponent of the smallest positive (subnormal) number."""
        return 2 - self.top - self.digits

    @property
    def largest(self) -> float:
        """The largest finite number."""
        return math.ldexp(2.0 - 2.0 ** (1 - self.digits), self.top)

    @property
    def smallest(self) -> float:
        """The smallest positive number."""
        return math.ldexp(1.0, self.low)

    @property
    def epsilon(self) -> Fraction:
        """Distance from one to the next number."""
        return Fraction(1, 2 ** (self.digits - 1))

    def rounded(self, x: float) -> float:
        """Return a double rounded to nearest, ties to even."""
        if self.digits == DOUBLE_DIGITS or x == 0 or math.isinf(x) or math.isnan(x):
            return x
        exponent = max(math.frexp(x)[1] - self.digits, self.low)
        y = math.ldexp(float(round(math.ldexp(x, -exponent))), exponent)
        return math.copysign(math.inf, x) if abs(y) > self.largest else math.copysign(y, x)

    def nearest(self, value: Fraction) -> float:
        """Return an exact number rounded to nearest, ties to even; infinite when it overflows."""
        if value == 0:
            return 0.0
        size = abs(value)
        exponent = _floor_log2(size) + 1 - self.digits
        exponent = max(exponent, self.low)
        scaled = size / Fraction(2) ** exponent
        count = round(scaled)  # Python rounds a tie to even
        if count.bit_length() + exponent - 1 > self.top:
            return math.copysign(math.inf, -1.0 if value < 0 else 1.0)
        y = math.ldexp(float(count), exponent)
        return -y if value < 0 else y

    def contains(self, value: Fraction) -> bool:
        """Return whether an exact number is a finite number of the format."""
        y = self.nearest(value)
        return math.isfinite(y) and Fraction(y) == value

    # --- the numbers in order ---

    def place(self, x: float) -> int:
        """Return the number of a finite float in increasing order; both zeros have number 0."""
        if x == 0:
            return 0
        mantissa, exponent = math.frexp(abs(x))
        exponent = max(exponent - self.digits, self.low)
        count = int(math.ldexp(mantissa, math.frexp(abs(x))[1] - exponent))
        place = count + (exponent - self.low) * 2 ** (self.digits - 1)
        return -place if x < 0 else place

    def at(self, place: int) -> float:
        """Return the float with a number in increasing order."""
        size, half = abs(place), 2 ** (self.digits - 1)
        binade = max(size // half - 1, 0)
        y = math.ldexp(float(size - binade * half), binade + self.low)
        return -y if place < 0 else y

    def first_at_least(self, value: Fraction | None) -> int:
        """Return the place of the smallest finite number that is at least ``value`` (of all of them without one).

        Raises:
            Undecidable: there is none.
        """
        if value is None:
            return self.place(-self.largest)
        y = self.nearest(value)
        if math.isinf(y):
            if y > 0:
                raise Undecidable(f"{self.name} has no number that is at least {value}")
            return self.place(-self.largest)
        place = self.place(y)
        if Fraction(y) >= value:
            return place
        if y == self.largest:
            raise Undecidable(f"{self.name} has no number that is at least {value}")
        return place + 1

    def last_at_most(self, value: Fraction | None) -> int:
        """Return the place of the largest finite number that is at most ``value``."""
        return -self.first_at_least(None if value is None else -value)


DOUBLE_DIGITS = 53

FORMATS = {
    "float64": Format("float64", DOUBLE_DIGITS, 1023),
    "float32": Format("float32", 24, 127),
    "float16": Format("float16", 11, 15),
    "bfloat16": Format("bfloat16", 8, 127),
}


def _floor_log2(value: Fraction) -> int:
    guess = value.numerator.bit_length() - value.denominator.bit_length()
    return guess if Fraction(2) ** guess <= value else guess - 1


def same(x: float, y: float) -> bool:
    """Return whether two doubles have the same bits."""
    return struct.pack("<d", x) == struct.pack("<d", y)
