"""SymPy: one sample as expanded scalars, ``diff``, ``lambdify`` with common subexpressions; samples by broadcasting."""

from __future__ import annotations

from typing import Any

from protocol import Case, one_thread, serve

one_thread()

import numpy as np  # noqa: E402
import sympy as sp  # noqa: E402
from scalars import sample_loss  # noqa: E402


class Tool:
    """See :mod:`protocol`."""

    def prepare(self, case: Case) -> None:
        theta, x, y, loss = sample_loss(case, sp)
        slopes = [sp.diff(loss, t) for t in theta]
        outputs = [loss, *slopes] if case.what == "gradient" else [sp.diff(s, t) for s in slopes for t in theta]
        self.entry = sp.lambdify([*theta, *x, y], outputs, "numpy", cse=True)
        self.case = case
        self.inputs = [*case.X.reshape(len(case.y), -1).T, case.y]
        self.run(1)

    def tune(self, count: int) -> str:
        return "lambdify, samples by broadcasting"

    def run(self, count: int) -> None:
        self.last = [[np.sum(part) for part in self.entry(*theta, *self.inputs)] for theta in self.case.theta[:count]]

    def values(self) -> list[Any]:
        self.run(2)
        out = np.array(self.last)
        return [out[:, 0], out[:, 1:]] if self.case.what == "gradient" else [out]


if __name__ == "__main__":
    serve(Tool())
