"""Constructors of expressions: they check shapes, spread scalars, and simplify what is constant.

Every function takes and returns :class:`~verify.expr.node.Expr`; numbers and nested lists of numbers are lifted
by :func:`lift`. Nothing here knows about parsing, derivatives or numerical libraries.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import product
from math import isqrt, prod
from typing import Any

from verify.errors import InvalidInput
from verify.expr.node import BOOL, Expr, Shape

Liftable = Expr | int | float | Fraction | str | Sequence[Any]

MAX_POWER = 100
"""Largest integer exponent accepted by :func:`power`."""

MAX_BITS = 20_000
"""Longest numerator or denominator of a constant, in bits."""

MAX_ENTRIES = 1 << 20
"""Largest number of entries of one array."""


# --- leaves -----------------------------------------------------------------------------------------------------


def symbol(name: str, shape: Shape = ()) -> Expr:
    """Return a free real array variable."""
    _check_size(shape)
    return Expr("symbol", attrs=name, shape=tuple(shape))


def constant(entries: Sequence[Fraction | int], shape: Shape = ()) -> Expr:
    """Return an explicit array of exact numbers, entries in row-major order."""
    _check_size(shape)
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


def _check_size(shape: Shape) -> None:
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
    _check_size(shape)
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
    _check_size(shape)
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
    axis = _axis(axis, ndim)
    rests = {part.shape[:axis] + part.shape[axis + 1 :] for part in parts if part.ndim == ndim}
    if len(rests) != 1 or any(part.ndim != ndim for part in parts):
        raise InvalidInput(f"cannot concatenate shapes {', '.join(str(list(part.shape)) for part in parts)}")
    if len(parts) == 1:
        return parts[0]
    shape = list(parts[0].shape)
    shape[axis] = sum(part.shape[axis] for part in parts)
    _check_size(tuple(shape))
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
    axis = _axis(axis, len(shape) + 1)
    return concatenate([reshape(part, (*shape[:axis], 1, *shape[axis:])) for part in parts], axis)


def _axis(axis: int, ndim: int) -> int:
    if not -ndim <= axis < ndim:
        raise InvalidInput(f"axis {axis} of an array with {ndim} axes", fix=f"use {-ndim} to {ndim - 1}")
    return axis % ndim


# --- elementwise ------------------------------------------------------------------------------------------------


def _spread(*values: Liftable) -> tuple[list[Expr], Shape]:
    parts = [lift(value) for value in values]
    for part in parts:
        if part.kind == BOOL:
            raise InvalidInput("a condition stands where a number is needed", fix="use where(condition, a, b)")
    shape = broadcast_shapes(*(part.shape for part in parts))
    return parts, shape


def _elementwise(op: str, parts: Sequence[Expr], shape: Shape, attrs: Any = None) -> Expr:
    return Expr(op, tuple(broadcast(part, shape) for part in parts), attrs=attrs, shape=shape)


def _fold(function: Callable[..., Fraction], parts: Sequence[Expr], shape: Shape) -> Expr | None:
    """Apply an exact function to constant arguments; None when they are not constant."""
    values = [uniform_value(part) for part in parts]
    known = [value for value in values if value is not None]
    if len(known) == len(values):
        return full(function(*known), shape)
    if any(part.op != "const" and value is None for part, value in zip(parts, values, strict=True)):
        return None
    columns = [constant_entries(broadcast(part, shape)) for part in parts]
    return constant([function(*row) for row in zip(*columns, strict=True)], shape)


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


def add(a: Liftable, b: Liftable) -> Expr:
    """Return ``a + b``."""
    parts, shape = _spread(a, b)
    if (folded := _fold(lambda x, y: x + y, parts, shape)) is not None:
        return folded
    left, right = parts
    if uniform_value(left) == 0:
        return broadcast(right, shape)
    if uniform_value(right) == 0:
        return broadcast(left, shape)
    return _elementwise("add", parts, shape)


def mul(a: Liftable, b: Liftable) -> Expr:
    """Return the entrywise product ``a * b``; a constant factor is kept on the left."""
    parts, shape = _spread(a, b)
    if (folded := _fold(lambda x, y: x * y, parts, shape)) is not None:
        return folded
    left, right = parts
    if uniform_value(right) is not None:
        left, right = right, left
    value = uniform_value(left)
    if value == 0 and right.total:
        return full(0, shape)
    if value == 1:
        return broadcast(right, shape)
    if value is not None and right.op == "mul" and (inner := uniform_value(right.args[0])) is not None:
        return mul(number(value * inner), broadcast(right.args[1], shape))
    return _elementwise("mul", (left, right), shape)


def neg(a: Liftable) -> Expr:
    """Return ``-a``."""
    return mul(number(-1), a)


def sub(a: Liftable, b: Liftable) -> Expr:
    """Return ``a - b``."""
    left, right = lift(a), lift(b)
    if left is right and left.total:
        return full(0, left.shape)
    return add(left, neg(right))


def div(a: Liftable, b: Liftable) -> Expr:
    """Return ``a / b``.

    Raises:
        InvalidInput: ``b`` is constant and has a zero entry.
    """
    parts, shape = _spread(a, b)
    left, right = parts
    if uniform_value(right) == 0 or (right.op == "const" and 0 in right.entries()):
        raise InvalidInput("division by zero")
    if (folded := _fold(lambda x, y: x / y, parts, shape)) is not None:
        return folded
    value = uniform_value(right)
    if value is not None:
        return broadcast(mul(number(1 / value), left), shape)
    if right.op == "const":
        return mul(left, constant([1 / entry for entry in right.entries()], right.shape))
    return _elementwise("div", parts, shape)


def power(a: Liftable, b: Liftable) -> Expr:
    """Return ``a ** b`` for a constant exponent (any base), or for a positive constant base (any exponent).

    Integer powers are exact, half-integer powers use square roots, others are exp(b*log(a)) for a > 0 and 0 at 0.

    Raises:
        InvalidInput: an exponent beyond :data:`MAX_POWER`, or both sides variable.
    """
    base, exponent = lift(a), lift(b)
    value = uniform_value(exponent)
    if value is None:
        fixed = uniform_value(base)
        if fixed is None or fixed <= 0:
            raise InvalidInput("a power with a variable exponent", fix="write exp(b*log(a)), defined where a > 0")
        return exp(mul(exponent, log(base)))
    shape = broadcast_shapes(base.shape, exponent.shape)
    if abs(value) > MAX_POWER:
        raise InvalidInput(f"the exponent {value} is too large", fix=f"use exponents up to {MAX_POWER}")
    base = broadcast(base, shape)
    if value.denominator == 1:
        return integer_power(base, int(value))
    if value.denominator == 2:
        return mul(integer_power(base, value.numerator // 2), sqrt(base))
    if value < 0:
        return div(full(1, shape), power(base, number(-value)))
    positive = exp(mul(number(value), log(base)))
    return where(compare("==", base, number(0)), number(0), positive)


def integer_power(a: Expr, n: int) -> Expr:
    """Return ``a**n`` for an integer ``n``."""
    if n == 0 and a.total:
        return full(1, a.shape)
    if n == 1:
        return a
    if n < 0:
        return div(full(1, a.shape), integer_power(a, -n))
    if (folded := _fold(lambda x: x**n, [a], a.shape)) is not None:
        return folded
    return Expr("pow", (a,), attrs=n, shape=a.shape)


def _unary(op: str, a: Liftable, special: dict[int, int]) -> Expr:
    (part,), shape = _spread(a)
    value = uniform_value(part)
    if value is not None and value in special:
        return full(special[int(value)], shape)
    return Expr(op, (part,), shape=shape)


def exp(a: Liftable) -> Expr:
    """Return the exponential."""
    return _unary("exp", a, {0: 1})


def log(a: Liftable) -> Expr:
    """Return the natural logarithm (defined for positive arguments)."""
    return _unary("log", a, {1: 0})


def sqrt(a: Liftable) -> Expr:
    """Return the square root (defined for nonnegative arguments); of a rational square, a number."""
    (part,), shape = _spread(a)
    value = uniform_value(part)
    if value is not None and value >= 0:
        top, bottom = isqrt(value.numerator), isqrt(value.denominator)
        if top * top == value.numerator and bottom * bottom == value.denominator:
            return full(Fraction(top, bottom), shape)
    return Expr("sqrt", (part,), shape=shape)


def tanh(a: Liftable) -> Expr:
    """Return the hyperbolic tangent."""
    return _unary("tanh", a, {0: 0})


def sigmoid(a: Liftable) -> Expr:
    """Return 1/(1+exp(-a))."""
    (part,), shape = _spread(a)
    return full(Fraction(1, 2), shape) if uniform_value(part) == 0 else Expr("sigmoid", (part,), shape=shape)


def softplus(a: Liftable) -> Expr:
    """Return log(1+exp(a))."""
    return _unary("softplus", a, {})


def erf(a: Liftable) -> Expr:
    """Return the error function."""
    return _unary("erf", a, {0: 0})


def sin(a: Liftable) -> Expr:
    """Return the sine."""
    return _unary("sin", a, {0: 0})


def cos(a: Liftable) -> Expr:
    """Return the cosine."""
    return _unary("cos", a, {0: 1})


def _folded_unary(op: str, function: Callable[[Fraction], Fraction], a: Liftable) -> Expr:
    parts, shape = _spread(a)
    folded = _fold(function, parts, shape)
    return folded if folded is not None else Expr(op, tuple(parts), shape=shape)


def absolute(a: Liftable) -> Expr:
    """Return the absolute value."""
    return _folded_unary("abs", abs, a)


def sign(a: Liftable) -> Expr:
    """Return the sign: -1, 0 or 1."""
    return _folded_unary("sign", lambda x: Fraction((x > 0) - (x < 0)), a)


def relu(a: Liftable) -> Expr:
    """Return max(a, 0)."""
    return _folded_unary("relu", lambda x: max(x, Fraction(0)), a)


def step(a: Liftable) -> Expr:
    """Return 1 where a > 0, 0 where a < 0, undefined at 0 (the derivative of relu)."""
    return _unary("step", a, {})


def maximum(a: Liftable, b: Liftable) -> Expr:
    """Return the entrywise larger one."""
    parts, shape = _spread(a, b)
    folded = _fold(max, parts, shape)
    if parts[0] is parts[1] and parts[0].total:
        return parts[0]
    return folded if folded is not None else _elementwise("maximum", parts, shape)


def minimum(a: Liftable, b: Liftable) -> Expr:
    """Return the entrywise smaller one."""
    return neg(maximum(neg(a), neg(b)))


def where(condition: Expr, a: Liftable, b: Liftable) -> Expr:
    """Return ``a`` where the condition holds, else ``b``."""
    if not isinstance(condition, Expr) or condition.kind != BOOL:
        raise InvalidInput("the first argument of where is not a condition", fix="write where(x > 0, a, b)")
    parts, shape = _spread(a, b)
    shape = broadcast_shapes(shape, condition.shape)
    spread = tuple(broadcast(part, shape) for part in (condition, *parts))
    return Expr("where", spread, shape=shape)


# --- conditions -------------------------------------------------------------------------------------------------


def compare(relation: str, a: Liftable, b: Liftable) -> Expr:
    """Return the condition ``a relation b``, relation one of ``< <= > >= == !=``."""
    parts, shape = _spread(a, b)
    flipped = {">": "<", ">=": "<="}
    if relation in flipped:
        relation, parts = flipped[relation], parts[::-1]
    op = {"<": "lt", "<=": "le", "==": "eq", "!=": "ne"}[relation]
    return Expr(op, tuple(broadcast(part, shape) for part in parts), shape=shape, kind=BOOL)


def logical(op: str, *conditions: Expr) -> Expr:
    """Return ``and``, ``or`` or ``not`` of conditions."""
    for condition in conditions:
        if not isinstance(condition, Expr) or condition.kind != BOOL:
            raise InvalidInput(f"'{op}' joins conditions, not numbers", fix="write comparisons on both sides")
    shape = broadcast_shapes(*(condition.shape for condition in conditions))
    return Expr(op, tuple(broadcast(condition, shape) for condition in conditions), shape=shape, kind=BOOL)


# --- reductions and matrices ------------------------------------------------------------------------------------


def reduce(op: str, a: Liftable, axis: int | None = None) -> Expr:
    """Return the sum or maximum over all entries, or along one axis."""
    (part,), _ = _spread(a)
    if part.size == 0:
        raise InvalidInput(f"{op} of an empty array")
    axes = tuple(range(part.ndim)) if axis is None else (_axis(axis, part.ndim),)
    shape = tuple(length for i, length in enumerate(part.shape) if i not in axes)
    count = prod(part.shape[i] for i in axes)
    if count == 1:
        return reshape(part, shape)
    value = uniform_value(part)
    if value is not None:
        return full(value * (count if op == "sum" else 1), shape)
    if op == "sum" and part.op == "mul" and (factor := uniform_value(part.args[0])) is not None:
        return mul(number(factor), reduce("sum", part.args[1], axis))
    return Expr(op, (part,), attrs=axes, shape=shape)


def total(a: Liftable, axis: int | None = None) -> Expr:
    """Return the sum over all entries, or along one axis."""
    return reduce("sum", a, axis)


def matmul(a: Liftable, b: Liftable) -> Expr:
    """Return the matrix product ``a @ b`` (vectors as in NumPy).

    Raises:
        InvalidInput: a scalar, or inner lengths that differ.
    """
    (left, right), _ = [lift(a), lift(b)], None
    if left.ndim == 0 or right.ndim == 0:
        raise InvalidInput("'@' needs vectors or matrices", fix="use * for a scalar factor")
    drop_row, drop_column = left.ndim == 1, right.ndim == 1
    left = reshape(left, (1, *left.shape)) if drop_row else left
    right = reshape(right, (*right.shape, 1)) if drop_column else right
    if left.shape[-1] != right.shape[-2]:
        raise InvalidInput(
            f"'@' of shapes {list(lift(a).shape)} and {list(lift(b).shape)}",
            fix="the last axis of the left side must be as long as the first matrix axis of the right side",
        )
    batch = broadcast_shapes(left.shape[:-2], right.shape[:-2])
    left, right = broadcast(left, batch + left.shape[-2:]), broadcast(right, batch + right.shape[-2:])
    shape = (*batch, left.shape[-2], right.shape[-1])
    _check_size(shape)
    if 0 in (uniform_value(left), uniform_value(right)) and left.total and right.total:
        out = full(0, shape)
    else:
        out = Expr("matmul", (left, right), shape=shape)
    if drop_row:
        shape = shape[:-2] + shape[-1:]
    if drop_column:
        shape = shape[:-1]
    return reshape(out, shape)


def row_map(op: str, a: Liftable) -> Expr:
    """Return softmax, sparsemax or logsumexp over the last axis."""
    (part,), _ = _spread(a)
    if part.ndim == 0:
        raise InvalidInput(f"{op} needs an array, not a scalar", fix=f"write {op}([a, b])")
    if part.shape[-1] == 0:
        raise InvalidInput(f"{op} over an empty axis")
    shape = part.shape[:-1] if op == "logsumexp" else part.shape
    if op != "logsumexp" and part.shape[-1] == 1 and part.total:
        return full(1, shape)
    return Expr(op, (part,), shape=shape)


def extreme_eigenvalue(op: str, matrix: Expr) -> Expr:
    """Return the smallest (``min_eig``) or largest (``max_eig``) eigenvalue of a symmetric matrix."""
    return Expr(op, (matrix,), shape=())
