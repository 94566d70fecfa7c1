"""Twins of estimators, glimpses, penalties and features: the parts around attention.

``PARTS`` maps each correct part to its law, and ``BUGS`` each twin to the law that is known to expose it.
"""

import math
from fractions import Fraction
from functools import partial

import numpy as np


class Estimator:
    """Score-function gradient of the expected reward in the scores of a softmax."""

    def __init__(self, bug=""):
        self.bug = bug

    def law(self, p):
        if self.bug == "most likely":
            return [int(i == p.index(max(p))) for i in range(len(p))]
        return p

    def gradient(self, p, index, reward, baseline):
        if self.bug == "own baseline":
            baseline = Fraction(9, 10) * baseline + Fraction(1, 10) * reward
        weight = reward - baseline
        if self.bug == "sign":
            weight = -weight
        rest = [0] * len(p) if self.bug == "drawn index" else [-x for x in p]
        return [weight * (int(j == index) + rest[j]) for j in range(len(p))]


def location_score(drawn, clipped, mean, width, bug=""):
    return ((clipped if bug else drawn) - mean) / width**2


def glimpse(picture, centre, bug=""):
    """Two 3 by 3 patches around a pixel, the second of means over 2 by 2 pixels."""
    row, column = centre[::-1] if bug == "transposed" else centre
    height, width = len(picture), len(picture[0])

    def pixel(i, j):
        if bug == "wraps" and (i < 0 or j < 0):
            return picture[i % height][j % width]
        return picture[i][j] if 0 <= i < height and 0 <= j < width else 0

    def patch(step):
        cells = [(a, b) for a in range(step) for b in range(step)]
        return [
            [
                Fraction(sum(pixel(row + step * i + a, column + step * j + b) for a, b in cells), step**2)
                for j in (-1, 0, 1)
            ]
            for i in (-1, 0, 1)
        ]

    return patch(1), patch(1 if bug == "same width" else 2)


def penalty(weights, bug=""):
    lines = weights if bug else list(zip(*weights, strict=True))
    return sum((1 - sum(line)) ** 2 for line in lines)


def entropy(p, bug=""):
    p = np.asarray(p)
    with np.errstate(all="ignore"):
        return -np.sum(p * np.log(p) if bug else p * np.log(np.where(p > 0, p, 1.0)))


def bag(words, size, bug=""):
    return [min(words.count(word), 1 if bug else len(words)) for word in range(size)]


def coefficient(layer, a, b, bug=""):
    start = 0.0 if bug == "dropped" else 0.8 - 0.6 * math.exp(-0.3 * (layer if bug else layer - 1))
    return math.exp(a) - math.exp(b) + start


class Features:
    """Positive random features in one dimension."""

    def __init__(self, bug=""):
        self.bug = bug

    def query(self, x, w):
        return np.exp(w * x - x * x / 2)

    def key(self, x, w):
        return np.exp(w * x) if self.bug else self.query(x, w)


def attended(x, guide):
    """Softmax summary of tokens under a guide."""
    scores = np.tanh(x + guide).sum(-1)
    weights = np.exp(scores - scores.max())
    return weights @ x / weights.sum()


def summary(question, image, bug=""):
    first = attended(question, np.zeros(2))
    seen = attended(image, first)
    return attended(question, first if bug else seen)


PARTS = {
    "score-function": Estimator(), "location-policy": location_score, "glimpse": glimpse, "doubly-stochastic": penalty,
    "entropy-at-corners": entropy, "additive-bag": bag, "differential-start": coefficient,
    "feature-product": Features(), "alternation": summary,
}  # fmt: skip

BUGS = {
    "E01": ("REINFORCE: sign", "score-function", Estimator("sign")),
    "E02": ("REINFORCE: only the drawn index", "score-function", Estimator("drawn index")),
    "E03": ("REINFORCE: reward inside its own baseline", "score-function", Estimator("own baseline")),
    "E04": ("REINFORCE: the most likely instead of a draw", "score-function", Estimator("most likely")),
    "E05": ("clipped location scored", "location-policy", partial(location_score, bug="clipped")),
    "E06": ("glimpse: rows and columns exchanged", "glimpse", partial(glimpse, bug="transposed")),
    "E07": ("glimpse: wraps at negative indices", "glimpse", partial(glimpse, bug="wraps")),
    "E08": ("glimpse: second scale not doubled", "glimpse", partial(glimpse, bug="same width")),
    "E09": ("penalty summed over locations", "doubly-stochastic", partial(penalty, bug="axis")),
    "E10": ("entropy: 0 log 0", "entropy-at-corners", partial(entropy, bug="log")),
    "E11": ("bag of words as a set", "additive-bag", partial(bag, bug="set")),
    "E12": ("differential: start of lambda off by one layer", "differential-start", partial(coefficient, bug="layer")),
    "E13": ("differential: start of lambda dropped", "differential-start", partial(coefficient, bug="dropped")),
    "E14": ("performer: |k|^2/2 dropped", "feature-product", Features("norm")),
    "E15": ("co-attention: third step reuses the question", "alternation", partial(summary, bug="reuses")),
}  # fmt: skip
