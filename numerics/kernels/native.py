"""Loading a compiled kernel and running it over a batch, in one or more threads."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numerics import compiler
from verify.expr.node import Shape

Array = NDArray[Any]

LANE_BYTES = 64
"""Most bytes of one register of lanes, and the alignment of scratch memory."""

KEPT = 1000
"""Compiled kernels on disk from which on the longest unused are removed."""

_loaded: dict[str, Native] = {}


class Native:
    """A compiled kernel: ``run`` computes points begin..end of a batch."""

    def __init__(self, path: Path) -> None:
        library = ctypes.CDLL(str(path))
        self.lanes: int = library.lanes()
        self.run = library.run
        self.run.restype = None
        pointers = ctypes.POINTER(ctypes.c_void_p)
        self.run.argtypes = [pointers, pointers, pointers, *[ctypes.c_long] * 3, ctypes.c_void_p]


def load(source: str) -> Native:
    """Return the compiled form of a source: from this process, from the cache on disk, or from the compiler.

    Raises:
        compiler.CannotCompile: no compiler, or it fails.
    """
    path = compiler.compiler()
    if path is None:
        raise compiler.CannotCompile("no C compiler found")
    name = compiler.key(source, path)
    if name not in _loaded:
        _loaded[name] = _from_disk(source, name)
    return _loaded[name]


def _from_disk(source: str, name: str) -> Native:
    folder = compiler.cache_folder()
    if folder is not None:
        with contextlib.suppress(OSError):
            return _cached(source, folder / f"{name}.so")
    with tempfile.TemporaryDirectory(prefix="attnverify-") as own:
        target = Path(own) / f"{name}.so"
        compiler.build(source, target)
        return Native(target)


def _cached(source: str, target: Path) -> Native:
    """Load a library with the digest that its making wrote beside it; make it anew where they do not agree."""
    seal = target.with_suffix(".sha256")
    for _ in range(2):
        with contextlib.suppress(OSError):
            if seal.read_text(encoding="ascii") == _digest(target):
                os.utime(target)
                return Native(target)
        target.unlink(missing_ok=True)
        compiler.build(source, target)
        part = seal.with_suffix(f".{_digest(target)[:16]}")
        part.write_text(_digest(target), encoding="ascii")
        part.replace(seal)
        _prune(target.parent)
    raise OSError(f"the library {target} does not load")


def _prune(folder: Path) -> None:
    """Remove the kernels that were not used for the longest time, down to :data:`KEPT`."""
    with contextlib.suppress(OSError):
        libraries = sorted(folder.glob("*.so"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
        for old in libraries[KEPT:]:
            old.unlink(missing_ok=True)
            old.with_suffix(".sha256").unlink(missing_ok=True)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Runner:
    """A compiled kernel with its data, ready for batches.

    Args:
        data: contiguous arrays of float64.
        shapes: shape of each output, and whether it is a condition.
        scratch: lanes of scratch memory of one thread.
    """

    def __init__(
        self, native: Native, data: Sequence[Array], shapes: Sequence[tuple[Shape, bool]], scratch: int, threads: int
    ) -> None:
        self.native, self.data, self.threads = native, list(data), threads
        self.outputs = [(shape, np.dtype(bool if truth else float)) for shape, truth in shapes]
        self.scratch = scratch * LANE_BYTES + LANE_BYTES
        self._data = _addresses(self.data)
        self._spare: list[tuple[Array, int]] = []

    def run(self, inputs: Sequence[Array]) -> list[Array]:
        """Return the outputs at a batch of points: contiguous arrays (B, *shape) of float64, one or more."""
        count = len(inputs[0])
        results = [np.empty((count, *shape), dtype) for shape, dtype in self.outputs]
        if not count:
            return results
        ends = _addresses(inputs), self._data, _addresses(results)
        blocks = -(-count // self.native.lanes)
        threads = min(self.threads, blocks)
        if threads == 1:
            self._part(ends, 0, count, count)
            return results
        cuts = [min(count, self.native.lanes * (blocks * part // threads)) for part in range(threads + 1)]
        others = [
            threading.Thread(target=self._part, args=(ends, cuts[part], cuts[part + 1], count))
            for part in range(1, threads)
        ]
        for other in others:
            other.start()
        try:
            self._part(ends, cuts[0], cuts[1], count)
        finally:  # the others write to the results until they are done
            for other in others:
                other.join()
        return results

    def _part(self, ends: tuple[Any, Any, Any], begin: int, end: int, count: int) -> None:
        try:
            memory = self._spare.pop()
        except IndexError:
            room = np.empty(self.scratch, dtype=np.uint8)
            start = _address(room)
            memory = room, start + -start % LANE_BYTES
        self.native.run(*ends, begin, end, count, memory[1])
        self._spare.append(memory)


def _address(array: Array) -> int:
    address: int = array.__array_interface__["data"][0]
    return address


def _addresses(arrays: Sequence[Array]) -> Any:
    return (ctypes.c_void_p * max(1, len(arrays)))(*map(_address, arrays))
