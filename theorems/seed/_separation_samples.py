"""Comparisons of the entry separation: exact designs, the user's data, and Gaussian inputs with high probability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from verify.errors import InvalidInput, Location
from verify.exact import rounded
from verify.sample_size import LOWER, UPPER, Bound, Comparison, SampleQuestion
from verify.theorem import Setting, Values

if TYPE_CHECKING:
    from numerics.budget import Budget
    from numerics.sample_complexity.instances import Design
    from verify.data import Data

METRIC = "squared l2 error |u - u*|^2 (excess prediction error for inputs of covariance I)"
ON_INSTANCE = "on this instance"
ATTENTION = "every local minimum of the mask with ridge"
ROW_SPACE = "every estimator in the row space of X"

FRAME = ((1, 0), (0, 1), (Fraction(3, 5), Fraction(4, 5)), (Fraction(-4, 5), Fraction(3, 5)))
"""Columns of the design with two samples: unit vectors, a tight frame."""

SIDE = 256
"""Samples of the union of two orthonormal bases: 16 I and a Hadamard matrix, columns of squared norm 256."""

SMALL_PENALTY, BASES_PENALTY = Fraction(1, 10), Fraction(1, 100)

DATA_STEP = 4
"""Distance of the numbers of rows that are tried on data."""

MOST_ROWS = 40
"""Largest number of rows of data, whose systems are solved exactly."""

SETTINGS = (
    Setting("instance", "all", "which comparison; data: --data, or the digits", "choice",
            ("all", "small", "bases", "dense", "gaussian", "tokens", "data")),
    Setting("tokens", "64", "tokens: number of tokens", "integer", low=Fraction(2), high=Fraction(10**5)),
    Setting("width", "16", "tokens: numbers of a token", "integer", low=Fraction(1), high=Fraction(10**3)),
    Setting("p", "10000", "gaussian: inputs", "integer", low=Fraction(2), high=Fraction(10**7)),
    Setting("k", "3", "gaussian, data: nonzero entries of the teacher", "integer", low=Fraction(1)),
    Setting("noise", "1/4", "gaussian: noise level", "number", low=Fraction(0), above=True),
    Setting("norm", "1", "gaussian, tokens: |u*|^2", "number", low=Fraction(0), above=True),
    Setting("epsilon", "1/10", "gaussian, tokens, data: error to reach", "number", low=Fraction(0), above=True),
    Setting("delta", "1/20", "gaussian, tokens: failure probability", "number", low=Fraction(0), high=Fraction(1, 2),
            above=True),
    Setting("family", "equivariant", "gaussian, tokens: the baseline", "choice", ("equivariant", "row-space")),
    Setting("penalty", "1/100", "data: ridge penalty of the mask model", "number", low=Fraction(0), above=True),
)  # fmt: skip


def compare(values: Values, data: Data | None, budget: Budget, seed: int) -> tuple[Comparison, ...]:
    """Return the comparisons that the settings ask for, without a verdict.

    Raises:
        InvalidInput: settings that contradict each other, or data that do not fit.
        OutOfTime: the budget is used up.
    """
    chosen = "data" if data is not None and values["instance"] == "all" else str(values["instance"])
    if data is not None and chosen != "data":
        raise InvalidInput(f"instance={chosen!r} takes no data", fix="use instance=data", where=Location(key="--data"))
    makers = {"small": small, "bases": bases, "dense": dense}
    found = [make() for name, make in makers.items() if chosen in ("all", name)]
    if chosen in ("all", "gaussian"):
        found.append(gaussian(values))
    if chosen in ("all", "tokens"):
        found.append(tokens(values))
    if chosen == "data":
        found.append(on_data(values, data, budget, seed))
    return tuple(found)


# --- exact designs ------------------------------------------------------------------------------------------------


def small() -> Comparison:
    """Return n = 2, p = 4: 1/100 against 1/2."""
    from numerics.sample_complexity.instances import noiseless

    rows = [[column[i] for column in FRAME] for i in range(2)]
    design = noiseless(rows, [1, 0, 0, 0], 1, SMALL_PENALTY)
    return on_design("small", "two samples, four inputs: tight frame, teacher e_1, penalty 1/10", design)


def bases() -> Comparison:
    """Return n = 256, p = 512: 0.0576 by the theorem's bound against 1/2."""
    from numerics.sample_complexity.instances import noiseless

    rows = [[16 * (i == j) for j in range(SIDE)] + [hadamard(i, j) for j in range(SIDE)] for i in range(SIDE)]
    design = noiseless(rows, [1] + [0] * (2 * SIDE - 1), SIDE, BASES_PENALTY)
    return by_bound("bases", "256 samples, 512 inputs: 16 I and Hadamard, teacher e_1, penalty 1/100", design)


