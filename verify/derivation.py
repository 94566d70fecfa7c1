"""Derive a loss: gradient and Hessian in blocks, critical-point conditions, and a second derivation to compare with.

The blocks come from the array derivative and stay in matrix form at any size. For small sizes SymPy derives the same
again on explicit scalars; :func:`cross_check` compares the two, and a difference is a defect, never a verdict.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from verify.errors import AttnverifyError, InvalidInput
from verify.expr import build
from verify.expr.derive import directional, gradient
from verify.expr.node import MATRIX, REDUCTIONS, Expr, Shape, symbols, topological

DIRECTION = "d"
"""Prefix of the symbol for a change of a parameter: ``dW`` is a direction in the space of ``W``."""

MAX_SCALAR_PARAMETERS = 20
"""Most parameter entries for which scalar formulas are written out."""

MAX_SCALAR_OPERATIONS = 100
"""Most scalar operations of a loss whose scalar formulas are written out."""

MAX_FACTORED = 150
"""Most operations of a derivative that SymPy is asked to factor."""


class DerivationMismatch(AttnverifyError):
    """Two derivations of one derivative differ: a defect of this program."""


@dataclass(frozen=True)
class Derivation:
    """What follows from a loss by differentiation.

    Attributes:
        loss: the scalar expression.
        parameters: the arrays it is differentiated by, by name.
        gradient: derivative by each parameter array, in its shape. A critical point is where all are zero.
        directions: a symbol for a change of each parameter array.
        hessian: for each pair of names (a, b), a not after b: the derivative of the gradient in ``a`` along the
            direction in ``b``, in the shape of ``a``; the block (b, a) is its adjoint.
        definitions: names for intermediate arrays.
        seconds: time spent on each part.
    """

    loss: Expr
    parameters: Mapping[str, Expr]
    gradient: Mapping[str, Expr]
    directions: Mapping[str, Expr]
    hessian: Mapping[tuple[str, str], Expr]
    definitions: Mapping[str, Expr] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def shapes(self) -> dict[str, Shape]:
        """Shapes of the parameters and of all other symbols of the loss."""
        return {name: symbol.shape for name, symbol in (dict(self.parameters) | symbols(self.loss)).items()}

    @property
    def size(self) -> int:
        """Number of parameter entries."""
        return sum(symbol.size for symbol in self.parameters.values())


def derive(
    loss: Expr,
    parameters: Mapping[str, Expr],
    *,
    definitions: Mapping[str, Expr] | None = None,
    second_order: bool = True,
) -> Derivation:
    """Return gradient and Hessian of a scalar ``loss`` by blocks.

    Args:
        loss: scalar expression.
        parameters: the symbols to differentiate by.
        definitions: names for intermediate arrays, used when the result is typeset.
        second_order: also derive the Hessian.

    Raises:
        InvalidInput: no parameters, a loss that is not a scalar, or an operation without a derivative.
    """
    if not parameters:
        raise InvalidInput("there is nothing to differentiate by", fix="name at least one parameter")
    start = perf_counter()
    wrt = list(parameters.values())
    slopes = dict(zip(parameters, gradient(loss, wrt), strict=True))
    middle = perf_counter()
    directions = _directions(loss, parameters)
    blocks = _hessian_blocks(loss, parameters, directions) if second_order else {}
    seconds = {"gradient": middle - start, "hessian": perf_counter() - middle}
    return Derivation(loss, dict(parameters), slopes, directions, blocks, dict(definitions or {}), seconds)


def _directions(loss: Expr, parameters: Mapping[str, Expr]) -> dict[str, Expr]:
    taken, prefix = {*symbols(loss), *parameters}, DIRECTION
    while any(prefix + name in taken for name in parameters):
        prefix += DIRECTION
    return {name: build.symbol(prefix + name, symbol.shape) for name, symbol in parameters.items()}


def _hessian_blocks(
    loss: Expr, parameters: Mapping[str, Expr], directions: Mapping[str, Expr]
) -> dict[tuple[str, str], Expr]:
    names = list(parameters)
    blocks: dict[tuple[str, str], Expr] = {}
    for column, b in enumerate(names):
        slope = directional(loss, [parameters[b]], [directions[b]])
        rows = gradient(slope, [parameters[a] for a in names[: column + 1]])
        blocks |= {(a, b): row for a, row in zip(names, rows, strict=False)}
    return blocks


def scalar_operations(*roots: Expr) -> int:
    """Return the number of scalar operations that evaluating ``roots`` takes."""
    count = 0
    for node in topological(*roots):
        if node.op == "matmul":
            count += node.size * node.args[0].shape[-1]
        elif node.op in REDUCTIONS or node.op in MATRIX:
            count += node.args[0].size
        elif node.args and node.op not in ("broadcast", "reshape", "transpose", "gather", "concat"):
            count += node.size
    return count


# --- scalars ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ScalarDerivation:
    """The same derivation on explicit scalars, by SymPy (all values are SymPy expressions).

    Attributes:
        loss: the loss.
        variables: SymPy symbols of the parameter entries, in the order of the parameters.
        gradient: derivative by each of them.
        hessian: rows of second derivatives, away from kinks.
        conditions: the factors of each gradient entry; at a critical point one of them is zero in every row.
    """

    loss: Any
    variables: tuple[Any, ...]
    gradient: tuple[Any, ...]
    hessian: tuple[tuple[Any, ...], ...]
    conditions: tuple[tuple[Any, ...], ...]


def is_small(derivation: Derivation) -> bool:
    """Whether scalar formulas are short enough to be written out."""
    few = derivation.size <= MAX_SCALAR_PARAMETERS
    return few and scalar_operations(derivation.loss) <= MAX_SCALAR_OPERATIONS


def derive_scalars(derivation: Derivation, *, second_order: bool = True) -> ScalarDerivation:
    """Return SymPy's derivation of the loss, for small sizes.

    Raises:
        InvalidInput: the loss is too large to be written in scalars.
        Undecidable: an operation has no written form.
    """
    if not is_small(derivation):
        raise InvalidInput(
            f"{derivation.size} parameters and {scalar_operations(derivation.loss)} operations in scalars",
            fix=f"use sizes with at most {MAX_SCALAR_PARAMETERS} parameters and {MAX_SCALAR_OPERATIONS} operations",
        )
    from verify.expr.sympy_reading import entry_symbols, to_sympy

    env = entry_symbols(list((symbols(derivation.loss) | dict(derivation.parameters)).values()))
    loss = to_sympy(derivation.loss, env)
    variables = [symbol for name in derivation.parameters for symbol in env[name]]
    slopes = [loss.diff(variable) for variable in variables]
    rows = [tuple(_smooth(slope.diff(variable)) for variable in variables) for slope in slopes if second_order]
    conditions = tuple(tuple(dict.fromkeys(_factors(slope))) for slope in slopes)
    return ScalarDerivation(loss, tuple(variables), tuple(slopes), tuple(rows), conditions)


def _factors(slope: Any) -> list[Any]:
    """Return what may vanish in a derivative: the factors of its numerator that are not constants or exponentials."""
    import sympy as sp

    if slope.count_ops() > MAX_FACTORED:
        return [slope]
    factored = sp.factor(sp.fraction(sp.together(slope))[0])
    bases = [factor.as_base_exp()[0] for factor in sp.Mul.make_args(factored)]
    return [base for base in bases if not _never_zero(base)] or [factored]


def _never_zero(base: Any) -> bool:
    import sympy as sp

    if base.is_positive or base.is_negative:
        return True
    rest, squashed = base.as_independent(sp.tanh, as_Add=True)
    return abs(rest) == 1 and isinstance(squashed if squashed.is_Function else -squashed, sp.tanh)


def _smooth(derivative: Any) -> Any:
    """Drop the spikes that SymPy puts on kinks."""
    import sympy as sp

    return derivative.replace(sp.DiracDelta, lambda *_: sp.Integer(0))


# --- cross-check ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CrossCheck:
    """An independent derivation that agreed.

    Attributes:
        method: what it was compared with.
        exact: whether every comparison was between rationals or between formulas.
        points: number of points at which values were compared.
        entries: number of compared values.
        difference: bound on the largest difference, as text ("0" when exact).
        seconds: time spent.
    """

    method: str
    exact: bool
    points: int
    entries: int
    difference: str
    seconds: float


def cross_check(derivation: Derivation, *, points: int = 2, seed: int = 0) -> CrossCheck:
    """Compare the array derivative with an independent one; see :mod:`verify.crosscheck`.

    Raises:
        DerivationMismatch: they differ.
        Undecidable: no point was found where both are defined.
    """
    from verify.crosscheck import check

    return check(derivation, points=points, seed=seed)
