"""Array expressions: one formula, several readings (derivative, exact, ball, NumPy, SymPy, LaTeX)."""

from verify.expr import operators as operators
from verify.expr.node import Expr as Expr
