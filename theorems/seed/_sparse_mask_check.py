"""Decides an instance of the sparse-mask theorem: assumptions, exact lasso solution, trained minima, baselines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from theorems.seed import _sparse_mask_measure as measure
from theorems.seed._sparse_mask_instance import Instance, build, round_down, round_up
from verify.errors import InvalidInput, Rejected
from verify.recheck.duality import CONSTANT, STATEMENT, THEOREM, read_instance
from verify.theorem import Run, TheoremResult
from verify.verdict import Assumption

if TYPE_CHECKING:
    from numerics.finding import Finding
    from numerics.lasso import LassoSolution

EXACT = "exact"


@dataclass(frozen=True)
class Decided:
    """Everything about an instance that is decided exactly.

    Attributes:
        kappas: certified lower bounds of the restricted eigenvalue, by rule.
        patterns: the vectors behind the rule ``compatibility``.
        kappa: the one that is used, with its rule; None when none is positive.
        null: a direction that shows that there is no positive kappa.
        noise_event: 2 |X^T (y - X u*)/n|_inf, the least lambda of H7.
        penalty_limit: |X^T y/n|_inf, from which on 0 is the solution.
        trivial: |X u*|^2/n, the error of 0.
    """

    kappas: Mapping[str, Fraction]
    patterns: list[list[int]]
    kappa: tuple[Fraction, str] | None
    null: list[Fraction] | None
    noise_event: Fraction
    penalty_limit: Fraction
    trivial: Fraction
    bound: Fraction | None


def decide(run: Run) -> TheoremResult:
    """Decide the instance that a run describes."""
    run.step("reading the data", 0.0)
    instance = build(run)
    _check_size(instance)
    run.step("deciding the assumptions", 0.1)
    decided = decide_assumptions(run, instance)
    run.step("solving the lasso exactly", 0.25)
    solution = measure.solve(instance, run)
    trained = measure.train_minima(instance, solution, run)
    details = measure.details(instance, decided, solution, trained, run)
    run.progress("done", 1.0)
    finding = _finding(instance, decided, solution, trained)
    return TheoremResult(
        finding=replace(finding, values=_values(run, instance, decided, solution, trained, details)),
        claim=claim_of(instance, decided.kappa),
        scope=_scope(instance),
        title="Mask with ridge: every local minimum solves the lasso and predicts well",
        expected="proved" if run.data is None and not run.given else None,
        assumptions=rows_of(instance, decided),
        statement=_statement(instance, decided),
        details=details,
        settings={name: str(value) for name, value in run.settings.items()},
    )


def _check_size(instance: Instance) -> None:
    """Refuse what the checker of certificates would refuse."""
    try:
        read_instance(claim_of(instance, None)["instance"])
    except Rejected as reason:
        fix = "choose fewer columns with --set columns=NAME,NAME,..., or round the data to fewer digits"
        raise InvalidInput(str(reason), fix=fix) from None


# --- assumptions --------------------------------------------------------------------------------------------------


def decide_assumptions(run: Run, instance: Instance) -> Decided:
    """Compute every quantity that an assumption compares, exactly."""
    from numerics.compatibility import compatibility
    from numerics.lasso import residual_correlation
    from numerics.moments import column_vector, entries, form, fraction
    from numerics.null_cone import null_direction

    moments, teacher = instance.moments, column_vector(instance.teacher)
    constant, patterns = compatibility(moments, instance.support, check=run.budget.check)
    kappas = {**restricted_eigenvalues(instance), "compatibility": round_down(constant)}
    allowed = kappas if run.text("kappa") == "best" else {run.text("kappa"): kappas[run.text("kappa")]}
    rule = max(allowed, key=lambda name: allowed[name])
    kappa = (allowed[rule], rule) if allowed[rule] > 0 else None
    null = None
    if kappa is None and max(kappas.values()) <= 0:
        null = null_direction(moments.gram, instance.support, check=run.budget.check)
    size = len(instance.support)
    return Decided(
        kappas=kappas,
        patterns=patterns,
        kappa=kappa,
        null=null,
        noise_event=2 * max(map(abs, residual_correlation(moments, teacher))),
        penalty_limit=max(abs(fraction(entry)) for entry in entries(moments.correlation)),
        trivial=form(teacher, moments.gram, teacher),
        bound=CONSTANT * instance.penalty**2 * size / kappa[0] if kappa else None,
    )


def restricted_eigenvalues(instance: Instance) -> dict[str, Fraction]:
    """Return a certified lower bound by each rule; 0 where eigenvalues show nothing, possibly negative by coherence.

    ``eigenvalue``: G - kappa I >= 0. ``support``: G - kappa P_S >= 0. ``coherence``: min_j G_jj + mu - 16 k mu.
    """
    import numpy as np

    gram, _, _ = instance.moments.floats
    support = instance.support
    rest = [j for j in range(len(gram)) if j not in set(support)]
    cross = gram[np.ix_(support, rest)]
    schur = gram[np.ix_(support, support)] - cross @ np.linalg.pinv(gram[np.ix_(rest, rest)], hermitian=True) @ cross.T
    return {
        "eigenvalue": _certified(instance, float(np.linalg.eigvalsh(gram)[0]), list(range(len(gram)))),
        "support": _certified(instance, float(np.linalg.eigvalsh(schur)[0]), support) if support else Fraction(0),
        "coherence": coherence_bound(instance),
    }


SMALLEST_KAPPA = 1e-9
"""Floating point eigenvalues below this are taken for 0."""


def _certified(instance: Instance, estimate: float, places: list[int]) -> Fraction:
    """Return a 4-digit number close below the estimate for which G minus it on some places is exactly semidefinite."""
    from numerics.moments import is_positive_semidefinite, rational

    for slack in (1e-9, 1e-4, 1e-2):
        if estimate < SMALLEST_KAPPA:
            break
        value = round_down(Fraction(estimate * (1 - slack)))
        table = instance.moments.gram.tolist()
        for j in places:
            table[j][j] -= rational(value)
        if is_positive_semidefinite(_matrix(table)):
            return value
    return Fraction(0)


def _matrix(table: list[list[Any]]) -> Any:
    from flint import fmpq_mat

    return fmpq_mat(len(table), len(table), [entry for row in table for entry in row])


def coherence_bound(instance: Instance) -> Fraction:
    """Return min_j G_jj + mu - 16 k mu, mu the largest entry off the diagonal in size, exactly."""
    from numerics.moments import fraction

    table = instance.moments.gram.tolist()
    coherence = max((abs(fraction(table[i][j])) for i in range(len(table)) for j in range(i)), default=Fraction(0))
    least = min(fraction(table[j][j]) for j in range(len(table)))
    return least + coherence - 16 * len(instance.support) * coherence


def rows_of(instance: Instance, decided: Decided) -> tuple[Assumption, ...]:
    """Return all assumptions with value, threshold and margin."""
    from numerics.moments import fraction

    moments = instance.moments
    largest = max(fraction(moments.gram[j, j]) for j in range(moments.size))
    rows = [
        _row("columns", "columns have mean square at most 1", largest, "<=", Fraction(1),
             _column_note(instance)),
        _kappa_row(instance, decided),
        _row("H7", "the noise event: lambda >= 2 max_j |x_j^T (y - X u*)|/n", instance.penalty, ">=",
             decided.noise_event, _noise_note(instance)),
        _row("H13-penalty", "lambda < max_j |x_j^T y|/n (else 0 is the only solution)", instance.penalty, "<",
             decided.penalty_limit),
    ]  # fmt: skip
    if decided.bound is not None:
        rows.append(_row("H13-conclusion", "the bound is below the error |X u*|^2/n of predicting 0", decided.bound,
                         "<", decided.trivial))  # fmt: skip
    else:
        rows.append(Assumption("H13-conclusion", "the bound is below the error |X u*|^2/n of predicting 0", None,
                               "no bound without kappa", "<", text(decided.trivial), "unknown", EXACT))  # fmt: skip
    return tuple(rows)


def _column_note(instance: Instance) -> str:
    note = f"{instance.moments.size} columns, centred and scaled by dyadic numbers of 24 bits"
    dropped = instance.dropped
    if not dropped:
        return note
    shown = ", ".join(dropped[:8]) + (", ..." if len(dropped) > 8 else "")
    return f"{note}; {len(dropped)} dropped because they are constant: {shown}"


def _kappa_row(instance: Instance, decided: Decided) -> Assumption:
    shown = ", ".join(f"{rule} {text(value)}" for rule, value in decided.kappas.items())
    statement = "restricted eigenvalue: |X d|^2/n >= kappa |d_S|_1^2/k on |d off S|_1 <= 3 |d_S|_1, kappa > 0"
    if decided.kappa is not None:
        value, rule = decided.kappa
        return _row("H6", statement, value, ">", Fraction(0), f"by the rule '{rule}'; lower bounds: {shown}")
    value = max(decided.kappas.values())
    if decided.null is not None:
        note = f"fails: X d = 0 along a direction of the cone ({_shown_direction(instance, decided.null)})"
        return Assumption("H6", statement, False, "0", ">", "0", "0", EXACT, note)
    note = f"no certified positive lower bound; lower bounds: {shown}"
    return Assumption("H6", statement, None, text(value), ">", "0", text(value), EXACT, note)


def _shown_direction(instance: Instance, direction: list[Fraction]) -> str:
    sizes = sorted(zip(direction, instance.moments.names, strict=True), key=lambda item: -abs(item[0]))
    largest = abs(sizes[0][0])
    shown = ", ".join(f"{float(value / largest):+.3g} {name}" for value, name in sizes[:3])
    return shown + (", ..." if sum(1 for value in direction if value) > 3 else "")


def _noise_note(instance: Instance) -> str:
    level = f"noise level {text(instance.noise)}, {instance.noise_label} ({instance.noise_note})"
    return f"lambda is {instance.penalty_label}; {level}"


def _row(name: str, statement: str, value: Fraction, relation: str, threshold: Fraction, note: str = "") -> Assumption:
    margin = threshold - value if relation in ("<", "<=") else value - threshold
    holds = margin > 0 or (margin == 0 and relation in ("<=", ">="))
    return Assumption(name, statement, holds, text(value), relation, text(threshold), text(margin), EXACT, note)


# --- verdict ------------------------------------------------------------------------------------------------------


METHOD = "theorem A, exact lasso solution with duality gap, exact assumptions"


def _finding(instance: Instance, decided: Decided, solution: LassoSolution, trained: measure.Minima) -> Finding:
    from numerics.compatibility import UNIT
    from numerics.finding import Finding

    broken = _broken(instance, decided)
    if broken is not None:
        evidence, reason = broken
        return Finding("vacuous", EXACT, "duality", evidence, method=METHOD, reason=reason)
    if decided.kappa is None:
        rules = ", ".join(f"{rule} {text(value)}" for rule, value in decided.kappas.items())
        reason = f"H6: no positive lower bound of the restricted eigenvalue by the chosen rule (all rules: {rules})"
        return Finding("undecided", None, method=METHOD, reason=reason)
    if not measure.within_bound(instance, solution, decided.bound):
        return _beyond_bound(decided, solution)
    proof: dict[str, Any] = {"solution": [str(v) for v in solution.coordinates], "points": trained.evidence}
    if decided.kappa[1] == "compatibility":
        vectors = [[str(value) for value in vector] for vector in decided.patterns]
        proof["compatibility"] = {"unit": str(UNIT), "vectors": vectors}
    return Finding("proved", EXACT, "duality", proof, method=METHOD)


def _broken(instance: Instance, decided: Decided) -> tuple[dict[str, Any], str] | None:
    """Return evidence and words for the first assumption that fails, None if none does."""
    for row in rows_of(instance, decided):
        if row.holds is False and row.name != "H6":
            return {"fails": row.name}, f"assumption {row.name} fails on this instance: {_how(row)}"
    if decided.null is not None:
        reason = "assumption H6 fails on this instance: the columns cancel along a direction of the cone"
        return {"fails": "H6", "direction": [str(value) for value in decided.null]}, reason
    return None


def _beyond_bound(decided: Decided, solution: LassoSolution) -> Finding:
    """The exact solution within the bound is a theorem; a rounded one may have a gap that is too large to show it."""
    from numerics.finding import Finding

    if solution.gap == 0:
        raise AssertionError(f"all assumptions hold and the error exceeds the bound {decided.bound}")
    reason = f"the duality gap {float(solution.gap):.2e} is too large to compare the error with the bound"
    return Finding("undecided", None, method=METHOD, reason=reason)


def _how(row: Assumption) -> str:
    advice = {
        "H7": "; a larger lambda meets it (--set lambda=event takes the least one)",
        "H13-penalty": "; take a smaller lambda",
        "H13-conclusion": "; the conclusion says less than predicting 0 achieves: more rows, a smaller k or less noise",
    }
    return f"{row.value} {row.relation} {row.threshold} is false (margin {row.margin}){advice.get(row.name, '')}"


def claim_of(instance: Instance, kappa: tuple[Fraction, str] | None) -> dict[str, Any]:
    """Return the claim of the certificate: the statement and the instance in full."""
    moments = instance.moments
    data = {
        "source": dict(instance.source),
        "rows": moments.rows,
        "columns": list(moments.names),
        "sums": [str(value) for value in moments.sums],
        "products": [[str(value) for value in row[i:]] for i, row in enumerate(moments.products)],
        "target_sum": str(moments.target_sum),
        "target_products": [str(value) for value in moments.target_products],
        "target_square": str(moments.target_square),
        "scales": [str(value) for value in moments.scales],
        "target_scale": str(moments.target_scale),
        "teacher": [str(value) for value in instance.teacher],
        "penalty": str(instance.penalty),
        "kappa": {"value": str(kappa[0]), "by": kappa[1]} if kappa else None,
    }
    return {"id": THEOREM, "theorem": THEOREM, "statement": dict(STATEMENT), "instance": data}


def _scope(instance: Instance) -> str:
    moments = instance.moments
    what = "teacher drawn" if instance.drawn else "reference fitted"
    return (
        f"every local minimum (a, w) in R^{2 * moments.size} for the {moments.rows} rows and {moments.size} columns of "
        f"{instance.source['file']}, target {instance.target}, {what} with {len(instance.support)} nonzero entries, "
        f"lambda = {text(instance.penalty)}; equally for any table with these moments"
    )


def _statement(instance: Instance, decided: Decided) -> dict[str, Any]:
    size, kappa = len(instance.support), decided.kappa
    return {
        **STATEMENT,
        "n": str(instance.moments.rows),
        "p": str(instance.moments.size),
        "k": str(size),
        "penalty": str(instance.penalty),
        "kappa": str(kappa[0]) if kappa else None,
        "bound": text(decided.bound) if decided.bound is not None else None,
    }


def _values(
    run: Run, instance: Instance, decided: Decided, solution: LassoSolution, trained: measure.Minima,
    details: Mapping[str, Any],
) -> dict[str, str]:  # fmt: skip
    error = measure.error_of(instance, solution)
    values = {
        "error": text(error),
        "bound": text(decided.bound) if decided.bound is not None else "none",
        "error_of_zero": text(decided.trivial),
        "lambda": text(instance.penalty),
        "lambda_max": text(decided.penalty_limit),
        "kappa": f"{text(decided.kappa[0])} ({decided.kappa[1]})" if decided.kappa else "none",
        "noise_level": f"{text(instance.noise)} ({instance.noise_label})",
        "failure_probability_at_most": measure.failure_probability(instance),
        "lasso_support": str(len(solution.support)),
        "duality_gap": text(solution.gap),
        "local_minima": f"2^{len(solution.support)}" if solution.unique else "unknown",
        "trained": f"{trained.certified} of {len(trained.gaps)} starts certified within {measure.CERTIFIED_GAP}",
        "largest_trained_gap": f"{float(max(trained.gaps)):.2e}" if trained.gaps else "none",
    }
    for name in ("ridge_best", "ridge_same_penalty", "minimum_norm"):
        values[f"error_{name}"] = f"{details['baselines'][name]['error']:.6g}"
    return values


def text(value: Fraction) -> str:
    """Return a rational number as text: exact when short, else a ball around 12 digits."""
    shown = f"{float(value):.12g}"
    distance = abs(value - Fraction(shown))
    if distance == 0:
        return shown
    return str(value) if len(str(value)) <= 7 else f"{shown} +/- {float(round_up(distance, 1)):.0e}"
