"""No single changed number makes the checker accept something false.

Certificates of every kind are made, then one number at a time is changed, in the evidence or in the claim. A changed
claim without a new hash is always rejected. Whatever else is accepted is compared with an independent reading of
the claim in plain NumPy: a counterexample to what is called proved, or a witness that is none, is a failure.
"""

from __future__ import annotations

import copy
import hashlib
import itertools
import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from verify.certificate import certificate
from verify.claim import canonical, claim_from_data, load_claim
from verify.pipeline import decide
from verify.recheck import recheck

CORPUS = Path(__file__).parents[2] / "corpus"

PROOFS = (
    "sig-slope", "tanh-slope", "sum-with-reciprocal", "cubic-no-minimum", "bilinear-saddle", "two-factor-3",
    "cosine-minima", "curvature-assumption", "log-of-small", "sigmoid-increasing", "concave-parabola",
    "line-misses-circle", "relu-split", "tanh-bound", "sig-sym", "global-box", "exp-lin", "exp-on-box",
    "quartic-flat-minimum", "logistic-two-samples", "sat2",
)  # fmt: skip
COVERS = ("sin-ineq", "tanh-lin", "cosine-parabola")
WITNESSES = (
    "gelu-box-f", "cubic-just-below", "sigmoid-decreasing", "line-cuts-circle-outside", "logistic-ridge-false",
    "tilted-well", "curv-concl", "quartic-flat-minimum-false", "soft-threshold-zero", "global-two-wells-false",
    "global-ref", "psd2-stat", "nearly-stationary-quartic", "cubic-second-order-false",
)  # fmt: skip

NODES = {"split", "factor", "curve", "compare", "minor", "null", "monotone", "tangent", "bisect", "range", "plain",
         "identity", "roots"}  # fmt: skip

QUICK = 240
"""Mutations per certificate in the quick part of the suite, drawn with a fixed seed."""

BISECTED = {
    "id": "bisected", "parameters": {"x": "[-2, 2]"}, "claim": {"every": "point", "satisfies": "x**4 - 4*x**2 + 8 > 0"},
}  # fmt: skip
"""Plain ranges do not show it on the whole interval; on pieces they do."""


def bisected() -> dict[str, Any]:
    def piece(ends: list[str]) -> dict[str, Any]:
        if len(ends) == 1:
            return {"node": "range", "constraint": ["weak", 2]}
        middle = len(ends) // 2
        return {
            "node": "bisect",
            "generator": 0,
            "at": ends[middle - 1],
            "low": piece(ends[:middle]),
            "high": piece(ends[middle:]),
        }

    ends = [str(Fraction(k, 8)) for k in range(-15, 17)]
    return certificate(claim_from_data(BISECTED), "proved", "emptiness", {"cases": [piece(ends)]}, {})


def made(name: str, folder: Path) -> dict[str, Any]:
    """Return the certificate of a claim of the corpus, through JSON text."""
    if name == "bisected":
        return json.loads(canonical(bisected()))
    verdict = decide(load_claim(CORPUS / f"{name}.toml"), budget=30, certificates=folder)
    assert verdict.certificate is not None, verdict.reason
    return json.loads(Path(verdict.certificate).read_text(encoding="utf-8"))


# --- changing one number ------------------------------------------------------------------------------------------

NUMERAL = re.compile(r"(?<![A-Za-z_\d.\[])\d+(?![\d.]*[A-Za-z_])")
"""Whole numbers in a text; not those inside names, and not indices."""


@dataclass(frozen=True)
class Mutation:
    """One leaf of a certificate with another value."""

    path: tuple[Any, ...]
    value: Any

    def applied(self, data: Any, *, rehash: bool = False) -> dict[str, Any]:
        out: dict[str, Any] = copy.deepcopy(data)
        target: Any = out
        for key in self.path[:-1]:
            target = target[key]
        target[self.path[-1]] = self.value
        if rehash:
            out["sha256"] = hashlib.sha256(canonical(out["claim"]).encode()).hexdigest()
        return out


