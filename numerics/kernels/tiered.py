"""Answers at once, and quick ones for those who ask much: NumPy first, the compiled kernel from some point on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]
Function = Callable[..., list[Array]]

PATIENCE = 50_000_000
"""Operations that NumPy does first: about as long as compiling takes."""


class Tiered:
    """A function that changes over from ``first`` to what ``make`` returns, at a call that does not depend on time.

    ``make`` runs in a thread of its own from the beginning. Results are those of ``first`` until ``patience`` points
    were asked for in all, and of the other from the next call on: the same calls have the same results in every run.

    Args:
        first: the function that can be called at once.
        make: returns the quicker function, or None where there is none.
        patience: points.
    """

    def __init__(self, first: Function, make: Callable[[], Function | None], patience: int) -> None:
        self._current, self._left = first, patience
        self._made: list[Function | None] = []
        self._failure: list[BaseException] = []
        self._maker = threading.Thread(target=self._make, args=(make,), daemon=True)
        self._lock = threading.Lock()
        self._maker.start()

    def _make(self, make: Callable[[], Function | None]) -> None:
        try:
            self._made.append(make())
        except BaseException as error:  # told to whoever calls at the change
            self._failure.append(error)

    def __call__(self, *arrays: Sequence[Any]) -> list[Array]:
        with self._lock:
            if self._left <= 0:
                self._change()
            current = self._current
            self._left -= len(arrays[0]) if arrays else 0
        return current(*arrays)

    def _change(self) -> None:
        self._maker.join()
        if self._failure:
            raise self._failure[0]
        if self._made and self._made[0] is not None:
            self._current = self._made[0]
        self._made.clear()
