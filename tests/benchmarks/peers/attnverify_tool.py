"""This project: array derivatives, compiled kernels, structured Hessians (see :mod:`protocol`)."""

from __future__ import annotations

from functools import partial
from typing import Any

from protocol import Case, one_thread, serve

one_thread()

import numpy as np  # noqa: E402


class Tool:
    """See :mod:`protocol`. NumPy gives the first value; the compiled kernel takes over for batches."""

    def prepare(self, case: Case) -> None:
        from verify import models

        n = len(case.y)
        model = models.build("self-attention", n=n, T=case.tokens, d=case.width, hidden=case.hidden)
        wrt = [model.parameters[name] for name in ("v", "W", "W_V", "W_Q", "W_K")]
        self.make = partial(self.made, case.what, model.loss, wrt, {"X": case.X, "y": case.y})
        self.case = case
        self.entry = self.make("numpy")
        self.run(1)

    @staticmethod
    def made(what: str, loss: Any, wrt: Any, shared: Any, backend: str) -> Any:
        from numerics.hessians.batches import gradient_function, hessian_function

        made = gradient_function if what == "gradient" else hessian_function
        return made(loss, wrt, shared=shared, backend=backend)

    def compiled(self) -> None:
        self.entry = self.make("auto")
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
