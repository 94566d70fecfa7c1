"""Laws of the parts around attention that are no functions of q, k and v: estimators, glimpses, penalties, features.

Each law takes the part as a Python function and a generator of draws, and returns None when it holds on the draw, or
what it saw. Sums over all draws of an estimator are exact fractions; integrals are enclosed by balls, or bounded by
the difference of two quadratures.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Any

Check = Callable[[Any, Random], "str | None"]

DRAWS = 40
"""Draws per law."""


@dataclass(frozen=True)
class Law:
    """A law: its numbers in the catalogue of properties, its statement, the part's signature, and its check."""

    name: str
    ids: tuple[str, ...]
    statement: str
    signature: str
    check: Check


@dataclass(frozen=True)
class Violation:
    """What was seen, after how many draws and seconds."""

    law: str
    seen: str
    draws: int
    seconds: float


def violation(law: Law, part: Any, *, seed: int = 0, draws: int = DRAWS) -> Violation | None:
    """Return the first violation, or None when the law holds on every draw."""
    rng, start = Random(seed), time.perf_counter()
    for number in range(1, draws + 1):
        seen = law.check(part, rng)
        if seen is not None:
            return Violation(law.name, seen, number, time.perf_counter() - start)
    return None


# --- estimators ---------------------------------------------------------------------------------------------------


def _probabilities(rng: Random, count: int) -> list[Fraction]:
    """Return different probabilities that are positive."""
    parts = rng.sample(range(1, 20), count)
    return [Fraction(part, sum(parts)) for part in parts]


def score_function(part: Any, rng: Random) -> str | None:
    """Enumerate the draws: the mean of the estimate is the gradient of the expected reward in the scores."""
    p = _probabilities(rng, 3)
    rewards, baseline = [Fraction(rng.randint(-9, 9), 2) for _ in p], Fraction(rng.randint(-5, 5), 3)
    law = part.law(p)
    mean = [Fraction(0)] * len(p)
    for index, chance in enumerate(law):
        if chance:
            estimate = part.gradient(p, index, rewards[index], baseline)
            mean = [a + chance * b for a, b in zip(mean, estimate, strict=True)]
    expected = sum((a * b for a, b in zip(p, rewards, strict=True)), Fraction(0))
    exact = [a * (b - expected) for a, b in zip(p, rewards, strict=True)]
    worst = max(abs(a - b) for a, b in zip(mean, exact, strict=True))
    return None if worst == 0 else f"p = {_shown(p)}, rewards {_shown(rewards)}: bias {float(worst):.3g}"


def location(part: Any, rng: Random) -> str | None:
    """The mean of reward times score is the slope of the mean reward, where locations outside [-1, 1] are clipped."""
    from flint import acb, arb, ctx

    mean, width = Fraction(rng.randint(-8, 8), 10), Fraction(rng.randint(3, 9), 10)
    before, ctx.prec = ctx.prec, 80
    try:
        mu, sigma = (acb(arb(x.numerator) / x.denominator) for x in (mean, width))

        def density(z: Any) -> Any:
            return (-((z - mu) ** 2) / (2 * sigma**2)).exp() / (sigma * (2 * acb.pi()).sqrt())

        def piece(low: Any, high: Any, kept: Callable[[Any], Any], score: Callable[[Any, Any], Any]) -> Any:
            return acb.integral(lambda z, _: density(z) * kept(z) ** 2 * score(z, kept(z)), low, high)

        def whole(score: Callable[[Any, Any], Any]) -> Any:
            far = 12 * sigma.real
            inner = piece(acb(-1), acb(1), lambda z: z, score)
            return (
                inner
                + piece(acb(-1) - far, acb(-1), lambda z: acb(-1), score)
                + piece(acb(1), acb(1) + far, lambda z: acb(1), score)
            )

        seen = whole(lambda drawn, clipped: part(drawn, clipped, mu, sigma))
        right = whole(lambda drawn, clipped: (drawn - mu) / sigma**2)
        gap = abs((seen - right).real)
        return f"mean {mean}, width {width}: bias {gap.str(5)}" if gap > arb("1e-12") else None
    finally:
        ctx.prec = before


def _shown(row: Sequence[Fraction]) -> str:
    return "(" + ", ".join(map(str, row)) + ")"


# --- glimpses -----------------------------------------------------------------------------------------------------


def glimpse(part: Any, rng: Random) -> str | None:
    """One bright pixel: it is seen where it lies, at every scale, and nothing outside of the picture is."""
    height, width = rng.randint(7, 9), rng.randint(10, 12)
    row, column = rng.randrange(height), rng.randrange(width)
    centre = rng.randrange(height), rng.randrange(width)
    picture = [[int((i, j) == (row, column)) for j in range(width)] for i in range(height)]
    first, second = part(picture, centre)
    for patch, reach in ((first, 1), (second, 2)):
        down, right = (row - centre[0]) // reach + 1, (column - centre[1]) // reach + 1
        seen = 0 <= down < 3 and 0 <= right < 3
        wanted = [[Fraction(int(seen and (i, j) == (down, right)), reach**2) for j in range(3)] for i in range(3)]
        if [[Fraction(x) for x in line] for line in patch] != wanted:
            return f"pixel {(row, column)} of a {height} by {width} picture, from {centre}: scale {reach} shows {patch}"
    return None


