"""SymEngine: one sample as expanded scalars, differentiated, Lambdify with common subexpressions and LLVM."""

from __future__ import annotations

from typing import Any

from protocol import Case, one_thread, serve

one_thread()

import numpy as np  # noqa: E402
import symengine as se  # noqa: E402
from scalars import sample_loss  # noqa: E402


class Tool:
    """See :mod:`protocol`."""

    def prepare(self, case: Case) -> None:
        theta, x, y, loss = sample_loss(case, se)
        slopes = [se.diff(loss, t) for t in theta]
        outputs = [loss, *slopes] if case.what == "gradient" else [se.diff(s, t) for s in slopes for t in theta]
        backend = "llvm" if se.have_llvm else "lambda"
        self.note = f"scalars, {backend}"
        self.entry = se.Lambdify([*theta, *x, y], outputs, cse=True, backend=backend)
        self.case = case
        self.samples = np.concatenate([case.X.reshape(len(case.y), -1), case.y[:, None]], 1)
        self.run(1)

    def tune(self, count: int) -> str:
        return self.note

    def run(self, count: int) -> None:
        self.last = [self.point(theta) for theta in self.case.theta[:count]]

    def point(self, theta: Any) -> Any:
        rows = np.concatenate([np.broadcast_to(theta, (len(self.samples), len(theta))), self.samples], 1)
        return np.asarray(self.entry(rows)).sum(0)

    def values(self) -> list[Any]:
        self.run(2)
        out = np.array(self.last)
        return [out[:, 0], out[:, 1:]] if self.case.what == "gradient" else [out]


if __name__ == "__main__":
    serve(Tool())
