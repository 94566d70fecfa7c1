"""An independent reading of claims: plain NumPy over the texts, sharing no code with the checker."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy import optimize

CLEAR = 1e-6
"""A comparison counts as plainly true or false when its sides differ by more than this."""

FLAT = 1e-9
"""Gradient norm of a point that counts as stationary in floats."""

FAR = 12.0
"""Points farther out are left alone: tails of sigmoids are flat in floats."""

OPEN_END = 1e-4
"""Distance from an excluded end below which a point does not count."""

CURVED = 1e-3
"""Curvature that tells a stationary point from a flat tail."""


def _softmax(s: Any) -> Any:
    weights = np.exp(np.asarray(s) - np.max(s))
    return weights / weights.sum()


def _sparsemax(s: Any) -> Any:
    order = np.sort(np.asarray(s, float))[::-1]
    thresholds = (np.cumsum(order) - 1) / np.arange(1, len(order) + 1)
    return np.maximum(np.asarray(s) - thresholds.max(), 0)


_erf = np.vectorize(math.erf)
NAMES: dict[str, Any] = {
    "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "abs": np.abs, "tanh": np.tanh, "sin": np.sin, "cos": np.cos,
    "sigmoid": lambda x: 1 / (1 + np.exp(-np.asarray(x, float))), "relu": lambda x: np.maximum(x, 0),
    "softplus": lambda x: np.logaddexp(0, x), "gelu": lambda x: x * (1 + _erf(np.asarray(x) / math.sqrt(2))) / 2,
    "sum": np.sum, "max": np.max, "min": np.min, "softmax": _softmax, "sparsemax": _sparsemax, "outer": np.outer,
    "dot": np.dot, "maximum": np.maximum, "minimum": np.minimum, "where": np.where, "sign": np.sign,
}  # fmt: skip


class _Margins(ast.NodeTransformer):
    """Turns comparisons into margins: positive where plainly true, negative where plainly false."""

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        return ast.Call(ast.Name("margin_", ast.Load()), [
            ast.List([node.left, *node.comparators], ast.Load()),
            ast.Constant(type(node.ops[0]).__name__),
        ], [])  # fmt: skip

    def visit_Call(self, node: ast.Call) -> ast.AST:
        return node  # conditions inside a call to ``where`` are truth values

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        name = "min_" if isinstance(node.op, ast.And) else "max_"
        return ast.Call(ast.Name(name, ast.Load()), [self.visit(value) for value in node.values], [])

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        return ast.UnaryOp(ast.USub(), self.visit(node.operand)) if isinstance(node.op, ast.Not) else node


def _margin(sides: list[Any], relation: str) -> float:
    left, right = (float(side) for side in sides)
    if relation in ("Lt", "LtE"):
        return right - left
    if relation in ("Gt", "GtE"):
        return left - right
    return -abs(left - right) if relation == "Eq" else abs(left - right)


def _compiled(text: str) -> Any:
    tree = ast.fix_missing_locations(_Margins().visit(ast.parse(text.strip(), mode="eval")))
    return compile(tree, text, "eval")


def _number(value: Any) -> Any:
    return np.array([_number(v) for v in value]) if isinstance(value, list) else float(Fraction(str(value)))


class Oracle:
    """A claim (plain data, as a certificate holds it) evaluated in floating point."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.claim = data["claim"]
        self.every = self.claim["every"]
        self.domains = [(name, *self._domain(text)) for name, text in dict(data["parameters"]).items()]
        self.size = sum(math.prod(shape) for _, shape, *_ in self.domains)
        self.low = np.concatenate([[low] * math.prod(shape) for _, shape, low, _ in self.domains])
        self.high = np.concatenate([[high] * math.prod(shape) for _, shape, _, high in self.domains])
        texts = [text for name, text in dict(data["parameters"]).items() for _ in range(self._count(text))]
        self.open = np.array([text.strip().startswith("positive") for text in texts])
        self.constants = {name: _number(value) for name, value in dict(data.get("constants", {})).items()}
        self.texts = {name: _compiled(text) for name, text in dict(data.get("assume", {})).items()}
        self.conclusion = _compiled(self.claim["satisfies"])
        self.source = data.get("objective", {}).get("minimise")
        self.minimised = _compiled(self.source) if self.source else None

    def _count(self, text: str) -> int:
        return math.prod(self._domain(text)[0])

    @staticmethod
    def _domain(text: str) -> tuple[tuple[int, ...], float, float]:
        match = re.fullmatch(r"\s*(real|positive|nonnegative|\[([^,\]]+),([^\]]+)\])\s*(\[([\d, ]+)\])?\s*", text)
        assert match, text
        shape = tuple(int(part) for part in match[5].split(",")) if match[5] else ()
        if match[2]:
            return shape, float(Fraction(match[2].strip())), float(Fraction(match[3].strip()))
        return shape, -math.inf if match[1] == "real" else 0.0, math.inf

    def _env(self, x: Any, **more: Any) -> dict[str, Any]:
        env: dict[str, Any] = {**NAMES, **self.constants, "margin_": _margin, "min_": min, "max_": max, **more}
        start = 0
        for name, shape, _, _ in self.domains:
            count = math.prod(shape)
            env[name] = np.asarray(x[start : start + count]).reshape(shape) if shape else x[start]
            start += count
        return env

    def _eval(self, code: Any, x: Any, **more: Any) -> float:
        with np.errstate(all="ignore"):
            return float(eval(code, {"__builtins__": {}}, self._env(x, **more)))

    # --- derivatives by central differences ---

    def objective(self, x: Any) -> float:
        return self._eval(self.minimised, x)

    def gradient(self, x: Any, h: float = 1e-5) -> Any:
        steps = np.eye(self.size) * h
        return np.array([
            (8 * (self.objective(x + s) - self.objective(x - s)) - self.objective(x + 2 * s) + self.objective(x - 2 * s))
            / (12 * h) for s in steps
        ])  # fmt: skip

    def hessian(self, x: Any, h: float = 1e-3) -> Any:
        steps = np.eye(self.size) * h
        rows = np.array([(self.gradient(x + s, 1e-3) - self.gradient(x - s, 1e-3)) / (2 * h) for s in steps])
        return (rows + rows.T) / 2

    # --- conditions ---

    def _quantities(self, x: Any, text: str) -> dict[str, Any]:
        more: dict[str, Any] = {}
        if self.minimised is not None:
            more["objective"] = self.objective(x)
            if "_curvature" in text:
                eigenvalues = np.linalg.eigvalsh(self.hessian(x))
                more |= {"min_curvature": eigenvalues[0], "max_curvature": eigenvalues[-1]}
        return more

    def conclusion_margin(self, x: Any) -> float:
        return self._eval(self.conclusion, x, **self._quantities(x, self.claim["satisfies"]))

    def hypothesis_margin(self, x: Any) -> float:
        inside = min((x - self.low).min(), (self.high - x).min())
        if (x - self.low)[self.open].min(initial=1) < OPEN_END:
            return -math.inf
        texts = dict(self.data.get("assume", {}))
        margins = [self._eval(code, x, **self._quantities(x, texts[name])) for name, code in self.texts.items()]
        return float(np.min([inside, *margins]))

    # --- points ---

    def samples(self, count: int = 3000) -> Any:
        rng = np.random.default_rng(1)
        points = rng.standard_normal((count, self.size)) * rng.choice([0.3, 1, 3, 10], (count, 1))
        points[: count // 4] = rng.integers(-3, 4, (count // 4, self.size)) / rng.choice([1, 2], (count // 4, 1))
        bounded = np.isfinite(self.low) & np.isfinite(self.high)
        wide = np.where(bounded, self.high - self.low, 0)
        inside = np.where(bounded, self.low, 0) + wide * rng.random(points.shape)
        points = np.where(bounded, inside, np.where(np.isfinite(self.low), np.abs(points) + self.low, points))
        corners = [c for c in product(*zip(self.low, self.high, strict=True)) if np.isfinite(c).all()]
        return np.vstack([points, *([corners] if corners else [])])

    def candidates(self) -> list[Any]:
        """Return points that, in floats, belong to what the claim quantifies over."""
        if self.every == "point":
            return list(self.samples())
        starts = self.samples(40)
        if self.every == "global minimum":
            points = self.samples()
            values = np.nan_to_num([self.objective(x) for x in points], nan=np.inf)
            best = points[np.argsort(values)[:5]]
            found = [
                optimize.minimize(self.objective, x, bounds=list(zip(self.low, self.high, strict=True))).x for x in best
            ]
            least = min(self.objective(x) for x in found)
            return [x for x in found if self.objective(x) <= least + 1e-9 and np.abs(x).max() < FAR]
        found = []
        for x in starts:
            moved = optimize.minimize(self.objective, x).x if "minimum" in self.every else x
            root = optimize.root(self.gradient, moved)
            if np.abs(root.x).max() < FAR and np.linalg.norm(self.gradient(root.x)) < FLAT:
                found.append(root.x)
        found = [x for x in found if np.abs(np.linalg.eigvalsh(self.hessian(x))).max() > CURVED]
        if self.every != "stationary point":
            found = [x for x in found if np.linalg.eigvalsh(self.hessian(x))[0] > CURVED]
        return found

    def disproves(self, verdict: str) -> Any | None:
        """Return a point that shows that ``proved`` or ``vacuous`` is false, or None."""
        for x in self.candidates():
            if not self.hypothesis_margin(x) > (CLEAR if self.texts else -CLEAR):
                continue
            if verdict == "vacuous" or self.conclusion_margin(x) < -CLEAR:
                return x
        return None

    def refutes(self, x: Any) -> bool:
        """Return whether nothing in floats speaks against ``x`` as a counterexample."""
        if self.hypothesis_margin(x) < -CLEAR or self.conclusion_margin(x) > CLEAR:
            return False
        if self.every == "point":
            return True
        if self.every == "global minimum":
            lower = [self.objective(y) for y in self.samples()]
            return bool(self.objective(x) <= np.nanmin(lower) + CLEAR)
        if "minimum" in self.every:
            rng = np.random.default_rng(2)
            near = [self.objective(x + 1e-4 * rng.standard_normal(self.size)) for _ in range(400)]
            return bool(self.objective(x) <= min(near) + 1e-10)
        steep = np.linalg.norm(self.gradient(x)) > float(Fraction(self.claim.get("within", "0"))) + 1e-6
        return not steep and (self.every == "stationary point" or np.linalg.eigvalsh(self.hessian(x))[0] > -1e-4)


@pytest.fixture(scope="session")
def oracle() -> Callable[[Mapping[str, Any]], Oracle]:
    """Return the independent reading of a claim."""
    return Oracle
