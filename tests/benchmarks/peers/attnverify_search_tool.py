"""This project's search from all starts at once, on the model of :mod:`protocol` with ridge."""

from __future__ import annotations

import json
import sys
import time
from fractions import Fraction

from protocol import one_thread

one_thread()

import numpy as np  # noqa: E402

from numerics.multistart import gathered, kinds, objective_of, stationary_points  # noqa: E402
from verify import models  # noqa: E402
from verify.models._model import ridge  # noqa: E402


def main() -> None:
    """Read one request, search from all starts, print how many arrived."""
    request = json.loads(sys.stdin.readline())
    tokens, width, hidden = request["size"]
    with np.load(request["file"]) as data:
        X, y, starts = data["X"], data["y"], data["theta"]
    model = models.build("self-attention", n=len(y), T=tokens, d=width, hidden=hidden)
    wrt = [model.parameters[name] for name in ("v", "W", "W_V", "W_Q", "W_K")]
    weight = Fraction(request["ridge"]).limit_denominator(1000)
    objective = objective_of(ridge(model.loss, dict(model.parameters), weight), wrt, shared={"X": X, "y": y})
    objective.value_gradient(starts[:1]), objective.hessian(starts[:1])
    begun = time.perf_counter()
    found = gathered(list(stationary_points(objective, starts)))
    seconds = time.perf_counter() - begun
    flat = int(np.median(found.flat[found.converged]))
    note = f"{len(kinds(objective, found))} kinds, median {flat} flat directions"
    print(json.dumps({"done": len(found), "arrived": int(found.converged.sum()), "seconds": seconds, "note": note}))


if __name__ == "__main__":
    main()