def hadamard(i: int, j: int) -> int:
    """Return an entry of Sylvester's Hadamard matrix."""
    return -1 if (i & j).bit_count() % 2 else 1


def dense() -> Comparison:
    """Return two orthonormal inputs and the dense teacher (1, 1), where ridge regression is better."""
    from numerics.sample_complexity.instances import noiseless

    design = noiseless([[1, 0], [0, 1]], [1, 1], 1, SMALL_PENALTY)
    return on_design("dense", "two samples, two inputs: dense teacher (1, 1), penalty 1/10", design)


def on_design(name: str, title: str, design: Design, source: str = "built in") -> Comparison:
    """Return the comparison on a design, attention by the exact lasso solution."""
    from numerics.sample_complexity import instances as find

    solution, null, ridge = find.lasso_solution(design), find.null_vector(design), find.best_ridge(design)
    upper = None if solution is None else find.error(design, solution)
    lower = Fraction(0) if null is None else find.row_space_error(design, null)
    bounds = _sides(design, upper, lower, "exact lasso solution, unique")
    more = {} if ridge is None else {"best ridge": f"{_shown(ridge.error)} (penalty {ridge.penalty})"}
    found = Comparison(name, title, *bounds, more=more)
    if solution is None or upper is None:
        return replace(found, remark="the lasso was not solved exactly")
    if null is not None and upper < lower:
        evidence = {"attention": {"rule": "solution", "solution": _texts(solution)}, "null_vector": _texts(null)}
        return replace(found, certificate=certificate_of(design, source, "proved", evidence))
    if ridge is not None and ridge.error <= upper:
        evidence = {"solution": _texts(solution), "ridge_penalty": str(ridge.penalty), "dual": _texts(ridge.dual)}
        remark = (
            f"ridge regression with penalty {ridge.penalty} has error {_shown(ridge.error)} <= {_shown(upper)} of "
            "attention on the same samples"
        )
        return replace(found, certificate=certificate_of(design, source, "refuted", evidence), remark=remark)
    return replace(found, remark="the bounds overlap and no ridge fit that was tried is as good")


def by_bound(name: str, title: str, design: Design, source: str = "built in") -> Comparison:
    """Return the comparison on a design, attention by the theorem's bound with kappa by coherence."""
    from numerics.sample_complexity import instances as find

    kappa = find.coherence_constant(design)
    size = sum(1 for value in design.teacher if value)
    null = find.null_vector(design)
    if kappa <= 0 or null is None:
        bounds = _sides(design, None, Fraction(0), "theorem E")
        return Comparison(name, title, *bounds, remark=f"coherence shows no restricted eigenvalue: kappa = {kappa}")
    upper = Fraction(9, 4) * design.penalty**2 * size / kappa**2
    lower = find.row_space_error(design, null)
    evidence = {"attention": {"rule": "bound"}, "null_vector": _texts(null)}
    more = {"kappa": str(kappa), "k": str(size)}
    solution = find.lasso_solution(design)
    if solution is not None:
        more["error of attention, exact"] = str(find.error(design, solution))
    certificate = certificate_of(design, source, "proved", evidence) if upper < lower else None
    by = "9 lambda^2 k/(4 kappa^2), kappa by coherence"
    return Comparison(name, title, *_sides(design, upper, lower, by), certificate=certificate, more=more)


def _sides(design: Design, upper: Fraction | None, lower: Fraction, by: str) -> tuple[Bound, Bound]:
    """Return both sides at the number of samples of the design: attention needs at most n, the baseline more."""
    n = len(design.rows)
    most = "unknown" if upper is None else _shown(upper, ROUND_CEILING)
    attention = Bound(UPPER, ATTENTION, None if upper is None else n, most, METRIC, ON_INSTANCE, "exact", by)
    low = n if upper is None or lower <= upper else n + 1
    least = _shown(lower, ROUND_FLOOR)
    return attention, Bound(LOWER, ROW_SPACE, low, least, METRIC, ON_INSTANCE, "exact", "|(I - P) u*|^2")