# --- penalties, entropies, counts ---------------------------------------------------------------------------------


def doubly_stochastic(part: Any, rng: Random) -> str | None:
    """Sum over locations of (1 - sum over steps)^2: at least (L - C)^2/L, attained by the uniform map."""
    steps, places = rng.randint(1, 4), rng.randint(2, 5)
    low = Fraction((places - steps) ** 2, places)
    uniform = [[Fraction(1, places)] * places for _ in range(steps)]
    maps = [uniform, [_probabilities(rng, places) for _ in range(steps)]]
    values = [Fraction(part(one)) for one in maps]
    if values[0] == low and values[1] >= low:
        return None
    return f"{steps} steps, {places} places: {values[0]} at the uniform map, {values[1]} at another; bound {low}"


def entropy_at_corners(part: Any, rng: Random) -> str | None:
    """The entropy of a law with one sure value is 0, and no warning or NaN."""
    count = rng.randint(1, 4)
    p = [0.0] * count
    p[rng.randrange(count)] = 1.0
    value = float(part(p))
    return None if value == 0 else f"p = {p}: entropy {value}"


def additive_bag(part: Any, rng: Random) -> str | None:
    """The bag of a concatenation is the sum of the bags."""
    words = 5
    left, right = ([rng.randrange(words) for _ in range(rng.randint(0, 4))] for _ in range(2))
    whole, sums = part(left + right, words), [a + b for a, b in zip(part(left, words), part(right, words), strict=True)]
    return None if list(whole) == sums else f"{left} and {right}: {list(whole)}, the sum of the bags is {sums}"


# --- constants and features ---------------------------------------------------------------------------------------


def differential_start(part: Any, rng: Random) -> str | None:
    """lambda at zero vectors is 0.8 - 0.6 exp(-0.3 (l - 1)) in layer l = 1, 2, ...; it adds exp - exp elsewhere."""
    layer, dots = rng.randint(1, 4), (rng.choice((0.0, 0.5)), rng.choice((0.0, -0.25)))
    exact = math.exp(dots[0]) - math.exp(dots[1]) + 0.8 - 0.6 * math.exp(-0.3 * (layer - 1))
    value = part(layer, *dots)
    return None if abs(value - exact) <= 64 * 2.0**-53 else f"layer {layer}, products {dots}: {value}, not {exact}"


def feature_product(part: Any, rng: Random) -> str | None:
    """The mean over frequencies of phi(q) phi(k) is exp(q k), by Gauss-Hermite sums of 40 and 60 nodes."""
    import numpy as np

    q, k = rng.randint(-8, 8) / 8, rng.randint(-8, 8) / 8

    def mean(nodes: int) -> float:
        points, weights = np.polynomial.hermite_e.hermegauss(nodes)
        return float((weights * part.query(q, points) * part.key(k, points)).sum() / np.sqrt(2 * np.pi))

    value, bound = mean(60), 100 * abs(mean(60) - mean(40)) + 1e-11
    gap = abs(value - math.exp(q * k))
    return None if gap <= bound else f"q = {q}, k = {k}: {value}, not exp(q k) = {math.exp(q * k)}"


def alternation(part: Any, rng: Random) -> str | None:
    """The last summary of the question changes with the image; two images that differ, and the same question."""
    import numpy as np

    make = np.random.default_rng(rng.randrange(2**32))
    question, images = make.normal(size=(3, 2)), make.normal(size=(2, 4, 2))
    first, second = (part(question, image) for image in images)
    return "the question's summary is the same for two images" if np.array_equal(first, second) else None


LAWS = {
    one.name: one
    for one in (
        Law("score-function", ("P48",), "sum_i p_i estimate(i) = gradient of the expected reward",
            "law(p) -> chances; gradient(p, index, reward, baseline)", score_function),
        Law("location-policy", ("P48",), "E[R(clip l) score] = d/dmu E[R(clip l)] for l ~ N(mu, sigma^2), R(x) = x^2",
            "score(drawn, clipped, mu, sigma)", location),
        Law("glimpse", ("P53",), "a pixel is seen where it lies, at every scale; outside of the picture is zero",
            "glimpse(picture, centre) -> two 3 by 3 patches, the second over twice the width", glimpse),
        Law("doubly-stochastic", ("P51",), "penalty >= (L - C)^2/L, with equality at the uniform map",
            "penalty(map: C rows of L weights)", doubly_stochastic),
        Law("entropy-at-corners", ("P45",), "the entropy of a sure value is 0", "entropy(p)", entropy_at_corners),
        Law("additive-bag", ("P57",), "bag(a + b) = bag(a) + bag(b)", "bag(words, size)", additive_bag),
        Law("differential-start", ("P50",), "lambda = exp(a) - exp(b) + 0.8 - 0.6 exp(-0.3 (l - 1))",
            "coefficient(layer, a, b)", differential_start),
        Law("feature-product", ("P59",), "E phi(q) phi(k) = exp(q k)", "query(q, w), key(k, w)", feature_product),
        Law("alternation", ("P58",), "the question's last summary depends on the image",
            "summary(question, image)", alternation),
    )
}  # fmt: skip
"""Every law by its name."""
