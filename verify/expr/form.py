"""Formulas as a person writes them: products of matrices, transposes, sums and named parts.

A :class:`Form` is built from an expression by :mod:`verify.expr.matrix_form` and rendered by
:mod:`verify.expr.latex` and :mod:`verify.expr.plain`. Constructors simplify what a writer would: transposes of
products, numeric factors in front, equal terms collected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

SCALAR, COLUMN, ROW, MATRIX = "s", "v", "r", "m"


@dataclass(frozen=True)
class Form:
    """A part of a formula: operation, parts, plain data, and whether it is a scalar, column, row or matrix.

    Operations: number, name, ones, literal, sum, product, hadamard, quotient, transpose, diagonal, power, norm, inner,
    apply, each (a sum over an index), compare, logic.
    """

    op: str
    args: tuple[Form, ...] = ()
    data: Any = None
    kind: str = SCALAR


def number(value: Fraction | int) -> Form:
    """Return an exact number."""
    return Form("number", data=Fraction(value))


ZERO, ONE = number(0), number(1)
ONES = Form("ones", kind=COLUMN)


def name(text: str, kind: str, index: Sequence[str] = ()) -> Form:
    """Return a named array, or the part of it that ``index`` picks."""
    return Form("name", data=(text, tuple(index)), kind=kind)


def apply(function: str, *args: Form, kind: str) -> Form:
    """Return a function of its arguments."""
    return Form("apply", args, function, kind)


def coefficient(form: Form) -> tuple[Fraction, Form]:
    """Split the numeric factor off a form."""
    if form.op == "number":
        return form.data, ONE
    if form.op == "product":
        return form.data, _product(Fraction(1), form.args)
    return Fraction(1), form


def scaled(factor: Fraction, form: Form) -> Form:
    """Return a number times a form."""
    own, rest = coefficient(form)
    if factor * own == 0:
        return ZERO
    if rest == ONE:
        return number(factor * own)
    return _product(factor * own, rest.args if rest.op == "product" else (rest,))


def _product(factor: Fraction, parts: Sequence[Form]) -> Form:
    if not parts:
        return number(factor)
    if len(parts) == 1 and factor == 1:
        return parts[0]
    return Form("product", tuple(parts), factor, _product_kind(parts))


def _product_kind(parts: Sequence[Form]) -> str:
    arrays = [part for part in parts if part.kind != SCALAR]
    if not arrays:
        return SCALAR
    rows, columns = arrays[0].kind in (MATRIX, COLUMN), arrays[-1].kind in (MATRIX, ROW)
    return {(True, True): MATRIX, (True, False): COLUMN, (False, True): ROW, (False, False): SCALAR}[rows, columns]


def product(*forms: Form) -> Form:
    """Return the matrix product; scalars move to the front."""
    factor = Fraction(1)
    scalars: list[Form] = []
    arrays: list[Form] = []
    for form in forms:
        own, rest = coefficient(form)
        factor *= own
        for part in _factors(rest):
            if part != ONE:
                (scalars if part.kind == SCALAR else arrays).append(part)
    if factor == 0:
        return ZERO
    for place, part in enumerate(scalars):
        if part.op == "apply" and part.data == "sqrt" and part.args[0].op == "number":
            root = part.args[0].data
            if factor.denominator % root == 0:  # sqrt(2)/2 is written 1/sqrt(2)
                factor, scalars[place] = factor * root, Form("quotient", (ONE, part))
    if not arrays and len(scalars) == 1 and scalars[0].op == "product":
        return _product(factor * scalars[0].data, scalars[0].args)
    return _product(factor, [*scalars, *_inner_scalars(arrays)])


def _factors(form: Form) -> list[Form]:
    """Return the factors of a product; what multiplies out to a scalar stays together."""
    if form.op != "product":
        return [form]
    if form.kind != SCALAR:
        return list(form.args)
    scalars = [part for part in form.args if part.kind == SCALAR]
    arrays = [part for part in form.args if part.kind != SCALAR]
    return [*scalars, _product(Fraction(1), arrays)] if arrays else scalars


def _inner_scalars(arrays: list[Form]) -> list[Form]:
    """Write a row times a column inside a longer product as the first factor, because it is a scalar."""
    for place in range(len(arrays) - 1):
        if arrays[place].kind == ROW and arrays[place + 1].kind == COLUMN and len(arrays) > 2:
            pair = Form("product", tuple(arrays[place : place + 2]), Fraction(1), SCALAR)
            return [pair, *_inner_scalars(arrays[:place] + arrays[place + 2 :])]
    return arrays


def total(*terms: Form) -> Form:
    """Return the sum, equal terms collected; a number is added to every entry."""
    parts: dict[Form, Fraction] = {}
    for term in terms:
        outer, inside = coefficient(term)
        for piece in inside.args if inside.op == "sum" else (inside,):
            own, rest = coefficient(piece)
            parts[rest] = parts.get(rest, Fraction(0)) + outer * own
    kept = [scaled(factor, rest) for rest, factor in parts.items() if factor]
    if len(kept) < 2:
        return kept[0] if kept else ZERO
    kind = next((part.kind for part in kept if part.kind != SCALAR), SCALAR)
    return Form("sum", tuple(part if part.op == "number" else spread(part, kind) for part in kept), kind=kind)


def spread(form: Form, kind: str) -> Form:
    """Return a scalar as the array that has it everywhere."""
    if form.kind != SCALAR or kind == SCALAR:
        return form
    column, row = (ONES,), (Form("transpose", (ONES,), kind=ROW),)
    return product(form, *{COLUMN: column, ROW: row, MATRIX: column + row}[kind])


_FLIPPED = {SCALAR: SCALAR, COLUMN: ROW, ROW: COLUMN, MATRIX: MATRIX}


def transpose(form: Form) -> Form:
    """Return the transposed form."""
    if form.kind == SCALAR or form.op == "diagonal":
        return form
    if form.op == "transpose":
        return form.args[0]
    if form.op == "product":
        return _product(form.data, [transpose(part) for part in _ordered(form.args)])
    if form.op in ("sum", "hadamard") and all(part.kind == SCALAR or _is_turned(part) for part in form.args):
        return Form(form.op, tuple(transpose(part) for part in form.args), kind=_FLIPPED[form.kind])
    return Form("transpose", (form,), kind=_FLIPPED[form.kind])


def _is_turned(form: Form) -> bool:
    """Whether transposing a form takes no bracket: a transposed one, or a product of names."""
    rest = coefficient(form)[1]
    parts = rest.args if rest.op == "product" else ()
    return rest.op == "transpose" or (bool(parts) and all(p.op in ("name", "transpose", "ones") for p in parts))


def _ordered(parts: Sequence[Form]) -> list[Form]:
    scalars = [part for part in parts if part.kind == SCALAR]
    return scalars + [part for part in reversed(parts) if part.kind != SCALAR]


def diagonal(form: Form) -> Form:
    """Return the diagonal matrix of a column."""
    return Form("diagonal", (form,), kind=MATRIX)


def outer_ones(form: Form) -> tuple[str, Form] | None:
    """Return ("column", u) for u 1^T and ("row", u^T) for 1 u^T, numeric factors included; else None."""
    if form.op != "product":
        return None
    arrays = [part for part in form.args if part.kind != SCALAR]
    rest = [part for part in form.args if part.kind == SCALAR]
    if len(arrays) < 2 or form.kind != MATRIX:
        return None
    if arrays[-1] == transpose(ONES):
        return "column", _product(form.data, [*rest, *arrays[:-1]])
    if arrays[0] == ONES:
        return "row", _product(form.data, [*rest, *arrays[1:]])
    return None


def repeated_scalar(form: Form) -> Form | None:
    """Return s for s 1, s 1^T and s 1 1^T, else None."""
    arrays = [part for part in form.args if part.kind != SCALAR] if form.op == "product" else []
    if not arrays or any(part not in (ONES, transpose(ONES)) for part in arrays):
        return None
    return _product(form.data, [part for part in form.args if part.kind == SCALAR])


def hadamard(left: Form, right: Form) -> Form:
    """Return the entrywise product; repeated columns and rows become diagonal factors, scalars plain factors."""
    if SCALAR in (left.kind, right.kind):
        return product(left, right)
    for known, rest in ((left, right), (right, left)):
        if (value := repeated_scalar(known)) is not None:
            return product(value, rest)
    own, other = outer_ones(left), outer_ones(right)
    if own and other and own[0] != other[0]:
        return product(own[1], other[1]) if own[0] == "column" else product(other[1], own[1])
    for found, rest in ((own, right), (other, left)):
        if found:
            factor, entries = coefficient(found[1] if found[0] == "column" else transpose(found[1]))
            turned = (diagonal(entries), rest) if found[0] == "column" else (rest, diagonal(entries))
            return scaled(factor, product(*turned))
    (a, x), (b, y) = coefficient(left), coefficient(right)
    parts = [*(x.args if x.op == "hadamard" else (x,)), *(y.args if y.op == "hadamard" else (y,))]
    return scaled(a * b, Form("hadamard", tuple(parts), kind=left.kind))


def quotient(top: Form, bottom: Form) -> Form:
    """Return the entrywise quotient."""
    own, rest = coefficient(top)
    if bottom.kind == SCALAR and top.kind != SCALAR:
        return scaled(own, product(Form("quotient", (ONE, bottom)), rest))
    kind = top.kind if top.kind != SCALAR else bottom.kind
    return scaled(own, Form("quotient", (rest, bottom), kind=kind))


def power(base: Form, n: int) -> Form:
    """Return the entrywise power."""
    return Form("power", (base,), n, base.kind)


def norm(form: Form, which: str) -> Form:
    """Return the norm ``2`` (Frobenius for matrices) or ``1``."""
    return Form("norm", (form,), which)


def entries_total(form: Form) -> Form:
    """Return the sum over all entries: a squared norm or an inner product where it is one."""
    if form.kind == SCALAR:
        return form
    own, rest = coefficient(form)
    if rest.op == "sum":
        return scaled(own, total(*(entries_total(part) for part in rest.args)))
    if rest.op == "power" and rest.data == 2:
        return scaled(own, power(norm(rest.args[0], "2"), 2))
    if rest.op == "apply" and rest.data == "abs":
        return scaled(own, norm(rest.args[0], "1"))
    if rest.op == "hadamard":
        head, tail = rest.args[0], rest.args[1:]
        other = tail[0] if len(tail) == 1 else Form("hadamard", tail, kind=rest.kind)
        return scaled(own, inner(head, other))
    column = transpose(rest) if rest.kind == ROW else rest
    if column.kind == COLUMN:
        return scaled(own, product(transpose(ONES), column))
    return scaled(own, product(transpose(ONES), column, ONES))


def inner(left: Form, right: Form) -> Form:
    """Return the inner product of two arrays of one shape."""
    if left.kind == ROW:
        left, right = transpose(left), transpose(right)
    if left.kind == COLUMN:
        return product(transpose(left), right)
    return Form("inner", (left, right))


def each(index: str, body: Form) -> Form:
    """Return the sum over an index."""
    own, rest = coefficient(body)
    parts = rest.args if rest.op == "product" else (rest,)
    outside = [part for part in parts if part.kind == SCALAR and not mentions(part, index)]
    inside = _product(Fraction(1), [part for part in parts if part not in outside])
    return scaled(own, product(*outside, Form("each", (inside,), index, inside.kind)))


def mentions(form: Form, index: str) -> bool:
    """Whether an index occurs in a form."""
    return (form.op == "name" and index in form.data[1]) or any(mentions(part, index) for part in form.args)


def weight(form: Form) -> int:
    """Return how many symbols a form takes."""
    return 1 + sum(weight(part) for part in form.args)
