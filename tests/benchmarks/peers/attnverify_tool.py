"""This project: array derivatives, compiled kernels, structured Hessians (see :mod:`protocol`)."""

from __future__ import annotations

from typing import Any

from protocol import Case, one_thread, serve

one_thread()

import numpy as np  # noqa: E402


class Tool:
    """See :mod:`protocol`."""

    def prepare(self, case: Case) -> None:
        from numerics.hessians.batches import compiled, hessian_function
        from verify import models
        from verify.expr.derive import gradient
        from verify.expr.numpy_derivatives import flatten, unflatten

        n = len(case.y)
        model = models.build("self-attention", n=n, T=case.tokens, d=case.width, hidden=case.hidden)
        wrt = [model.parameters[name] for name in ("v", "W", "W_V", "W_Q", "W_K")]
        shared = {"X": case.X, "y": case.y}
        if case.what == "gradient":
            kernel = compiled([model.loss, *gradient(model.loss, wrt)], wrt, shared, 1, "auto")

            def entry(points: Any) -> tuple[Any, Any]:
                value, *slopes = kernel(*unflatten(points, wrt))
                return value, flatten(slopes, wrt)

            self.entry: Any = entry
        else:
            self.entry = hessian_function(model.loss, wrt, shared=shared)
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
