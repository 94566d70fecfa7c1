"""Theorems that are families of claims: settings and dropped assumptions go in, the data of one claim come out.

Such an entry is a short file: a statement, its hypotheses and its neighbours. The certificate of an instance is that
of its claim, so :mod:`verify.recheck` needs to know nothing of the theorem.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from verify.errors import InvalidInput, Location
from verify.theorem import (
    Case,
    Hypothesis,
    OnData,
    Run,
    Setting,
    StatedNumber,
    Statement,
    Theorem,
    TheoremResult,
    Twin,
    Values,
)
from verify.verdict import Assumption

if TYPE_CHECKING:
    from numerics.finding import Finding
    from verify.claim import Claim

SHARE = 0.7
"""Share of the budget for the instance itself; the rest is for its small cases and twins."""

Computed = Callable[[Values], Mapping[str, str]]
"""Numbers of an instance computed apart from the provers, each under the name of the stated number it stands beside."""


@dataclass(frozen=True)
class Neighbour:
    """The statement with other settings, or without some of its hypotheses."""

    name: str
    change: str
    expected: str
    settings: Mapping[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()


def claim_theorem(
    *,
    id: str,
    title: str,
    expected: str,
    sources: tuple[str, ...],
    hypotheses: tuple[Hypothesis, ...],
    statement: Statement,
    settings: tuple[Setting, ...] = (),
    stated: tuple[StatedNumber, ...] = (),
    twins: Sequence[Neighbour] = (),
    cases: Sequence[Neighbour] = (),
    computed: Computed = lambda values: {},
    assumptions: Callable[[Values], tuple[Assumption, ...]] = lambda values: (),
    on_data: OnData | None = None,
    work: str = "seed",
) -> Theorem:
    """Return the theorem whose instances are the claims that ``statement`` makes.

    Args:
        statement: ``(values, without) -> claim data``; ``without`` names hypotheses to leave out. Id and title of the
            claim are filled in where they are missing.
        computed: what to print beside the stated numbers, computed apart from the provers.
        assumptions: the numerical assumptions decided on an instance.
        on_data: how its assumptions are decided on a user's table.
    """

    def titled(values: Values, without: frozenset[str] = frozenset()) -> dict[str, Any]:
        return {"id": id, "title": title, **statement(values, without)}

    def decide(run: Run) -> TheoremResult:
        if run.data is not None:
            raise InvalidInput(f"{id} takes no data", fix="choose its --set values", where=Location(key="--data"))
        return _decided(theorem, run, titled(run.settings), computed, assumptions(run.settings))

    def neighbour(item: Neighbour, kind: str) -> dict[str, Any]:
        values = {setting.name: setting.read(item.settings.get(setting.name, setting.default)) for setting in settings}
        data = titled(values, frozenset(item.without))
        return {**data, "id": f"{id}-{kind}-{_plain(item.name)}", "title": f"{data['title']} ({item.change})"}

    theorem = Theorem(
        id=id, title=title, work=work, expected=expected, sources=sources, hypotheses=hypotheses, settings=settings,
        stated=stated, decide=decide, statement=titled,
        assumptions=lambda run: assumptions(run.settings), on_data=on_data,
        twins=tuple(Twin(item.name, item.change, item.expected, neighbour(item, "twin")) for item in twins),
        cases=tuple(Case(item.name, item.expected, neighbour(item, "case")) for item in cases),
    )  # fmt: skip
    return theorem


def _plain(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name)


def compared(
    name: str,
    statement: str,
    value: Fraction | int,
    relation: str,
    threshold: Fraction | int,
    *,
    note: str = "",
    change: str = "",
) -> Assumption:
    """Return an assumption decided exactly: ``value relation threshold`` with relation one of ``<= < >= >``."""
    value, threshold = Fraction(value), Fraction(threshold)
    margin = value - threshold if relation in (">=", ">") else threshold - value
    holds = margin > 0 if relation in ("<", ">") else margin >= 0
    return Assumption(name, statement, holds, str(value), relation, str(threshold), str(margin), "exact", note, change)


def _decided(
    theorem: Theorem, run: Run, data: Mapping[str, Any], computed: Computed, assumptions: tuple[Assumption, ...]
) -> TheoremResult:
    from verify.claim import claim_from_data

    claim = claim_from_data(data)
    finding = _found(claim, run)
    table = _stated_table(theorem, computed(run.settings))
    return TheoremResult(
        finding=finding, claim=claim.ordered_data, scope=claim.scope, title=theorem.title,
        expected=None if run.given else theorem.expected, assumptions=assumptions, statement=dict(claim.data),
        details={"tables": [table]} if table else {},
        settings={name: str(value) for name, value in run.settings.items()},
    )  # fmt: skip


def _found(claim: Claim, run: Run) -> Finding:
    """Ask the provers; what they find is rechecked by the caller."""
    from numerics.budget import OutOfTime
    from numerics.finding import Finding
    from verify.pipeline import find_evidence

    clock = run.budget.part(SHARE)
    try:
        return find_evidence(claim, clock, run.seed, run.confidence, lambda step: run.progress(step, 0.5))
    except (OutOfTime, MemoryError) as limit:
        what = "budget" if isinstance(limit, OutOfTime) else "memory"
        return Finding("undecided", reason=f"the {what} is used up")


def _stated_table(theorem: Theorem, computed: Mapping[str, str]) -> dict[str, Any] | None:
    """Return the stated numbers beside those computed on this instance."""
    if not theorem.stated:
        return None
    tight = {True: "yes", False: "no", None: "not known"}
    rows = [[n.name, n.formula, n.value, computed.get(n.name, "-"), tight[n.tight], n.source] for n in theorem.stated]
    columns = ["number", "in", "stated", "computed here", "tight", "source"]
    return {"title": "Stated beside computed numbers", "columns": columns, "rows": rows}
