"""The search for signed permutations."""

import numpy as np

from numerics.copies import motions, moved, proved
from verify.claim import Claim, claim_from_data
from verify.recheck.copies import Motion, name_of


def problem(objective: str, **parameters: str) -> Claim:
    claim = {"every": "stationary point", "satisfies": "0 < 1"}
    return claim_from_data({"id": "x", "parameters": parameters, "objective": {"minimise": objective}, "claim": claim})


def named(claim: Claim) -> list[str]:
    return [name_of(motion, claim.entry_names) for motion in motions(claim, 0) if proved(claim, motion)]


def test_signs_and_permutations() -> None:
    assert named(problem("(a*w - 1)**2", a="real", w="real")) == [
        "(a, w) -> (-a, -w)",
        "(a, w) -> (w, a)",
        "(a, w) -> (-w, -a)",
    ]
    assert named(problem("(a*w - 1)**2 + a", a="real", w="real")) == []


def test_hidden_units_exchange_rows_and_entries_together() -> None:
    claim = problem("(sum(v*tanh(W@[1, 2])) - 1)**2", v="real[2]", W="real[2, 2]")
    found = motions(claim, 0)
    units = Motion((1, 0, 4, 5, 2, 3), (1,) * 6)
    assert units in found
    assert proved(claim, units)


def test_many_entries() -> None:
    claim = problem("(sum(q*k) - 1)**2", q="real[6]", k="real[6]")
    found = motions(claim, 0)
    assert Motion((*range(6, 12), *range(6)), (1,) * 12) in found
    assert Motion(tuple(range(12)), (-1,) * 12) not in found


def test_not_quite() -> None:
    claim = problem("(a*w - 1)**2 + a/10**14", a="real", w="real")
    assert not any(proved(claim, motion) for motion in motions(claim, 0))


def test_images() -> None:
    assert moved(Motion((1, 0), (-1, 1)), np.array([2.0, 3.0])).tolist() == [-3.0, 2.0]
