"""Lists that are called complete hold every critical point that Newton's method finds from a dense grid."""

import random
from typing import Any

import numpy as np
import pytest

from verify.claim import Claim, claim_from_data
from verify.expr.tape import trace
from verify.expr.tape_system import system
from verify.landscape import landscape
from verify.recheck.batch.contract import Contractor, inverted

GRID = np.linspace(-2, 2, 8)


def random_claim(rng: random.Random) -> Claim:
    """A square of a sum of four random terms in x, y and z, with a small ridge."""

    def number() -> str:
        return f"{rng.randint(-9, 9)}/{rng.randint(1, 7)}"

    terms = [
        f"tanh({number()}*x + {number()}*y + {number()})", f"sigmoid({number()}*x*y + {number()})",
        f"({number()}*x + {number()})**2", f"exp({number()}*x/4)*y", f"softplus(x*y + {number()})",
        f"sin({number()}*x + y)", f"y**3*{number()}", f"z*tanh(x + {number()})", f"z*({number()} + x*{number()})",
        "log(9 + x*y/4)", f"relu(x + {number()})*{number()}", f"erf(y - {number()})",
        f"sum(softmax([x*y, {number()}*x, z])*[1, 2, {number()}])", f"sqrt(9 + z*y)/({number()} + 12)",
    ]  # fmt: skip
    objective = f"({' + '.join(rng.sample(terms, 4))})**2/3 + x**2/7 + y**2/9 + z**2/5"
    data = {
        "id": "random", "parameters": dict.fromkeys("xyz", "[-2, 2]"), "objective": {"minimise": objective},
        "claim": {"every": "stationary point", "satisfies": "0 < 1"},
    }  # fmt: skip
    return claim_from_data(data)


def zeros(claim: Claim) -> Any:
    """Zeros (N, 3) of the gradient inside the domain, by Newton steps from a grid."""
    assert claim.objective is not None
    target = Contractor(system(trace(claim.objective, tuple(claim.symbols))), [])
    points = np.stack([mesh.ravel() for mesh in np.meshgrid(GRID, GRID, GRID)])
    with np.errstate(all="ignore"):
        for _ in range(40):
            slopes, hessian = target.derivatives_at(points)
            points = points - np.clip(np.einsum("ijn,jn->in", inverted(hessian), slopes), -0.3, 0.3)
        slopes, _ = target.derivatives_at(points)
    good = (np.abs(slopes).max(axis=0) < 1e-10) & (np.abs(points).max(axis=0) < 2)
    return np.unique(points[:, good].round(6), axis=1).T


def compared(seed: int) -> bool:
    """Whether the list of a random objective is complete; then it holds all that was found otherwise."""
    claim = random_claim(random.Random(seed))
    result = landscape(claim, budget=20)
    listed = np.array([[float(center) for center, _ in point.at.values()] for point in result.points]).reshape(-1, 3)
    if result.decided:
        for zero in zeros(claim):
            assert np.abs(listed - zero).max(axis=1, initial=0.0).min(initial=1.0) < 1e-4, (seed, zero)
    return result.decided


def test_complete_lists_are_complete() -> None:
    assert sum(compared(seed) for seed in range(4)) >= 3


@pytest.mark.slow
def test_many_complete_lists_are_complete() -> None:
    assert sum(compared(seed) for seed in range(100, 125)) >= 18
