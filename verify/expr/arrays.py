"""Arrays of expressions: symbols, exact constants, and rearrangements of entries.

Constants are simplified as they are rearranged. :mod:`verify.expr.build` has these and all other constructors.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

from verify.errors import InvalidInput
from verify.expr.node import Expr, Shape

Liftable = Expr | int | float | Fraction | str | Sequence[Any]

MAX_BITS = 20_000
"""Longest numerator or denominator of a constant, in bits."""

MAX_ENTRIES = 1 << 20
"""Largest number of entries of one array."""


# --- leaves -----------------------------------------------------------------------------------------------------


def symbol(name: str, shape: Shape = ()) -> Expr:
    """Return a free real array variable."""
    check_size(shape)
    return Expr("symbol", attrs=name, shape=tuple(shape))


def constant(entries: Sequence[Fraction | int], shape: Shape = ()) -> Expr:
    """Return an explicit array of exact numbers, entries in row-major order."""
    check_size(shape)
    values = tuple(entry if type(entry) is Fraction else Fraction(entry) for entry in entries)
    if any(max(value.numerator.bit_length(), value.denominator.bit_length()) > MAX_BITS for value in values):
        raise InvalidInput("a number is too long", fix=f"keep numerators and denominators below {MAX_BITS} bits")
    if len(values) != prod(shape):
        raise InvalidInput(f"{len(values)} entries do not fill an array of shape {list(shape)}")
    return Expr("const", attrs=values, shape=tuple(shape))


def number(value: Fraction | int) -> Expr:
    """Return an exact scalar."""
    return constant([Fraction(value)])


def full(value: Fraction | int, shape: Shape) -> Expr:
    """Return an array with one exact value everywhere, stored once."""
    return broadcast(number(value), shape)


def lift(value: Liftable) -> Expr:
    """Return ``value`` as an expression. Floats mean the decimal that Python prints for them (0.1 is 1/10)."""
    if isinstance(value, Expr):
        return value
    if isinstance(value, bool):
        raise TypeError("a truth value is not a number")
    if isinstance(value, int | Fraction):
        return number(value)
    if isinstance(value, float):
        return number(Fraction(Decimal(repr(value))))
    if isinstance(value, str):
        from verify.exact import parse_rational

        return number(parse_rational(value))
    if hasattr(value, "tolist"):  # a NumPy array or scalar
        return lift(value.tolist())
    return stack([lift(entry) for entry in value])


def uniform_value(a: Expr) -> Fraction | None:
    """Return the common value of all entries of a constant array, else None."""
    while a.op in ("broadcast", "reshape", "transpose"):
        a = a.args[0]
    if a.op != "const":
        return None
    entries = a.entries()
    return entries[0] if entries and all(entry == entries[0] for entry in entries) else None


def check_size(shape: Shape) -> None:
    """Refuse arrays with more than :data:`MAX_ENTRIES` entries.

    Raises:
        InvalidInput: it is too large.
    """
    if prod(shape) > MAX_ENTRIES:
        raise InvalidInput(
            f"an array of shape {list(shape)} has {prod(shape)} entries", fix=f"use at most {MAX_ENTRIES}"
        )


# --- structure --------------------------------------------------------------------------------------------------


def broadcast_shapes(*shapes: Shape) -> Shape:
    """Return NumPy's broadcast of the shapes.

    Raises:
        InvalidInput: they do not fit.
    """
    length = max((len(shape) for shape in shapes), default=0)
    out = []
    for axis in range(length):
        sizes = {shape[axis - length + len(shape)] for shape in shapes if axis - length + len(shape) >= 0}
        sizes.discard(1)
        if len(sizes) > 1:
            listed = " and ".join(str(list(shape)) for shape in shapes)
            raise InvalidInput(f"shapes {listed} do not fit together", fix="make the lengths equal, or 1")
        out.append(sizes.pop() if sizes else 1)
    return tuple(out)


def broadcast(a: Expr, shape: Shape) -> Expr:
    """Spread ``a`` to ``shape``."""
    shape = tuple(shape)
    if a.shape == shape:
        return a
    check_size(shape)
    if broadcast_shapes(a.shape, shape) != shape:
        raise InvalidInput(f"shape {list(a.shape)} does not spread to {list(shape)}")
    if a.op == "broadcast":
        a = a.args[0]
    return Expr("broadcast", (a,), attrs=shape, shape=shape, kind=a.kind)


def reshape(a: Expr, shape: Shape) -> Expr:
    """Rearrange the entries, kept in row-major order, into ``shape``."""
    shape = tuple(shape)
    if a.shape == shape:
        return a
    if prod(shape) != a.size:
        raise InvalidInput(f"an array of shape {list(a.shape)} has no shape {list(shape)}")
    if a.op == "const":
        return constant(a.entries(), shape)
    if a.op == "reshape":
        return reshape(a.args[0], shape)
    if (value := uniform_value(a)) is not None:
        return full(value, shape)
    return Expr("reshape", (a,), attrs=shape, shape=shape, kind=a.kind)


def transpose(a: Expr, axes: Sequence[int] | None = None) -> Expr:
    """Permute the axes; without ``axes`` the last two are exchanged (a vector stays as it is)."""
    if axes is None:
        if a.ndim < 2:
            return a
        axes = (*range(a.ndim - 2), a.ndim - 1, a.ndim - 2)
    axes = tuple(axes)
    if axes == tuple(range(a.ndim)):
        return a
    if a.op == "transpose":
        inner: tuple[int, ...] = a.attrs  # type: ignore[assignment]
        return transpose(a.args[0], [inner[axis] for axis in axes])
    shape = tuple(a.shape[axis] for axis in axes)
    if (value := uniform_value(a)) is not None:
        return full(value, shape)
    return Expr("transpose", (a,), attrs=axes, shape=shape, kind=a.kind)


def gather(a: Expr, positions: Sequence[int], shape: Shape) -> Expr:
    """Return the entries of ``a`` at row-major ``positions``, arranged in ``shape``."""
    positions = tuple(positions)
    if a.op == "const":
        return constant([a.entries()[place] for place in positions], shape)
    if (value := uniform_value(a)) is not None:
        return full(value, shape)
    if positions == tuple(range(a.size)):
        return reshape(a, shape)
    if a.op == "reshape":
        a = a.args[0]
    if a.op == "gather":
        inner: tuple[int, ...] = a.attrs  # type: ignore[assignment]
        return gather(a.args[0], [inner[place] for place in positions], shape)
    return Expr("gather", (a,), attrs=positions, shape=tuple(shape), kind=a.kind)


def scatter(a: Expr, positions: Sequence[int], shape: Shape) -> Expr:
    """Return zeros of ``shape`` with the entries of ``a`` added at row-major ``positions`` (adjoint of gather)."""
    shape = tuple(shape)
    check_size(shape)
    if uniform_value(a) == 0:
        return full(0, shape)
    if a.op == "const":
        entries = [Fraction(0)] * prod(shape)
        for place, entry in zip(positions, a.entries(), strict=True):
            entries[place] += entry
        return constant(entries, shape)
    return Expr("scatter", (a,), attrs=tuple(positions), shape=shape)


def positions_of(shape: Shape) -> list[tuple[int, ...]]:
    """Return the index tuples of an array of this shape in row-major order."""
    return list(product(*(range(length) for length in shape)))


def index(a: Expr, key: int | slice | tuple[int | slice, ...]) -> Expr:
    """Return ``a[key]`` for integers and slices, as in NumPy.

    Raises:
        InvalidInput: too many indices, or one outside its axis.
    """
    keys = key if isinstance(key, tuple) else (key,)
    if len(keys) > a.ndim:
        raise InvalidInput(f"{len(keys)} indices into an array of shape {list(a.shape)}")
    keys = keys + (slice(None),) * (a.ndim - len(keys))
    choices: list[Sequence[int]] = []
    shape: list[int] = []
    for axis, (one, length) in enumerate(zip(keys, a.shape, strict=True)):
        if isinstance(one, slice):
            choices.append(range(length)[one])
            shape.append(len(choices[-1]))
        elif -length <= one < length:
            choices.append((one % length,))
        else:
            raise InvalidInput(f"index {one} is outside axis {axis} of length {length}", fix=f"use 0 to {length - 1}")
    if 0 in shape:
        raise InvalidInput("an index that selects nothing", fix="select at least one entry along each axis")
    strides = [prod(a.shape[axis + 1 :]) for axis in range(a.ndim)]
    flat = [sum(i * s for i, s in zip(place, strides, strict=True)) for place in product(*choices)]
    return gather(a, flat, tuple(shape))


def concatenate(parts: Sequence[Expr], axis: int = 0) -> Expr:
    """Join arrays along an existing axis."""
    parts = [lift(part) for part in parts]
    if not parts:
        raise InvalidInput("nothing to concatenate")
    ndim = parts[0].ndim
    axis = axis_of(axis, ndim)
    rests = {part.shape[:axis] + part.shape[axis + 1 :] for part in parts if part.ndim == ndim}
    if len(rests) != 1 or any(part.ndim != ndim for part in parts):
        raise InvalidInput(f"cannot concatenate shapes {', '.join(str(list(part.shape)) for part in parts)}")
    if len(parts) == 1:
        return parts[0]
    shape = list(parts[0].shape)
    shape[axis] = sum(part.shape[axis] for part in parts)
    check_size(tuple(shape))
    if axis == 0 and all(part.op == "const" for part in parts):
        return constant([entry for part in parts for entry in part.entries()], tuple(shape))
    return Expr("concat", tuple(parts), attrs=axis, shape=tuple(shape), kind=parts[0].kind)


def stack(parts: Sequence[Expr], axis: int = 0) -> Expr:
    """Join arrays of equal shape along a new axis."""
    parts = [lift(part) for part in parts]
    if not parts:
        raise InvalidInput("an empty list has no shape", fix="write at least one entry")
    if len({part.shape for part in parts}) > 1:
        raise InvalidInput(
            f"rows of different shapes {', '.join(str(list(part.shape)) for part in parts)}",
            fix="make all rows equally long",
        )
    shape = parts[0].shape
    axis = axis_of(axis, len(shape) + 1)
    return concatenate([reshape(part, (*shape[:axis], 1, *shape[axis:])) for part in parts], axis)


def axis_of(axis: int, ndim: int) -> int:
    """Return an axis counted from the front.

    Raises:
        InvalidInput: there is no such axis.
    """
    if not -ndim <= axis < ndim:
        raise InvalidInput(f"axis {axis} of an array with {ndim} axes", fix=f"use {-ndim} to {ndim - 1}")
    return axis % ndim


def constant_entries(a: Expr) -> list[Fraction]:
    """Return the entries of a constant array that may be spread from a smaller one."""
    if a.op == "const":
        return list(a.entries())
    source = a.args[0]
    if a.op != "broadcast" or source.op != "const":
        raise TypeError(f"{a!r} is not constant")
    return [source.entries()[place] for place in broadcast_positions(source.shape, a.shape)]


def broadcast_positions(source: Shape, target: Shape) -> list[int]:
    """Return, for each entry of an array of shape ``target``, the entry of ``source`` it is spread from."""
    padded = (1,) * (len(target) - len(source)) + tuple(source)
    flat = [0]
    for length, own in zip(target, padded, strict=True):
        flat = [base * own + (i if own > 1 else 0) for base in flat for i in range(length)]
    return flat
