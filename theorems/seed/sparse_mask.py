"""Mask with ridge: every local minimum solves the lasso and predicts well.

Problem
-------
Linear regression y = X u* + noise with a mask: the predictor is <a * w, x>, mask a and weights w are both trained, both
with ridge:

    F(a, w) = |y - X (a*w)|^2/(2n) + (lambda/2) (|a|^2 + |w|^2).

F is not convex. The seed paper claims that every local minimum of an attention model predicts well; its public text has
no formula. What follows is our formalisation (theorems A and E of the collection): a global mask, a linear head and a
sparse teacher.

The data are the 1,797 images of the UCI optical digits (see theorems/data/DIGITS.md). Pixels that never change are
dropped, and listed. The others are centred and scaled by a dyadic number of 24 bits to mean square at most 1 (and above
1 - 2^-22), so that nothing is rounded afterwards; centring is an intercept without penalty.

Real images have no known sparse teacher. By default u* (k entries, equal to +-signal) and the noise are drawn from the
seed and declared: real design, synthetic target. With target=digit (or digit==3, the indicator of a class), or with a
column of your own data, u* is a *reference*: the least squares fit on k columns chosen greedily. The inequality is
deterministic and holds against any k-sparse u*, so H7 is then decided for y minus the reference's prediction; it often
fails, and the verdict says so. The noise level is then estimated, unless given, and labelled so.

Assumptions
-----------
columns: every column has mean square at most 1. Used only for the failure probability of H7.
H6: restricted eigenvalue in the weakest form that the proof uses (compatibility), |X d|^2/n >= kappa |d_S|_1^2/k with
    kappa > 0 whenever |d off S|_1 <= 3 |d_S|_1, S the support of u*. It follows from the same with kappa |d|^2 or
    kappa |d_S|^2 on the right. Decided by lower bounds, all shown: "eigenvalue", the least eigenvalue of G = X^T X/n;
    "support", the largest kappa with G - kappa P_S positive semidefinite; "coherence", min_j G_jj + mu - 16 k mu;
    "compatibility" (k <= 6), a convex program with a dual bound for each sign pattern on S. The largest is used
    (--set kappa=... chooses). Where none is positive, a direction of the cone with X d = 0 is searched: it refutes H6.
H7: noise event, lambda >= 2 max_j |x_j^T (y - X u*)|/n. Decided on the instance. Gaussian noise of level s breaks it
    with probability at most 2 p exp(-n lambda^2/(8 s^2)), which is at most delta for the default lambda.
H13-penalty: lambda < max_j |x_j^T y|/n, else 0 is the only solution.
H13-conclusion: the bound is below |X u*|^2/n, the error of predicting 0, else the conclusion is free.

Statement
---------
Every local minimum (a, w) of F has product u = a*w that minimises |y - X u|^2/(2n) + lambda |u|_1, and

    |X (a*w - u*)|^2/n <= 9 lambda^2 k/(4 kappa),    k the number of nonzero entries of u*.

There is a local minimum, since F has bounded level sets. Where an assumption fails the statement says nothing about the
instance, and the verdict is vacuous; where H6 can be neither shown nor refuted, undecided. The bound is not a
comparison: ridge and minimum norm are measured beside it and may well do better at this lambda.

Method
------
Theorem A (in verify/recheck/duality.py, with proof; its step for one coordinate is a claim of its own, proved by the
general provers). The lasso is solved exactly in rational arithmetic, so that the duality gap is 0, or rounded with a
positive exact gap where the support is larger than 80. The end points of training from many starts are rounded to
multiples of 2^-46 and their excess over the global minimum of F is computed exactly. The certificate holds integer
moments of the table; recheck recomputes assumptions, gap and inequality from them. Measured curves and baselines are
floating point and enter no verdict.

References
----------
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL, abstract (the claim; statement and constants here are ours).
Hoff: Lasso, fractional norm and structured sparse estimation using a Hadamard product parametrization. CSDA 2017.
Bickel, Ritov, Tsybakov: Simultaneous analysis of Lasso and Dantzig selector. Annals of Statistics 2009.
Alpaydin, Kaynak: Optical Recognition of Handwritten Digits. UCI Machine Learning Repository 1998. CC BY 4.0.

Tags
----
mask, ridge, lasso, local minimum, sparse teacher, in-sample error, real data
"""

from __future__ import annotations

from fractions import Fraction

