"""Stronger statements in which scores are arbitrary numbers.

Several runs of one definition have score entries in common: a permuted run has the same entries in another order, a
shifted run has rows that differ by a constant. So a goal is strengthened in two parts, joined in one conclusion:
entries that look equal, or equally far apart, are so for all inputs; and the rest of the goal holds when each class of
equal entries is one free number, and each constant between rows another. Taking the numbers that the scores are gives
the goal back. What looks equal is found at a random point; that it is equal is part of the conclusion.

The same is done with weights in place of scores: what does not rest on how weights come about, such as linearity in the
values or which entries matter, then needs nothing of the map from scores to weights. Weights that are zero stay zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from random import Random

from verify.errors import Undecidable
from verify.expr import build
from verify.expr.ball import Balls, as_ball, precision
from verify.expr.evaluate import evaluate
from verify.expr.node import Expr, symbols, topological
from verify.expr.scalars import scalar_entries
from verify.properties._formal import Goal, scalars

NAME, WEIGHTS = "scores", "weights"
"""Names of the symbols that stand for the free numbers."""

BITS = 200

Sum = tuple[int, ...]
"""Which free numbers an entry is the sum of."""


@dataclass
class _Table:
    """Classes of entries: a number per value, the first entry of each class, and what has to be shown."""

    shifts: bool = True
    zeros: bool = False
    numbers: dict[str, int] = field(default_factory=dict)
    heads: list[Expr] = field(default_factory=list)
    lemma: list[Expr] = field(default_factory=list)
    rows: list[tuple[list[float], list[Expr], list[int]]] = field(default_factory=list)

    def number(self, value: float, entry: Expr) -> int:
        """Return the class of an entry, and note that it equals the first of its class."""
        told = f"{value:.12e}"
        if told not in self.numbers:
            self.numbers[told] = len(self.heads)
            self.heads.append(entry)
        head = self.heads[self.numbers[told]]
        if head is not entry and _spelled(head) is not _spelled(entry):
            self.lemma.append(build.compare("==", _spelled(entry), _spelled(head)))
        return self.numbers[told]

    def alike(self, entry: Expr) -> int:
        """Return the class of entries that are computed alike, of which nothing has to be shown."""
        spelled = _spelled(entry)
        for number, head in enumerate(self.heads):
            if head is spelled:
                return number
        self.heads.append(spelled)
        return len(self.heads) - 1

    def row(self, values: list[float], entries: list[Expr]) -> list[Sum]:
        """Return the entries of one row as sums of free numbers."""
        known = [f"{value:.12e}" in self.numbers for value in values]
        if self.shifts and not any(known) and len(values) > 1:
            for old, heads, numbers in self.rows:
                apart = [a - b for a, b in zip(values, old, strict=False)]
                if len(old) == len(values) and max(apart) - min(apart) < 1e-11 * (1 + abs(apart[0])):
                    return self._shifted(entries, heads, numbers)
        if self.zeros:
            return [() if _is_zero(entry) else (self.alike(entry),) for entry in entries]
        numbers = [self.number(value, entry) for value, entry in zip(values, entries, strict=True)]
        self.rows.append((values, entries, numbers))
        return [(number,) for number in numbers]

    def _shifted(self, entries: list[Expr], old: list[Expr], numbers: list[int]) -> list[Sum]:
        gaps = [build.sub(entry, head) for entry, head in zip(entries, old, strict=True)]
        self.lemma += [build.compare("==", _spelled(gap), _spelled(gaps[0])) for gap in gaps[1:]]
        self.heads.append(gaps[0])
        return [(number, len(self.heads) - 1) for number in numbers]


def with_free_scores(goal: Goal) -> Goal | None:
    """Return a stronger goal, or None where the runs have no scores or the scores are inputs already.

    Of kernels the features are made free, as positive numbers, and the conclusion says that all features are positive.
    """
    positive = any(run.features for run in goal.runs)
    found = [run.features if positive else (run.scores,) for run in goal.runs]
    arrays = list({id(node): node for nodes in found for node in nodes if node is not None}.values())
    if not arrays or any(None in nodes or not nodes for nodes in found):
        return None
    if any(node.op in ("symbol", "const") for node in arrays):
        return None
    table = _Table(shifts=not positive)
    changed = _freed(goal, arrays, table, NAME)
    if changed is None:
        return None
    lemma = table.lemma + [build.compare(">", _spelled(head), 0) for head in table.heads if positive]
    domains: Mapping[str, str] = {**goal.domains, NAME: "positive"} if positive else goal.domains
    return replace(goal, conclusion=tuple(dict.fromkeys((*lemma, *changed))), domains=domains, runs=())


def with_free_weights(goal: Goal) -> Goal | None:
    """Return a stronger goal in which weights are free numbers, or None where the runs have none."""
    found = [run.maps or (run.weights,) for run in goal.runs]
    arrays = list({id(node): node for nodes in found for node in nodes if node is not None}.values())
    if not arrays or any(None in nodes for nodes in found) or any(node.op in ("symbol", "const") for node in arrays):
        return None
    table = _Table(shifts=False, zeros=True)
    changed = _freed(goal, arrays, table, WEIGHTS)
    if changed is None:
        return None
    return replace(goal, conclusion=tuple(dict.fromkeys((*table.lemma, *changed))), runs=())


def _freed(goal: Goal, arrays: Sequence[Expr], table: _Table, name: str) -> tuple[Expr, ...] | None:
    """Return the conclusion over free numbers; None where it stays what it is."""
    sums = {id(node): _sums(node, values, table) for node, values in zip(arrays, _readings(arrays), strict=True)}
    if not table.heads:
        return None
    free = build.symbol(name, (len(table.heads),))
    new = {id(node): build.reshape(_filled(sums[id(node)], free), node.shape) for node in arrays}
    changed = tuple(_replaced(one, new) for one in goal.conclusion)
    return None if changed == goal.conclusion else changed


def _is_zero(entry: Expr) -> bool:
    spelled = _spelled(entry)
    return spelled.op == "const" and all(x == 0 for x in spelled.entries())


def _sums(node: Expr, values: list[float], table: _Table) -> list[Sum]:
    width, entries = node.shape[-1], scalars(node)
    cuts = [slice(i, i + width) for i in range(0, len(entries), width)]
    return [one for cut in cuts for one in table.row(values[cut], entries[cut])]


def _spelled(entry: Expr) -> Expr:
    """Return the entry as a scalar expression; entries computed alike become one node, and need no proof."""
    try:
        return scalar_entries(entry)[0]
    except Undecidable:
        return entry


def _filled(sums: Sequence[Sum], free: Expr) -> Expr:
    """Return a vector of sums of free numbers."""
    out: list[Expr] = []
    for numbers in sums:
        entries = [build.index(free, number) for number in numbers]
        entry = entries[0] if entries else build.full(0, ())
        for more in entries[1:]:
            entry = build.add(entry, more)
        out.append(entry)
    return build.stack(out)


def _readings(arrays: Sequence[Expr]) -> list[list[float]]:
    """Return the entries of each array at one random point; numbers without meaning where that is undecided."""
    rng = Random(0)
    env = {
        name: [Fraction(rng.randint(-40, 40), 17) + Fraction(1, 101) for _ in range(node.size)]
        for name, node in symbols(*arrays).items()
    }
    try:
        with precision(BITS):
            exact = {name: [Balls().constant(x) for x in row] for name, row in env.items()}
            return [[float(as_ball(x).mid()) for x in row] for row in evaluate(list(arrays), exact, Balls())]
    except Undecidable:
        return [[rng.random() for _ in range(node.size)] for node in arrays]


def _replaced(root: Expr, new: Mapping[int, Expr]) -> Expr:
    """Return ``root`` with nodes replaced, by identity."""
    rebuilt: dict[int, Expr] = {}
    for node in topological(root):
        if id(node) in new:
            rebuilt[id(node)] = new[id(node)]
            continue
        args = tuple(rebuilt[id(arg)] for arg in node.args)
        same = all(a is b for a, b in zip(args, node.args, strict=True))
        rebuilt[id(node)] = node if same else Expr(node.op, args, attrs=node.attrs, shape=node.shape, kind=node.kind)
    return rebuilt[id(root)]
