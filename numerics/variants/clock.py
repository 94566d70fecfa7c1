"""Keeping a budget while user code runs: a timer that interrupts a call."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

AGAIN = 0.02
"""Seconds until the next interruption: one that arrives inside a garbage-collection callback is swallowed."""


class OutOfTime(BaseException):
    """The time for this piece of work is over; not an ``Exception``, so that user code does not swallow it."""


@contextmanager
def until(deadline: float) -> Iterator[None]:
    """Interrupt the block by :class:`OutOfTime` at ``deadline`` (of ``time.monotonic``).

    Only the main thread can be interrupted; elsewhere the block runs to its end.
    """
    left = deadline - time.monotonic()
    if left <= 0:
        raise OutOfTime
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def stop(*_: Any) -> None:
        raise OutOfTime

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, left, AGAIN)
    try:
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    finally:  # again: an interruption may have come before the line above; the next one is further away than this one
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
