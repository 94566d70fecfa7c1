"""The compiled form of :mod:`numerics.landscape_engine`: one C file for all equations, compiled once per machine.

It does the same contractions, eight boxes at a time; what it finds is settled by the checker's own. Without a C
compiler, or for steps that it does not know, there is the NumPy form.
"""

from __future__ import annotations

import ctypes
import tempfile
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from numerics import compiler
from numerics.landscape_engine import CONVERGED, NEWTON_STEPS, SHORT, USEFUL, Engine, Examined, FloatArray
from verify.expr.tape_system import System
from verify.recheck.batch.contract import Contractor, outward

SOURCE = Path(__file__).with_suffix(".c")

OPS = (
    "input", "form", "mul", "pow", "inv", "exp", "log", "sqrt", "tanh", "sigmoid", "softplus", "erf", "sin", "cos",
    "relu", "abs", "slope",
)  # fmt: skip
"""Steps of the compiled code, by number."""

MOST_INPUTS = 16
INVERSE_ROOT_PI = (-0.5641895835477562, 0.5641895835477564)

LONG, DOUBLE = ctypes.c_long, ctypes.c_double
LONGS, DOUBLES = ctypes.POINTER(LONG), ctypes.POINTER(DOUBLE)


class _Tape(ctypes.Structure):
    _fields_ = (
        *((name, LONG) for name in ("steps", "first", "inputs", "value", "solved")),
        *((name, LONGS) for name in ("op", "a", "b", "start", "stop")),
        ("constant", DOUBLES), ("place", LONGS), ("factor", DOUBLES),
        *((name, LONGS) for name in ("gradient", "hessian", "demand")), ("limit", DOUBLES),
    )  # fmt: skip


@cache
def library() -> Any:
    """Return the compiled code, from the cache on disk or from the compiler.

    Raises:
        compiler.CannotCompile: there is no compiler, or it fails.
        OSError: the result cannot be loaded.
    """
    path = compiler.compiler()
    if path is None:
        raise compiler.CannotCompile("no C compiler found")
    source = SOURCE.read_text(encoding="utf-8")
    folder = compiler.cache_folder()
    if folder is not None:
        target = folder / f"landscape-{compiler.key(source, path)}.so"
        try:
            if not target.exists():
                compiler.build(source, target)
            return ctypes.CDLL(str(target))
        except OSError:
            target.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="attnverify-") as own:
        target = Path(own) / "landscape.so"
        compiler.build(source, target)
        return ctypes.CDLL(str(target))


def supports(system: System) -> bool:
    """Return whether the compiled code knows all steps of some equations."""
    return len(system.inputs) <= MOST_INPUTS and all(
        step.op in OPS or step.op == "inverse_sqrt_pi" for step in system.steps
    )


class NativeEngine(Engine):
    """Examines boxes in compiled code.

    Raises:
        compiler.CannotCompile: there is none.
        OSError: it cannot be loaded.
    """

    def __init__(self, contractor: Contractor, limits: Sequence[tuple[Fraction, Fraction]]) -> None:
        super().__init__(contractor)
        self.library = library()
        self.kept: list[Any] = []
        self.tape = self._packed(contractor.system, limits)

    def _packed(self, system: System, limits: Sequence[tuple[Fraction, Fraction]]) -> _Tape:
        count = len(system.steps)
        op, a, b, start, stop = (np.zeros(count, dtype=np.int64) for _ in range(5))
        constant = np.zeros((count, 2))
        places: list[int] = []
        factors: list[tuple[float, float]] = []
        for number, step in enumerate(system.steps):
            start[number] = len(places)
            if step.op == "inverse_sqrt_pi":
                op[number], constant[number] = OPS.index("form"), INVERSE_ROOT_PI
            else:
                op[number] = OPS.index(step.op)
            if step.op == "form":
                constant[number] = outward(step.data.constant)
                places += [place for place, _ in step.data.terms]
                factors += [outward(factor) for _, factor in step.data.terms]
            elif step.op in ("input", "pow"):
                b[number] = step.data
            if step.args:
                a[number] = step.args[0]
            if step.op == "mul":
                b[number] = step.args[1]
            stop[number] = len(places)
        ends = [(0.0, 0.0)] * len(system.gradient) + [(outward(low)[0], outward(high)[1]) for low, high in limits]
        demand = [*system.gradient, *(place for _, place in system.solved)]
        return _Tape(
            count, system.first, len(system.inputs), system.value, len(system.solved),
            *map(self._longs, (op, a, b, start, stop)),
            self._doubles(constant), self._longs(places), self._doubles(factors), self._longs(system.gradient),
            self._longs(system.hessian), self._longs(demand), self._doubles(ends),
        )  # fmt: skip

    def _longs(self, values: Any) -> Any:
        self.kept.append(np.ascontiguousarray(values, dtype=np.dtype(LONG)))
        return self.kept[-1].ctypes.data_as(LONGS)

    def _doubles(self, values: Any) -> Any:
        self.kept.append(np.ascontiguousarray(values, dtype=float))
        return self.kept[-1].ctypes.data_as(DOUBLES)

    def _call(self, name: str, count: int, *arguments: Any) -> None:
        pointers = [
            value.ctypes.data_as(ctypes.c_void_p) if isinstance(value, np.ndarray) else value for value in arguments
        ]
        if getattr(self.library, name)(ctypes.byref(self.tape), LONG(count), *pointers):
            raise MemoryError("no memory for boxes")

    def examine(self, boxes: FloatArray) -> Examined:
        """Contract boxes (n, 2, N) and choose where to cut them."""
        count = boxes.shape[2]
        out = np.array(boxes, dtype=float, order="C")
        programs, empty, axes = (np.zeros(count, dtype=np.dtype(LONG)) for _ in range(3))
        self._call("examine", count, out, programs, empty, axes, DOUBLE(USEFUL), DOUBLE(SHORT))
        return Examined(out, empty != 0, programs.astype(np.int64), axes.astype(np.int64))

    def single(self, boxes: FloatArray) -> Any:
        """Return on which boxes (n, 2, N) Krawczyk's test succeeds."""
        out = np.zeros(boxes.shape[2], dtype=np.dtype(LONG))
        self._call("krawczyk", boxes.shape[2], np.ascontiguousarray(boxes), out)
        return out != 0

    def registers(self, boxes: FloatArray, places: Sequence[int]) -> FloatArray:
        """Return the ranges (len(places), 2, N) of registers over boxes (n, 2, N); NaN where something is infinite."""
        count = boxes.shape[2]
        out = np.empty((len(places), 2, count))
        wanted = np.array(places, dtype=np.dtype(LONG))
        self._call("enclose", count, np.ascontiguousarray(boxes), LONG(len(places)), wanted, out)
        return out

    def roots(self, points: FloatArray, scale: FloatArray) -> FloatArray:
        """Return the zeros (n, M) of the gradient that Newton's method reaches from points (n, N)."""
        out = np.array(points, dtype=float, order="C")
        done = np.zeros(out.shape[1], dtype=np.dtype(LONG))
        widths = np.ascontiguousarray(scale.ravel(), dtype=float)
        self._call("roots", out.shape[1], out, widths, done, LONG(NEWTON_STEPS), DOUBLE(CONVERGED))
        return out[:, done != 0]
