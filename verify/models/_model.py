"""What a model is: a loss over named parameters and data, with names for its intermediate values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

from verify.errors import InvalidInput
from verify.expr import build
from verify.expr import functions as F
from verify.expr.node import Expr

ACTIVATIONS: dict[str, Callable[[Expr], Expr]] = {
    "tanh": F.tanh,
    "sigmoid": F.sigmoid,
    "relu": F.relu,
    "softplus": F.softplus,
    "gelu": F.gelu,
    "identity": lambda a: a,
}
"""The elementwise functions sigma a model may be built with."""


@dataclass(frozen=True)
class Model:
    """A network with its loss at fixed sizes.

    Attributes:
        name: name in the registry.
        sign: its sign in the theorems (M0, M1a, ...).
        formula: the network in one line of text.
        loss: scalar expression, (1/2n) times the sum of squared residuals.
        parameters: the arrays that are trained, by name.
        data: inputs and targets, by name.
        definitions: intermediate arrays worth a name, in order of computation.
    """

    name: str
    sign: str
    formula: str
    loss: Expr
    parameters: dict[str, Expr]
    data: dict[str, Expr]
    definitions: dict[str, Expr] = field(default_factory=dict)


def activation_of(name: str) -> Callable[[Expr], Expr]:
    """Return the activation called ``name``.

    Raises:
        InvalidInput: no such activation.
    """
    if name not in ACTIVATIONS:
        raise InvalidInput(f"there is no activation '{name}'", fix=f"use one of {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]


def half_mean_square(residual: Expr) -> Expr:
    """Return (1/2n) times the sum of squares of a residual of length n."""
    return build.mul(Fraction(1, 2 * residual.size), F.sum(build.power(residual, 2)))


def ridge(loss: Expr, parameters: dict[str, Expr], weight: Fraction) -> Expr:
    """Return the loss plus (weight/2) times the squared norm of all parameters."""
    for block in parameters.values():
        loss = build.add(loss, build.mul(weight / 2, F.sum(build.power(block, 2))))
    return loss
