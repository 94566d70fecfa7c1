"""Python's operators on expressions, so that ordinary array code can be traced.

``==`` and ``!=`` keep Python's meaning (identity), because expressions are dictionary keys; use
:func:`verify.expr.functions.compare` for equations.
"""

from __future__ import annotations

from typing import Any

from verify.expr import build
from verify.expr.build import Liftable
from verify.expr.node import Expr


def _install() -> None:
    def getitem(self: Expr, key: Any) -> Expr:
        return build.index(self, key)

    def reflected(function: Any) -> Any:
        return lambda self, other: function(other, self)

    methods: dict[str, Any] = {
        "__add__": build.add, "__radd__": reflected(build.add), "__sub__": build.sub,
        "__rsub__": reflected(build.sub), "__mul__": build.mul, "__rmul__": reflected(build.mul),
        "__truediv__": build.div, "__rtruediv__": reflected(build.div), "__pow__": build.power,
        "__rpow__": reflected(build.power), "__matmul__": build.matmul, "__rmatmul__": reflected(build.matmul),
        "__neg__": build.neg, "__abs__": build.absolute, "__getitem__": getitem, "T": property(build.transpose),
        "__lt__": _comparison("<"), "__le__": _comparison("<="), "__gt__": _comparison(">"),
        "__ge__": _comparison(">="), "__and__": lambda a, b: build.logical("and", a, b),
        "__or__": lambda a, b: build.logical("or", a, b), "__invert__": lambda a: build.logical("not", a),
        "reshape": _reshape,
    }  # fmt: skip
    for name, method in methods.items():
        setattr(Expr, name, method)


def _comparison(relation: str) -> Any:
    def method(self: Expr, other: Liftable) -> Expr:
        return build.compare(relation, self, other)

    return method


def _reshape(self: Expr, *shape: Any) -> Expr:
    return build.reshape(self, tuple(shape[0]) if len(shape) == 1 and not isinstance(shape[0], int) else shape)


_install()
