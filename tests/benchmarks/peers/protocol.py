"""How the benchmark talks to a tool: one process per tool, one JSON object per line, the same for all of them.

A tool is a class with

    prepare(case)       define the model, derive, compile; the first value is part of it
    compiled()          wait until the quickest form is compiled; left out where ``prepare`` does that
    tune(count)         choose the fastest way for so many points; return its name
    run(count)          evaluate ``count`` points, once
    values()            the flat results at the first two points, for the comparison of answers

where ``case`` has ``size`` (tokens, width, hidden), ``what`` (``gradient`` or ``hessian``), ``batch``, and ``file``, an
``.npz`` with inputs ``X`` (n, T, d), targets ``y`` (n,), points ``theta`` (batch, p). The parameters lie in ``theta`` in
the order v (m), W (m, d), W_V, W_Q, W_K (d, d).
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from dataclasses import dataclass
from typing import Any

SINGLE = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
)  # fmt: skip


def one_thread() -> None:
    """Keep this process to one core; called before any numerical library is loaded."""
    os.environ.update(dict.fromkeys(SINGLE, "1"))
    if hasattr(os, "sched_setaffinity"):
        core = int(os.environ.get("BENCH_CORE", "0"))
        allowed = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {allowed[core % len(allowed)]})


@dataclass
class Case:
    """One thing to measure."""

    tokens: int
    width: int
    hidden: int
    what: str
    X: Any
    y: Any
    theta: Any

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """Shapes of the blocks v, W, W_V, W_Q, W_K."""
        d, m = self.width, self.hidden
        return [(m,), (m, d), (d, d), (d, d), (d, d)]

    @property
    def cuts(self) -> list[int]:
        """Where a block ends in ``theta`` and the next begins."""
        import numpy as np

        return [int(end) for end in np.cumsum([np.prod(shape) for shape in self.shapes])[:-1]]


def serve(tool: Any) -> None:
    """Answer requests until the input ends."""
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print does not get between the answers
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = _answered(tool, request)
        except MemoryError:
            answer = {"error": "out of memory"}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"[:300]}
        channel.write(json.dumps(answer) + "\n")
        channel.flush()


def _answered(tool: Any, request: dict[str, Any]) -> dict[str, Any]:
    import numpy as np

    if request["do"] == "prepare":
        with np.load(request["file"]) as data:
            case = Case(*request["size"], request["what"], data["X"], data["y"], data["theta"])
        start = time.perf_counter()
        tool.prepare(case)
        return {"seconds": time.perf_counter() - start}
    if request["do"] == "compiled":
        start = time.perf_counter()
        getattr(tool, "compiled", lambda: None)()
        return {"seconds": time.perf_counter() - start}
    if request["do"] == "tune":
        return {"note": tool.tune(request["count"])}
    if request["do"] == "run":
        start = time.perf_counter()
        tool.run(request["count"])
        return {"seconds": time.perf_counter() - start}
    if request["do"] == "values":
        return {"values": [np.asarray(part, dtype=float).ravel().tolist() for part in tool.values()]}
    if request["do"] == "memory":
        return {"bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}
    raise ValueError(request["do"])
