"""Sample complexity: an upper bound for one procedure beside a lower bound for a family, in one error metric.

"Attention needs fewer samples" is ``n_up(attention) < n_low(baseline)``, where n_up is a number of samples with which
attention reaches the error, and with n_low - 1 samples no procedure of the baseline's family does. Two upper bounds
decide nothing, nor do bounds in different metrics or modes; :func:`verdict_of` never calls that separated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from verify.errors import InvalidInput, Location
from verify.theorem import Setting

if TYPE_CHECKING:
    from numerics.budget import Budget
    from verify.data import Data
    from verify.theorem import Values

SEPARATED = "separated"
NOT_SEPARATED = "not separated"
UNDECIDED = "cannot be decided by these bounds"

UPPER, LOWER = "upper", "lower"

WORDS = {"proved": SEPARATED, "refuted": NOT_SEPARATED}
"""What a rechecked certificate says about the two sides."""


@dataclass(frozen=True)
class Bound:
    """One side of a comparison.

    Attributes:
        side: ``upper`` (so many samples suffice, the error is at most) or ``lower`` (fewer do not, it is at least).
        procedure: whose error: one procedure, or a family.
        samples: number of samples; None where no number suffices.
        error: the error at that number, as text; for a lower bound, below which it does not come.
        metric, mode: what is measured, and in which sense: on the instance, in expectation, with a probability.
        level: exact or ball; ``stated`` where the bound rests on something that was not checked.
        by: where the bound comes from.
    """

    side: str
    procedure: str
    samples: int | None
    error: str
    metric: str
    mode: str
    level: str
    by: str


@dataclass(frozen=True)
class Comparison:
    """Two sides with what has been concluded from them.

    Attributes:
        certificate: what :mod:`verify.recheck` is to accept before anything is concluded; None where there is nothing.
        more: numbers worth knowing, as text.
        remark: why nothing is concluded, or what is measured beside the bounds.
    """

    name: str
    title: str
    attention: Bound
    baseline: Bound
    certificate: Mapping[str, Any] | None = None
    more: Mapping[str, str] = field(default_factory=dict)
    remark: str = ""
    verdict: str = UNDECIDED
    reason: str = ""
    path: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the comparison as JSON-able data, without the body of its certificate."""
        data = asdict(self)
        data["certificate"] = data.pop("path")
        return data


@dataclass(frozen=True)
class SampleQuestion:
    """What an entry of the library offers to ``attnverify sample-complexity``.

    Attributes:
        compare: ``(values, data, budget, seed)`` to the comparisons, without a verdict.
        curves: names of the experiments whose measured curves belong to the question.
    """

    settings: tuple[Setting, ...]
    compare: Callable[[Values, Data | None, Budget, int], tuple[Comparison, ...]]
    curves: tuple[str, ...] = ()

    def values_of(self, given: Mapping[str, str]) -> dict[str, int | Fraction | str]:
        """Return the values of all settings, defaults filled in.

        Raises:
            InvalidInput: an unknown setting, or a value out of range.
        """
        names = [setting.name for setting in self.settings]
        for name in given:
            if name not in names:
                raise InvalidInput(f"there is no setting '{name}'", fix=f"one of: {', '.join(names)}",
                                   where=Location(key="--set"))  # fmt: skip
        return {setting.name: setting.read(given.get(setting.name, setting.default)) for setting in self.settings}


def obstacle(attention: Bound, baseline: Bound) -> str:
    """Return why two bounds cannot decide anything about each other; empty where they can."""
    if attention.side != UPPER:
        return f"the bound for attention is {attention.side}; that attention needs fewer samples takes an upper bound"
    if baseline.side != LOWER:
        return "two upper bounds decide nothing: the baseline may need fewer samples than its bound says"
    for what in ("metric", "mode"):
        if getattr(attention, what) != getattr(baseline, what):
            return f"the two bounds are in different {what}s: {getattr(attention, what)}; {getattr(baseline, what)}"
    unchecked = [bound.procedure for bound in (attention, baseline) if bound.level not in ("exact", "ball")]
    return f"the bound for {' and '.join(unchecked)} rests on something that was not checked" if unchecked else ""


def verdict_of(comparison: Comparison, accepted: str | None) -> tuple[str, str]:
    """Return the verdict on two sides and the reason.

    Args:
        accepted: the verdict of the certificate that the checker accepted, None without one.
    """
    attention, baseline = comparison.attention, comparison.baseline
    problem = obstacle(attention, baseline)
    if problem:
        return UNDECIDED, problem
    if attention.samples is None or baseline.samples is None:
        return UNDECIDED, comparison.remark or "one of the bounds reaches the error at no number of samples"
    if accepted == "proved" and attention.samples < baseline.samples:
        return SEPARATED, ""
    if accepted == "refuted":
        return NOT_SEPARATED, comparison.remark
    if attention.samples >= baseline.samples:
        remark = comparison.remark or "attention may still need fewer, or not"
        return UNDECIDED, f"n_up = {attention.samples} is not below n_low = {baseline.samples}; {remark}"
    return UNDECIDED, "there is no accepted certificate"
