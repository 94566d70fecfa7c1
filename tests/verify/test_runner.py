"""Workers run side by side, and none can stop, outlive or corrupt the others."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import pytest

from verify.runner import Task, run_all


def ended(reason: str) -> str:
    return f"ended: {reason}"


def forever(step: Any) -> None:
    while True:
        time.sleep(0.01)


def interrupted(step: Any) -> str:
    os.kill(os.getpid(), signal.SIGINT)
    return "went on"


def raising(step: Any) -> None:
    raise ValueError("a defect")


def dying(step: Any) -> None:
    os._exit(7)


def unsendable(step: Any) -> Any:
    return lambda: None


def hungry(step: Any) -> int:
    return len(bytearray(1 << 40))


def results(tasks: list[Task], jobs: int = 2) -> dict[int, Any]:
    return dict(run_all(tasks, jobs=jobs))


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_every_task_has_its_own_result(jobs: int) -> None:
    tasks = [Task(lambda step, k=k: k * k, 30, ended) for k in range(7)]  # type: ignore[misc]
    assert results(tasks, jobs) == {k: k * k for k in range(7)}


def test_no_tasks_no_results() -> None:
    assert results([]) == {}


def test_a_task_over_its_time_is_ended_and_the_others_finish() -> None:
    found = results([Task(forever, 0.2, ended), Task(lambda step: "done", 30, ended)])
    assert found == {0: "ended: the budget is used up", 1: "done"}


def test_a_worker_that_dies_is_reported() -> None:
    found = results([Task(dying, 30, ended), Task(lambda step: "done", 30, ended)])
    assert found == {0: "ended: the worker ended with code 7", 1: "done"}


def test_an_exception_comes_back_with_its_trace() -> None:
    (error,) = results([Task(raising, 30, ended)]).values()
    assert isinstance(error, ValueError)
    assert any("in raising" in note for note in error.__notes__)


def test_a_result_that_cannot_be_sent_is_an_error() -> None:
    (error,) = results([Task(unsendable, 30, ended)]).values()
    assert isinstance(error, RuntimeError)


def test_memory_is_limited() -> None:
    (error,) = results([Task(hungry, 30, ended)]).values()
    assert isinstance(error, MemoryError)


def test_workers_leave_interrupts_to_the_parent() -> None:
    assert results([Task(interrupted, 30, ended)]) == {0: "went on"}


def test_leaving_early_ends_the_workers() -> None:
    running = run_all([Task(lambda step: os.getpid(), 30, ended), Task(forever, 60, ended)], jobs=2)
    assert next(running)[0] == 0
    running.close()
    import multiprocessing

    assert not [child for child in multiprocessing.active_children() if child.is_alive()]


def chatting(step: Any) -> None:
    while True:
        step("still here", 0.5)
        time.sleep(0.01)


def test_steps_are_told_and_do_not_put_off_the_end() -> None:
    told = []
    tasks = [Task(chatting, 0.5, ended)]
    found = dict(run_all(tasks, jobs=1, on_step=lambda number, what, done: told.append((number, what, done))))
    assert found == {0: "ended: the budget is used up"}
    assert set(told) == {(0, "still here", 0.5)}
