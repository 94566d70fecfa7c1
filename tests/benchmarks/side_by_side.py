"""Runs tools in processes of their own and times them in alternation, so that noise of the machine hits all alike."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

PEERS = Path(__file__).parent / "peers"
OURS = "attnverify"
OWN = (OURS, "numpy")
"""Tools that run in this environment; the others run in that of the peers."""
ROUND_SECONDS = 0.25
"""A round evaluates as many points as take about so long."""


FIRST_COUNT, MOST_GROWTH = 8, 32.0
"""Points of the first trial, and how much more each further trial evaluates at most."""


class Failed(Exception):
    """A tool could not do what it was asked to."""


class Tool:
    """A process that speaks the protocol of ``peers/protocol.py``."""

    def __init__(self, name: str, python: str) -> None:
        self.name = name
        executable = sys.executable if name in OWN else python
        self.cache = tempfile.TemporaryDirectory()  # nothing compiled in an earlier run is used
        self.process = subprocess.Popen(
            [executable, str(PEERS / f"{name}_tool.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, env={**os.environ, "ATTNVERIFY_CACHE": self.cache.name},
        )  # fmt: skip

    def ask(self, limit: float, **request: Any) -> dict[str, Any]:
        """Send a request and return the answer.

        Raises:
            Failed: an error, or no answer within ``limit`` seconds; the process is ended then.
        """
        from select import select

        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Failed("the process died") from None
        ready, _, _ = select([self.process.stdout], [], [], limit)
        if not ready:
            self.process.kill()
            raise Failed(f"over {limit:g} s")
        line = self.process.stdout.readline()
        if not line:
            raise Failed("the process died")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise Failed(answer["error"])
        return answer


@contextmanager
def running(names: Sequence[str], python: str) -> Iterator[list[Tool]]:
    """Start tools, and end them afterwards."""
    tools = [Tool(name, python) for name in names]
    try:
        yield tools
    finally:
        for tool in tools:
            tool.process.kill()
            tool.process.wait()
            tool.cache.cleanup()


@dataclass(frozen=True)
class Row:
    """What one tool did on one case.

    Attributes:
        first: seconds from the definition of the model to the first value.
        compiled: the same to the first value of the form whose rate is measured.
        rates: evaluations per second in each round.
        ratios: our rate over the tool's, round by round.
        memory: peak memory of the process, in bytes.
        difference: largest difference of its values to ours, relative to the largest value.
    """

    tool: str
    first: float = float("nan")
    compiled: float = float("nan")
    rates: tuple[float, ...] = ()
    ratios: tuple[float, ...] = ()
    memory: float = float("nan")
    difference: float = float("nan")
    note: str = ""
    failure: str = ""

    @property
    def rate(self) -> float:
        """The median rate."""
        return statistics.median(self.rates) if self.rates else float("nan")


@dataclass
class _State:
    tool: Tool
    count: int = 1
    first: float = float("nan")
    compiled: float = float("nan")
    note: str = ""
    rates: list[float] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)
    memory: float = float("nan")
    failure: str = ""


def compare(
    names: Sequence[str], python: str, *, size: tuple[int, int, int], what: str, samples: int, batch: int, rounds: int,
    limit: float,
) -> list[Row]:  # fmt: skip
    """Return one row per tool, ours first.

    Args:
        names: tools besides ours.
        python: the interpreter of the environment that holds the peers.
        size: tokens, width, hidden units.
        what: ``gradient`` (with the loss) or ``hessian``.
        limit: seconds that a tool may take for any one request.
    """
    with tempfile.TemporaryDirectory() as folder, running([OURS, *names], python) as tools:
        file = data_file(Path(folder), size, samples=samples, batch=batch, scale=0.5)
        states = [_State(tool) for tool in tools]
        for state in states:
            _guarded(state, _prepare, limit, {"size": size, "what": what, "file": str(file)}, batch)
        for _ in range(rounds):
            for state in states:
                _guarded(state, _round, limit)
    return [_row(state, states[0]) for state in states]


def data_file(folder: Path, size: tuple[int, int, int], *, samples: int, batch: int, scale: float) -> Path:
    """Write inputs, targets and points of normal entries to ``case.npz``; return its path."""
    tokens, d, m = size
    rng = np.random.default_rng(0)
    p = m + m * d + 3 * d * d
    file = folder / "case.npz"
    np.savez(
        file, X=rng.standard_normal((samples, tokens, d)), y=rng.standard_normal(samples),
        theta=rng.standard_normal((batch, p)) * scale,
    )  # fmt: skip
    return file


def _guarded(state: _State, work: Any, *arguments: Any) -> None:
    if not state.failure:
        try:
            work(state, *arguments)
        except Failed as failure:
            state.failure = str(failure)


def _prepare(state: _State, limit: float, case: Mapping[str, Any], batch: int) -> None:
    state.first = state.tool.ask(limit, do="prepare", **case)["seconds"]
    state.compiled = state.first + state.tool.ask(limit, do="compiled")["seconds"]
    state.values = state.tool.ask(limit, do="values")["values"]
    state.count = min(batch, FIRST_COUNT)
    while True:
        state.note = state.tool.ask(limit, do="tune", count=state.count)["note"]
        state.tool.ask(limit, do="run", count=state.count)  # compiles for this number of points, in some tools
        seconds = state.tool.ask(limit, do="run", count=state.count)["seconds"]
        more = min(batch, int(state.count * min(ROUND_SECONDS / seconds, MOST_GROWTH)))
        if more < 2 * state.count:
            return
        state.count = more


def _round(state: _State, limit: float) -> None:
    seconds = state.tool.ask(limit, do="run", count=state.count)["seconds"]
    state.rates.append(state.count / seconds)
    state.memory = state.tool.ask(limit, do="memory")["bytes"]


def _row(state: _State, ours: _State) -> Row:
    ratios = tuple(our / their for our, their in zip(ours.rates, state.rates, strict=False))
    return Row(
        state.tool.name, state.first, state.compiled, tuple(state.rates), ratios, state.memory, _difference(state, ours), state.note,
        state.failure,
    )  # fmt: skip


def _difference(state: _State, ours: _State) -> float:
    if not state.values or not ours.values:
        return float("nan")
    theirs, own = (np.concatenate([np.asarray(part) for part in s.values]) for s in (state, ours))
    return float(np.max(np.abs(theirs - own)) / np.max(np.abs(own))) if theirs.shape == own.shape else float("inf")
