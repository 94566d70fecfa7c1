"""The assumptions H1 to H13 of the collection on a user's table: value, threshold, margin, level, what would change it.

An entry names the ones it uses with :func:`decider`; the table is read as for the entry sparse-mask (columns centred
and scaled to mean square 1, a drawn teacher or a k-sparse reference), so that all of them speak of the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from theorems.seed._sparse_mask_instance import Instance, build
from theorems.seed.sparse_mask import SETTINGS as TABLE_SETTINGS
from verify.theorem import OnData, Run, Setting
from verify.verdict import Assumption

Rows = tuple[Assumption, ...]

LINKS = ("identity", "tanh", "sigmoid", "softplus", "relu")
BASELINES = ("ridge", "minimum norm", "gradient descent", "adam", "lasso", "one-hot search")

SETTINGS = (
    *(setting for setting in TABLE_SETTINGS if setting.name != "starts"),
    Setting("point", "least squares", "H1: 'zero', 'least squares', or the weights separated by commas"),
    Setting("mask", "uniform", "H3, H4, H12: 'uniform' (all 1), 'softmax' (all 1/p), or entries separated by commas"),
    Setting("link", "tanh", "H4: activation", "choice", LINKS),
    Setting("B", "auto", "H4, H8: bound on |w|; auto: the norm of the teacher or reference", "number", ("auto",),
            low=Fraction(0), above=True),
    Setting("slope", "1/10", "H4: the least slope that is wanted", "number", low=Fraction(0), above=True),
    Setting("alpha", "auto", "H5: the curvature that is wanted; auto: the best one shown", "number", ("auto",),
            low=Fraction(0), above=True),
    Setting("rho", "auto", "H5, H8, H9: radius of the domain; auto: twice the 1-norm of the teacher or reference",
            "number", ("auto",), low=Fraction(0), above=True),
    Setting("model", "linear", "H9: linear, product (trained mask), or units (a network with at least two)", "choice",
            ("linear", "product", "units")),
    Setting("units", "2", "H11, H12: hidden units", "integer", low=Fraction(1), high=Fraction(10**6)),
    Setting("baseline", "ridge", "H10: the procedure without attention", "choice", BASELINES),
    Setting("accuracy", "1/10", "H13: the gap or error that is wanted from theorems D and F", "number", low=Fraction(0),
            above=True),
)  # fmt: skip
"""Settings of the assumptions on a table; those of the table itself are as for sparse-mask."""


def deciders() -> dict[str, Callable[[Run, Instance], list[Assumption]]]:
    """Return how each assumption is decided."""
    from theorems.seed import _hypotheses_linear as linear
    from theorems.seed import _hypotheses_link as link
    from theorems.seed import _hypotheses_network as network

    return {
        "H1": linear.stationary, "H2": linear.realisable, "H3": link.positive_mask, "H4": link.slopes,
        "H5": linear.convexity, "H6": linear.restricted_eigenvalue, "H7": linear.noise_event, "H8": link.budgets,
        "H9": network.second_solution, "H10": network.equivariant, "H11": network.spare_unit,
        "H12": network.full_rank, "H13": linear.not_free, "samples": link.sample_sizes,
    }  # fmt: skip


def decider(*names: str) -> OnData:
    """Return the decision of some assumptions on the table of a run."""

    def decide(run: Run) -> Rows:
        run.step("reading the data", 0.0)
        instance = build(run)
        rows: list[Assumption] = []
        for number, name in enumerate(names):
            run.step(f"deciding {name}", (number + 1) / (len(names) + 1))
            rows += deciders()[name](run, instance)
        return tuple(rows)

    return OnData(decide, SETTINGS)


ALL = decider("H1", "H2", "H3", "H4", "H5", "H6", "H7", "H8", "H9", "H10", "H11", "H12", "H13")


def numbers(text: str, count: int) -> list[Fraction]:
    """Return the numbers of a list that is separated by commas.

    Raises:
        InvalidInput: another count, or no numbers.
    """
    from verify.errors import InvalidInput, Location
    from verify.exact import parse_rational

    values = [parse_rational(part.strip()) for part in text.split(",")]
    if len(values) != count:
        raise InvalidInput(
            f"{len(values)} numbers for {count} columns", fix="one for each", where=Location(key="--set")
        )
    return values


def mask_of(run: Run, instance: Instance) -> list[Fraction]:
    """Return the entries of the mask."""
    p, chosen = instance.moments.size, run.text("mask")
    if chosen in ("uniform", "softmax"):
        return [Fraction(1, p) if chosen == "softmax" else Fraction(1)] * p
    return numbers(chosen, p)


def data_of(run: Run) -> Any:
    """Return the table: the user's, or the shipped images."""
    from theorems.seed._sparse_mask_instance import _digits

    return run.data if run.data is not None else _digits()


def table_of(run: Run, instance: Instance) -> list[list[Fraction]]:
    """Return the centred and scaled columns row by row, (n, p), exactly."""
    data, moments = data_of(run), instance.moments
    columns = [data.column(name).integers for name in moments.names]
    shifts = [Fraction(total, moments.rows) for total in moments.sums]
    return [
        [scale * (column[i] - shift) for column, scale, shift in zip(columns, moments.scales, shifts, strict=True)]
        for i in range(moments.rows)
    ]
