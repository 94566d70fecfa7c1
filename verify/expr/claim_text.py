"""Expressions as text of the claim language, so that a statement about a traced formula becomes a claim.

Shared parts become definitions. Reading the text back gives an expression of equal value at every point; rearranged
entries are written out one by one, because the language has indexing and lists but no ``reshape``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction

from verify.errors import Undecidable
from verify.expr import build
from verify.expr.node import Expr, Shape, topological

LONG = 120
"""An unshared part with a longer text gets a name of its own."""

_CALLS = frozenset(
    "exp log sqrt tanh sigmoid softplus erf sin cos abs sign relu maximum where softmax sparsemax logsumexp".split()  # noqa: SIM905
)
_INFIX = {"add": "+", "mul": "*", "div": "/", "lt": "<", "le": "<=", "eq": "==", "ne": "!=", "matmul": "@"}
_REARRANGED = frozenset(("reshape", "gather", "scatter", "transpose"))


def claim_text(roots: Mapping[str, Expr], *, prefix: str = "t") -> dict[str, str]:
    """Return definitions, in order, whose last ones are ``roots`` under their names.

    Args:
        prefix: names of shared parts are this and a number; no symbol may be called so.

    Raises:
        Undecidable: an operation has no name in the claim language.
    """
    writer = _Writer(prefix, list(roots.values()))
    for node in topological(*roots.values()):
        writer.write(node)
    out = dict(writer.definitions)
    for name, node in roots.items():
        out[name] = writer.texts[id(node)]
    return out


class _Writer:
    """Texts of nodes by identity, and the definitions made on the way."""

    def __init__(self, prefix: str, roots: Sequence[Expr]) -> None:
        self.prefix = prefix
        self.definitions: dict[str, str] = {}
        self.texts: dict[int, str] = {}
        order = topological(*roots)
        self.users = Counter(id(arg) for node in order for arg in node.args)
        self.picked = {id(node.args[0]) for node in order if node.op in _REARRANGED}

    def write(self, node: Expr) -> None:
        """Give a node its text, and a name when it is used more than once, picked apart, or long."""
        text = self._text(node)
        plain = node.op in ("symbol", "const") and (node.op == "symbol" or not node.shape)
        shared = self.users[id(node)] > 1 or id(node) in self.picked or len(text) > LONG
        if not plain and shared and self.users[id(node)]:
            name = f"{self.prefix}{len(self.definitions) + 1}"
            self.definitions[name] = text
            text = name
        self.texts[id(node)] = text

    def _text(self, node: Expr) -> str:
        parts = [self.texts[id(arg)] for arg in node.args]
        if node.op == "symbol":
            return str(node.attrs)
        if node.op == "const":
            return _numbers(node.entries(), node.shape)
        if node.op in _INFIX:
            parts = self._unspread(node)
            return f"({parts[0]} {_INFIX[node.op]} {parts[1]})"
        if node.op in _CALLS:
            return f"{node.op}({', '.join(parts)})"
        return self._structural(node, parts)

    def _unspread(self, node: Expr) -> list[str]:
        """Drop spreading that the operator does by itself."""
        full = [arg.op != "broadcast" for arg in node.args]
        if node.op == "matmul" or not any(full):
            return [self.texts[id(arg)] for arg in node.args]
        return [self.texts[id(arg if kept else arg.args[0])] for arg, kept in zip(node.args, full, strict=True)]

    def _structural(self, node: Expr, parts: list[str]) -> str:
        if node.op == "pow":
            return f"({parts[0]})**{node.attrs}"
        if node.op == "not":
            return f"(not {parts[0]})"
        if node.op in ("and", "or"):
            return "(" + f" {node.op} ".join(parts) + ")"
        if node.op == "broadcast":
            return self._spread(node, parts[0])
        if node.op == "concat":
            return f"concatenate([{', '.join(parts)}], {node.attrs})"
        if node.op in ("sum", "max"):
            return self._reduced(node, parts[0])
        if node.op in _REARRANGED:
            return self._rearranged(node, parts[0])
        raise Undecidable(f"'{node.op}' has no name in the claim language")

    def _spread(self, node: Expr, part: str) -> str:
        if node.kind == "bool":
            raise Undecidable("a condition is spread over an array")
        shape = ", ".join(map(str, node.shape))
        return f"({part} + zeros({shape}))"

    def _reduced(self, node: Expr, part: str) -> str:
        axes: tuple[int, ...] = node.attrs  # type: ignore[assignment]
        whole = len(axes) == node.args[0].ndim
        if not whole and len(axes) != 1:
            raise Undecidable(f"'{node.op}' over {len(axes)} axes of {node.args[0].ndim}")
        return f"{node.op}({part})" if whole else f"{node.op}({part}, {axes[0]})"

    def _rearranged(self, node: Expr, part: str) -> str:
        source = node.args[0]
        if node.op == "transpose" and source.ndim == 2:
            return f"{part}.T"
        names = [_entry(part, place) for place in build.positions_of(source.shape)]
        if node.op == "reshape":
            return _nested(names, node.shape)
        if node.op == "transpose":
            axes: tuple[int, ...] = node.attrs  # type: ignore[assignment]
            return _nested([_entry(part, _back(place, axes)) for place in build.positions_of(node.shape)], node.shape)
        positions: tuple[int, ...] = node.attrs  # type: ignore[assignment]
        if node.op == "gather":
            return _nested([names[place] for place in positions], node.shape)
        sums: dict[int, list[str]] = {}
        for name, place in zip(names, positions, strict=True):
            sums.setdefault(place, []).append(name)
        return _nested([" + ".join(sums.get(place, ["0"])) for place in range(node.size)], node.shape)


def _back(place: tuple[int, ...], axes: tuple[int, ...]) -> tuple[int, ...]:
    """Return the index before the axes were permuted."""
    out = [0] * len(place)
    for axis, i in zip(axes, place, strict=True):
        out[axis] = i
    return tuple(out)


def _entry(text: str, place: tuple[int, ...]) -> str:
    return f"{text}[{', '.join(map(str, place))}]" if place else text


def _nested(entries: Sequence[str], shape: Shape) -> str:
    """Return entries as nested lists of the shape."""
    if not shape:
        return entries[0]
    step = len(entries) // shape[0]
    return "[" + ", ".join(_nested(entries[i * step : (i + 1) * step], shape[1:]) for i in range(shape[0])) + "]"


def _numbers(entries: Sequence[Fraction], shape: Shape) -> str:
    if shape and len(set(entries)) == 1 and entries[0] in (0, 1):
        return f"{'ones' if entries[0] else 'zeros'}({', '.join(map(str, shape))})"
    return _nested([str(x) if x.denominator == 1 and x >= 0 else f"({x})" for x in entries], shape)
