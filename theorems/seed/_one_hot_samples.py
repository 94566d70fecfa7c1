"""Sample complexity of the one-hot mask on random signs, against the row space: everything in whole numbers."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from theorems.seed._separation_samples import METRIC, ROW_SPACE, stamped
from verify.sample_size import LOWER, UPPER, Bound, Comparison, SampleQuestion
from verify.theorem import Setting, Values

if TYPE_CHECKING:
    from numerics.budget import Budget
    from verify.data import Data

MODE = "in expectation"

SETTINGS = (
    Setting("p", "1025", "inputs", "integer", low=Fraction(2), high=Fraction(10_000)),
    Setting("epsilon", "1/8", "expected squared error to reach", "number", low=Fraction(0), high=Fraction(1),
            above=True),
)  # fmt: skip

MOST = 200
"""Largest number of samples that is tried for the mask."""


def compare(values: Values, data: Data | None, budget: Budget, seed: int) -> tuple[Comparison, ...]:
    """Return the comparison; no data are taken (the command has refused them)."""
    from verify.recheck.sample_size import STATEMENT, THEOREM, one_hot_error

    p, epsilon = int(values["p"]), Fraction(values["epsilon"])
    few = next((n for n in range(1, MOST) if one_hot_error(n, p) <= epsilon), None)
    low = next(n for n in range(p + 1) if 1 - Fraction(n, p) <= epsilon)
    error = "unknown" if few is None else f"{float(one_hot_error(few, p)):.6g}"
    attention = Bound(UPPER, "every one-hot mask with a sign that fits the samples", few, error, METRIC, MODE, "exact",
                      "2 (1 - (1 - 2^(1-n))^(p-1))")  # fmt: skip
    baseline = Bound(LOWER, ROW_SPACE, low, str(epsilon), METRIC, MODE, "exact", "1 - n/p")
    title = f"one-hot mask on uniform signs, p = {p}, epsilon = {epsilon}"
    found = Comparison("one-hot", title, attention, baseline)
    if few is None or few >= low:
        return (found,)
    data_of = {
        "law": "one-hot", "p": str(p), "epsilon": str(epsilon), "family": "row-space", "samples_attention": str(few),
        "samples_baseline": str(low - 1),
    }  # fmt: skip
    claim = {"id": THEOREM, "theorem": THEOREM, "statement": dict(STATEMENT), "instance": data_of}
    certificate = stamped(claim, "proved", "sample_size", {})
    return (Comparison("one-hot", title, attention, baseline, certificate=certificate),)


samples = SampleQuestion(SETTINGS, compare)
