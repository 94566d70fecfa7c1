"""Widths of certified ranges of attention outputs, side by side with auto_LiRPA, over one box and at equal time.

    python tests/benchmarks/bench_bounds.py [--peers PYTHON] [--seconds S ...] [--table FILE.md] [name ...]

``logits3`` is the output of a softmax with three free logits, ``head3`` one head over three tokens with its query, key
and value as parameters, ``attention6`` and ``attention12`` a layer of self-attention with tanh whose inputs (2 and 4
tokens of width 3) are free, ``slope3`` the squared norm of the gradient of ``logits3``: its maximum is the square of
the Lipschitz constant. *One box* is one relaxation without halving. Seconds are processor time of one thread. Ours are
rounded outward and come with a certificate, whose recheck is timed; auto_LiRPA's are in floats as they come. Nothing
here is collected by pytest.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from verify.claim import Claim, claim_from_data

PEER = Path(__file__).parent / "peers" / "lirpa_tool.py"
LIMIT = 300.0
SECONDS = (0.2, 2.0)
CHECKED = 200_000
"""Random points at which bounds are checked."""

SHARPEST = Fraction(1, 10**12)
"""Width asked for, so that time decides."""


@dataclass(frozen=True)
class Problem:
    """An expression over a box, as a claim and as a model of the peer with the same weights."""

    claim: Claim
    model: str
    weights: dict[str, Any]
    radius: Fraction


def _problem(
    name: str, text: str, parameter: str, size: int, radius: str, constants: dict[str, Any], model: str,
    definitions: dict[str, str] | None = None, **more: Any,
) -> Problem:  # fmt: skip
    claim = claim_from_data({
        "id": name, "parameters": {parameter: f"[-{radius}, {radius}][{size}]"}, "constants": constants,
        "definitions": definitions or {}, "objective": {"minimise": text},
        "claim": {"every": "stationary point", "satisfies": "0 < 1"},
    })  # fmt: skip
    weights = {key: np.vectorize(lambda v: float(Fraction(v)))(value).tolist() for key, value in constants.items()}
    return Problem(claim, model, {**weights, **more}, Fraction(radius))


def _attention(name: str, tokens: int, radius: str) -> Problem:
    width = 3
    rng = np.random.default_rng(7)
    A, V, u = (
        np.vectorize(lambda v: str(Fraction(round(float(v) * 16), 16)))(rng.normal(size=shape)).tolist()
        for shape in ((width, width), (width, width), (width,))
    )
    rows = ", ".join(f"z[{width * t}:{width * t + width}]" for t in range(tokens))
    definitions = {"X": f"stack([{rows}])", "H": "softmax(X @ A @ X.T) @ X @ V"}
    text = f"u @ tanh(({' + '.join(f'H[{t}, :]' for t in range(tokens))})/{tokens})"
    return _problem(
        name, text, "z", width * tokens, radius, {"A": A, "V": V, "u": u}, "attention", definitions, tokens=tokens
    )


def problems() -> dict[str, Problem]:
    """Return the problems by name."""
    c, x = ["1", "2", "-1"], ["1", "-1/2", "3/2"]
    return {
        "logits3": _problem("logits3", "softmax(s) @ c", "s", 3, "1", {"c": c}, "logits"),
        "head3": _problem("head3", "softmax(p[0]*p[1]*x) @ x*p[2]", "p", 3, "1", {"x": x}, "head"),
        "slope3": _problem("slope3", "sum((softmax(s)*(c - softmax(s) @ c))**2)", "s", 3, "1", {"c": c}, "slope"),
        "attention6": _attention("attention6", 2, "1/2"),
        "attention6-narrow": _attention("attention6-narrow", 2, "1/10"),
        "attention12": _attention("attention12", 4, "1/2"),
        "attention12-narrow": _attention("attention12-narrow", 4, "1/10"),
    }


class Clock:
    """A budget in seconds of processor time."""

    def __init__(self, seconds: float) -> None:
        self.end = time.process_time() + seconds

    @property
    def left(self) -> float:
        """What is left."""
        return self.end - time.process_time()


def ours(problem: Problem, seconds: list[float]) -> dict[str, Any]:
    """Return our bounds over one box and after so many seconds, with the seconds to recheck and whether points agree."""
    from numerics.bound import bounds
    from verify.expr.tape import trace
    from verify.recheck.batch.relax import Relaxation, around

    claim = problem.claim
    assert claim.objective is not None
    relaxation = Relaxation(trace(claim.objective, tuple(claim.symbols)))
    root = around([(-problem.radius, problem.radius)] * len(claim.entry_names))
    single = relaxation.ranges(root)
    spans = []
    for _ in range(5):
        begun = time.process_time()
        relaxation.ranges(root)
        spans.append(time.process_time() - begun)
    out: dict[str, Any] = {"single": [float(single.low[0]), float(single.high[0])], "seconds": min(spans)}
    for span in seconds:
        found = bounds(relaxation, root, float(SHARPEST), Clock(span))  # type: ignore[arg-type]
        out[str(span)] = [found.low, found.high, found.boxes, _checked(problem, found)]
    points = np.random.default_rng(1).uniform(-1, 1, (root.shape[0], CHECKED)) * float(problem.radius)
    values = relaxation.at(points)
    out["seen"] = [float((-values[0]).min()), float(values[1].max())]
    return out


def _checked(problem: Problem, found: Any) -> float:
    """Return the seconds of processor time in which the checker accepts."""
    from verify.expr.ball import precision, rational
    from verify.expr.tape import trace
    from verify.recheck.bound import BOUND_PRECISION, _cover
    from verify.recheck.enclosures import Box

    claim = problem.claim
    assert claim.objective is not None
    size = len(claim.entry_names)
    domain = Box((rational(-problem.radius),) * size, (rational(problem.radius),) * size)
    tape = trace(claim.objective, tuple(claim.symbols))
    begun = time.process_time()
    with precision(BOUND_PRECISION):
        _cover(tape, domain, rational(Fraction(found.low)), rational(Fraction(found.high)), {"tree": found.tree})
    return time.process_time() - begun


class Peer:
    """auto_LiRPA in a process of its own."""

    def __init__(self, python: str) -> None:
        self.process = subprocess.Popen(
            [python, str(PEER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def ask(self, problem: Problem, seconds: list[float]) -> dict[str, Any]:
        """Return its bounds, or an error."""
        from select import select

        assert self.process.stdin is not None
        assert self.process.stdout is not None
        radius = [float(problem.radius)] * len(problem.claim.entry_names)
        request = {"model": problem.model, "weights": problem.weights, "low": [-r for r in radius], "high": radius,
                   "seconds": seconds}  # fmt: skip
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            return {"error": "does not run"}
        ready, _, _ = select([self.process.stdout], [], [], LIMIT)
        line = self.process.stdout.readline() if ready else ""
        return json.loads(line) if line else {"error": "does not run"}


def rows(names: list[str], peers: str | None, seconds: list[float]) -> list[list[str]]:
    """Return the rows of the table."""
    peer = Peer(peers) if peers else None
    out = []
    for name in names:
        problem = problems()[name]
        own = ours(problem, seconds)
        theirs = peer.ask(problem, seconds) if peer else {"error": "-"}
        least, most = own["seen"]
        for key in ("single", *map(str, seconds)):
            mine, other = own[key], theirs.get(key)
            sound = mine[0] <= least and most <= mine[1]
            out.append([
                name, str(len(problem.claim.entry_names)), "one box" if key == "single" else f"{key} s",
                f"{most - least:.4f}", f"{mine[1] - mine[0]:.5f}",
                f"{other[1] - other[0]:.5f}" if other else theirs.get("error", ""),
                f"{(other[1] - other[0]) / (mine[1] - mine[0]):.2f}" if other else "",
                f"{1e3 * own['seconds']:.1f} ms" if key == "single" else f"{mine[2]:,}",
                (f"{1e3 * theirs['seconds']:.1f} ms" if key == "single" else f"{other[2]:,}") if other else "",
                "" if key == "single" else f"{mine[3]:.2f}", "yes" if sound else "NO",
            ])  # fmt: skip
    if peer:
        peer.process.kill()
    return out


HEADS = (
    "problem", "inputs", "time", "range seen", "width", "auto_LiRPA", "theirs/ours", "time or boxes", "theirs",
    "recheck s", "holds at points",
)  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help=f"problems; by default {', '.join(problems())}")
    parser.add_argument("--peers", metavar="PYTHON", help="interpreter of the environment of the peers")
    parser.add_argument("--seconds", nargs="+", type=float, default=list(SECONDS), help="times at which to compare")
    parser.add_argument("--table", type=Path, metavar="FILE.md", help="also write the table there")
    options = parser.parse_args()
    found = rows(options.names or list(problems()), options.peers, options.seconds)
    text = "\n".join("| " + " | ".join(row) + " |" for row in [list(HEADS), ["---"] * len(HEADS), *found]) + "\n"
    sys.stdout.write(text)
    if options.table:
        options.table.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