def other_numbers(leaf: Any) -> list[Any]:
    if isinstance(leaf, bool):
        return [not leaf]
    if isinstance(leaf, int):
        return sorted({leaf + 1, leaf - 1, 0, 2 * leaf + 5} - {leaf})
    try:
        value = Fraction(leaf)
    except ValueError:
        return []
    others = (
        value + 1,
        -value,
        value * 2,
        value / 2,
        value + Fraction(1, 1000),
        value - Fraction(1, 10**9),
        Fraction(0),
    )
    return [str(other) for other in dict.fromkeys(others) if other != value]


def other_texts(leaf: str) -> list[str]:
    out = []
    for match in NUMERAL.finditer(leaf):
        for number in (int(match[0]) + 1, max(int(match[0]) - 1, 0), 2 * int(match[0]) + 3, 0):
            if number != int(match[0]):
                out.append(leaf[: match.start()] + str(number) + leaf[match.end() :])
    return out


def leaves(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(data, dict | list):
        for key, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from leaves(value, (*path, key))
    else:
        yield path, data


def evidence_mutations(data: Any) -> list[Mutation]:
    found = leaves(data["evidence"], ("evidence",))
    return [Mutation(path, other) for path, leaf in found for other in other_numbers(leaf)]


def claim_mutations(data: Any) -> list[Mutation]:
    out = []
    for path, leaf in leaves(data["claim"], ("claim",)):
        if path[1] in ("id", "title", "notes", "expect", "source"):
            continue
        texts = other_numbers(leaf) if path[1] == "constants" else other_texts(leaf)
        out += [Mutation(path, other) for other in texts]
    return out


# --- the independent opinion --------------------------------------------------------------------------------------


def coordinates(point: Any, names: list[str]) -> Any:
    """Return a witness in floats, straight from the numbers of the certificate."""
    if "center" in point:
        return np.array([float(Fraction(point["center"][name])) for name in names])
    if "modulus" not in point:
        return np.array([float(Fraction(point["coordinates"][name])) for name in names])
    modulus = [float(Fraction(c)) for c in point["modulus"]]
    roots = np.roots(modulus[::-1])
    root = np.sort(roots[np.abs(roots.imag) < 1e-9].real)[point["root"]]
    return np.array([sum(float(Fraction(c)) * root**k for k, c in enumerate(point["coordinates"][n])) for n in names])


def false_acceptance(oracle: Any, data: dict[str, Any]) -> str | None:
    """Return what speaks against an accepted certificate, or None."""
    reading = oracle(data["claim"])
    if data["verdict"] != "refuted":
        point = reading.disproves(data["verdict"])
        return None if point is None else f"not {data['verdict']}: {point}"
    point = coordinates(data["evidence"]["point"], claim_from_data(data["claim"]).entry_names)
    return None if reading.refutes(point) else f"no counterexample: {point}"


@dataclass
class Count:
    """What became of the mutations of one certificate."""

    tried: int = 0
    accepted: int = 0


def examine(data: dict[str, Any], oracle: Any, limit: int | None) -> Count:
    count = Count()
    rng = random.Random(0)
    refuting = data["verdict"] == "refuted"
    evidence, claim = evidence_mutations(data), claim_mutations(data)
    if limit is not None:
        evidence = rng.sample(evidence, min(len(evidence), limit // 2))
        claim = rng.sample(claim, min(len(claim), limit // 4))
    for mutation in evidence:
        changed = mutation.applied(data)
        count.tried += 1
        if recheck(changed).accepted:
            count.accepted += 1
            if refuting:
                problem = false_acceptance(oracle, changed)
                assert problem is None, (mutation, problem)
    for mutation in claim:
        count.tried += 2
        assert not recheck(mutation.applied(data)).accepted, mutation
        changed = mutation.applied(data, rehash=True)
        if recheck(changed).accepted:
            count.accepted += 1
            problem = false_acceptance(oracle, changed)
            assert problem is None, (mutation, problem)
    return count


def verdict_swaps(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for word in ("proved", "refuted", "vacuous", "supported", "undecided"):
        if word != data["verdict"]:
            yield {**data, "verdict": word}
    for kind in ("emptiness", "witness", "boxes", "enumeration", "confidence", "duality"):
        if kind != data["kind"]:
            yield {**data, "kind": kind}


ALL = [*PROOFS, "bisected", *COVERS, *WITNESSES]


@pytest.mark.parametrize("name", ALL)
def test_sampled_mutations(name: str, oracle: Callable[..., Any], tmp_path: Path) -> None:
    data = made(name, tmp_path)
    assert recheck(data).accepted
    assert false_acceptance(oracle, data) is None
    count = examine(data, oracle, QUICK)
    assert count.tried >= 8
    if data["kind"] != "witness":  # next to a counterexample there are usually others
        assert count.accepted <= count.tried / 2
    for changed in verdict_swaps(data):
        if changed["verdict"] == "proved" and data["verdict"] == "vacuous":
            continue  # no hypotheses, so nothing violates the conclusion either
        assert not recheck(changed).accepted, (changed["verdict"], changed["kind"])


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
def test_all_mutations(name: str, oracle: Callable[..., Any], tmp_path: Path) -> None:
    count = examine(made(name, tmp_path), oracle, None)
    assert count.tried >= 8


@pytest.mark.slow
def test_there_are_many_mutations_of_every_kind_of_node(tmp_path: Path) -> None:
    total, seen, points = 0, set(), set()
    for name in ALL:
        data = made(name, tmp_path)
        total += len(evidence_mutations(data)) + 2 * len(claim_mutations(data))
        seen |= {leaf for path, leaf in leaves(data["evidence"]) if path[-1] == "node"}
        point = data["evidence"].get("point", {})
        points |= set(point) | {key for key in ("symmetries", "lower_bound") if data["evidence"].get(key)}
    assert total >= 2000
    assert seen >= NODES
    assert points >= {"coordinates", "modulus", "center", "symmetries", "lower_bound"}


# --- the oracle itself must be able to object ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("satisfies", "verdict", "wrong"),
    [("x**2 >= 0", "proved", False), ("x**2 > x", "proved", True), ("x > 0", "vacuous", True)],
)
def test_the_oracle_objects_to_false_verdicts(
    satisfies: str, verdict: str, wrong: bool, oracle: Callable[..., Any]
) -> None:
    data = {"id": "o", "parameters": {"x": "real"}, "claim": {"every": "point", "satisfies": satisfies}}
    assert (oracle(data).disproves(verdict) is not None) is wrong


def test_the_oracle_objects_to_false_witnesses(oracle: Callable[..., Any]) -> None:
    def reading(every: str, satisfies: str) -> Any:
        claim = {"every": every, "satisfies": satisfies}
        return oracle(
            {"id": "o", "parameters": {"x": "[-3, 3]"}, "objective": {"minimise": "(x**2 - 1)**2"}, "claim": claim}
        )

    assert reading("stationary point", "x != 0").refutes(np.array([0.0]))
    assert not reading("stationary point", "x != 0").refutes(np.array([0.1]))
    assert not reading("stationary point", "x < 1/2").refutes(np.array([0.0]))
    assert not reading("local minimum", "x > 2").refutes(np.array([0.0]))
    assert not reading("global minimum", "x > 2").refutes(np.array([0.9]))
    assert not reading("stationary point", "x < 9").refutes(np.array([5.0]))
    assert reading("local minimum", "x > 2").refutes(np.array([1.0]))
    assert reading("stationary point", "objective == 0").disproves("proved") is not None
    assert reading("local minimum", "objective == 0").disproves("proved") is None
    assert reading("local minimum", "x > 0").disproves("vacuous") is not None


# --- probability claims: finite laws by listing all outcomes, others by a large sample -----------------------------

CHANCES: dict[str, dict[str, Any]] = {
    "listed": {"id": "listed", "random": {"e": "rademacher[4]"}, "claim": {"probability": "abs(sum(e)) >= 3", "at_most": "1/8"}},
    "listed-refuted": {"id": "listed-refuted", "random": {"e": "choice(0, 1, 5)[2]"}, "claim": {"probability": "e[0] + 2*e[1] > 7", "below": "2/9"}},
    "mean": {"id": "mean", "random": {"e": "choice(0, 1, 5)[2]"}, "claim": {"expectation": "e[0]*e[1] + 3*e[0]", "at_least": "10"}},
    "sampled": {"id": "sampled", "random": {"e": "normal[2]"}, "claim": {"probability": "max(abs(e)) > 1", "at_most": "1/10"}},
}  # fmt: skip

SIDES = {
    "at_most": lambda a, b: b - a,
    "below": lambda a, b: b - a,
    "at_least": lambda a, b: a - b,
    "above": lambda a, b: a - b,
}


def chance_margin(claim: dict[str, Any], oracle: Any) -> float:
    """Return how clearly (in floats) the claim's relation holds; zero is a tie."""
    ((name, law),) = dict(claim["random"]).items()
    size = int(re.search(r"\[(\d+)\]", law)[1])  # type: ignore[index]
    if law.startswith("normal"):
        draws: Any = np.random.default_rng(5).standard_normal((20_000, size))
    else:
        values = (
            [-1, 1]
            if law.startswith("rademacher")
            else [float(Fraction(v)) for v in law[7 : law.index(")")].split(",")]
        )
        draws = np.array(list(itertools.product(values, repeat=size)))
    kind = "probability" if "probability" in claim["claim"] else "expectation"
    text = claim["claim"][kind]
    if kind == "expectation":
        text += " > 0"  # the margin is the value
    data = {"parameters": {name: f"real[{size}]"}, "claim": {"every": "point", "satisfies": text}}
    margins = np.array([oracle(data).conclusion_margin(draw) for draw in draws]) if len(draws) < 1000 else None
    if margins is None:
        reading = oracle(data)
        margins = np.array([reading.conclusion_margin(draw) for draw in draws[:4000]])
    strict = "<" in text.replace("<=", "") or ">" in text.replace(">=", "")
    value = (
        margins.mean() if kind == "expectation" else float(((margins > 1e-9) if strict else (margins > -1e-9)).mean())
    )
    (relation,) = set(claim["claim"]) - {kind}
    return float(SIDES[relation](value, float(Fraction(claim["claim"][relation]))))


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name == "sampled")) for name in CHANCES]
)
def test_mutations_of_probability_claims(name: str, oracle: Callable[..., Any], tmp_path: Path) -> None:
    verdict = decide(claim_from_data(CHANCES[name]), budget=20, certificates=tmp_path)
    assert verdict.certificate is not None, verdict.reason
    data = json.loads(Path(verdict.certificate).read_text(encoding="utf-8"))
    slack = 0.03 if name == "sampled" else 1e-9
    tried = accepted = 0
    for mutation in evidence_mutations(data):
        tried += 1
        accepted += recheck(mutation.applied(data)).accepted  # the claim is as it was, so the verdict is still true
    for mutation in claim_mutations(data):
        tried += 2
        assert not recheck(mutation.applied(data)).accepted, mutation
        changed = mutation.applied(data, rehash=True)
        if recheck(changed).accepted:
            accepted += 1
            margin = chance_margin(changed["claim"], oracle)
            assert margin >= -slack if data["verdict"] == "proved" else margin <= slack, (mutation, margin)
    assert tried >= 20
    assert accepted < tried / 2
    for changed in verdict_swaps(data):
        assert not recheck(changed).accepted
