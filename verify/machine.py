"""The machine that the program runs on: how many processes and threads are sensible."""

from __future__ import annotations

import os

THREAD_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def cores() -> int:
    """Return the number of processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def single_threaded() -> None:
    """Give numerical libraries one thread in each process; has to be called before they are loaded.

    What the user has set stays.
    """
    for name in THREAD_VARIABLES:
        os.environ.setdefault(name, "1")