def certificate_of(design: Design, source: str, verdict: str, evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Return the certificate of a comparison on a design."""
    from verify.recheck.separation import STATEMENT, THEOREM

    claim = {
        "id": THEOREM, "theorem": THEOREM, "statement": dict(STATEMENT), "instance": design.instance(source)
    }  # fmt: skip
    return stamped(claim, verdict, "separation", evidence)


def stamped(claim: Mapping[str, Any], verdict: str, kind: str, evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Return a certificate that names the version."""
    from verify import __version__
    from verify.certificate import sealed

    return sealed(claim, verdict, kind, evidence, {"version": __version__})


def _texts(values: Sequence[Fraction]) -> list[str]:
    try:
        return [str(value) for value in values]
    except ValueError:
        raise InvalidInput("the exact numbers have thousands of digits", fix="round the data to fewer digits") from None


def _shown(value: Fraction, direction: str = ROUND_HALF_EVEN) -> str:
    """Return a number as text; a long one as a decimal, which for bounds is rounded to their own side."""
    return str(value) if len(str(value)) <= 12 else str(rounded(value, 6, direction))


# --- Gaussian inputs ----------------------------------------------------------------------------------------------


def gaussian(values: Values) -> Comparison:
    """Return the comparison in probability for Gaussian inputs, noise and a sparse teacher."""
    from numerics.sample_complexity.gaussian import Gaussian
    from verify.recheck.sample_size import STATEMENT, THEOREM

    p, k, family = int(values["p"]), int(values["k"]), str(values["family"])
    level, size, epsilon, delta = (Fraction(values[name]) for name in ("noise", "norm", "epsilon", "delta"))
    if k > p:
        raise InvalidInput(f"k={k} is above p={p}", fix="choose k at most p", where=Location(key="--set"))
    model = Gaussian(p, k, level, size, epsilon, delta)
    few, many = model.samples_attention(), model.samples_baseline(family)
    mode = f"with probability at least {1 - delta}"
    bounds = (
        Bound(UPPER, ATTENTION, few[0] if few else None, str(epsilon), METRIC, mode, "ball",
              "9 lambda^2 k/(4 kappa^2), noise event, kappa by Gordon's theorem"),
        Bound(LOWER, FAMILIES[family], many[0] + 1 if many else None, str(epsilon), METRIC, mode, "ball",
              "law Beta((p-n)/2, n/2) of |(I - P) u*|^2" + (", spherical caps" if family == "equivariant" else "")),
    )  # fmt: skip
    title = f"Gaussian inputs, p = {p}, k = {k}, noise {level}, |u*|^2 = {size}"
    found = Comparison("gaussian", title, *bounds, remark=GAUSSIAN_REMARK)
    if not few or not many or few[0] > many[0]:
        return found
    data = {
        "law": "gaussian", "p": str(p), "k": str(k), "level": str(level), "teacher_norm": str(size),
        "epsilon": str(epsilon), "delta": str(delta), "family": family, "samples_attention": str(few[0]),
        "samples_baseline": str(many[0]),
    }  # fmt: skip
    claim = {"id": THEOREM, "theorem": THEOREM, "statement": dict(STATEMENT), "instance": data}
    return replace(
        found,
        certificate=stamped(claim, "proved", "sample_size", {"tau": str(few[1]), "middle": str(many[1])}),
        more={"lambda": "2 noise (sqrt(n) + t) v/n, t = sqrt(2 ln(3/delta)), v = sqrt(2 ln(3p/delta))"},
    )


def tokens(values: Values) -> Comparison:
    """Return the comparison for attention that puts all weight on one token, noise-free Gaussian tokens."""
    from numerics.sample_complexity.gaussian import Gaussian
    from verify.recheck.sample_size import STATEMENT, THEOREM

    count, width, family = int(values["tokens"]), int(values["width"]), str(values["family"])
    size, epsilon, delta = (Fraction(values[name]) for name in ("norm", "epsilon", "delta"))
    many = Gaussian(count * width, width, Fraction(1), size, epsilon, delta).samples_baseline(family)
    mode = f"with probability at least {1 - delta}"
    bounds = (
        Bound(UPPER, "every fit of the samples with all weight on one token", width + 1, str(epsilon), METRIC, mode,
              "exact", "with probability 1 only the teacher fits width + 1 samples, error 0"),
        Bound(LOWER, FAMILIES[family], many[0] + 1 if many else None, str(epsilon), METRIC, mode, "ball",
              "law Beta((p-n)/2, n/2) of |(I - P) u*|^2" + (", spherical caps" if family == "equivariant" else "")),
    )  # fmt: skip
    title = f"{count} Gaussian tokens of {width} numbers, one of them relevant, no noise"
    found = Comparison("tokens", title, *bounds)
    if not many or many[0] <= width:
        return found
    data = {
        "law": "tokens", "tokens": str(count), "width": str(width), "teacher_norm": str(size), "epsilon": str(epsilon),
        "delta": str(delta), "family": family, "samples_attention": str(width + 1), "samples_baseline": str(many[0]),
    }  # fmt: skip
    claim = {"id": THEOREM, "theorem": THEOREM, "statement": dict(STATEMENT), "instance": data}
    return replace(found, certificate=stamped(claim, "proved", "sample_size", {"middle": str(many[1])}))


FAMILIES = {
    "equivariant": "every orthogonally equivariant procedure (any such fully connected net among them)",
    "row-space": ROW_SPACE,
}

GAUSSIAN_REMARK = "for dense teachers the bound for attention is weak, and attention may need more"


# --- data ---------------------------------------------------------------------------------------------------------


def on_data(values: Values, data: Data | None, budget: Budget, seed: int) -> Comparison:
    """Return the comparison on the first rows of a table, with a drawn teacher: exact at every number of rows tried."""
    from numerics.sample_complexity.table import design_of, digits

    table = data if data is not None else digits()
    k, epsilon, penalty = int(values["k"]), Fraction(values["epsilon"]), Fraction(values["penalty"])
    tried: list[tuple[Design, Fraction | None, Fraction]] = []
    for n in range(DATA_STEP, MOST_ROWS + 1, DATA_STEP):
        if n > table.rows or (tried and budget.left <= 0):
            break
        tried.append(_row_of(design_of(table, n, k, penalty, seed)))
    return _from_rows(table, tried, epsilon, k, penalty)


def _row_of(design: Design) -> tuple[Design, Fraction | None, Fraction]:
    from numerics.sample_complexity import instances as find

    solution, null = find.lasso_solution(design), find.null_vector(design)
    upper = None if solution is None else find.error(design, solution)
    return design, upper, Fraction(0) if null is None else find.row_space_error(design, null)


def _from_rows(
    table: Data, tried: list[tuple[Design, Fraction | None, Fraction]], epsilon: Fraction, k: int, penalty: Fraction
) -> Comparison:
    """Return the comparison on the least number of rows tried with which attention reaches epsilon."""
    title = f"first rows of {table.name}, drawn teacher with {k} nonzero entries, penalty {penalty}, epsilon {epsilon}"
    reached = next((row for row in tried if row[1] is not None and row[1] <= epsilon), None)
    missed = [len(design.rows) for design, _, lower in tried if lower > epsilon]
    low = max(missed, default=0) + 1
    errors = {
        f"n = {len(design.rows)}": f"attention {_exact(upper)}, row space at least {_shown(lower, ROUND_FLOOR)}"
        for design, upper, lower in tried
    }
    if reached is None:
        sides = _sides(tried[-1][0], None, tried[-1][2], "exact lasso solution, unique")
        return Comparison("data", title, *sides, more=errors, remark="attention reaches epsilon at no number tried")
    found = on_design("data", title, reached[0], table.name)
    beyond = {"rows with which the row space first may reach epsilon": f"{low} (exact, outside the certificate)"}
    return replace(found, more={**found.more, **beyond, **errors})


def _exact(value: Fraction | None) -> str:
    return "not solved" if value is None else _shown(value)


samples = SampleQuestion(SETTINGS, compare, curves=("sparse", "dense", "digits"))
