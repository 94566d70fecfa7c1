"""Assumptions on the Gram matrix of a table: H1, H2, H5, H6, H7, H13, all decided in exact arithmetic."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import Any

from flint import fmpq_mat

from theorems.seed import _hypotheses as common
from theorems.seed import _sparse_mask_check as sparse
from theorems.seed._ball_texts import ball, samples, shown
from theorems.seed._sparse_mask_instance import Instance, round_up
from verify.theorem import Run
from verify.verdict import Assumption

EXACT = "exact"


def row(
    name: str, statement: str, value: Fraction, relation: str, threshold: Fraction, *, note: str = "", change: str = ""
) -> Assumption:
    """Return an assumption decided exactly."""
    margin = threshold - value if relation in ("<", "<=") else value - threshold
    margin = -abs(margin) if relation == "==" else margin
    holds = margin == 0 if relation == "==" else margin > 0 or (margin == 0 and relation in ("<=", ">="))
    texts = [sparse.text(number) for number in (value, threshold, margin)]
    return Assumption(name, statement, holds, texts[0], relation, texts[1], texts[2], EXACT, note, change)


def stationary(run: Run, instance: Instance) -> list[Assumption]:
    """H1 for <w, a*x> with the mask fixed: the gradient at a point; the Hessian is a Gram matrix, so never negative."""
    from numerics.lasso import residual_correlation
    from numerics.moments import column_vector, entries, fraction

    moments, mask = instance.moments, common.mask_of(run, instance)
    chosen = run.text("point")
    if chosen == "least squares":
        solved = least_squares(instance)
        if solved is None:
            return [_open_row("H1", "the gradient at the least squares weights is 0", "the columns are dependent")]
        product = [fraction(entry) for entry in entries(solved)]
    elif chosen == "zero":
        product = [Fraction(0)] * moments.size
    else:
        weights = common.numbers(chosen, moments.size)
        product = [a * w for a, w in zip(mask, weights, strict=True)]
    slopes = [a * h for a, h in zip(mask, residual_correlation(moments, column_vector(product)), strict=True)]
    largest = max(map(abs, slopes))
    change = "" if largest == 0 else "point='least squares' is stationary; theorem C bounds the loss at this gradient"
    note = "the Hessian diag(a) G diag(a) has no negative eigenvalue, so a stationary point is a global minimum"
    return [row("H1", f"stationary: the largest entry of the gradient in w at point={chosen[:40]} is 0", largest, "==",
                Fraction(0), note=note, change=change)]  # fmt: skip


def least_squares(instance: Instance) -> Any | None:
    """Return the solution of G u = c, None where G is singular."""
    try:
        return instance.moments.gram.solve(instance.moments.correlation)
    except ZeroDivisionError:
        return None


def realisable(run: Run, instance: Instance) -> list[Assumption]:
    """H2: some linear weights fit all rows exactly; where not, how many of the first rows can be fitted."""
    moments = instance.moments
    size = moments.size
    table = moments.gram.tolist()
    last = moments.correlation.tolist()
    energy = _rational(moments.energy)
    bordered = [[*table[i], last[i][0]] for i in range(size)] + [[*(entry[0] for entry in last), energy]]
    full = fmpq_mat(size + 1, size + 1, [entry for line in bordered for entry in line])
    rank, with_target = moments.gram.rank(), full.rank()
    solved = least_squares(instance)
    if solved is not None:
        from numerics.moments import inner

        residual = moments.energy - inner(moments.correlation, solved)
        statement = "realisable: the least mean square residual of linear weights is 0"
        change = "" if residual == 0 else _fit_advice(run, instance, rank)
        return [row("H2", statement, residual, "==", Fraction(0), change=change)]
    statement = "realisable: the target lies in the span of the columns (rank does not grow)"
    change = "" if with_target == rank else _fit_advice(run, instance, rank)
    return [row("H2", statement, Fraction(with_target), "==", Fraction(rank), change=change)]


def _fit_advice(run: Run, instance: Instance, rank: int) -> str:
    """Say how many of the first rows can be fitted: whether they can falls with their number, so bisection finds it."""
    from flint import fmpz_mat

    if instance.drawn:
        return "the drawn noise has to be 0 (give a tiny noise), or fewer rows"
    data: Any = run.data
    if data is None or data.target is None or data.target != instance.target:
        return f"at most {rank + 1} rows can be fitted for every target"
    columns = [data.column(name) for name in instance.moments.names]
    target = data.column(data.target)

    def fits(n: int) -> bool:
        rows = [[*(c.integers[i] for c in columns), 1] for i in range(n)]
        plain = fmpz_mat(n, len(columns) + 1, [v for line in rows for v in line])
        more = fmpz_mat(n, len(columns) + 2, [v for i, line in enumerate(rows) for v in (*line, target.integers[i])])
        return bool(plain.rank() == more.rank())

    low, high = 1, instance.moments.rows
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return f"the first {low} rows can be fitted exactly, {low + 1} cannot (--set n={low})"


def convexity(run: Run, instance: Instance) -> list[Assumption]:
    """H5: <G D, D> >= alpha |D|_2^2 - tau |D|_1^2, without tolerance and with the tolerance that always works."""
    from numerics.moments import fraction

    table = instance.moments.gram.tolist()
    p = len(table)
    certified = sparse.restricted_eigenvalues(instance)["eigenvalue"]
    wanted = Fraction(0) if run.settings["alpha"] == "auto" else run.number("alpha")
    out = []
    singular = instance.moments.gram.det() == 0
    change = (
        "the columns are dependent: more rows, fewer columns (--set columns=...), or the tolerance below"
        if singular else f"any alpha up to {sparse.text(certified)} is shown"
    )  # fmt: skip
    statement = "restricted strong convexity without tolerance (tau = 0): the least eigenvalue of G is above alpha"
    if certified > wanted or singular:
        value = Fraction(0) if singular else certified
        out.append(row("H5-strict", statement, value, ">", wanted, change=change, note=_eigenvalue_note(singular)))
    else:
        out.append(_eigenvalue_refuted(instance, statement, wanted, certified))
    if run.text("link") != "identity":
        out += linked(run, instance, certified)
    tau = max((abs(fraction(table[i][j])) for i in range(p) for j in range(i)), default=Fraction(0))
    alpha = min(fraction(table[j][j]) for j in range(p)) + tau
    rho, least = radius(run, instance), max(instance.penalty, Fraction(0))
    note = f"alpha = {sparse.text(alpha)}, tau = {sparse.text(tau)} work for every table; rho = {sparse.text(rho)}"
    need = 8 * rho * tau
    smaller = f"rho <= {sparse.text(least / (8 * tau))}" if tau else "any rho"
    statement = "the penalty covers the tolerance: lambda >= 8 rho tau"
    out.append(row("H5-tolerance", statement, instance.penalty, ">=", need,
                   note=note, change=f"lambda >= {sparse.text(round_up(need))}, or {smaller}"))  # fmt: skip
    return out


SMALL_COLUMNS, SMALL_ROWS = 2, 12
"""Tables on which restricted convexity of a link is decided by branch and bound."""

NEAR = Fraction(1, 10)
"""Radius around the teacher that branch and bound leaves out; the bound by slopes covers it."""


def linked(run: Run, instance: Instance, certified: Fraction) -> list[Assumption]:
    """H5 for a link: alpha = gamma^2 lambda_min(G) by the slopes; on a small table branch and bound, or a bad point."""
    from theorems.seed._hypotheses_link import input_norms, link_slopes, weight_bound

    square, _ = input_norms(run, instance)
    least, _ = link_slopes(run.text("link"), ball(square).sqrt() * weight_bound(run, instance))
    alpha = least**2 * ball(certified)
    wanted = Fraction(0) if run.settings["alpha"] == "auto" else run.number("alpha")
    holds = True if alpha > ball(wanted) else None
    note = "alpha = gamma^2 lambda_min(G), gamma the least slope of the link on the domain (H4)"
    change = f"any alpha up to {shown(alpha)} is shown; a smaller B or more rows raise it"
    verdict = _branch_and_bound(run, instance, wanted) if holds is None else None
    if verdict is not None:
        note = f"branch and bound outside a ball of radius {NEAR} around the teacher: {verdict[1]}"
        holds = False if verdict[0] == "refuted" else None
    statement = f"restricted strong convexity with the link {run.text('link')}, targets of the teacher"
    return [Assumption("H5-link", statement, holds, shown(alpha), ">", sparse.text(wanted), shown(alpha - ball(wanted)),
                       "ball", note, change)]  # fmt: skip


def _branch_and_bound(run: Run, instance: Instance, wanted: Fraction) -> tuple[str, str] | None:
    """Decide <grad L(w) - grad L(t), w - t> >= alpha |w - t|^2 on |w - t|_inf <= rho by the general provers."""
    from verify.claim import claim_from_data
    from verify.pipeline import decide

    p, n = instance.moments.size, instance.moments.rows
    if p > SMALL_COLUMNS or n > SMALL_ROWS or run.text("link") not in LINK_TEXTS:
        return None
    link, slope = LINK_TEXTS[run.text("link")]
    rho = radius(run, instance)
    inner = f"sum(({link.format('X @ w')} - {link.format('X @ t')})*({slope.format('X @ w')})*(X @ (w - t)))/{n}"
    claim = {
        "id": "restricted-convexity-on-data",
        "parameters": {"d": f"[-{rho}, {rho}][{p}]"},
        "constants": {"X": [[str(v) for v in line] for line in common.table_of(run, instance)],
                      "t": [str(v) for v in instance.teacher]},
        "definitions": {"w": "t + d"},
        "assume": {"away": f"sum(d**2) >= {NEAR**2}"},
        "claim": {"every": "point", "satisfies": f"{inner} >= {wanted}*sum(d**2)"},
    }  # fmt: skip
    verdict = decide(claim_from_data(claim), budget=min(20.0, max(run.budget.left / 2, 0.1)), seed=run.seed)
    at = ", ".join(f"{name} = {value}" for name, value in (verdict.witness or {}).items())
    return verdict.verdict, f"{verdict.verdict}{f' at {at}' if at else ''}"


LINK_TEXTS = {
    "tanh": ("tanh({})", "1 - tanh({})**2"), "sigmoid": ("sigmoid({})", "sigmoid({0})*(1 - sigmoid({0}))"),
    "softplus": ("softplus({})", "sigmoid({})"),
}  # fmt: skip
"""Each smooth link and its slope in the claim language."""


def _eigenvalue_note(singular: bool) -> str:
    return "G is singular, exactly" if singular else "a bound of 4 digits, by an exact characteristic polynomial"


def _eigenvalue_refuted(instance: Instance, statement: str, wanted: Fraction, certified: Fraction) -> Assumption:
    """The least eigenvector, rounded, gives an exact quotient; below alpha it refutes, else nothing is decided."""
    import numpy as np

    from numerics.moments import column_vector, form

    gram, _, _ = instance.moments.floats
    vector = [Fraction(round(v * 2**20), 2**20) for v in np.linalg.eigh(gram)[1][:, 0].tolist()]
    square = sum((v * v for v in vector), Fraction(0))
    direction = column_vector(vector)
    quotient = form(direction, instance.moments.gram, direction) / square
    change = f"any alpha up to {sparse.text(certified)} is shown; none above {sparse.text(quotient)} holds"
    if quotient < wanted:
        return row("H5-strict", statement, quotient, ">", wanted, change=change, note="refuted along a direction")
    return Assumption("H5-strict", statement, None, sparse.text(certified), ">", sparse.text(wanted), "unknown", EXACT,
                      "between the bound and a quotient", change)  # fmt: skip


def radius(run: Run, instance: Instance) -> Fraction:
    """Return the radius rho of the domain in the 1-norm."""
    if run.settings["rho"] != "auto":
        return run.number("rho")
    return 2 * sum(map(abs, instance.teacher), Fraction(0)) or Fraction(1)


def restricted_eigenvalue(run: Run, instance: Instance) -> list[Assumption]:
    """H6, with the largest k that coherence allows."""
    from dataclasses import replace

    decided = sparse.decide_assumptions(run, instance)
    found = next(item for item in sparse.rows_of(instance, decided) if item.name == "H6")
    return [replace(found, change=found.change or eigenvalue_advice(instance))]


def eigenvalue_advice(instance: Instance) -> str:
    """Say up to which k coherence alone shows H6: min_j G_jj + mu > 16 k mu."""
    from numerics.moments import fraction

    table = instance.moments.gram.tolist()
    mu = max((abs(fraction(table[i][j])) for i in range(len(table)) for j in range(i)), default=Fraction(0))
    least = min(fraction(table[j][j]) for j in range(len(table)))
    if mu == 0:
        return "the columns are orthogonal: it holds for every k"
    largest = ceil((least + mu) / (16 * mu)) - 1
    worst = f"the largest correlation of two columns is {sparse.text(mu)}"
    if largest < 1:
        return f"coherence shows it for no k, since {worst}; below 1/15 it would for k = 1"
    return f"coherence shows it up to k = {largest}; {worst}"


def noise_event(run: Run, instance: Instance) -> list[Assumption]:
    """H7 in both forms, with the least lambda, the failure probability and the number of rows for this lambda."""
    from numerics.lasso import residual_correlation
    from numerics.moments import column_vector

    noise = max(map(abs, residual_correlation(instance.moments, column_vector(instance.teacher))))
    n, p = instance.moments.rows, instance.moments.size
    delta = run.number("delta")
    level = ball(8 * instance.noise**2) * (ball(Fraction(2 * p)) / ball(delta)).log() / ball(instance.penalty**2)
    rows_needed = samples(level)
    failure = ball(Fraction(2 * p)) * (-ball(n * instance.penalty**2 / (8 * instance.noise**2))).exp()
    note = f"Gaussian noise of level {sparse.text(instance.noise)} breaks it with probability at most {shown(failure)}"
    out = []
    for name, factor in (("H7", 2), ("H7-strong", 4)):
        change = f"lambda >= {sparse.text(round_up(factor * noise))} meets it here"
        if factor == 2:
            change += f"; this lambda does with probability 1 - {sparse.text(delta)} for {rows_needed}"
        statement = f"noise event: lambda >= {factor} max_j |x_j^T (y - X u*)|/n"
        out.append(row(name, statement, instance.penalty, ">=", factor * noise, note=note, change=change))
    return out


def not_free(run: Run, instance: Instance) -> list[Assumption]:
    """H13: the penalty is below lambda_max, and the bound says something; else which lambda or n would do."""
    from dataclasses import replace

    decided = sparse.decide_assumptions(run, instance)
    out = []
    for item in sparse.rows_of(instance, decided):
        if item.name == "H13-penalty":
            out.append(replace(item, change=f"any lambda below {sparse.text(decided.penalty_limit)}"))
        elif item.name == "H13-conclusion":
            out.append(replace(item, change=conclusion_advice(run, instance, decided)))
    return out


def with_advice(run: Run, instance: Instance, decided: sparse.Decided) -> tuple[Assumption, ...]:
    """Return the rows of sparse-mask, each with what would have to change."""
    from dataclasses import replace

    advice = {
        "H6": eigenvalue_advice(instance),
        "H7": noise_event(run, instance)[0].change,
        "H13-penalty": f"any lambda below {sparse.text(decided.penalty_limit)}",
        "H13-conclusion": conclusion_advice(run, instance, decided),
    }
    return tuple(replace(item, change=advice.get(item.name, "")) for item in sparse.rows_of(instance, decided))


def conclusion_advice(run: Run, instance: Instance, decided: sparse.Decided) -> str:
    """Solve 9 lambda^2 k/(4 kappa) < |X u*|^2/n for lambda, and with the lambda of theory for n."""
    if decided.kappa is None:
        return "a positive kappa is needed first (H6)"
    kappa, k, p = decided.kappa[0], len(instance.support), instance.moments.size
    if not decided.trivial:
        return "the teacher predicts 0, so every bound is free"
    square = 4 * kappa * decided.trivial / (9 * k)
    noise, delta = instance.noise, run.number("delta")
    least = ball(8 * noise**2 / square) * (ball(Fraction(2 * p)) / ball(delta)).log()
    fewer = f"lambda below {shown(ball(square).sqrt())}"
    return f"{fewer}; with the lambda of theory and this kappa, {samples(least)}"


def _open_row(name: str, statement: str, why: str) -> Assumption:
    return Assumption(name, statement, None, "unknown", "==", "0", "unknown", EXACT, why)


def _rational(value: Fraction) -> Any:
    from numerics.moments import rational

    return rational(value)
