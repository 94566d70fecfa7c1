"""Checks a Lipschitz inequality by its derivative: L(A(x) - A(z)) <= c*N(x - z) from L(A'(m) v) <= c*N(v) for all m.

L is sublinear (absolute values, norms, sums, maxima, nonnegative multiples), N is a norm and A is differentiable. With
d = x - z, the difference A(x) - A(z) is the mean of A'(m) d over the segment between z and x, so L of it is at most the
largest L(A'(m) d) (Jensen's inequality). For the 1-norm and the maximum norm d is a nonnegative combination of the
corners v of the unit ball whose weights sum to N(d), so the corners are enough: L(A'(m) v) <= c. For the Euclidean norm
every direction is asked for; the parameter z stands for it then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import product
from typing import Any

from verify.certificate import member
from verify.claim import POINT, Claim, Parameter
from verify.errors import Rejected
from verify.expr import build, functions
from verify.expr.arrays import stack
from verify.expr.derive import directional
from verify.expr.node import PARTIAL, Expr, symbols, topological
from verify.expr.substitute import substitute
from verify.recheck import boxes, emptiness
from verify.system import PROVED

MAX_CORNERS = 32
"""Most corners of a unit ball."""

SMOOTH = frozenset(
    """add mul div pow exp log sqrt tanh sigmoid softplus erf sin cos broadcast reshape transpose gather scatter concat
    sum matmul softmax logsumexp const symbol inverse_sqrt_pi""".split()  # noqa: SIM905 - read as a list of words
)
"""Operations with a continuous derivative wherever they are defined (roots of zero apart)."""

MOVES = frozenset(("broadcast", "reshape", "transpose", "gather"))
"""Operations that only move entries."""


def check(claim: Claim, verdict: str, evidence: Any) -> None:
    """Accept a proof of a Lipschitz inequality by its derivative.

    Raises:
        Rejected: it does not show the claim.
    """
    if verdict != PROVED or claim.arithmetic != "real":
        raise Rejected(f"derivatives do not show {verdict!r}")
    problem = derivative_claim(claim, member(evidence, "from"), member(evidence, "to"))
    proof = member(evidence, "proof")
    kind = member(proof, "kind")
    if kind not in ("emptiness", "boxes"):
        raise Rejected(f"unknown kind {kind!r}")
    {"emptiness": emptiness.check, "boxes": boxes.check}[kind](problem, PROVED, member(proof, "evidence"))


def derivative_claim(claim: Claim, start: Any, end: Any) -> Claim:
    """Return the claim about the derivative that implies a Lipschitz inequality in the parameters ``start``, ``end``.

    Raises:
        Rejected: the claim is not of that form.
    """
    x, z = _pair(claim, start, end)
    condition = claim.satisfies
    while condition is not None and condition.op in ("reshape", "broadcast"):
        condition = condition.args[0]
    if claim.every != POINT or condition is None or condition.op != "le":
        raise Rejected("the conclusion is not a weak inequality")
    moving = {x.name, z.name}
    left, right = condition.args
    factors, norm = _bound(right, x, z)
    differences = _differences(left, x, z)
    even = _sublinear(left, differences, moving)
    defined = _constants_defined(left, differences) + [c for factor in factors for c in _constants_defined(factor, {})]
    slope = build.number(1)
    for factor in factors:
        slope = build.mul(slope, factor)
    conditions = list(defined)
    for corner, length in _corners(norm, z, even=even):
        values = {node: _derivative(part, x, sign, corner) for node, (part, sign) in differences.items()}
        conditions += _at_most(_replaced(left, values), slope, length)
    conditions = list(dict.fromkeys(conditions))
    kept = tuple((name, c) for name, c in claim.assumptions if not set(symbols(c)) & moving)
    parameters = tuple(Parameter(p.name, p.shape) if p.name == z.name else p for p in claim.parameters)
    satisfies = conditions[0] if len(conditions) == 1 else build.logical("and", *conditions)
    return replace(
        claim, parameters=parameters, assumptions=kept, satisfies=satisfies, objective=None,
        data={"id": claim.id, "claim": {}},
    )  # fmt: skip


def _pair(claim: Claim, start: Any, end: Any) -> tuple[Parameter, Parameter]:
    """Return two parameters with the same interval for their entries: the segment between them stays inside."""
    known = {p.name: p for p in claim.parameters}
    if not (isinstance(start, str) and isinstance(end, str)) or start == end or not {start, end} <= set(known):
        raise Rejected("not two parameters")
    if replace(known[start], name="") != replace(known[end], name=""):
        raise Rejected("the domains of the two parameters differ")
    return known[start], known[end]


# --- the right side: c times a norm ---------------------------------------------------------------------------------


def _bound(root: Expr, x: Parameter, z: Parameter) -> tuple[list[Expr], str]:
    """Return the factors of c, in which neither parameter occurs, and which norm of x - z they multiply."""
    offsets = (build.sub(x.symbol, z.symbol), build.sub(z.symbol, x.symbol))
    norms = {"norm": functions.norm, "norm1": functions.norm1, "norminf": functions.norminf}
    if not x.shape:
        norms = {"norm1": functions.absolute}
    found = {id(make(offset)): name for name, make in norms.items() for offset in offsets}
    factors, name = [], None
    for factor in _factors(root):
        if id(factor) in found and name is None:
            name = found[id(factor)]
        elif set(symbols(factor)) & {x.name, z.name}:
            raise Rejected("the right side is not a multiple of a norm of the difference")
        else:
            factors.append(factor)
    if name is None:
        raise Rejected("the right side is no norm of the difference")
    return factors, name


def _factors(root: Expr) -> list[Expr]:
    if root.op == "mul" and root.shape == ():
        return [factor for arg in root.args for factor in _factors(arg)]
    return [root]


def _corners(norm: str, direction: Parameter, *, even: bool) -> Iterator[tuple[Expr, Expr]]:
    """Yield corners of the unit ball with norm 1, one of each opposite pair if ``even``; or any direction, its norm."""
    shape, size = direction.shape, direction.symbol.size
    if norm == "norm":
        yield direction.symbol, functions.norm(direction.symbol)
        return
    units = [[int(i == j) for j in range(size)] for i in range(size)]
    rows = units + [[-v for v in unit] for unit in units]
    if norm == "norminf":
        if 2**size > MAX_CORNERS:
            raise Rejected(f"{2**size} corners")
        rows = [list(signs) for signs in product((1, -1), repeat=size)]
    for row in rows:
        if not even or next(v for v in row if v) > 0:
            yield build.constant([Fraction(v) for v in row], shape), build.number(1)


def _at_most(left: Expr, slope: Expr, length: Expr) -> list[Expr]:
    """Return left <= slope*length; between Euclidean norms their squares are compared, and 0 <= slope."""
    root, direction = _square_root(left), _square_root(length)
    if root is None or direction is None:
        return [build.compare("<=", left, build.mul(slope, length))]
    squares = [build.total(build.integer_power(part, 2)) for part in (root, direction)]
    bound = build.mul(build.integer_power(slope, 2), squares[1])
    return [build.compare("<=", build.number(0), slope), build.compare("<=", squares[0], bound)]


# --- the left side: a sublinear function of differences --------------------------------------------------------------


def _differences(root: Expr, x: Parameter, z: Parameter) -> dict[Expr, tuple[Expr, int]]:
    """Return the nodes A(x) - A(z) with A(x) and 1, and A(z) - A(x) with A(x) and -1; A is differentiable."""
    out: dict[Expr, tuple[Expr, int]] = {}
    for node in topological(root):
        if node.op != "add":
            continue
        for part in node.args:
            used = set(symbols(part))
            for own, other, sign in ((x, z, 1), (z, x, -1)):
                if own.name not in used or other.name in used:
                    continue
                swapped = substitute(part, {own.name: other.symbol})
                if build.sub(part, swapped) is node:
                    _require_smooth(part)
                    out[node] = (part if sign == 1 else swapped, sign)
    return out


def _require_smooth(root: Expr) -> None:
    """Require a derivative everywhere; roots, logarithms and divisors may not move."""
    for node in topological(root):
        if node.op not in SMOOTH:
            raise Rejected(f"{node.op} has a kink")
        whole = isinstance(node.attrs, int) and node.attrs >= 0
        partial = node.op in PARTIAL and symbols(node.args[1] if node.op == "div" else node.args[0])
        if partial or (node.op == "pow" and not whole and symbols(node)):
            raise Rejected(f"{node.op} of what depends on parameters may be undefined or have a kink")


def _constants_defined(root: Expr, differences: Any) -> list[Expr]:
    """Return conditions for divisors, logarithms and roots, none of which may depend on a parameter.

    Apart from these, only roots of sums of squares stand in the sublinear part.
    """
    zero, out = build.number(0), []
    relations = {"div": ("!=", 1), "log": (">", 0), "sqrt": (">=", 0)}
    for node in topological(root):
        if node.op == "pow" and not isinstance(node.attrs, int):
            raise Rejected("a power that is not whole")
        negative = node.op == "pow" and isinstance(node.attrs, int) and node.attrs < 0
        if (node.op not in PARTIAL and not negative) or _square_root(node) is not None:
            continue
        relation, place = ("!=", 0) if negative else relations.get(node.op, ("", 0))
        if not relation:
            raise Rejected(f"{node.op} may be undefined")
        argument = node.args[place]
        if symbols(argument):
            raise Rejected(f"{node.op} of a quantity that depends on the parameters")
        out += [build.compare(relation, build.gather(argument, [k], ()), zero) for k in range(argument.size)]
    return out


def _square_root(node: Expr) -> Expr | None:
    """Return u where the node is the root of a sum of squares of u."""
    inner = node.args[0] if node.op == "sqrt" else None
    if inner is not None and inner.op == "sum":
        inner = inner.args[0]
    return inner.args[0] if inner is not None and inner.op == "pow" and inner.attrs == 2 else None


def _sublinear(node: Expr, leaves: Any, moving: set[str]) -> bool:
    """Return whether a sublinear function is even; reject what is not seen to be sublinear in the leaves."""
    if _is_linear(node, leaves, moving):
        return False
    root = _square_root(node)
    if root is not None and _is_linear(root, leaves, moving):
        return True
    if node.op == "abs" and _is_linear(node.args[0], leaves, moving):
        return True
    if node.op == "mul":
        constants = [arg for arg in node.args if _is_nonnegative(arg)]
        if len(constants) != 1:
            raise Rejected("a product that is not seen to be sublinear")
        return _sublinear(node.args[1 if constants[0] is node.args[0] else 0], leaves, moving)
    if node.op not in {"add", "sum", "max", "maximum", "concat"} | MOVES:
        raise Rejected(f"{node.op} is not seen to be sublinear")
    even = [_sublinear(arg, leaves, moving) for arg in node.args]  # every argument is looked at
    return all(even)


def _is_linear(node: Expr, leaves: Any, moving: set[str]) -> bool:
    """Whether a node is linear in the leaves, with coefficients in which nothing moves."""
    if node in leaves:
        return True
    if node.op in {"add", "sum", "concat"} | MOVES:
        return bool(node.args) and all(_is_linear(arg, leaves, moving) for arg in node.args)
    if node.op in ("mul", "matmul") and len(node.args) == 2:
        fixed = [not set(symbols(arg)) & moving for arg in node.args]
        return any(fixed[k] and _is_linear(node.args[1 - k], leaves, moving) for k in range(2))
    return False


def _is_nonnegative(node: Expr) -> bool:
    while node.op in MOVES:
        node = node.args[0]
    return node.op == "const" and all(value >= 0 for value in node.entries())


def _derivative(part: Expr, x: Parameter, sign: int, direction: Expr) -> Expr:
    """Return the derivative of an array along a direction, entry by entry."""
    along = [directional(build.gather(part, [k], ()), [x.symbol], [direction]) for k in range(part.size)]
    value = along[0] if not part.shape else build.reshape(stack(along), part.shape)
    return value if sign == 1 else build.neg(value)


def _replaced(root: Expr, values: dict[Expr, Expr]) -> Expr:
    """Return the expression with some nodes replaced by values of the same shape."""
    new: dict[int, Expr] = {}
    for node in topological(root):
        if node in values:
            new[id(node)] = values[node]
            continue
        args = tuple(new[id(arg)] for arg in node.args)
        same = all(a is b for a, b in zip(args, node.args, strict=True))
        new[id(node)] = node if same else Expr(node.op, args, attrs=node.attrs, shape=node.shape, kind=node.kind)
    return new[id(root)]
