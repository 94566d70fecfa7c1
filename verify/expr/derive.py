"""Derivatives of expressions as expressions: reverse mode, closed under itself.

One backward sweep gives the gradient with respect to any number of arrays; its size is a small multiple of the size
of the expression, because shared nodes stay shared. Where a function has a kink (relu, abs, maximum, max, sparsemax),
the derivative is that of the smooth piece around the point and is undefined on the kink itself; the kinks are
listed by :func:`kinks`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from verify.errors import InvalidInput
from verify.expr import build
from verify.expr.build import add, broadcast, div, full, mul, neg, number, reshape, sub, total
from verify.expr.node import Expr, topological

MAX_COMPETITORS = 128
"""Most entries of a maximum that is differentiated; every pair of them is compared."""

Rule = Callable[[Expr, Expr], Sequence[Expr | None]]
"""(node, cotangent of the node) -> cotangent of each argument; None stands for zero."""


def gradient(output: Expr, wrt: Sequence[Expr]) -> list[Expr]:
    """Return the gradient of a scalar expression with respect to each array in ``wrt`` (same shapes).

    Raises:
        InvalidInput: ``output`` is not a scalar, or an operation has no derivative.
    """
    if output.shape != ():
        raise InvalidInput(f"the gradient of an array of shape {list(output.shape)}", fix="give a scalar")
    needed = _depending(output, wrt)
    cotangents: dict[int, Expr] = {id(output): number(1)}
    for node in reversed(topological(output)):
        cotangent = cotangents.get(id(node))
        if cotangent is None or id(node) not in needed or not node.args:
            continue
        for arg, part in zip(node.args, _rule(node)(node, cotangent), strict=True):
            if part is not None and id(arg) in needed:
                known = cotangents.get(id(arg))
                cotangents[id(arg)] = part if known is None else add(known, part)
    return [cotangents.get(id(array), full(0, array.shape)) for array in wrt]


def hessian_product(output: Expr, wrt: Sequence[Expr], directions: Sequence[Expr]) -> list[Expr]:
    """Return the Hessian of ``output`` times ``directions`` (one per array in ``wrt``, same shapes), per array."""
    return gradient(directional(output, wrt, directions), wrt)


def directional(output: Expr, wrt: Sequence[Expr], directions: Sequence[Expr]) -> Expr:
    """Return the derivative of ``output`` along ``directions``."""
    slope = number(0)
    for part, direction in zip(gradient(output, wrt), directions, strict=True):
        slope = add(slope, total(mul(part, direction)))
    return slope


def gradient_entries(output: Expr, wrt: Sequence[Expr]) -> list[Expr]:
    """Return the gradient as a flat list of scalar expressions."""
    return [entry for part in gradient(output, wrt) for entry in _entries(part)]


def hessian_entries(output: Expr, wrt: Sequence[Expr]) -> list[list[Expr]]:
    """Return the Hessian as rows of scalar expressions (for small problems; one sweep per row)."""
    return [gradient_entries(entry, wrt) for entry in gradient_entries(output, wrt)]


def _entries(a: Expr) -> list[Expr]:
    return [build.gather(a, [place], ()) for place in range(a.size)]


def _depending(output: Expr, wrt: Sequence[Expr]) -> set[int]:
    targets = {id(array) for array in wrt}
    found: set[int] = set()
    for node in topological(output):
        if id(node) in targets or any(id(arg) in found for arg in node.args):
            found.add(id(node))
    return found


def _rule(node: Expr) -> Rule:
    rule = _RULES.get(node.op)
    if rule is None:
        raise InvalidInput(f"'{node.op}' has no derivative", fix="use it in conditions only")
    return rule


# --- rules ------------------------------------------------------------------------------------------------------


def _sum_to(cotangent: Expr, source: Expr) -> Expr:
    """Adjoint of broadcasting ``source``."""
    lead = cotangent.ndim - source.ndim
    for _ in range(lead):
        cotangent = total(cotangent, 0)
    for axis, length in enumerate(source.shape):
        if length == 1 and cotangent.shape[axis] != 1:
            shape = list(cotangent.shape)
            shape[axis] = 1
            cotangent = reshape(total(cotangent, axis), tuple(shape))
    return cotangent


def _keep(a: Expr, node: Expr) -> Expr:
    """Spread a reduced value of ``node`` back over the reduced axes of its argument."""
    source = node.args[0]
    axes: tuple[int, ...] = node.attrs  # type: ignore[assignment]
    kept = tuple(1 if axis in axes else length for axis, length in enumerate(source.shape))
    return broadcast(reshape(a, kept), source.shape)


def _scaled(slope: Callable[[Expr, Expr], Expr]) -> Rule:
    """Rule of an elementwise function, from its slope in terms of (argument, value)."""
    return lambda node, g: (mul(g, slope(node.args[0], node)),)


def _power_rule(node: Expr, g: Expr) -> tuple[Expr]:
    n: int = node.attrs  # type: ignore[assignment]
    return (mul(g, mul(number(n), build.integer_power(node.args[0], n - 1))),)


def _mul_rule(node: Expr, g: Expr) -> tuple[Expr, Expr]:
    left, right = node.args
    return mul(g, right), mul(g, left)


def _div_rule(node: Expr, g: Expr) -> tuple[Expr, Expr]:
    right = node.args[1]
    return div(g, right), neg(div(mul(g, node), right))


def _maximum_rule(node: Expr, g: Expr) -> tuple[Expr, Expr]:
    left, right = node.args
    return mul(g, build.step(sub(left, right))), mul(g, build.step(sub(right, left)))


def _max_rule(node: Expr, g: Expr) -> tuple[Expr]:
    """The only largest entry receives everything: the product of steps over all other entries."""
    source = node.args[0]
    axes: tuple[int, ...] = node.attrs  # type: ignore[assignment]
    order = [axis for axis in range(source.ndim) if axis not in axes] + list(axes)
    rows = reshape(build.transpose(source, order), (node.size, source.size // node.size))
    count = rows.shape[1]
    if count > MAX_COMPETITORS:
        raise InvalidInput(f"the derivative of a maximum over {count} entries", fix=f"use at most {MAX_COMPETITORS}")
    chosen = []
    for j in range(count):
        own = build.index(rows, (slice(None), j))
        indicator = full(1, own.shape)
        for k in range(count):
            if k != j:
                indicator = mul(indicator, build.step(sub(own, build.index(rows, (slice(None), k)))))
        chosen.append(mul(reshape(g, own.shape), indicator))
    out = build.stack(chosen, axis=1)
    shape = tuple(source.shape[axis] for axis in order)
    back = [order.index(axis) for axis in range(source.ndim)]
    return (build.transpose(reshape(out, shape), back),)


def _matmul_rule(node: Expr, g: Expr) -> tuple[Expr, Expr]:
    left, right = node.args
    return build.matmul(g, build.transpose(right)), build.matmul(build.transpose(left), g)


def _softmax_rule(node: Expr, g: Expr) -> tuple[Expr]:
    inner = total(mul(g, node), -1)
    return (mul(node, sub(g, reshape(inner, (*inner.shape, 1)))),)


def _sparsemax_rule(node: Expr, g: Expr) -> tuple[Expr]:
    support = build.sign(node)
    inner = div(total(mul(g, support), -1), total(support, -1))
    return (mul(support, sub(g, reshape(inner, (*inner.shape, 1)))),)


def _logsumexp_rule(node: Expr, g: Expr) -> tuple[Expr]:
    return (mul(reshape(g, (*g.shape, 1)), build.row_map("softmax", node.args[0])),)


def _concat_rule(node: Expr, g: Expr) -> list[Expr]:
    axis: int = node.attrs  # type: ignore[assignment]
    parts, start = [], 0
    for arg in node.args:
        stop = start + arg.shape[axis]
        parts.append(build.index(g, (*(slice(None),) * axis, slice(start, stop))))
        start = stop
    return parts


def _where_rule(node: Expr, g: Expr) -> tuple[None, Expr, Expr]:
    zero = full(0, node.shape)
    return None, build.where(node.args[0], g, zero), build.where(node.args[0], zero, g)


def _transpose_rule(node: Expr, g: Expr) -> tuple[Expr]:
    axes: tuple[int, ...] = node.attrs  # type: ignore[assignment]
    return (build.transpose(g, [axes.index(axis) for axis in range(len(axes))]),)


def _gather_rule(node: Expr, g: Expr) -> tuple[Expr]:
    return (build.scatter(g, node.attrs, node.args[0].shape),)  # type: ignore[arg-type]


def _scatter_rule(node: Expr, g: Expr) -> tuple[Expr]:
    return (build.gather(g, node.attrs, node.args[0].shape),)  # type: ignore[arg-type]


def _erf_slope(x: Expr, _: Expr) -> Expr:
    return mul(mul(number(2), inverse_sqrt_pi()), build.exp(neg(build.power(x, 2))))


def inverse_sqrt_pi() -> Expr:
    """Return the constant 1/sqrt(pi)."""
    return Expr("inverse_sqrt_pi", shape=())


def _untouched(node: Expr, g: Expr) -> list[None]:
    return [None] * len(node.args)


_RULES: dict[str, Rule] = {
    "add": lambda node, g: (g, g),
    "mul": _mul_rule,
    "div": _div_rule,
    "pow": _power_rule,
    "exp": _scaled(lambda x, y: y),
    "log": lambda node, g: (div(g, node.args[0]),),
    "sqrt": lambda node, g: (div(mul(number(1) / number(2), g), node),),
    "tanh": _scaled(lambda x, y: sub(1, build.power(y, 2))),
    "sigmoid": _scaled(lambda x, y: mul(y, sub(1, y))),
    "softplus": _scaled(lambda x, y: build.sigmoid(x)),
    "erf": _scaled(_erf_slope),
    "sin": _scaled(lambda x, y: build.cos(x)),
    "cos": _scaled(lambda x, y: neg(build.sin(x))),
    "abs": _scaled(lambda x, y: sub(mul(2, build.step(x)), 1)),
    "relu": _scaled(lambda x, y: build.step(x)),
    "sign": _untouched,
    "step": _untouched,
    "maximum": _maximum_rule,
    "where": _where_rule,
    "broadcast": lambda node, g: (_sum_to(g, node.args[0]),),
    "reshape": lambda node, g: (reshape(g, node.args[0].shape),),
    "transpose": _transpose_rule,
    "gather": _gather_rule,
    "scatter": _scatter_rule,
    "concat": _concat_rule,
    "sum": lambda node, g: (_keep(g, node),),
    "max": _max_rule,
    "matmul": _matmul_rule,
    "softmax": _softmax_rule,
    "sparsemax": _sparsemax_rule,
    "logsumexp": _logsumexp_rule,
}


# --- kinks ------------------------------------------------------------------------------------------------------


def kinks(root: Expr) -> list[Expr]:
    """Return arrays whose nonzero entries everywhere certify that ``root`` is smooth near the point.

    They are the arguments of abs, relu, sign, step, sqrt and of comparisons, the differences of competing maxima,
    and the distances of sparsemax entries from their threshold.
    """
    found: list[Expr] = []
    for node in topological(root):
        found.extend(_kinks_of(node))
    return list(dict.fromkeys(found))


def _kinks_of(node: Expr) -> list[Expr]:
    if node.op in ("abs", "relu", "sign", "step", "sqrt"):
        return [] if node.op == "sign" and node.args[0].op == "sparsemax" else [node.args[0]]
    if node.op == "maximum":
        return [sub(*node.args)]
    if node.op in ("lt", "le", "eq", "ne"):
        return [sub(*node.args)]
    if node.op == "max":
        return _max_kinks(node)
    if node.op == "sparsemax":
        return [sparsemax_margin(node.args[0])]
    return []


def _max_kinks(node: Expr) -> list[Expr]:
    """Products over all pairs would vanish too often; the gap between the two largest entries is what matters."""
    gap = Expr("gap", node.args, attrs=node.attrs, shape=node.shape)
    return [gap]


def sparsemax_margin(rows: Expr) -> Expr:
    """Return the distance of each entry from its row's sparsemax threshold (negative: outside the support)."""
    return Expr("margin", (rows,), shape=rows.shape)
