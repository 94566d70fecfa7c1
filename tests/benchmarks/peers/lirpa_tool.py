"""auto_LiRPA: bounds of attention outputs by CROWN, over one box and over boxes that are halved, the worst first.

Reads requests as JSON, one per line (``name`` of a problem, ``weights``, ``low``, ``high``, ``seconds``), and answers
each with one: bounds over the box and after halving for so many seconds of processor time. The package's release fails
with recent versions of PyTorch; AUTO_LIRPA may name a folder with its repository (and, separated by a colon, one with
packages it needs) that is used instead.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from typing import Any

from protocol import one_thread

one_thread()
warnings.filterwarnings("ignore")
sys.path[:0] = [part for part in os.environ.get("AUTO_LIRPA", "").split(":") if part]

import torch  # noqa: E402
from auto_LiRPA import BoundedModule, BoundedTensor, PerturbationLpNorm  # noqa: E402

BATCH = 1024
torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


class Logits(torch.nn.Module):
    """softmax(s) @ c for logits s (B, n)."""

    def __init__(self, weights: dict[str, Any]) -> None:
        super().__init__()
        self.c = torch.nn.Parameter(torch.tensor(weights["c"]), requires_grad=False)

    def forward(self, s: Any) -> Any:
        return (torch.softmax(s, dim=-1) * self.c).sum(-1, keepdim=True)


class Slope(Logits):
    """Squared norm of the gradient of softmax(s) @ c."""

    def forward(self, s: Any) -> Any:
        w = torch.softmax(s, dim=-1)
        g = w * (self.c - (w * self.c).sum(-1, keepdim=True))
        return (g * g).sum(-1, keepdim=True)


class Head(torch.nn.Module):
    """One head with parameters (q, k, v): softmax(q*k*x) @ x * v."""

    def __init__(self, weights: dict[str, Any]) -> None:
        super().__init__()
        self.x = torch.nn.Parameter(torch.tensor(weights["x"]), requires_grad=False)

    def forward(self, p: Any) -> Any:
        w = torch.softmax(p[:, 0:1] * p[:, 1:2] * self.x, dim=-1)
        return (w * self.x).sum(-1, keepdim=True) * p[:, 2:3]


class Attention(torch.nn.Module):
    """u @ tanh(mean over tokens of softmax(X A X^T) X V) for inputs X (B, T*d)."""

    def __init__(self, weights: dict[str, Any]) -> None:
        super().__init__()
        for name in ("A", "V", "u"):
            setattr(self, name, torch.nn.Parameter(torch.tensor(weights[name]), requires_grad=False))
        self.d = len(weights["A"])
        self.tokens = weights["tokens"]

    def forward(self, flat: Any) -> Any:
        X = flat.view(-1, self.tokens, self.d)
        w = torch.softmax(torch.matmul(torch.matmul(X, self.A), X.transpose(1, 2)), dim=-1)
        out = torch.matmul(torch.matmul(w, X), self.V).mean(dim=1)
        return (torch.tanh(out) * self.u).sum(-1, keepdim=True)


MODELS = {"logits": Logits, "slope": Slope, "head": Head, "attention": Attention}


class Bounder:
    """CROWN's bounds over boxes (N, n)."""

    def __init__(self, request: dict[str, Any]) -> None:
        size = len(request["low"])
        model = MODELS[request["model"]](request["weights"]).eval()
        self.module = BoundedModule(model, torch.zeros(2, size), device="cpu")

    def __call__(self, low: Any, high: Any) -> tuple[Any, Any]:
        middle = 0.5 * (low + high)
        region = PerturbationLpNorm(norm=float("inf"), x_L=low, x_U=high)
        with torch.no_grad():
            a, b = self.module.compute_bounds(x=(BoundedTensor(middle, region),), method="backward")
        return a[:, 0], b[:, 0]

    def values(self, points: Any) -> Any:
        """Return the values at points."""
        with torch.no_grad():
            return self.module(points)[:, 0]


def halved(bounder: Bounder, low: Any, high: Any, seconds: float) -> tuple[float, float, int]:
    """Return bounds after halving the worst boxes along their relatively widest sides, and how many boxes it took."""
    started = time.process_time()
    unit = (high - low).clamp_min(1e-300)
    points = low + (high - low) * torch.rand(2000, low.shape[1])
    seen = bounder.values(points)
    least, most = float(seen.min()), float(seen.max())
    a, b = bounder(low, high)
    count = 1
    while time.process_time() - started < seconds:
        over = torch.maximum(least - a, b - most)
        chosen = torch.topk(over, min(BATCH, len(over))).indices
        rest = torch.ones(len(over), dtype=torch.bool)
        rest[chosen] = False
        lows, highs = low[chosen], high[chosen]
        axis = ((highs - lows) / unit).argmax(dim=1)
        rows = torch.arange(len(chosen))
        cut = 0.5 * (lows[rows, axis] + highs[rows, axis])
        first, second = highs.clone(), lows.clone()
        first[rows, axis], second[rows, axis] = cut, cut
        new_low, new_high = torch.cat([lows, second]), torch.cat([first, highs])
        c, d = bounder(new_low, new_high)
        count += len(c)
        low, high = torch.cat([low[rest], new_low]), torch.cat([high[rest], new_high])
        a, b = torch.cat([a[rest], c]), torch.cat([b[rest], d])
    return float(a.min()), float(b.max()), count


def answered(request: dict[str, Any]) -> dict[str, Any]:
    """Answer one request."""
    torch.manual_seed(0)
    low, high = (torch.tensor([request[key]]) for key in ("low", "high"))
    bounder = Bounder(request)
    single = bounder(low, high)
    spans = []
    for _ in range(5):
        begun = time.process_time()
        bounder(low, high)
        spans.append(time.process_time() - begun)
    out = {"single": [float(part) for part in single], "seconds": min(spans)}
    for seconds in request["seconds"]:
        least, most, boxes = halved(bounder, low, high, seconds)
        out[str(seconds)] = [least, most, boxes]
    return out


def main() -> None:
    """Answer requests until the input ends."""
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        try:
            answer = answered(json.loads(line))
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"[:200]}
        channel.write(json.dumps(answer) + "\n")
        channel.flush()


if __name__ == "__main__":
    main()
