"""This project: array derivatives, compiled kernels, structured Hessians (see :mod:`protocol`)."""

from __future__ import annotations

from typing import Any

from protocol import Case, one_thread, serve

one_thread()

import numpy as np  # noqa: E402


class Tool:
    """See :mod:`protocol`."""

    def prepare(self, case: Case) -> None:
        from verify import models
        from verify.expr.numpy_derivatives import gradient_numpy, hessian_numpy

        n = len(case.y)
        model = models.build("self-attention", n=n, T=case.tokens, d=case.width, hidden=case.hidden)
        wrt = [model.parameters[name] for name in ("v", "W", "W_V", "W_Q", "W_K")]
        make = gradient_numpy if case.what == "gradient" else hessian_numpy
        self.entry = make(model.loss, wrt, shared={"X": case.X, "y": case.y})
        self.case = case
        self.run(1)

    def tune(self, count: int) -> str:
        return ""

    def run(self, count: int) -> None:
        self.last = self.entry(self.case.theta[:count])

    def values(self) -> list[Any]:
        out = self.entry(self.case.theta[:2])
        return [np.asarray(part) for part in out] if self.case.what == "gradient" else [np.asarray(out[2])]


if __name__ == "__main__":
    serve(Tool())
