"""Checks an inequality by its derivative along segments: it holds at one end and gets no worse on the way.

Let G <= 0 be the conclusion, x the parameters that move and a their anchor (another parameter, or a point). If
G <= 0 where x = a, and (x - a) . dG/dx <= 0 wherever x differs from a, then G(a + t*(x - a)) does not increase in t,
because t times its derivative is the second expression at a point of the segment. So G(x) <= 0. G need only be smooth
between kinks of abs, relu and maxima: along a segment, almost everywhere where a kink's argument is zero its
derivative is zero too, so any side may be taken there; the checker takes the lower one. Where ``free`` is said, the
sides of kinks with transcendental arguments are left open: the slope must be right for every choice of sides. Where the
anchors are the lower ends of the domains (``upward``), it is enough that no partial derivative is positive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import product
from typing import Any

from verify.certificate import fraction, member, sequence
from verify.claim import POINT, Claim, Parameter
from verify.errors import Rejected
from verify.expr import build
from verify.expr.derive import gradient
from verify.expr.node import Expr, symbols, topological
from verify.expr.substitute import substitute
from verify.recheck import boxes, emptiness
from verify.system import PROVED

MAX_NESTING = 4
"""Deepest proof by derivatives of derivatives."""

MAX_OPEN_SIDES = 5
"""Most kinks whose sides are left open."""

TRANSCENDENTAL = frozenset(
    ("exp", "log", "tanh", "sigmoid", "softplus", "softmax", "logsumexp", "erf", "sin", "cos", "sqrt", "div")
)

REFUSED = frozenset(("sign", "where", "lt", "le", "eq", "ne", "sparsemax", "and", "or", "not", "min_eig", "max_eig"))
"""Operations that may jump, or whose kinks are not rewritten."""


def check(claim: Claim, verdict: str, evidence: Any) -> None:
    """Accept a proof by a derivative along segments.

    Raises:
        Rejected: it does not show the claim.
    """
    if verdict != PROVED or claim.arithmetic != "real":
        raise Rejected(f"derivatives along segments do not show {verdict!r}")
    _check(claim, evidence, 0)


def _check(claim: Claim, evidence: Any, depth: int) -> None:
    if depth == MAX_NESTING:
        raise Rejected("too many derivatives")
    anchors = anchors_of(claim, member(evidence, "anchors"))
    form = {"free": member(evidence, "free") is True, "upward": member(evidence, "upward") is True}
    for part, problem in (("base", base_claim(claim, anchors)), ("slope", slope_claim(claim, anchors, **form))):
        proof = member(evidence, part)
        kind, inner = member(proof, "kind"), member(proof, "evidence")
        if kind == "segment":
            _check(problem, inner, depth + 1)
        elif kind in ("emptiness", "boxes"):
            {"emptiness": emptiness.check, "boxes": boxes.check}[kind](problem, PROVED, inner)
        else:
            raise Rejected(f"unknown kind {kind!r}")


def anchors_of(claim: Claim, data: Any) -> dict[str, Expr]:
    """Return the anchor of each moving parameter: a parameter that stays, or an exact point of its domain.

    Raises:
        Rejected: the segment may leave the domain.
    """
    if not isinstance(data, Mapping) or not data:
        raise Rejected("no parameter moves")
    parameters = {p.name: p for p in claim.parameters}
    out: dict[str, Expr] = {}
    for name, anchor in data.items():
        if name not in parameters:
            raise Rejected(f"there is no parameter {name!r}")
        moving = parameters[name]
        if isinstance(anchor, str):
            if anchor not in parameters or anchor in data or parameters[anchor].shape != moving.shape:
                raise Rejected(f"{anchor!r} is no anchor of {name!r}")
            if not _inside(parameters[anchor], moving):
                raise Rejected(f"the domain of {anchor!r} is not inside that of {name!r}")
            out[name] = parameters[anchor].symbol
        else:
            values = [fraction(value) for value in sequence(anchor)]
            if len(values) != moving.symbol.size or not all(_holds(moving, value) for value in values):
                raise Rejected(f"the anchor of {name!r} is outside its domain")
            out[name] = build.constant(values, moving.shape)
    return out


def _inside(inner: Parameter, outer: Parameter) -> bool:
    low = outer.low is None or (
        inner.low is not None
        and (inner.low > outer.low or (inner.low == outer.low and (inner.open_low or not outer.open_low)))
    )
    high = outer.high is None or (inner.high is not None and inner.high <= outer.high)
    return low and high


def _holds(parameter: Parameter, value: Any) -> bool:
    low, high = parameter.low, parameter.high
    return (low is None or value > low or (value == low and not parameter.open_low)) and (high is None or value <= high)


def _gap(claim: Claim) -> tuple[str, Expr]:
    """Return the relation and the left side minus the right side of the conclusion, free of maxima."""
    condition = claim.satisfies
    while condition is not None and condition.op in ("reshape", "broadcast"):
        condition = condition.args[0]
    if claim.every != POINT or condition is None or condition.op not in ("lt", "le"):
        raise Rejected("the conclusion is not an inequality")
    gap = build.sub(*condition.args)
    if any(node.op in REFUSED for node in topological(gap)):
        raise Rejected("the conclusion may jump")
    return condition.op, without_maxima(gap)


def base_claim(claim: Claim, anchors: Mapping[str, Expr]) -> Claim:
    """Return the claim at the anchors."""
    relation, gap = _gap(claim)
    at_anchor = substitute(gap, dict(anchors))
    satisfies = build.compare("<" if relation == "lt" else "<=", at_anchor, build.number(0))
    return _derived(claim, anchors, (), satisfies)


def slope_claim(claim: Claim, anchors: Mapping[str, Expr], *, free: bool = False, upward: bool = False) -> Claim:
    """Return the claim that the inequality gets no worse away from the anchors, and stays defined.

    Raises:
        Rejected: too many open sides, or anchors that are not the lower ends.
    """
    _, gap = _gap(claim)
    moving = [p.symbol for p in claim.parameters if p.name in anchors]
    offsets = [build.sub(symbol, anchors[str(symbol.attrs)]) for symbol in moving]
    slopes = gradient(gap, moving)
    distance, growth = build.number(0), build.number(0)
    for offset, slope in zip(offsets, slopes, strict=True):
        distance = build.add(distance, build.total(build.power(offset, 2)))
        growth = build.add(growth, build.total(build.mul(slope, offset)))
    if upward and not all(p.low is not None and build.uniform_value(anchors[p.name]) == p.low for p in claim.parameters
                          if p.name in anchors):  # fmt: skip
        raise Rejected("the anchors are not the lower ends of the domains")
    entries = [build.gather(slope, [k], ()) for slope in slopes for k in range(slope.size)]
    falling = []
    for part in entries if upward else [growth]:
        open_sides = [
            node for node in topological(part) if free and node.op == "step" and _transcendental(node.args[0])
        ]
        falling += [build.compare("<=", _lower_sides(chosen), build.number(0)) for chosen in _choices(part, open_sides)]
    apart = ("apart", build.compare(">", distance, build.number(0)))
    conditions = [*falling, *_defined(gap)]
    return _derived(
        claim, anchors, (apart,), conditions[0] if len(conditions) == 1 else build.logical("and", *conditions)
    )


def _defined(root: Expr) -> list[Expr]:
    """Return conditions under which an expression is defined."""
    zero = build.number(0)
    relations = {"div": ("!=", 1), "log": (">", 0), "sqrt": (">=", 0)}
    out = []
    for node in topological(root):
        if node.op in relations:
            relation, place = relations[node.op]
            argument = node.args[place]
            entries = [build.gather(argument, [k], ()) for k in range(argument.size)]
            out += [build.compare(relation, entry, zero) for entry in entries]
    return list(dict.fromkeys(out))


def _derived(claim: Claim, anchors: Mapping[str, Expr], more: tuple[tuple[str, Expr], ...], satisfies: Expr) -> Claim:
    """Assumptions about moving parameters need not hold on the whole segment: without them more is claimed."""
    kept = tuple((name, c) for name, c in claim.assumptions if not set(symbols(c)) & set(anchors))
    return replace(
        claim, assumptions=(*kept, *more), satisfies=satisfies, objective=None, data={"id": claim.id, "claim": {}}
    )


def without_maxima(root: Expr) -> Expr:
    """Return an equal expression with relu in the place of maxima: max(a, b) = b + relu(a - b)."""
    return _rebuilt(root, {"maximum": _larger, "max": _largest})


def _larger(node: Expr, args: tuple[Expr, ...]) -> Expr:
    left, right = args
    return build.add(right, build.relu(build.sub(left, right)))


def _largest(node: Expr, args: tuple[Expr, ...]) -> Expr:
    axes: tuple[int, ...] = node.attrs  # type: ignore[assignment]
    (source,) = args
    order = [axis for axis in range(source.ndim) if axis not in axes] + list(axes)
    rows = build.reshape(build.transpose(source, order), (node.size, source.size // max(node.size, 1)))
    out = build.index(rows, (slice(None), 0))
    for column in range(1, rows.shape[1]):
        out = _larger(node, (build.index(rows, (slice(None), column)), out))
    return build.reshape(out, node.shape)


def _transcendental(root: Expr) -> bool:
    return any(node.op in TRANSCENDENTAL for node in topological(root))


def _choices(root: Expr, open_sides: Sequence[Expr]) -> list[Expr]:
    """Return the expression for every choice of the values 0 and 1 of some steps."""
    count = sum(node.size for node in open_sides)
    if count > MAX_OPEN_SIDES:
        raise Rejected(f"{count} open sides")
    out = []
    for values in product((Fraction(0), Fraction(1)), repeat=count):
        chosen, start = {}, 0
        for node in open_sides:
            chosen[id(node)] = build.constant(values[start : start + node.size], node.shape)
            start += node.size
        out.append(_rebuilt(root, {"step": partial(_chosen, chosen)}))
    return list(dict.fromkeys(out))


def _chosen(known: Mapping[int, Expr], node: Expr, args: tuple[Expr, ...]) -> Expr:
    return known[id(node)] if id(node) in known else _same(node, args)


def _same(node: Expr, args: tuple[Expr, ...]) -> Expr:
    return Expr(node.op, args, attrs=node.attrs, shape=node.shape, kind=node.kind)


def _lower_sides(root: Expr) -> Expr:
    """Return the expression with the value 0 for steps at zero."""
    zero = build.number(0)
    return _rebuilt(
        root, {"step": lambda node, args: build.where(build.compare(">", args[0], zero), build.number(1), zero)}
    )


def _rebuilt(root: Expr, rules: Mapping[str, Any]) -> Expr:
    new: dict[int, Expr] = {}
    for node in topological(root):
        args = tuple(new[id(arg)] for arg in node.args)
        if node.op in rules:
            new[id(node)] = rules[node.op](node, args)
        elif all(a is b for a, b in zip(args, node.args, strict=True)):
            new[id(node)] = node
        elif node.op in ("mul", "add"):  # what became constant disappears
            new[id(node)] = getattr(build, node.op)(*args)
        else:
            new[id(node)] = _same(node, args)
    return new[id(root)]
