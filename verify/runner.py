"""Runs claims in processes of their own: side by side, each within its time and memory, none able to stop the rest."""

from __future__ import annotations

import multiprocessing
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

MEMORY_LIMIT = 10 << 30
"""Address space of one worker, in bytes."""

OVERTIME = 1.08
"""A worker is ended when it has used this multiple of its budget."""


LOOK = 0.2
"""Seconds after which the parent looks again whether it was interrupted."""


STEPS_APART = 0.1
"""Seconds between two steps that a worker tells; those between are not worth showing."""

Step = Callable[[str, float], None]
"""Called with a few words on what is being done, and the share of the work that is done (0 where unknown)."""


@dataclass(frozen=True)
class Task:
    """Something to run: a function that is given a :data:`Step` to tell what it is doing, its time limit in seconds,
    and what to return if it is ended.
    """

    run: Callable[[Step], Any]
    seconds: float
    when_ended: Callable[[str], Any]


@dataclass
class _Worker:
    number: int
    process: Any
    receiver: Connection
    deadline: float


@dataclass(frozen=True)
class _Told:
    """What a worker tells before it has a result."""

    what: str
    done: float


def run_all(
    tasks: Sequence[Task], *, jobs: int, on_step: Callable[[int, str, float], None] = lambda number, what, done: None
) -> Iterator[tuple[int, Any]]:
    """Yield (number, result) as tasks finish; results that are exceptions were raised in the worker.

    ``on_step`` is called with the number of a task and what it tells while it runs.
    On KeyboardInterrupt the running workers are ended and the interrupt goes on to the caller.
    """
    context = multiprocessing.get_context("fork" if "fork" in multiprocessing.get_all_start_methods() else None)
    waiting = list(enumerate(tasks))[::-1]
    running: list[_Worker] = []
    with _Interrupts() as interrupts:
        try:
            while waiting or running:
                while waiting and len(running) < jobs:
                    number, task = waiting.pop()
                    running.append(_started(context, number, task))
                for worker, message in _heard(running, interrupts):
                    if isinstance(message, _Told):
                        on_step(worker.number, message.what, message.done)
                        continue
                    running.remove(worker)
                    yield worker.number, _result(worker, message, tasks[worker.number])
        finally:
            for worker in running:
                worker.process.kill()
                worker.process.join()


class _Interrupts:
    """Notes Ctrl-C while workers are started and watched, so that it is never lost inside a library call.

    The first one is acted on at the next look, the second at once.
    """

    def __init__(self) -> None:
        self.noted = False
        self.before: Any = None

    def __enter__(self) -> _Interrupts:
        if threading.current_thread() is threading.main_thread():
            self.before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        if self.before is not None:
            signal.signal(signal.SIGINT, self.before)

    def _note(self, *_: object) -> None:
        if self.noted:
            raise KeyboardInterrupt
        self.noted = True

    def check(self) -> None:
        """Raise KeyboardInterrupt if Ctrl-C was noted."""
        if self.noted:
            raise KeyboardInterrupt


def _started(context: Any, number: int, task: Task) -> _Worker:
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(task.run, sender), daemon=True)
    process.start()
    sender.close()
    return _Worker(number, process, receiver, time.monotonic() + task.seconds * OVERTIME + 0.3)


class _Silence:
    """In place of a result: the worker died, or is over its time."""


def _heard(running: list[_Worker], interrupts: _Interrupts) -> list[tuple[_Worker, Any]]:
    """Wait until workers say something, have died, or are over their time; return them with what they said."""
    while True:
        interrupts.check()
        now = time.monotonic()
        soonest = min(worker.deadline for worker in running)
        speaking = wait([w.receiver for w in running], timeout=min(LOOK, max(0.0, soonest - now)))
        said = {w.number: _message(w) for w in running if w.receiver in speaking}
        now = time.monotonic()
        late = [w.number for w in running if now > w.deadline and isinstance(said.get(w.number), _Told | None)]
        said |= dict.fromkeys(late, _Silence())
        if said:
            return [(w, said[w.number]) for w in running if w.number in said]


def _message(worker: _Worker) -> Any:
    try:
        return worker.receiver.recv()
    except EOFError:
        return _Silence()


def _result(worker: _Worker, message: Any, task: Task) -> Any:
    result = message
    if isinstance(message, _Silence):
        worker.process.join(0 if time.monotonic() > worker.deadline else 1)
        code = worker.process.exitcode
        result = task.when_ended("the budget is used up" if code is None else f"the worker ended with code {code}")
    if worker.process.is_alive():
        worker.process.kill()
    worker.process.join()
    worker.receiver.close()
    return result


def _work(run: Callable[[Step], Any], sender: Connection) -> None:
    import warnings

    warnings.simplefilter("ignore")  # floating point only finds; what it overflows on is not found
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C means
    _limit_memory()
    try:
        result = run(_teller(sender))
    except Exception as error:
        error.add_note(_trace(error))
        result = error
    try:
        sender.send(result)
    except Exception as error:
        sender.send(RuntimeError(f"a result could not be sent: {error}"))
    sender.close()


def _teller(sender: Connection) -> Step:
    """Return a step that tells the parent, not more often than it can be looked at."""
    last = 0.0

    def tell(what: str, done: float) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= STEPS_APART:
            last = now
            sender.send(_Told(what, done))

    return tell


def _trace(error: BaseException) -> str:
    import traceback

    return "".join(traceback.format_exception(error))


def _limit_memory() -> None:
    try:
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        limit = MEMORY_LIMIT if hard == resource.RLIM_INFINITY else min(MEMORY_LIMIT, hard)
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    except (ImportError, ValueError, OSError):
        return  # not on this system
