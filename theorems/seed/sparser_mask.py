"""Guideline "a sparser mask is better": the total error is U-shaped in the number of kept inputs

Problem
-------
One of the design guidelines that a theory of masks suggests (the paper's own list is not visible; formal statement
ours, C6 of the collection). A binary mask m keeps inputs of a teacher u; every kept input costs c (estimation error),
every dropped one costs half its square: E(m) = (1/2) sum_j (1 - m_j) u_j^2 + c sum_j m_j. With u = (1, 1/2, 1/4), c =
1/20 the best masks with 0, 1, 2, 3 inputs have E = 21/32, 33/160, 21/160, 3/20.

Assumptions
-----------
binary mask: m_j (m_j - 1) = 0.

Statement
---------
question=sparser: whenever l keeps a subset of what m keeps, E(l) <= E(m). Refuted: dropping the first input.
question=best: every mask has E >= 21/160. Proved, and attained at s = 2.

Method
------
Exact algebra over the finitely many masks; the table is computed apart by sorting.

References
----------
Liu, Balaji, Xue, Min: ICLR 2021 submission 8KhxoxKP3iL, abstract (guidelines; statement and numbers are ours).

Tags
----
guideline, sparse mask, bias and variance, counterexample
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from theorems.seed._rational import SOURCE, texts
from verify.claim_theorem import Neighbour, claim_theorem
from verify.theorem import Hypothesis, Setting, StatedNumber, Values

EXPECTED = "refuted"

TEACHER = (Fraction(1), Fraction(1, 2), Fraction(1, 4))


def table(cost: Fraction) -> list[Fraction]:
    """Return the least total error with s = 0, 1, ... kept inputs: the s largest are kept."""
    squares = sorted((u * u for u in TEACHER), reverse=True)
    return [sum(squares[s:], Fraction(0)) / 2 + cost * s for s in range(len(squares) + 1)]


def _error(mask: str) -> str:
    return f"sum((1 - {mask})*u**2)/2 + cost*sum({mask})"


def statement(values: Values, without: frozenset[str]) -> dict[str, Any]:
    """Return the claim that sparser is better, or that no mask beats the best one."""
    cost = Fraction(values["cost"])
    sparser = values["question"] == "sparser"
    names = ("m", "l") if sparser else ("m",)
    binary = {} if "binary mask" in without else {f"binary_{n}": f"norm1({n}*({n} - 1)) == 0" for n in names}
    level = Fraction(values["factor"]) * min(table(cost))
    return {
        "parameters": dict.fromkeys(names, f"[0, 1][{len(TEACHER)}]"),
        "constants": {"u": texts(TEACHER), "cost": str(cost)},
        "assume": {**binary, **({"subset": "min(m - l) >= 0"} if sparser else {})},
        "claim": {
            "every": "point",
            "satisfies": f"{_error('l')} <= {_error('m')}" if sparser else f"{_error('m')} >= {level}",
        },
    }


theorem = claim_theorem(
    id="sparser-mask",
    title='Guideline "a sparser mask is better": the total error is U-shaped in the number of kept inputs',
    expected=EXPECTED,
    sources=(f"{SOURCE} (guidelines)", "C6 of the collection (formalisation)"),
    hypotheses=(Hypothesis("binary mask", "m_j is 0 or 1", "by the claim"),),
    settings=(
        Setting("question", "sparser", "which claim", "choice", ("sparser", "best")),
        Setting("cost", "1/20", "cost of a kept input", "number", low=Fraction(0)),
        Setting("factor", "1", "factor at the best value", "number", low=Fraction(0)),
    ),
    stated=(StatedNumber("total error, s = 0..3", "(1/2) sum_{j not kept} u_j^2 + c s", "21/32, 33/160, 21/160, 3/20",
                         "C6", True),),
    computed=lambda values: {"total error, s = 0..3": ", ".join(map(str, table(Fraction(values["cost"]))))},
    statement=statement,
    cases=(
        Neighbour("best", "no mask is better than 21/160", "proved", {"question": "best"}),
    ),
    twins=(
        Neighbour("constant", "21/160 raised by one per cent", "refuted", {"question": "best", "factor": "101/100"}),
        Neighbour("cheap", "cost 0: sparser is never better", "refuted", {"cost": "0"}),
    ),
)  # fmt: skip
