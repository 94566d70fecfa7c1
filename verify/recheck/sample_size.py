"""Checks numbers of samples: with so many attention reaches an error, with so many no baseline of a family does.

Metric of both sides: |u - u*|^2, which is the excess prediction error for inputs of covariance I.

**gaussian.** Rows x ~ N(0, I_p), y = <u*, x> + noise, noise ~ N(0, level^2) independent, u* fixed with at most k
nonzero entries and |u*|^2 = r2. *Mode: with probability at least 1 - delta.*

Attention: every local minimum of |y - X (a*w)|^2/(2n) + (lambda/2)(|a|^2 + |w|^2), where lambda = 2 level (sqrt(n) + t)
v/n with t = sqrt(2 ln(3/delta)) and v = sqrt(2 ln(3p/delta)), which does not depend on u*. Each of these fails with
probability at most delta/3:

- |noise| <= level (sqrt(n) + t), by concentration of a 1-Lipschitz function of Gaussians, E|g| <= sqrt(n);
- |X^T noise|_inf <= |noise| v: given the noise the p entries are N(0, |noise|^2), and p 2 Q(v) <= p exp(-v^2/2);
- |X d| >= (A_n - w - t) |d| on the cone |d off S|_1 <= 3 |d_S|_1, by Gordon's theorem and concentration, where A_n =
  E|g| in R^n = sqrt(2) Gamma((n+1)/2)/Gamma(n/2) and w bounds the Gaussian width of the cone: for every tau >= 0
  <g, d> <= |g_S||d_S| + |(|g| - tau)_+ off S||d off S| + 3 tau sqrt(k) |d_S|, so by Cauchy-Schwarz and Jensen
  w^2 = k (1 + 3 tau)^2 + (p - k) E(|g| - tau)_+^2,   E(|g| - tau)_+^2 = 2 ((1 + tau^2) Q(tau) - tau phi(tau)).

Then lambda >= 2 |X^T noise/n|_inf, kappa = (A_n - w - t)^2/n, and |u - u*|^2 <= 9 lambda^2 k/(4 kappa^2) as in
:mod:`verify.recheck.separation`.

Baseline, family ``row-space``: every u = X^T b. |(I - P) u*|^2/r2 has the law Beta((p-n)/2, n/2), so the error is at
most epsilon with probability at most I_{epsilon/r2}((p-n)/2, n/2). The row space grows with n.

Baseline, family ``equivariant``: every orthogonally equivariant procedure (fully connected networks of any width
trained by gradient descent from a rotation-invariant start among them; Li, Zhang, Arora 2021), by its population error
E (f(x) - <u*, x>)^2. The law of its error does not change when u* is drawn from the sphere; given the samples, the part
of u* off the row space is then rho v, v uniform on a sphere in p - n dimensions. With c the linear part of f, the error
is at least |c - u*|^2, and over all c P(|c - rho v|^2 <= epsilon) is at most that of a cap, (1/2) I_{epsilon/rho^2}
((p-n-1)/2, 1/2). For every middle epsilon' > epsilon the error is at most epsilon with probability at most
I_{epsilon'/r2}((p-n)/2, n/2) + (1/2) I_{epsilon/epsilon'}((p-n-1)/2, 1/2). Fewer samples are no better: a procedure may
ignore samples.

**tokens.** T tokens of d numbers, x = (x_1, ..., x_T) ~ N(0, I_{Td}), y = <w*, x_t*> without noise, |w*|^2 = r2 > 0.
*Mode: with probability at least 1 - delta.* Attention: f = <w, x_t>, all weight on one position t, any (t, w) that fits
n >= d + 1 samples exactly. With probability 1 it is the teacher: for t other than t* the targets are independent of the
n x d matrix of tokens x_t, whose range has dimension d < n, and have a density, so that they do not lie in it; for t =
t* the matrix has rank d, so that w = w*. Baseline: as for **gaussian** with p = Td inputs, u* = w* at the place of t*.

**one-hot.** Independent uniform signs, y = x_1. *Mode: expected error.* Attention: f = +-x_j, any that fits n samples.
A wrong j has error 2 and some wrong one fits with probability 1 - (1 - 2^(1-n))^(p-1). Baseline: u = X^T b; the columns
are exchangeable, so that E |(I - P) e_1|^2 = 1 - E rank(X)/p >= 1 - n/p.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

from flint import arb, ctx, fmpq

from verify.certificate import fraction, member, require_theorem
from verify.errors import Rejected

THEOREM = "sample-size"

STATEMENT = {
    "law": "gaussian: rows N(0, I_p), y = <u*, x> + N(0, level^2), |u*|^2 = teacher_norm, at most k entries; "
    "tokens: tokens x_t ~ N(0, I_width), y = <w*, x_t*>, |w*|^2 = teacher_norm; one-hot: independent uniform signs, "
    "y = x_1",
    "attention": "with n = samples_attention samples: every local minimum of |y - X (a*w)|^2/(2n) + (lambda/2)(|a|^2 + "
    "|w|^2), lambda = 2 level (sqrt(n) + sqrt(2 ln(3/delta))) sqrt(2 ln(3p/delta))/n (gaussian); every fit with all "
    "weight on one token (tokens); every one-hot mask with a sign that fits (one-hot)",
    "baseline": "with at most samples_baseline samples: every procedure of the family",
    "mode": "gaussian, tokens: with probability at least 1 - delta; one-hot: in expectation",
    "satisfies": "squared error of attention <= epsilon; of the baseline > epsilon; samples_attention <= "
    "samples_baseline",
}
"""The statement, word for word as it stands in every certificate of this kind."""

PRECISION = 256
"""Bits of the balls."""

MAX_SIZE = 10**8
"""Largest p and n."""

MAX_ONE_HOT = 10**5
"""Largest p and n of the one-hot law, whose powers are computed exactly."""

FAMILIES = ("row-space", "equivariant")

_GAUSSIAN = {
    "law", "p", "k", "level", "teacher_norm", "epsilon", "delta", "family", "samples_attention", "samples_baseline",
}  # fmt: skip
_TOKENS = {
    "law", "tokens", "width", "teacher_norm", "epsilon", "delta", "family", "samples_attention", "samples_baseline",
}  # fmt: skip
_ONE_HOT = {"law", "p", "epsilon", "family", "samples_attention", "samples_baseline"}


def check(claim: Mapping[str, Any], verdict: str, evidence: Any) -> None:
    """Accept numbers that show that attention needs fewer samples under the law of the instance.

    Raises:
        Rejected: they do not.
    """
    require_theorem(claim, THEOREM, STATEMENT)
    if verdict != "proved":
        raise Rejected(f"numbers of samples do not show {verdict!r}")
    instance = member(claim, "instance")
    law = member(instance, "law")
    if law == "gaussian" and set(instance) == _GAUSSIAN:
        _check_gaussian(instance, evidence)
    elif law == "tokens" and set(instance) == _TOKENS:
        _check_tokens(instance, evidence)
    elif law == "one-hot" and set(instance) == _ONE_HOT:
        _check_one_hot(instance)
    else:
        raise Rejected("the instance does not have the keys of this theorem")


def _check_gaussian(instance: Mapping[str, Any], evidence: Any) -> None:
    p, k = _count(instance, "p"), _count(instance, "k")
    few, many = _count(instance, "samples_attention"), _count(instance, "samples_baseline")
    level, size, epsilon = (_positive(instance[key]) for key in ("level", "teacher_norm", "epsilon"))
    delta, family = _positive(instance["delta"]), instance["family"]
    if k > p or few > many or delta >= 1:
        raise Rejected("k is above p, delta is not below 1, or the numbers of samples are in the wrong order")
    with _precision():
        upper = attention_error(few, p, k, level, delta, fraction(member(evidence, "tau")))
        if not upper <= _ball(epsilon):
            raise Rejected("the error of attention is not shown to be at most epsilon")
        _require_baseline_misses(many, p, size, epsilon, delta, family, evidence)


@contextmanager
def _precision() -> Iterator[None]:
    before = ctx.prec
    ctx.prec = PRECISION
    try:
        yield
    finally:
        ctx.prec = before


def _require_baseline_misses(
    n: int, p: int, size: Fraction, epsilon: Fraction, delta: Fraction, family: str, evidence: Any
) -> None:
    failing = baseline_probability(n, p, size, epsilon, family, fraction(member(evidence, "middle")))
    if not failing <= _ball(delta):
        raise Rejected("the baseline is not shown to miss epsilon with probability 1 - delta")


def _check_tokens(instance: Mapping[str, Any], evidence: Any) -> None:
    tokens, width = _count(instance, "tokens"), _count(instance, "width")
    few, many = _count(instance, "samples_attention"), _count(instance, "samples_baseline")
    size, epsilon, delta = (_positive(instance[key]) for key in ("teacher_norm", "epsilon", "delta"))
    if few <= width or few > many or delta >= 1 or tokens * width > MAX_SIZE:
        raise Rejected("attention needs more samples than a token has numbers, and no more than the baseline")
    with _precision():
        _require_baseline_misses(many, tokens * width, size, epsilon, delta, instance["family"], evidence)


def attention_error(n: int, p: int, k: int, level: Fraction, delta: Fraction, tau: Fraction) -> arb:
    """Return 9 lambda^2 k/(4 kappa^2) as a ball.

    Raises:
        Rejected: kappa is not shown to be positive.
    """
    if tau < 0:
        raise Rejected("tau is negative")
    slack = (2 * (3 / _ball(delta)).log()).sqrt()
    union = (2 * (3 * p / _ball(delta)).log()).sqrt()
    root = _mean_norm(n) - _width(p, k, _ball(tau)) - slack
    if not root > 0:
        raise Rejected("no restricted eigenvalue is shown at this number of samples")
    penalty = 2 * _ball(level) * (arb(n).sqrt() + slack) * union / n
    kappa = root**2 / n
    return 9 * penalty**2 * k / (4 * kappa**2)


def _mean_norm(n: int) -> arb:
    """Return E|g| for a standard Gaussian g in R^n."""
    return arb(2).sqrt() * ((arb(n + 1) / 2).lgamma() - (arb(n) / 2).lgamma()).exp()


def _width(p: int, k: int, tau: arb) -> arb:
    tail = (tau / arb(2).sqrt()).erfc() / 2
    density = (-(tau**2) / 2).exp() / (2 * arb.pi()).sqrt()
    excess = 2 * ((1 + tau**2) * tail - tau * density)
    return (k * (1 + 3 * tau) ** 2 + (p - k) * excess).sqrt()


def baseline_probability(
    n: int, p: int, size: Fraction, epsilon: Fraction, family: str, middle: Fraction = Fraction(0)
) -> arb:
    """Return a bound of the probability that the family's error is at most epsilon, as a ball.

    Args:
        size: |u*|^2.
        middle: epsilon' of the family ``equivariant``; not used for ``row-space``.

    Raises:
        Rejected: the numbers are outside the range of the theorem.
    """
    if not epsilon < size:
        raise Rejected("epsilon is not below the error of predicting 0")
    if family == "row-space":
        if n >= p:
            raise Rejected("with as many samples as inputs the row space is everything")
        return _beta(epsilon / size, p - n, n)
    if family != "equivariant":
        raise Rejected(f"unknown family {str(family)[:40]!r}")
    if n >= p - 1 or not epsilon < middle < size:
        raise Rejected("the family 'equivariant' needs n < p - 1 and epsilon < middle < |u*|^2")
    return _beta(middle / size, p - n, n) + _beta(epsilon / middle, p - n - 1, 1) / 2


def _beta(x: Fraction, first: int, second: int) -> arb:
    """Return I_x(first/2, second/2)."""
    return _ball(x).beta_lower(arb(first) / 2, arb(second) / 2, 1)


def _check_one_hot(instance: Mapping[str, Any]) -> None:
    p, few, many = (_count(instance, key) for key in ("p", "samples_attention", "samples_baseline"))
    epsilon = _positive(instance["epsilon"])
    if instance["family"] != "row-space":
        raise Rejected("the one-hot law is compared with the family 'row-space' only")
    if max(p, many) > MAX_ONE_HOT or few * p > MAX_ONE_HOT * 100 or few > many:
        raise Rejected("too large to be computed exactly, or the numbers of samples are in the wrong order")
    if one_hot_error(few, p) > epsilon:
        raise Rejected("the expected error of the one-hot mask exceeds epsilon")
    if 1 - Fraction(many, p) <= epsilon:
        raise Rejected("the row space may reach epsilon with so many samples")


def one_hot_error(n: int, p: int) -> Fraction:
    """Return 2 (1 - (1 - 2^(1-n))^(p-1))."""
    return 2 * (1 - (1 - Fraction(1, 2 ** (n - 1))) ** (p - 1))


def _ball(value: Fraction) -> arb:
    return arb(fmpq(value.numerator, value.denominator))


def _count(data: Any, key: str) -> int:
    value = fraction(member(data, key))
    if value.denominator != 1 or not 1 <= value <= MAX_SIZE:
        raise Rejected(f"{key} is not a whole number from 1 to {MAX_SIZE}")
    return int(value)


def _positive(data: Any) -> Fraction:
    value = fraction(data)
    if value <= 0:
        raise Rejected(f"{str(data)[:40]!r} is not positive")
    return value
