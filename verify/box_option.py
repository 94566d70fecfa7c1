"""The option ``--box LOW HIGH`` or ``--box NAME=LOW:HIGH`` of commands that need a bounded domain."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import click

from verify.errors import InvalidInput
from verify.exact import parse_rational


class BoxCommand(click.Command):
    """A command whose ``--box`` takes one text, or two numbers that are joined to one."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, joined(args))


def joined(args: list[str]) -> list[str]:
    """Return the arguments with ``--box LOW HIGH`` written as ``--box=LOW:HIGH``."""
    out: list[str] = []
    place = 0
    while place < len(args):
        if (
            args[place] == "--box"
            and place + 2 < len(args)
            and _is_number(args[place + 1])
            and _is_number(args[place + 2])
        ):
            out.append(f"--box={args[place + 1]}:{args[place + 2]}")
            place += 3
        elif args[place] == "--box" and place + 1 < len(args):
            out.append(f"--box={args[place + 1]}")
            place += 2
        else:
            out.append(args[place])
            place += 1
    return out


def _is_number(text: str) -> bool:
    try:
        parse_rational(text)
    except InvalidInput:
        return False
    return True


def parsed(boxes: tuple[str, ...]) -> Mapping[str, tuple[Fraction, Fraction]]:
    """Return intervals by parameter name; ``""`` stands for all parameters without bounds of their own."""
    out = {}
    for text in boxes:
        name, equals, ends = text.rpartition("=")
        low, colon, high = ends.partition(":")
        try:
            interval = parse_rational(low), parse_rational(high)
        except InvalidInput:
            interval = None
        if not colon or interval is None or interval[0] > interval[1] or (equals and not name.strip()):
            raise click.BadParameter(f"{text!r} is neither LOW HIGH nor NAME=LOW:HIGH", param_hint="--box")
        out[name.strip()] = interval
    return out


def decimal_text(center: Fraction, radius: Fraction) -> str:
    """Return a number as text: exact where the radius is zero (short fractions as they are), else ``m +/- r``."""
    if radius:
        digits = 0
        while Fraction(1, 10 ** (digits + 1)) > 2 * radius and digits < 18:
            digits += 1
        shown = _fixed(center, digits)
        error = radius + abs(Fraction(shown) - center)
        return f"{shown} +/- {_upward(error)}"
    return str(center)


def _fixed(value: Fraction, digits: int) -> str:
    scaled = round(value * 10**digits)
    sign, whole = "-" if scaled < 0 else "", str(abs(scaled)).rjust(digits + 1, "0")
    return f"{sign}{whole[:-digits]}.{whole[-digits:]}" if digits else f"{sign}{whole}"


def _upward(value: Fraction) -> str:
    """Return a power of ten, or one digit of it, that is not smaller."""
    exponent = 0
    while Fraction(10) ** exponent < value:
        exponent += 1
    while Fraction(10) ** (exponent - 1) >= value and exponent > -400:
        exponent -= 1
    for digit in range(1, 11):
        if digit * Fraction(10) ** (exponent - 1) >= value:
            return f"{digit}e{exponent - 1}" if digit < 10 else f"1e{exponent}"
    return f"1e{exponent}"