from theorems.seed._sparse_mask_claims import CASES, TWINS
from verify.theorem import Hypothesis, Run, Setting, StatedNumber, Theorem, TheoremResult
from verify.verdict import Assumption

EXPECTED = "proved"

HYPOTHESES = (
    Hypothesis("columns", "max_j |x_j|^2 <= n", "exact moments", None,
               "only the failure probability of H7 needs it"),
    Hypothesis("H6", "|X d|^2/n >= kappa |d_S|_1^2/k on the cone, kappa > 0", "exact eigenvalue tests, coherence, "
               "dual bounds for each sign pattern, or a direction that refutes it", "no eigenvalue"),
    Hypothesis("H7", "lambda >= 2 |X^T (y - X u*)/n|_inf", "exact, on the instance", "no noise event"),
    Hypothesis("H13-penalty", "lambda < |X^T y/n|_inf", "exact", None,
               "without it the statement holds and speaks of the solution 0 alone"),
    Hypothesis("H13-conclusion", "bound < |X u*|^2/n", "exact", None,
               "without it the statement holds and says less than predicting 0 achieves"),
    Hypothesis("local minimum", "(a, w) is a local minimum, not only a stationary point", "by the quantifier",
               "stationary"),
    Hypothesis("ridge on the mask", "the mask has ridge", "by the objective", "no ridge"),
    Hypothesis("ridge on the weights", "the weights have ridge", "by the objective", "one ridge"),
)  # fmt: skip

SETTINGS = (
    Setting("n", "all", "use the first n rows", "integer", ("all",), low=Fraction(2)),
    Setting("target", "auto", "'teacher' (drawn), COLUMN, or COLUMN==VALUE for an indicator; auto: the target of "
            "your data, a drawn teacher for the shipped data"),
    Setting("columns", "all", "names of the columns to use, separated by commas"),
    Setting("k", "5", "nonzero entries of the teacher or reference", "integer", low=Fraction(1)),
    Setting("lambda", "theory", "ridge penalty; theory: 2 noise sqrt(2 ln(2p/delta)/n); event: the least that meets H7",
            "number", ("theory", "event"), low=Fraction(0), above=True),
    Setting("noise", "auto", "noise level; auto: 1/4 for a drawn teacher, estimated for a column", "number", ("auto",),
            low=Fraction(0), above=True),
    Setting("signal", "1", "size of the entries of a drawn teacher", "number", low=Fraction(0), above=True),
    Setting("delta", "0.01", "failure probability for lambda=theory", "number", low=Fraction(0), high=Fraction(1),
            above=True),
    Setting("kappa", "best", "which lower bound is used for H6; best: the largest of them", "choice",
            ("best", "eigenvalue", "support", "coherence", "compatibility")),
    Setting("starts", "32", "how many starts the mask model is trained from", "integer", low=Fraction(1),
            high=Fraction(500)),
)  # fmt: skip

STATED = (
    StatedNumber("constant of the bound", "9 lambda^2 k/(4 kappa)", "9/4", "ours, after Bickel, Ritov, Tsybakov", True),
    StatedNumber("factor of the noise event", "lambda >= 2 |X^T noise/n|_inf", "2", "ours", None),
    StatedNumber("factor of the cone", "|d off S|_1 <= 3 |d_S|_1", "3", "follows from the factor 2", None),
)


def decide(run: Run) -> TheoremResult:
    """Decide an instance (see :mod:`theorems.seed._sparse_mask_check`)."""
    from theorems.seed import _sparse_mask_check

    return _sparse_mask_check.decide(run)


def assumptions(run: Run) -> tuple[Assumption, ...]:
    """Decide the assumptions alone, and say what would change them."""
    from theorems.seed import _hypotheses_linear, _sparse_mask_check
    from theorems.seed._sparse_mask_instance import build

    run.step("reading the data", 0.0)
    instance = build(run)
    run.step("deciding the assumptions", 0.3)
    return _hypotheses_linear.with_advice(run, instance, _sparse_mask_check.decide_assumptions(run, instance))


theorem = Theorem(
    id="sparse-mask",
    title="Mask with ridge: every local minimum solves the lasso and predicts well",
    work="seed",
    expected=EXPECTED,
    sources=("ICLR 2021 submission 8KhxoxKP3iL (claim)", "theorems A and E of the collection (formalisation)"),
    hypotheses=HYPOTHESES,
    settings=SETTINGS,
    stated=STATED,
    twins=TWINS,
    cases=CASES,
    decide=decide,
    assumptions=assumptions,
)
