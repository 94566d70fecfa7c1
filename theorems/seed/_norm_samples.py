"""Sample sizes by norm bounds: two upper bounds, which show no advantage of either side."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal, localcontext
from fractions import Fraction
from typing import TYPE_CHECKING

from verify.sample_size import UPPER, Bound, Comparison, SampleQuestion
from verify.theorem import Setting, Values

if TYPE_CHECKING:
    from numerics.budget import Budget
    from verify.data import Data

METRIC = "gap between risk and training loss"
MODE = "with probability at least 1 - delta, uniformly over the class"
REMARK = "the lower line BR/(2 sqrt(2) sqrt(n)) is about a Rademacher complexity, not about the error of a procedure"

SETTINGS = (
    Setting("p", "1000", "inputs", "integer", low=Fraction(2), high=Fraction(10**7)),
    Setting("epsilon", "1/10", "gap to reach", "number", low=Fraction(0), above=True),
    Setting("delta", "1/20", "failure probability", "number", low=Fraction(0), high=Fraction(1, 2), above=True),
)


def samples_for(complexity: Decimal, epsilon: Decimal, delta: Decimal) -> int:
    """Return the least n with [8 complexity + 6 sqrt(ln(2/delta)/2)]/sqrt(n) <= epsilon (F = Y = 1, B = 1)."""
    return int((((8 * complexity + 6 * ((2 / delta).ln() / 2).sqrt()) / epsilon) ** 2).to_integral(ROUND_CEILING))


def compare(values: Values, data: Data | None, budget: Budget, seed: int) -> tuple[Comparison, ...]:
    """Return the bound of the masked net (l1 norm 1, inputs at most 1) beside that of the net without mask."""
    with localcontext() as context:
        context.prec = 60
        p = Decimal(int(values["p"]))
        epsilon, delta = (_decimal(Fraction(values[name])) for name in ("epsilon", "delta"))
        masked = samples_for((2 * (2 * p).ln()).sqrt(), epsilon, delta)
        plain = samples_for(p.sqrt(), epsilon, delta)
    error = str(values["epsilon"])
    attention = Bound(UPPER, "masked network, l1 norm of the mask 1", masked, error, METRIC, MODE, "stated",
                      "theorem F, second line")  # fmt: skip
    baseline = Bound(UPPER, "network without mask", plain, error, METRIC, MODE, "stated",
                     "theorem F, first line with |x|_2 <= sqrt(p)")  # fmt: skip
    return (Comparison("norms", "norm-based bounds, B = R = F = Y = 1", attention, baseline, remark=REMARK),)


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


samples = SampleQuestion(SETTINGS, compare)
