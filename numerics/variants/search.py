"""Searching one target for violations of properties: a vectorised structured pass, then Hypothesis.

A violation counts only if it is reproduced on fresh calls. It is then reduced, and written as Python that can be
pasted into a test.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from numerics.variants import draws
from numerics.variants.averaging import averaging_bound
from numerics.variants.clock import OutOfTime, until
from numerics.variants.lab import Lab
from numerics.variants.library import reference_of
from numerics.variants.rounding import Format
from numerics.variants.shrink import shrunk
from numerics.variants.target import LIBRARY_TOKENS, Target
from verify.attention._base import Variant
from verify.properties._base import Inputs, Judgement, Property

WIDTHS = (1, 2, 3, 4, 5, 8, 6, 12, 16, 32, 64, 128)
"""Feature widths tried when a target does not take every width."""

SHRINKING = 1.5
"""Seconds spent on reducing one violation."""

COMPILING = 2
"""Times more for JAX, which compiles anew for every size."""

COMPILED_SIZES = 3
"""Number of sizes tried where every size is compiled anew."""

Unit = tuple[Lab, tuple[int, int, int, int], bool]
"""A format, sizes (Tq, Tk, d, dv), and whether they are beyond block sizes."""

EARLY_TOKENS = 5
"""Tokens from which on the first samples of a batch are judged before all of it."""

OTHER_FORMATS = (0, 1, 3)
"""Which of the small sizes are tried in formats after the first."""

LONG_RUNS = ("output-shape", "convex-hull", "permutation-invariant-keys", "masked-no-influence")
"""Properties examined at every length beyond block sizes; the others at two of them each, in the first format."""

HUGE_RUNS = ("convex-hull", "value-shift", "masked-no-influence", "repeated-tokens", "permutation-invariant-keys")
"""Properties examined at huge scores too."""


@dataclass(frozen=True)
class Finding:
    """What was found out about one property.

    Attributes:
        verdict: "refuted", "supported", "undecided" or "not-applicable".
        dtype: format of the violation, or all formats searched.
        examples: samples judged up to the violation, or in all.
        inputs: the reduced violating sample; batched: whether it is passed with its batch axis.
        judgement: of that sample.
        not_run: formats in which the target raised, and what it raised.
    """

    property: Property
    verdict: str
    dtype: str
    examples: int
    seconds: float
    inputs: Inputs | None = None
    judgement: Judgement | None = None
    batched: bool = False
    reason: str = ""
    not_run: dict[str, str] = field(default_factory=dict)


@dataclass
class Bench:
    """A target with its laboratories: which formats, sizes and axes it takes.

    Attributes:
        sizes: (Tq, Tk, d, dv) to try; long: the same beyond block sizes.
        batched: whether the target takes a leading batch axis; weighted: whether it returns weights.
        causal: whether it is claimed to be causal.
        not_run: formats that it refused, and how.
    """

    target: Target
    seed: int
    labs: dict[str, Lab] = field(default_factory=dict)
    sizes: tuple[tuple[int, int, int, int], ...] = draws.SMALL
    long: tuple[tuple[int, int, int, int], ...] = draws.LONG
    batched: bool = True
    reference: Any = None
    weighted: bool = True
    causal: bool = False
    problem: str = ""
    not_run: dict[str, str] = field(default_factory=dict)
    _batches: dict[Any, Inputs] = field(default_factory=dict)

    def batch(self, form: Format, family: str, masked: bool, sizes: tuple[int, int, int, int]) -> Inputs:
        """Return one batch, made once."""
        key = (form.name, family, masked, sizes)
        if key not in self._batches:
            rng = np.random.default_rng([self.seed, *map(ord, family), int(masked), *sizes])
            count = draws.BATCH if max(sizes[:2]) < 16 else 2
            if self.target.layer:
                made = draws.layer_batch(rng, form, sizes[1], sizes[2], count, family=family, masked=masked)
            else:
                made = draws.batch(rng, form, sizes, count, family=family, masked=masked)
            self._batches[key] = made.changed(causal=self.causal)
        return self._batches[key]


def bench(
    target: Target, formats: list[Format], seed: int, *, reference: Variant | None = None, causal: bool = False
) -> Bench:
    """Return a bench for the target, after finding out what it takes."""
    out = Bench(target, seed, reference=reference, causal=causal)
    taken: list[tuple[int, int]] = []
    for form in formats:
        lab = Lab(target, form, batched=False)
        if reference is not None:
            lab = replace(lab, reference=reference_of(reference), reference_name=reference.name)
        widths, problem = _widths(lab, target, form, taken)
        if not widths:
            with_batch = replace(lab, batched=True, target=replace(target, batched_only=True))
            widths, _ = _widths(with_batch, target, form, taken)
            lab, target = (with_batch, with_batch.target) if widths else (lab, target)
            out.target = target
        if not widths:
            out.not_run[form.name] = problem
            out.problem = out.problem or problem
            continue
        if not out.labs:
            taken = widths[:2]
            square = reference is not None and reference.square
            few = COMPILED_SIZES if target.framework == "jax" else len(draws.SMALL)
            some_sizes = (draws.SMALL[:few], draws.LONG[:few])
            small, long = (_allowed(some, target.most, square) for some in some_sizes)
            out.sizes, out.long = _fitted(small, widths), _fitted(long, widths)
            shown = lab.again(_probe(target, form, (2, 3, *widths[0])))
            out.weighted = shown.weights is not None and shown.weights.shape == (1, 2, 3)
            out.batched = target.batched_only or (
                target.most > LIBRARY_TOKENS and _takes_batches(lab, target, form, out.sizes[-1])
            )
        out.labs[form.name] = replace(lab, batched=out.batched, _memory={})
    return out


def _probe(target: Target, form: Format, sizes: tuple[int, int, int, int], count: int = 1) -> Inputs:
    rng = np.random.default_rng(0)
    if target.layer:
        return draws.layer_batch(rng, form, sizes[1], sizes[2], count, family="exact", masked=False)
    return draws.batch(rng, form, sizes, count, family="exact", masked=False)


def _widths(lab: Lab, target: Target, form: Format, taken: list[tuple[int, int]]) -> tuple[list[tuple[int, int]], str]:
    """Return the (d, dv) that the target takes with two and three tokens, and why not others; ``taken`` are known."""
    usual = taken or [(1, 1), (2, 2), (4, 4), (5, 1), (3, 2), (4, 2), (8, 3), (4, 1)]
    tried = {pair: lab.again(_probe(target, form, (2, 3, *pair))) for pair in usual}
    found = [pair for pair, run in tried.items() if not run.failed]
    if not found and not taken:
        more = [(d, d) for d in WIDTHS] + [(d, e) for d in WIDTHS[:8] for e in WIDTHS[:8] if d != e]
        found = [pair for pair in more if not lab.again(_probe(target, form, (3, 3, *pair))).failed][:2]
    return found, next((str(run.problem) for run in tried.values() if run.failed), "")


def _allowed(sizes: Any, most: int, square: bool) -> list[tuple[int, int, int, int]]:
    """Keep sizes of at most ``most`` tokens, made square where the function needs as many queries as keys."""
    small = [one for one in sizes if max(one[:2]) <= most]
    return [(min(n, t), min(n, t), d, dv) for n, t, d, dv in small] if square else small


def _fitted(sizes: Any, widths: list[tuple[int, int]]) -> tuple[tuple[int, int, int, int], ...]:
    """Keep token counts, and replace widths the target does not take."""
    fitted = []
    for place, (queries, keys, d, dv) in enumerate(sizes):
        pair = (d, dv) if (d, dv) in widths else widths[place % len(widths)]
        fitted.append((queries, keys, *pair))
    return tuple(dict.fromkeys(fitted))


def _takes_batches(lab: Lab, target: Target, form: Format, sizes: tuple[int, int, int, int]) -> bool:
    run = replace(lab, batched=True, _memory={}).again(_probe(target, form, sizes, 2))
    alone = lab.again(_probe(target, form, sizes, 1))
    return not run.failed and (alone.failed or run.output.shape == (2, *alone.output.shape[1:]))


# --- one property -----------------------------------------------------------------------------------------------


@dataclass
class Progress:
    """What was done for one property so far."""

    property: Property
    judged: int = 0
    decided: int = 0
    seconds: float = 0.0
    finding: Finding | None = None
    cut: bool = False


def small_units(bench: Bench) -> list[Unit]:
    """Return the vectorised pass in pieces: all small sizes in the first format, some of them in the others."""
    labs = list(bench.labs.values())
    first = [(lab, sizes, False) for lab in labs[:1] for sizes in bench.sizes]
    some = [sizes for place, sizes in enumerate(bench.sizes) if place in OTHER_FORMATS]
    return first + [(lab, sizes, False) for lab in labs[1:] for sizes in some]


def long_units(bench: Bench) -> list[Unit]:
    """Return the sizes beyond block sizes, in the first format."""
    return [(lab, sizes, True) for lab in list(bench.labs.values())[:1] for sizes in bench.long]


def sweep(bench: Bench, progress: Progress, unit: Unit, *, deadline: float) -> None:
    """Judge one property on the batches of one unit, until a violation or the deadline (of ``time.monotonic``)."""
    _timed(progress, deadline, lambda: _sweep(bench, progress, unit))


def _sweep(bench: Bench, progress: Progress, unit: Unit) -> None:
    for lab, inputs in _batches(bench, progress.property, unit):
        verdict = _safely(progress.property, lab, inputs)
        if verdict is None:
            continue
        progress.judged += len(verdict.defect)
        progress.decided += int(np.sum(verdict.decided))
        if verdict.violated.any():
            confirm(progress, lab, inputs, verdict)
            if progress.finding is not None:
                return


def again(progress: Progress, lab: Lab, inputs: Inputs, batched: bool, *, deadline: float) -> bool:
    """Judge one sample of an earlier run; return whether it still violates the property."""
    room = lab if batched else replace(lab, batched=False, _memory={})

    def work() -> None:
        progress.judged += 1
        progress.decided += 1
        progress.finding = confirmed(progress.property, room, inputs, batched)

    _timed(progress, deadline, work)
    return progress.finding is not None


def fuzz(bench: Bench, progress: Progress, *, examples: int, deadline: float) -> None:
    """Give one property to Hypothesis."""
    start = time.monotonic()
    if start < deadline:
        _fuzz(bench, progress, examples, deadline)
    _booked(progress, start)


def _timed(progress: Progress, deadline: float, work: Callable[[], None]) -> None:
    start = time.monotonic()
    try:
        with until(deadline):
            work()
    except OutOfTime:
        progress.cut = True
    _booked(progress, start)


def _booked(progress: Progress, start: float) -> None:
    progress.seconds += time.monotonic() - start
    if progress.finding is not None:
        progress.finding = replace(progress.finding, examples=progress.judged, seconds=progress.seconds)


def _fuzz(bench: Bench, progress: Progress, examples: int, deadline: float) -> None:
    if not progress.judged or not examples:
        return
    from numerics.variants.hypothesis_search import search

    progress.finding, more = search(bench, progress.property, examples=examples, deadline=deadline)
    progress.judged += more
    progress.decided += more


def concluded(bench: Bench, progress: Progress) -> Finding:
    """Return the finding of a property whose stages are done."""
    if progress.finding is not None:
        return replace(progress.finding, not_run=bench.not_run)
    names, reason = ",".join(bench.labs), lacking(bench, progress.property)
    if reason or not progress.judged:
        reason = reason or ("no time was left" if progress.cut else "no input of this kind applies")
        verdict = "undecided" if progress.cut and not lacking(bench, progress.property) else "not-applicable"
    elif not progress.decided:
        verdict, reason = "undecided", "every rounding bound was infinite"
    else:
        verdict, reason = "supported", f"{progress.decided} of {progress.judged} samples had a finite bound"
        reason += "; the budget ended the search early" if progress.cut else ""
    done = (progress.judged, progress.seconds)
    return Finding(progress.property, verdict, names, *done, reason=reason, not_run=bench.not_run)


def lacking(bench: Bench, one: Property) -> str:
    """Return why the property cannot apply to the target, or nothing."""
    if one.name == "batch-independent" and not bench.batched:
        return "the function takes no batch axis"
    if one.needs == "mask" and not bench.target.masked:
        return "the function takes no mask"
    if one.needs == "weights" and not bench.weighted:
        return "no weights are returned"
    if one.needs == "gradient" and bench.target.framework == "numpy" and bench.target.vjp is None:
        return "nothing differentiates the function"
    if one.needs == "reference" and bench.reference is None:
        return "no --reference was named"
    if bench.target.layer and not one.layers:
        return "not a property of layers"
    return ""


def _kinds(bench: Bench, one: Property) -> tuple[tuple[str, ...], tuple[bool, ...]]:
    """Return the families of inputs, and whether masked, that the property wants."""
    masks = {"never": (False,), "always": (True,), "either": (False, True)}[one.masked]
    masks = masks if bench.target.masked else tuple(m for m in masks if not m)
    families: tuple[str, ...] = (one.draws,)
    if one.draws == "any":
        families = ("exact",) if one.exact_inputs else ("exact", "any")
    if one.draws == "huge":
        families = ("huge", "any")
    return (*families, *(("huge",) if one.name in HUGE_RUNS else ())), masks


def _batches(bench: Bench, one: Property, unit: Unit) -> Iterator[tuple[Lab, Inputs]]:
    families, masks = _kinds(bench, one)
    lab, sizes, long = unit
    if long:
        wanted = one.name in LONG_RUNS or bench.long.index(sizes) % 3 == sum(map(ord, one.name)) % 3
        families, masks = (families[:1], masks[:1]) if wanted else ((), ())
    for kind in families:
        for masked in masks:
            yield from _pieces(bench, lab, bench.batch(lab.form, kind, masked, sizes), one)


def _pieces(bench: Bench, lab: Lab, inputs: Inputs, one: Property) -> Iterator[tuple[Lab, Inputs]]:
    """A batch for targets that take batches, its first samples ahead; else a few of its samples, one by one."""
    if bench.batched or one.name == "batch-independent":
        if len(inputs.q) > draws.EARLY and max(inputs.sizes[:2]) >= EARLY_TOKENS:
            yield lab, inputs.first(draws.EARLY)
        yield lab, inputs
        for turn in range(1, one.alternatives):
            yield lab, inputs.changed(seed=inputs.seed + turn)
        return
    for i in range(min(6, inputs.q.shape[0])):
        yield lab, inputs.sample(i).changed(seed=inputs.seed + i)


def _safely(one: Property, lab: Lab, inputs: Inputs) -> Judgement | None:
    with np.errstate(all="ignore"):
        verdict: Judgement | None = one.check(lab, inputs)
    return verdict


def confirm(progress: Progress, lab: Lab, inputs: Inputs, verdict: Judgement) -> None:
    """Reproduce a violation on fresh calls and keep it; then reduce it, for :data:`SHRINKING` seconds at most.

    A sample that violates the property without a batch axis is preferred; then one alone in its batch; then the batch.
    """
    one = progress.property
    single = replace(lab, batched=False, _memory={})
    for place in np.argsort(~verdict.violated, kind="stable")[:3]:
        if one.name == "batch-independent" or not verdict.violated[place]:
            break
        sample = inputs.sample(int(place))
        for room, batched in ((single, False), (lab, True)):
            if (batched and not lab.batched) or (not batched and lab.target.batched_only):
                continue
            progress.finding = confirmed(one, room, sample, batched)
            if progress.finding is not None:
                _reduce(progress, room, sample, batched)
                return
    progress.finding = confirmed(one, lab, inputs, lab.batched)


def _reduce(progress: Progress, room: Lab, sample: Inputs, batched: bool) -> None:
    one, end = progress.property, time.monotonic() + SHRINKING * (COMPILING if room.target.framework == "jax" else 1)

    wanted = progress.finding.judgement.text if progress.finding and progress.finding.judgement else ""

    def bad(candidate: Inputs) -> bool:
        return time.monotonic() < end and violates(one, room, candidate, wanted)

    small = shrunk(sample, bad, dyadic=one.exact_inputs)
    progress.finding = confirmed(one, room, small, batched) or progress.finding


def margin(one: Property, lab: Lab, inputs: Inputs) -> float:
    """Return the largest ratio of defect to bound, 0 where nothing is said; above 1 the property is violated."""
    lab.forget()
    verdict = _safely(one, lab, inputs)
    if verdict is None:
        return 0.0
    if verdict.violated.any():
        return float("inf")
    with np.errstate(all="ignore"):
        ratios = np.where(verdict.bound > 0, verdict.defect / verdict.bound, 0.0)
    return float(np.nan_to_num(ratios[np.isfinite(verdict.bound)], posinf=0.0).max(initial=0.0))


def violates(one: Property, lab: Lab, inputs: Inputs, text: str = "") -> bool:
    """Whether the property is violated on fresh calls, in the way that ``text`` says, if any.

    A smaller sample at which the function raises something else is another matter: it may not take such sizes.
    """
    lab.forget()
    verdict = _safely(one, lab, inputs)
    return verdict is not None and bool(verdict.violated.any()) and text in ("", verdict.text)


def confirmed(one: Property, lab: Lab, inputs: Inputs, batched: bool) -> Finding | None:
    """Return a refutation where two separate calls violate the property, else None."""
    lab.forget()
    first = _safely(one, lab, inputs)
    lab.forget()
    second = _safely(one, lab, inputs)
    if first is None or second is None or not (first.violated.any() and second.violated.any()):
        return None
    made = Finding(one, "refuted", lab.name, 0, 0.0, inputs=inputs, judgement=second, batched=batched)
    if not lab.measured or bool(np.any(second.violated & (second.bound == 0))):
        return made
    room = averaging_bound(one.name, lab.form, second.calls)
    if room is not None and bool(np.any(np.isfinite(room) & (second.defect > room))):
        return replace(made, judgement=replace(second, bound=room))
    return replace(made, verdict="undecided", reason=SUSPECTED.format(lab.lost or "compiled code"))


SUSPECTED = "suspected: the defect exceeds a measured bound, which decides nothing; operations were not followed ({})"
"""Why a violation found by measured conditioning stays open."""
