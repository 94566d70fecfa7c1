"""Assumptions with a mask, a link and norms: H3, H4, H8 and sample sizes, exact or in balls."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorems.seed import _hypotheses as common
from theorems.seed import _sparse_mask_check as sparse
from theorems.seed._ball_texts import ball, decided, least_integer, samples, shown
from theorems.seed._hypotheses_linear import row
from theorems.seed._sparse_mask_instance import Instance, round_up
from verify.theorem import Run
from verify.verdict import Assumption

BALL = "ball"


def positive_mask(run: Run, instance: Instance) -> list[Assumption]:
    """H3: every entry of the mask is positive."""
    mask = common.mask_of(run, instance)
    least = min(mask)
    bad = [name for name, value in zip(instance.moments.names, mask, strict=True) if value <= 0]
    change = f"the mask is not positive at {', '.join(bad[:5])}" if bad else (
        f"the factor 1/a_min of theorem C is {sparse.text(1 / least)}")  # fmt: skip
    return [row("H3", "positive mask: min_j a_j > 0", least, ">", Fraction(0), change=change)]


def ball_row(
    name: str, statement: str, value: Any, relation: str, threshold: Any, *, note: str = "", change: str = ""
) -> Assumption:
    """Return an assumption decided in balls."""
    margin = threshold - value if relation in ("<", "<=") else value - threshold
    holds = decided(value, relation, threshold)
    return Assumption(
        name, statement, holds, shown(value), relation, shown(threshold), shown(margin), BALL, note, change
    )


def input_norms(run: Run, instance: Instance) -> tuple[Fraction, Fraction]:
    """Return the largest squared 2-norm of a*x over the rows, and the largest entry of x in size, exactly."""
    mask = common.mask_of(run, instance)
    table = common.table_of(run, instance)
    square = max(sum((a * a * v * v for a, v in zip(mask, line, strict=True)), Fraction(0)) for line in table)
    return square, max(abs(v) for line in table for v in line)


def weight_bound(run: Run, instance: Instance) -> Any:
    """Return B as a ball."""
    if run.settings["B"] != "auto":
        return ball(run.number("B"))
    return ball(sum((u * u for u in instance.teacher), Fraction(0))).sqrt()


def slopes(run: Run, instance: Instance) -> list[Assumption]:
    """H4: the least slope of the link on [-BR, BR] is at least the wanted one; else the largest B or R for it."""
    square, _ = input_norms(run, instance)
    radius, weights = ball(square).sqrt(), weight_bound(run, instance)
    reach = radius * weights
    wanted = run.number("slope")
    least, most = link_slopes(run.text("link"), reach)
    limit = largest_reach(run.text("link"), wanted)
    change = (
        f"B R <= {shown(limit)}: at R = {shown(radius)}, B <= {shown(limit / radius)}" if limit is not None
        else "no range has this slope; choose a smaller --set slope, or an increasing link"
    )  # fmt: skip
    note = f"R = {shown(radius)} (largest |a*x|), B = {shown(weights)}, largest slope {shown(most)}"
    statement = f"the least slope of {run.text('link')} on [-BR, BR]"
    return [ball_row("H4", statement, least, ">=", ball(wanted), note=note, change=change)]


def link_slopes(link: str, reach: Any) -> tuple[Any, Any]:
    """Return the least and the largest derivative of a link on [-reach, reach]."""
    one = ball(1)
    if link == "identity":
        return one, one
    if link == "tanh":
        return one - reach.tanh() ** 2, one
    if link == "sigmoid":
        return _logistic_slope(reach), one / 4
    if link == "softplus":
        return one / (one + reach.exp()), one / (one + (-reach).exp())
    return ball(0), one


def _logistic_slope(at: Any) -> Any:
    value = ball(1) / (ball(1) + (-at).exp())
    return value * (ball(1) - value)


def largest_reach(link: str, wanted: Fraction) -> Any | None:
    """Return the largest reach at which the least slope is the wanted one, in closed form; None if none."""
    one, slope = ball(1), ball(wanted)
    if link == "tanh" and wanted < 1:
        return (one - slope).sqrt().atanh()
    if link == "sigmoid" and wanted < Fraction(1, 4):
        root = (one - 4 * slope).sqrt()
        return ((one + root) / (one - root)).log()
    if link == "softplus" and wanted < Fraction(1, 2):
        return (one / slope - one).log()
    return None


def budgets(run: Run, instance: Instance) -> list[Assumption]:
    """H8: the teacher or reference lies in the domain, in the 2-norm (B) and in the 1-norm (rho)."""
    from theorems.seed._hypotheses_linear import radius

    mask = common.mask_of(run, instance)
    if min(mask) <= 0:
        text = "the weights of the teacher behind this mask are not defined (H3)"
        return [Assumption("H8", "norm budgets of the weights w = u*/a", None, "unknown", "<=", "unknown", "unknown",
                           "exact", text)]  # fmt: skip
    weights = [u / a for u, a in zip(instance.teacher, mask, strict=True)]
    square = sum((w * w for w in weights), Fraction(0))
    total = sum(map(abs, instance.teacher), Fraction(0))
    given = run.number("B") ** 2 if run.settings["B"] != "auto" else square
    _, largest = input_norms(run, instance)
    note = f"R_inf = {sparse.text(largest)}, sparsity {len(instance.support)}, |u*|_1 = {sparse.text(total)}"
    rho = radius(run, instance)
    return [
        row("H8-weights", "norm budget: |u*/a|_2^2 <= B^2", square, "<=", given, note=note,
            change=f"B >= {shown(ball(square).sqrt())}"),
        row("H8-domain", "the teacher lies in the domain: |u*|_1 <= rho", total, "<=", rho,
            change=f"rho >= {sparse.text(round_up(total))}"),
    ]  # fmt: skip


def sample_sizes(run: Run, instance: Instance) -> list[Assumption]:
    """The gap of theorem F for a softmax mask (s = 1) on this table is at most the accuracy; else which n would do.

    F = B R_inf bounds the predictions, Y the centred target.
    """
    n, p = instance.moments.rows, instance.moments.size
    _, largest = input_norms(run, instance)
    if run.settings["B"] != "auto":
        weights = run.number("B")
    else:
        weights = max(map(abs, instance.teacher), default=Fraction(1))
    top = weights * largest
    targets, of_targets = target_size(run, instance)
    both = ball(top) + targets
    delta, wanted = ball(run.number("delta")), ball(run.number("accuracy"))
    numerator = 4 * both * ball(top) * (2 * ball(2 * p).log()).sqrt()
    numerator += ball(Fraction(3, 2)) * both**2 * ((ball(2) / delta).log() / 2).sqrt()
    value = numerator / ball(n).sqrt()
    free = least_integer((numerator / (both**2 / 2)) ** 2)
    note = f"B = {sparse.text(weights)}, R_inf = {sparse.text(largest)}, Y = {shown(targets)} ({of_targets})"
    change = f"{samples((numerator / wanted) ** 2)} at these norms; below n = {free} the bound is free"
    return [ball_row("sample size", "theorem F's gap at this n is at most the accuracy", value, "<=", wanted,
                     note=note, change=change)]  # fmt: skip


def target_size(run: Run, instance: Instance) -> tuple[Any, str]:
    """Return a bound Y of the centred target, and where it comes from."""
    n = instance.moments.rows
    data = common.data_of(run)
    if instance.drawn or instance.target not in data.names:
        return ball(instance.moments.energy * n).sqrt(), "at most the root of the sum of squares"
    column = data.column(instance.target)
    values = column.integers[:n]
    mean = Fraction(sum(values), n)
    return ball(max(abs(value - mean) for value in values) / column.unit), "the largest centred target"
