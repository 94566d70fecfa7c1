"""From a claim about floating point to one over the real numbers, with rounding errors as margins.

Every comparison of the conclusion is made harder, and every comparison of an assumption easier, by the error bounds of
its two sides on the whole domain. If the real claim is true, so is the one about floating point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from verify.claim import POINT, Claim
from verify.errors import Undecidable
from verify.expr import build
from verify.expr.evaluate import evaluate
from verify.expr.node import Expr
from verify.expr.substitute import substitute
from verify.floating.errors import Computed, Errors
from verify.floating.formats import FORMATS
from verify.floating.reading import FloatProblem
from verify.floating.sets import between

_NEGATED = {"lt": ("le", True), "le": ("lt", True), "eq": ("ne", False), "ne": ("eq", False)}


def real_claim(problem: FloatProblem) -> Claim:
    """Return a claim over the real numbers that implies the claim about floating point.

    Raises:
        Undecidable: no bound on a rounding error, an equality to be shown, or another kind of claim.
    """
    claim = problem.claim
    if claim.every != POINT:
        raise Undecidable("rounding errors of derivatives are not bounded")
    form = FORMATS[claim.arithmetic]
    domain = Errors(form)
    env: dict[str, list[Computed]] = {n: [domain.constant(v) for v in row] for n, row in problem.literals.items()}
    for p in claim.parameters:
        low, high = form.at(form.first_at_least(p.low)), form.at(form.last_at_most(p.high))
        env[p.name] = [Computed(between(low, high), Fraction(0)) for _ in range(p.symbol.size)]  # one set each
    constants = {
        name: build.constant(list(entries), symbol.shape)
        for name, entries in problem.literals.items()
        for symbol in [problem.symbols[name]]
    }

    def moved(condition: Expr, *, harder: bool, wanted: bool = True) -> Expr:
        if condition.op in ("reshape", "broadcast"):
            return moved(condition.args[0], harder=harder, wanted=wanted)
        if condition.op == "not":
            return moved(condition.args[0], harder=harder, wanted=not wanted)
        if condition.op in ("and", "or"):
            parts = [moved(arg, harder=harder, wanted=wanted) for arg in condition.args]
            return build.logical(condition.op if wanted else {"and": "or", "or": "and"}[condition.op], *parts)
        relation, sides = condition.op, list(condition.args)
        if not wanted:
            relation, swap = _NEGATED[relation]
            sides = sides[::-1] if swap else sides
        found = [value[0] for value in evaluate(sides, env, domain)]
        error = sum((side.error for side in found), Fraction(0))
        return _compared(relation, [substitute(side, constants) for side in sides], error if harder else -error)

    assumptions = tuple((name, moved(condition, harder=False)) for name, condition in problem.assumptions)
    return replace(
        claim, arithmetic="real", assumptions=assumptions, satisfies=moved(problem.satisfies, harder=True),
        data={"id": claim.id, "claim": {}},
    )  # fmt: skip


def _compared(relation: str, sides: Sequence[Expr], error: Fraction) -> Expr:
    """Return ``left relation right`` with the left side increased by ``error`` (equalities: both are bounds)."""
    gap = build.sub(*sides)
    margin = build.number(error)
    if relation in ("lt", "le"):
        return build.compare("<" if relation == "lt" else "<=", build.add(gap, margin), build.number(0))
    if error == 0:
        return build.compare("==" if relation == "eq" else "!=", gap, build.number(0))
    if relation == "eq":
        if error > 0:
            raise Undecidable("an equality of rounded values does not follow from error bounds")
        return build.compare("<=", build.absolute(gap), build.number(-error))
    if error > 0:
        return build.compare(">", build.absolute(gap), margin)
    return build.compare("<=", build.number(0), build.number(1))  # an inequality that may hold by rounding alone
