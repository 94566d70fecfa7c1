"""Columns of the table "which variant has which property" about derivatives, growth, contraction and symmetry.

Derivatives are those of the definition, evaluated in balls of 200 bits; each column is a function from a variant to its
mark: "+" on all draws, "-" violated, "?" undecided, or a text (an exponent of growth, a count of flat directions).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb

from numerics.variants.exact_case import Case, at_least, draw, same
from numerics.variants.library import BITS, default_parameters, mask_of
from verify.attention._base import Attention, Setting, Variant
from verify.errors import Undecidable
from verify.expr import build
from verify.expr import functions as F
from verify.expr.ball import Balls, as_ball, precision, rational
from verify.expr.derive import gradient
from verify.expr.evaluate import evaluate
from verify.expr.node import Expr

SEEDS = range(4)
TINY_STEP = Fraction(1, 2**80)


def _traced(case: Case, **parts: Any) -> Attention:
    n, t = case.visible.shape
    d, dv = case.q.shape[1], case.v.shape[1]
    own = {name: build.symbol(name, shape) for name, shape in case.variant.parameters(d, dv).items()}
    inputs = build.symbol("q", (n, d)), build.symbol("k", (t, d)), build.symbol("v", (t, dv))
    return case.variant.attend(Setting(*inputs, mask_of(case.visible), own, seen=(True,) * n, **parts))


def _env(case: Case) -> dict[str, list[Any]]:
    own = default_parameters(case.variant, case.q.shape[1], case.v.shape[1])
    rows = {"q": case.q.ravel(), "k": case.k.ravel(), "v": case.v.ravel(), **own}
    return {name: [rational(Fraction(x)) for x in row] for name, row in rows.items()}


def _values(roots: Sequence[Expr], env: dict[str, list[Any]]) -> list[list[Any]]:
    with precision(BITS):
        return evaluate(list(roots), env, Balls())


def _over_draws(judge: Callable[[Case], bool | None], one: Variant, **options: Any) -> str:
    held = False
    for seed in SEEDS:
        try:
            answer = judge(draw(one, seed, **options))
        except Undecidable:
            continue
        if answer is False:
            return "-"
        held = held or answer is True
    return "+" if held else "?"


# --- derivatives --------------------------------------------------------------------------------------------------


def blind_gradient(one: Variant) -> str:
    """P17: the derivative of visible outputs by keys and values that nobody sees is exactly 0."""

    def judge(case: Case) -> bool | None:
        visible = np.ones_like(case.visible)
        visible[:, 0] = False
        case = case.but(visible=visible)
        output = _traced(case).output
        rows = output[1:, :] if one.square else output
        slopes = gradient(F.sum(F.power(rows, 2)), [build.symbol("k", case.k.shape), build.symbol("v", case.v.shape)])
        parts = [build.index(slope, 0) for slope in slopes]
        return all(_is_zero(x) for row in _values(parts, _env(case)) for x in row)

    return _over_draws(judge, one)


def _is_zero(x: Any) -> bool:
    return bool(x.is_zero()) if isinstance(x, arb) else bool(x == 0)


def exact_slope(one: Variant) -> str:
    """P25: reverse-mode slopes agree with central differences of step 2^-80, within 2^-100."""

    def judge(case: Case) -> bool | None:
        loss = F.sum(F.power(_traced(case).output, 2))
        names = ("q", "k", "v")
        shapes = dict(zip(names, (case.q.shape, case.k.shape, case.v.shape), strict=True))
        slopes = _values(gradient(loss, [build.symbol(name, shapes[name]) for name in names]), _env(case))
        rng = np.random.default_rng(case.seed)
        along = {name: [Fraction(int(x)) for x in rng.integers(-3, 4, math.prod(shapes[name]))] for name in names}
        with precision(4 * BITS):
            both = []
            for side in (1, -1):
                env = _env(case)
                for name in names:
                    env[name] = [
                        x + rational(side * TINY_STEP * u) for x, u in zip(env[name], along[name], strict=True)
                    ]
                both.append(as_ball(evaluate([loss], env, Balls())[0][0]))
            central = (both[0] - both[1]) / (2 * as_ball(rational(TINY_STEP)))
            exact = sum(
                (as_ball(x) * as_ball(rational(u)) for name, row in zip(names, slopes, strict=True)
                 for x, u in zip(row, along[name], strict=True)), arb(0))  # fmt: skip
            gap = abs(central - exact)
        return True if gap < arb(2) ** -100 else (False if gap > arb(2) ** -60 else None)

    return _over_draws(judge, one)


def monotone(one: Variant) -> str:
    """P29: a weight grows with its own score and falls with the others of its row."""

    def judge(case: Case) -> bool | None:
        n, t = case.visible.shape
        shift = build.symbol("shift", (n if one.per_query else 1, t))
        weights = _traced(case, shift=shift).weights
        assert weights is not None
        env = {**_env(case), "shift": [rational(Fraction(0))] * shift.size}
        rows = range(n) if one.per_query else [0]
        places = [(i, j) for i in rows for j in range(t)]
        slopes = _values([gradient(build.index(weights, place), [shift])[0] for place in places], env)
        answers = []
        for (i, j), row in zip(places, slopes, strict=True):
            for l in range(t):
                own = row[i * t + l]
                answers.append(at_least([own], [0]) if l == j else at_least([0], [own]))
        return False if False in answers else (None if None in answers else True)

    return "." if one.kernel else _over_draws(judge, one)


MARGINS = {"sparsemax": Fraction(1), "entmax15": Fraction(2)}
"""Score gap of two keys beyond which the losing weight, and its derivative, are exactly 0."""


def margin(one: Variant) -> str:
    """P30: with two keys the losing weight is 0 beyond the declared gap and positive 1/64 below it."""
    if one.name not in MARGINS:
        return "."
    dead = _losing(one, MARGINS[one.name] + Fraction(1, 64))
    alive = _losing(one, MARGINS[one.name] - Fraction(1, 64))
    return "+" if _is_zero(dead) and as_ball(alive) > 0 else "-"


def _losing(one: Variant, gap: Fraction) -> Any:
    """Weight of the second key at width 1, with scores gap and 0."""
    q, k = np.array([[Fraction(1)]], dtype=object), np.array([[gap], [Fraction(0)]], dtype=object)
    case = Case(one, q, k, np.array([[Fraction(1)], [Fraction(0)]], dtype=object), np.ones((1, 2), dtype=bool))
    return case.run()[1][0, 1]


# --- growth -------------------------------------------------------------------------------------------------------


def growth(one: Variant) -> str:
    """P31: slopes of X -> f(X, X, X) on families of growing tokens: "+" bounded, "- r^p" growing, "jump"."""
    if _jumps(one):
        return "- jump"
    best = [0.0] * len(RADII)
    for family in FAMILIES:
        slopes = [_slope(one, family(r)) for r in RADII]
        best = [max(a, b) for a, b in zip(best, slopes, strict=True)]
    if not best[-3] > 0:
        return "?"
    ratio = math.log2(best[-1] / best[-3]) / 2
    return f"- r{max(1, round(ratio))}" if ratio > 0.7 else "+"


RADII = (8, 16, 32, 64, 128)


def _tokens(*first: Fraction | int, second: Sequence[Fraction | int] = ()) -> Any:
    rows = [[Fraction(x), Fraction(second[i]) if second else Fraction(0)] for i, x in enumerate(first)]
    return np.array(rows, dtype=object)


FAMILIES: tuple[Callable[[int], Any], ...] = (
    lambda r: _tokens(0, r, r),
    lambda r: _tokens(-r, r, r),
    lambda r: _tokens(Fraction(1, r), r, -r),
    lambda r: _tokens(r, -r, 1, second=(0, 0, r)),
    lambda r: _tokens(Fraction(1, r), r, r, second=(0, r, -r)),
    lambda r: _tokens(Fraction(1, r), 1, -1),
    lambda r: _tokens(0, r, r, second=(0, r, -r)),
    lambda r: _tokens(r, 0, 0),
    lambda r: _tokens(r, 0, r, second=(1, 0, -r)),
)
"""Three tokens of width 2 that grow with r: one at the origin, opposite, nearly zero, of equal norm."""


BROKEN = 1e15
"""Slopes beyond this are those of a jump (cosine attention at a zero vector) and say nothing about growth."""


def _slope(one: Variant, x: Any) -> float:
    """Return the largest |f(X + h e) - f(X)|/h over unit vectors e."""
    centre, best = _at(one, x), 0.0
    for place in np.ndindex(x.shape):
        moved = x.copy()
        moved[place] = moved[place] + TINY_STEP
        after = _at(one, moved)
        if centre is None or after is None:
            continue
        with precision(BITS):
            gaps = [as_ball(a) - as_ball(b) for a, b in zip(after, centre, strict=True)]
            total = sum((gap * gap for gap in gaps), arb(0))  # ** of a ball around 0 has no value
            slope = float((total.sqrt() / as_ball(rational(TINY_STEP))).mid()) if total > 0 else 0.0
            best = max(best, slope if slope < BROKEN else 0.0)
    return best


def _at(one: Variant, x: Any) -> list[Any] | None:
    wide = np.tile(x, (1, 2))  # width 4, whose root is rational
    try:
        output = Case(one, wide, wide, wide, np.ones((3, 3), dtype=bool), noise=[Fraction(0)] * 3).run()[0]
        return output.ravel().tolist()
    except Undecidable:
        return None


def _jumps(one: Variant) -> bool:
    """Bisect lines between random points towards the larger change: does it stay when the points meet?"""
    for seed in range(24):
        rng = np.random.default_rng(seed)
        ends = [np.array([[Fraction(int(x), 7) for x in row] for row in rng.integers(-20, 21, (3, 2))], dtype=object)
                for _ in range(2)]  # fmt: skip
        left, right = ends
        for _ in range(60):
            middle = (left + right) / 2
            a, b, c = (_at(one, x) for x in (left, middle, right))
            if a is None or b is None or c is None:
                break
            left, right = (left, middle) if _far(a, b) >= _far(b, c) else (middle, right)
        else:
            a, c = _at(one, left), _at(one, right)
            if a is not None and c is not None and _far(a, c) > 1e-6:
                return True
    return False


def _far(a: list[Any], b: list[Any]) -> float:
    with precision(BITS):
        return max(float(abs(as_ball(x) - as_ball(y)).mid()) for x, y in zip(a, b, strict=True))


# --- contraction and symmetry -------------------------------------------------------------------------------------


def contraction(one: Variant) -> str:
    """P33: diam(O) <= tanh(osc/4) diam(V), osc the largest oscillation of the difference of two rows of scores."""

    def judge(case: Case) -> bool | None:
        output, weights = case.run()
        with precision(BITS):
            logs = _logs(case, weights)
            gaps = [[x - y for x, y in zip(a, b, strict=True) if x - x == 0 or y - y == 0] for a in logs for b in logs]
            osc = max((max(gap) - min(gap) for gap in gaps if gap), default=0.0)
            bound = (arb(osc) / 4).tanh() if osc < math.inf else arb(1)
            for c in range(output.shape[1]):
                wide = as_ball(rational(Fraction(max(case.v[:, c]) - min(case.v[:, c]))))
                column = [as_ball(x) for x in output[:, c]]
                if any(x - y > (bound + arb("1e-12")) * wide for x in column for y in column):
                    return False
        return True

    first = draw(one, 0, masked=False)
    output, weights = first.run()
    if output.shape != first.v.shape:
        return "."
    with precision(BITS):
        values = np.array([[rational(x) for x in row] for row in first.v], dtype=object)
        stochastic = same(weights.sum(axis=1), [Fraction(1)] * 3) and same(weights @ values, output)
    return _over_draws(judge, one, masked=False) if stochastic else "."


def _logs(case: Case, weights: Any) -> list[list[float]]:
    """Logarithms of weights, minus infinity at zero; of sparse maps, whose weights vanish at will, the scores."""
    if case.variant.name in MARGINS:
        flat = _values([_traced(case).scores], _env(case))[0]  # type: ignore[list-item]
        return [[float(as_ball(x)) for x in row] for row in np.array(flat, dtype=object).reshape(weights.shape)]
    return [[-math.inf if _is_zero(x) else float(as_ball(x).log()) for x in row] for row in weights]


LEARNED = {"sagan": ("gamma",), "gated": ("G",)}
"""Own parameters that are counted as learned: those behind the weights. Others stay fixed."""


def flat_directions(one: Variant) -> str:
    """P35: the count at the first of a few generic points that lies on no kink."""
    for seed in range(5, 10):
        try:
            return _nullity(one, seed)
        except Undecidable:
            continue
    return "?"


def _nullity(one: Variant, seed: int) -> str:
    """Return the nullity of (W_Q, W_K, W_V, W_O) -> f(X W_Q, X W_K, X W_V) W_O at a generic point, eight inputs X."""
    wide = one.name in ("rope", "entmax15", "differential")  # pairs turn, roots stay rational, two maps
    d, v, m, tokens = (4 if wide else 2), 2 * one.shrinks, (5 if wide else 3), 3
    shapes = {"WQ": (m, d), "WK": (m, d), "WV": (m, v), "WO": (v // one.shrinks, m)}
    own = default_parameters(one, d, v)
    learned = {name: one.parameters(d, v)[name] for name in LEARNED.get(one.name, ())}
    symbols = {name: build.symbol(name, shape) for name, shape in {**shapes, **learned}.items()}
    rng = np.random.default_rng(seed)
    fixed = {name: build.constant(values, one.parameters(d, v)[name]) for name, values in own.items()}
    outputs = [_layer(one, symbols, {**fixed, **{n: symbols[n] for n in learned}}, rng, tokens, m) for _ in range(8)]
    env = {n: [rational(Fraction(int(x), 23)) for x in rng.integers(-30, 31, s.size)] for n, s in symbols.items()}
    entries = [build.index(out, place) for out in outputs for place in build.positions_of(out.shape)]
    rows = [[x for part in _values(gradient(entry, list(symbols.values())), env) for x in part] for entry in entries]
    return str(sum(s.size for s in symbols.values()) - _rank(rows))


def _layer(one: Variant, symbols: Any, own: Any, rng: Any, tokens: int, m: int) -> Expr:
    x = build.constant([Fraction(int(e), 19) for e in rng.integers(-25, 26, tokens * m)], (tokens, m))
    q, k, v = (F.matmul(x, symbols[name]) for name in ("WQ", "WK", "WV"))
    visible = ((True,) * tokens,) * tokens
    output = one.attend(Setting(q, k, v, visible, own, seen=(True,) * tokens)).output
    return F.matmul(F.sub(output, v) if one.name == "sagan" else output, symbols["WO"])


def _rank(rows: list[list[Any]]) -> int:
    """Eliminate with the largest pivot; stop when all that is left may be 0 and is below 1e-25."""
    with precision(BITS):
        left = [[as_ball(x) for x in row] for row in rows]
        rank = 0
        while left:
            size, i, j = max((float(abs(x).mid()), i, j) for i, row in enumerate(left) for j, x in enumerate(row))
            if size < 1e-25:
                break
            pivot = left.pop(i)
            left = [[a - b * row[j] / pivot[j] for a, b in zip(row, pivot, strict=True)] for row in left]
            for row in left:
                row[j] = arb(0)
            rank += 1
        return rank


# --- properties of single variants --------------------------------------------------------------------------------


def gate_closed(one: Variant) -> str:
    """P41: with gamma = 0 the block is the identity."""
    if one.name != "sagan":
        return "."
    case = draw(one, 0)
    output = _traced(case).output
    values = _values([output], {**_env(case), "gamma": [rational(Fraction(0))]})[0]
    return "+" if same(values, case.v.ravel()) else "-"


def declared_sum(one: Variant) -> str:
    """P50: rows of differential attention sum to 1 - lambda."""
    if one.name != "differential":
        return "."
    weights = draw(one, 0, masked=False).run()[1]
    with precision(BITS):
        return "+" if same(weights.sum(axis=1), [Fraction(4, 5)] * 3) else "-"


SLOPE_COLUMNS: dict[str, Callable[[Variant], str]] = {
    "P17": blind_gradient, "P25": exact_slope, "P29": monotone, "P30": margin, "P31": growth, "P33": contraction,
    "P35": flat_directions, "P41": gate_closed, "P50": declared_sum,
}  # fmt: skip
