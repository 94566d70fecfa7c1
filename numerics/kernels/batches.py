"""A loss with its derivatives over flat points (B, p), each compiled when it is first asked for.

Every product is one expression: the Hessian times a direction by reverse mode over a directional derivative, the
Gauss-Newton matrix times a direction through the residual's two linear maps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numerics.kernels.kernel import Kernel, compile_kernel
from verify.errors import InvalidInput
from verify.expr import build
from verify.expr.derive import gradient, hessian_product
from verify.expr.node import Expr, topological
from verify.expr.numpy_derivatives import flatten, unflatten
from verify.expr.substitute import substitute

Array = NDArray[np.float64]

_RESIDUAL, _WEIGHT, _MOVE = " residual", " weight", " direction of "


class LossKernels:
    """Compiled readings of a scalar loss; points and directions are arrays (B, p).

    Args:
        loss: scalar expression.
        wrt: the symbols whose entries, flattened in this order, are the p coordinates.
        shared: values of the other symbols by name.
        residual: a node of ``loss`` through which alone it depends on ``wrt``; needed for Gauss-Newton products.
        threads: see :func:`numerics.kernels.compile_kernel`.
        backend: see :func:`numerics.kernels.compile_kernel`.
    """

    def __init__(
        self,
        loss: Expr,
        wrt: Sequence[Expr],
        *,
        shared: Mapping[str, Any] | None = None,
        residual: Expr | None = None,
        threads: int = 1,
        backend: str = "auto",
    ) -> None:
        if loss.shape != ():
            raise InvalidInput(f"a loss of shape {list(loss.shape)}", fix="give a scalar expression")
        self.loss, self.wrt, self.residual = loss, tuple(wrt), residual
        self.size = sum(symbol.size for symbol in wrt)
        self._options: dict[str, Any] = {"shared": shared, "threads": threads, "backend": backend}
        self._moves = [build.symbol(f"{_MOVE}{symbol.attrs}", symbol.shape) for symbol in wrt]

    def value(self, points: Array) -> Array:
        """Return the loss (B,)."""
        return self._value(*unflatten(points, self.wrt))[0]

    def value_and_gradient(self, points: Array) -> tuple[Array, Array]:
        """Return the loss (B,) and its gradient (B, p)."""
        value, *slopes = self._first(*unflatten(points, self.wrt))
        return value, flatten(slopes, self.wrt)

    def hessian_product(self, points: Array, directions: Array) -> Array:
        """Return the Hessian at each point times the direction given with it (B, p)."""
        return self._product(self._second, points, directions)

    def gauss_newton_product(self, points: Array, directions: Array) -> Array:
        """Return J^T K J times directions (B, p): J the residual's Jacobian, K the loss's Hessian in the residual.

        Raises:
            InvalidInput: no residual was given, or the loss depends on the parameters beside it.
        """
        return self._product(self._gauss_newton, points, directions)

    def hessian(self, points: Array) -> Array:
        """Return the Hessian (B, p, p), exactly symmetric, by :mod:`numerics.hessians`."""
        return self._hessian(np.asarray(points, dtype=float))[2]

    # kernels

    @cached_property
    def _value(self) -> Kernel:
        return compile_kernel([self.loss], self.wrt, **self._options)

    @cached_property
    def _first(self) -> Kernel:
        return compile_kernel([self.loss, *gradient(self.loss, self.wrt)], self.wrt, **self._options)

    @cached_property
    def _second(self) -> Kernel:
        product = hessian_product(self.loss, self.wrt, self._moves)
        return compile_kernel(product, [*self.wrt, *self._moves], **self._options)

    @cached_property
    def _hessian(self) -> Any:
        from numerics.hessians.batches import hessian_function

        return hessian_function(self.loss, self.wrt, **self._options)

    @cached_property
    def _gauss_newton(self) -> Kernel:
        if self.residual is None:
            raise InvalidInput("a Gauss-Newton product without a residual", fix="give residual=")
        product = gauss_newton_product(self.loss, self.residual, self.wrt, self._moves)
        return compile_kernel(product, [*self.wrt, *self._moves], **self._options)

    def _product(self, kernel: Kernel, points: Array, directions: Array) -> Array:
        parts = kernel(*unflatten(points, self.wrt), *unflatten(directions, self.wrt))
        return flatten(parts, self.wrt)


def gauss_newton_product(loss: Expr, residual: Expr, wrt: Sequence[Expr], directions: Sequence[Expr]) -> list[Expr]:
    """Return J^T K J applied to ``directions``, per array in ``wrt``, as expressions.

    Raises:
        InvalidInput: the loss depends on ``wrt`` beside the residual.
    """
    seen = build.symbol(_RESIDUAL, residual.shape)
    outer = _replaced(loss, residual, seen)
    if {id(node) for node in topological(outer)} & {id(symbol) for symbol in wrt}:
        raise InvalidInput("the loss depends on the parameters beside the residual", fix="leave out ridge terms")
    weight = build.symbol(_WEIGHT, residual.shape)
    pulled = gradient(build.total(build.mul(weight, residual)), wrt)  # J^T weight
    along = build.number(0)
    for part, direction in zip(pulled, directions, strict=True):
        along = build.add(along, build.total(build.mul(part, direction)))
    (pushed,) = gradient(along, [weight])  # J direction
    (curved,) = hessian_product(outer, [seen], [pushed])
    curved = substitute(curved, {_RESIDUAL: residual})
    return [substitute(part, {_WEIGHT: curved}) for part in pulled]


def _replaced(root: Expr, old: Expr, new: Expr) -> Expr:
    rebuilt: dict[int, Expr] = {id(old): new}
    for node in topological(root):
        if id(node) not in rebuilt:
            args = tuple(rebuilt[id(arg)] for arg in node.args)
            rebuilt[id(node)] = Expr(node.op, args, attrs=node.attrs, shape=node.shape, kind=node.kind)
    return rebuilt[id(root)]
