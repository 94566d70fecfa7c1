"""CasADi: SX scalars for one sample, C code compiled with -O3, a compiled loop over samples (``mapaccum`` free sum)."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from protocol import Case, one_thread, serve

one_thread()

import casadi as ca  # noqa: E402
import numpy as np  # noqa: E402

DRIVER = """
#include <string.h>
int samples(const double *theta, const double *X, const double *y, double *out, double *work, long long *iw,
            const double **arg, double **res, int n, int xs, int os) {
  memset(out, 0, sizeof(double) * os);
  double *one = work; double *w = work + os;
  for (int s = 0; s < n; ++s) {
    arg[0] = theta; arg[1] = X + s * xs; arg[2] = y + s; res[0] = one;
    if (f(arg, res, iw, w, 0)) return 1;
    for (int i = 0; i < os; ++i) out[i] += one[i];
  }
  return 0;
}
void points(const double *theta, const double *X, const double *y, double *out, double *work, long long *iw,
            const double **arg, double **res, int n, int xs, int os, int p, int count) {
  for (int b = 0; b < count; ++b) samples(theta + b * p, X, y, out + (long)b * os, work, iw, arg, res, n, xs, os);
}
"""
"""The loops over samples and points are C too, so that CasADi is charged for no call from Python."""


class Tool:
    """See :mod:`protocol`."""

    def prepare(self, case: Case) -> None:
        import ctypes

        T, d = case.tokens, case.width
        sizes = [int(np.prod(shape)) for shape in case.shapes]
        theta, x, y = ca.SX.sym("theta", sum(sizes)), ca.SX.sym("x", T * d), ca.SX.sym("y")
        v, W, W_V, W_Q, W_K = (
            ca.reshape(part, *shape[::-1]).T if len(shape) == 2 else part
            for part, shape in zip(ca.vertsplit(theta, [0, *np.cumsum(sizes).tolist()]), case.shapes, strict=True)
        )
        X = ca.reshape(x, d, T).T
        logits = (X @ W_Q) @ (X @ W_K).T / d**0.5
        rows = []
        for t in range(T):
            row = ca.exp(logits[t, :] - ca.mmax(logits[t, :]))
            rows.append(row / ca.sum2(row))
        pooled = ca.sum1(ca.vertcat(*rows) @ (X @ W_V)) / T
        residual = ca.dot(ca.tanh(W @ pooled.T), v) - y
        loss = residual**2 / (2 * len(case.y))
        if case.what == "gradient":
            out = ca.densify(ca.vertcat(loss, ca.gradient(loss, theta)))
        else:
            out = ca.densify(ca.vec(ca.hessian(loss, theta)[0]))
        function = ca.Function("f", [theta, x, y], [out])
        self.size, self.case = out.numel(), case
        self.entry = self.built(function)
        self.work = np.zeros(function.sz_w() + self.size)
        self.iw = np.zeros(max(1, function.sz_iw()), dtype=np.int64)
        self.arg, self.res = np.zeros(function.sz_arg(), dtype=np.uintp), np.zeros(function.sz_res(), dtype=np.uintp)
        self.pointer = lambda array: array.ctypes.data_as(ctypes.c_void_p)
        self.X, self.y = np.ascontiguousarray(case.X), np.ascontiguousarray(case.y)
        self.run(1)

    @staticmethod
    def built(function: Any) -> Any:
        import ctypes

        folder = Path(tempfile.mkdtemp())
        where = os.getcwd()
        os.chdir(folder)
        function.generate("f.c")
        os.chdir(where)
        (folder / "all.c").write_text((folder / "f.c").read_text() + DRIVER)
        subprocess.run(
            ["gcc", "-O3", "-march=native", "-shared", "-fPIC", "-o", folder / "f.so", folder / "all.c", "-lm"],
            check=True, timeout=400,
        )  # fmt: skip
        return ctypes.CDLL(str(folder / "f.so")).points

    def tune(self, count: int) -> str:
        return "SX, C code, -O3 -march=native"

    def run(self, count: int) -> None:
        theta = np.ascontiguousarray(self.case.theta[:count])
        self.out = np.zeros((count, self.size))
        n, xs = len(self.y), self.X[0].size
        arrays = (theta, self.X, self.y, self.out, self.work, self.iw, self.arg, self.res)
        self.entry(*map(self.pointer, arrays), n, xs, self.size, theta.shape[1], count)

    def values(self) -> list[Any]:
        self.run(2)
        return [self.out[:, 0], self.out[:, 1:]] if self.case.what == "gradient" else [self.out]


if __name__ == "__main__":
    serve(Tool())
