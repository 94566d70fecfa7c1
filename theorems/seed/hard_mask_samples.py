"""One-hot mask on random signs: the exact number of samples that identify the right input

Problem
-------
"Attention needs fewer samples", where everything can be counted. Target y = x_1 on uniform {-1, 1}^p; the model is a
one-hot mask with a sign, f = +-x_j. Our formalisation (end of C2 of the collection): the probability that some wrong
mask fits n samples is 1 - (1 - 2^{1-n})^{p-1}. A linear model without mask has a unique interpolator only from n = p
on.

Assumptions
-----------
uniform signs: the inputs are independent uniform signs.

Statement
---------
form=enumeration: P(some wrong mask fits) <= 1 - (1 - 2^{1-n})^{p-1}, over all 2^{np} designs, with equality.
form=count: 1 - (1 - q)^{1024} <= 1/16 for all q in [0, 2^{1-n}], i.e. with p = 1025 inputs n samples suffice for
failure probability 1/16; n = 15 does, n = 14 does not.

Method
------
Exact enumeration of the finite law; for the count, rational arithmetic or one box. The formula is evaluated apart, with
fractions.

References
----------
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL, abstract (the claim; model and numbers are ours).

Tags
----
sample complexity, hard mask, probability, enumeration, threshold
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorems.seed import _one_hot_samples
from theorems.seed._rational import SOURCE
from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "proved"

INPUTS = 1025
TARGET = Fraction(1, 16)


def failure(n: int, p: int) -> Fraction:
    """Return the probability that one of p - 1 wrong inputs agrees with the right one up to sign on n samples."""
    return 1 - (1 - Fraction(1, 2 ** (n - 1))) ** (p - 1)


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the probability claim for small n and p, or the count for 1025 inputs."""
    n, p = int(values["n"]), int(values["p"])
    if values["form"] == "count":
        return {
            "parameters": {"q": f"[0, {Fraction(1, 2 ** (n - 1))}]"},
            "claim": {"every": "point", "satisfies": f"1 - ((1 - q)**32)**32 <= {TARGET}"},
        }
    law = "choice(-1, 1, 1)" if "uniform signs" in without else "rademacher"
    return {
        "random": {"X": f"{law}[{n},{p}]"},
        "claim": {
            "probability": f"max(abs(X[:, 1:].T @ X[:, 0])) >= {n}",
            "at_most": str(Fraction(values["factor"]) * failure(n, p)),
        },
    }


theorem = claim_theorem(
    id="hard-mask-samples",
    title="One-hot mask on random signs: the exact number of samples that identify the right input",
    expected=EXPECTED,
    sources=(f"{SOURCE} (claim)", "the exact small model of C2 of the collection (formalisation)"),
    hypotheses=(Hypothesis("uniform signs", "independent uniform signs", "by the law", "biased signs"),),
    settings=(
        Setting("form", "enumeration", "small law, or the count", "choice", ("enumeration", "count")),
        Setting("n", "4", "samples", "integer", low=Fraction(2), high=Fraction(40)),
        Setting("p", "4", "inputs of the enumeration", "integer", low=Fraction(2), high=Fraction(12)),
        Setting("factor", "1", "factor at the probability", "number", low=Fraction(0)),
    ),
    stated=(
        StatedNumber("probability", "1 - (1 - 2^{1-n})^{p-1}", "169/512", "C2 (n = p = 4)", True),
        StatedNumber("samples for p = 1025, delta = 1/16", "least n", "15", "C2", True),
    ),
    computed=lambda values: {
        "probability": str(failure(int(values["n"]), int(values["p"]))),
        "samples for p = 1025, delta = 1/16": str(next(n for n in range(2, 99) if failure(n, INPUTS) <= TARGET)),
    },
    statement=statement,
    cases=(
        Neighbour("three of three", "n = p = 3: 7/16", "proved", {"n": "3", "p": "3"}),
        Neighbour("fifteen samples", "n = 15 suffices for 1025 inputs", "proved", {"form": "count", "n": "15"}),
    ),
    twins=(
        Neighbour("fourteen samples", "n = 14 for 1025 inputs", "refuted", {"form": "count", "n": "14"}),
        Neighbour("constant", "the probability lowered by one per cent", "refuted", {"factor": "99/100"}),
        Neighbour("biased signs", "signs that are 1 with probability 2/3", "refuted", without=("uniform signs",)),
    ),
)  # fmt: skip

samples = _one_hot_samples.samples
"""What ``attnverify sample-complexity`` compares."""
