"""Constructors of expressions: they check shapes, spread scalars, and simplify what is constant.

Those of :mod:`verify.expr.arrays` (leaves, rearrangements) are handed on here, so that all are in one place. Every
function takes and returns :class:`~verify.expr.node.Expr`; numbers and nested lists of numbers are lifted by
:func:`lift`. Nothing here knows about parsing, derivatives or numerical libraries.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import isqrt, prod
from typing import Any

from verify.errors import InvalidInput
from verify.expr.node import BOOL, Expr, Shape

# isort: off
from verify.expr.arrays import (
    MAX_BITS as MAX_BITS,
    MAX_ENTRIES as MAX_ENTRIES,
    Liftable as Liftable,
    axis_of as axis_of,
    broadcast as broadcast,
    broadcast_positions as broadcast_positions,
    broadcast_shapes as broadcast_shapes,
    check_size as check_size,
    concatenate as concatenate,
    constant as constant,
    constant_entries as constant_entries,
    full as full,
    gather as gather,
    index as index,
    lift as lift,
    number as number,
    positions_of as positions_of,
    reshape as reshape,
    scatter as scatter,
    stack as stack,
    symbol as symbol,
    transpose as transpose,
    uniform_value as uniform_value,
)

# isort: on

MAX_POWER = 100
"""Largest integer exponent accepted by :func:`power`."""


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
    axes = tuple(range(part.ndim)) if axis is None else (axis_of(axis, part.ndim),)
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
    check_size(shape)
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
