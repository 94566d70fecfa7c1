r"""Claim-language texts as LaTeX, laid out as they are written: a text is parsed into syntax, never evaluated.

``*`` between arrays is ``\odot`` (entrywise), ``**`` of an array ``^{\odot n}``; indices count from 0 as in the text.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

MAX_LENGTH = 4000
"""Longest text that is typeset; longer ones are shown as code."""

MAX_NESTING = 60
"""Deepest syntax tree that is typeset."""

GREEK = frozenset(
    "alpha beta gamma delta epsilon zeta eta theta iota kappa mu nu xi pi rho sigma tau upsilon phi chi psi omega "  # noqa: SIM905
    "Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega".split()
)

QUANTITIES = {
    "objective": "OBJ",
    "gradient_norm": r"\left\| \nabla OBJ \right\|_{2}",
    "min_curvature": r"\lambda_{\min}\left( \nabla^{2} OBJ \right)",
    "max_curvature": r"\lambda_{\max}\left( \nabla^{2} OBJ \right)",
}
"""Names that stand for quantities of the objective at the quantified point."""

OR, AND, NOT, RELATION, SUM, PRODUCT, SIGN, POWER, ATOM = range(9)
"""How tightly a part holds together."""

_RELATIONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<", ast.LtE: r"\le", ast.Gt: ">", ast.GtE: r"\ge", ast.Eq: "=", ast.NotEq: r"\ne",
}  # fmt: skip
_TO_SCALAR = frozenset("sum mean max min norm norm1 norminf trace det dot".split())  # noqa: SIM905
_STANDARD = frozenset("tanh exp log sin cos max min det".split())  # noqa: SIM905

Piece = tuple[str, int, int]
"""LaTeX, how tightly it holds together, and the number of axes of its value."""


class NotTypeset(ValueError):
    """A text that is not a plain expression of the claim language over the given names."""


def latex(text: str, axes: Mapping[str, int]) -> str:
    """Return the LaTeX of an expression or condition; ``axes`` gives each name's number of axes.

    Raises:
        NotTypeset: too long, not in the language, or with a name that is not in ``axes``.
    """
    return piece(text, axes)[0]


def piece(text: str, axes: Mapping[str, int]) -> Piece:
    """Return LaTeX, tightness and number of axes of an expression; raises as :func:`latex`."""
    source = " ".join(text.split())
    if len(source) > MAX_LENGTH:
        raise NotTypeset("too long")
    try:
        tree = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise NotTypeset(str(error)) from None
    _check_nesting(tree)
    return _Typesetter(source, axes).visit(tree)


def _check_nesting(tree: ast.AST) -> None:
    level, depth = [tree], 0
    while level:
        depth += 1
        if depth > MAX_NESTING:
            raise NotTypeset("nested too deeply")
        level = [child for node in level for child in ast.iter_child_nodes(node)]


def name(text: str) -> str:
    r"""Return a name in LaTeX: Greek letters by name, trailing digits and parts after ``_`` as subscripts."""
    base, _, rest = text.partition("_")
    letters = base.rstrip("0123456789")
    lower = [part for part in (base[len(letters) :], *rest.split("_")) if part]
    shown = _word(letters) if letters else r"\_"
    return f"{shown}_{{{', '.join(map(_subscript, lower))}}}" if lower else shown


def objective_sign(axes: Mapping[str, int]) -> str:
    """Return the letter for the objective: L, or a script one where a name of the claim is L."""
    return r"\mathcal{L}" if "L" in axes else "L"


def _word(letters: str) -> str:
    if letters in GREEK:
        return "\\" + letters
    return letters if len(letters) == 1 else rf"\mathrm{{{letters}}}"


def _subscript(part: str) -> str:
    return part if part.isdigit() or len(part) == 1 else rf"\mathrm{{{part}}}"


def brackets(body: str) -> str:
    """Return LaTeX in growing round brackets."""
    return rf"\left( {body} \right)"


def _is_number(node: ast.AST) -> bool:
    return all(
        isinstance(part, ast.Constant | ast.BinOp | ast.UnaryOp | ast.operator | ast.unaryop) for part in ast.walk(node)
    )


class _Typesetter:
    """Visits the syntax; each method returns a :data:`Piece`."""

    def __init__(self, source: str, axes: Mapping[str, int]) -> None:
        self.source = source
        self.axes = axes
        self.done: dict[ast.AST, Piece] = {}

    def visit(self, node: ast.AST) -> Piece:
        if node not in self.done:
            method = getattr(self, f"_{type(node).__name__.lower()}", None)
            if method is None:
                raise NotTypeset(f"{type(node).__name__} is not part of the claim language")
            self.done[node] = method(node)
        return self.done[node]

    def _inside(self, node: ast.AST, level: int) -> str:
        body, own, _ = self.visit(node)
        return body if own >= level else brackets(body)

    def _constant(self, node: ast.Constant) -> Piece:
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            raise NotTypeset("not a number")
        text = ast.get_source_segment(self.source, node) or str(node.value)
        mantissa, exponent, power = text.lower().partition("e")
        if not exponent or not power.lstrip("+-").isdigit():
            return text.replace("_", ""), ATOM, 0
        return rf"{mantissa} \cdot 10^{{{int(power)}}}", PRODUCT, 0

    def _name(self, node: ast.Name) -> Piece:
        if node.id in self.axes:
            return name(node.id), ATOM, self.axes[node.id]
        if node.id not in QUANTITIES:
            raise NotTypeset(f"the name {node.id} is not known")
        return QUANTITIES[node.id].replace("OBJ", objective_sign(self.axes)), ATOM, 0

    def _list(self, node: ast.List) -> Piece:
        parts = [self.visit(entry) for entry in node.elts]
        if not parts:
            raise NotTypeset("an empty list")
        return brackets(", ".join(part[0] for part in parts)), ATOM, parts[0][2] + 1

    # operators

    def _boolop(self, node: ast.BoolOp) -> Piece:
        level, word = (AND, "and") if isinstance(node.op, ast.And) else (OR, "or")
        return rf" \;\text{{ {word} }}\; ".join(self._inside(value, level + 1) for value in node.values), level, 0

    def _compare(self, node: ast.Compare) -> Piece:
        out = self._inside(node.left, SUM)
        for operator, side in zip(node.ops, node.comparators, strict=True):
            if type(operator) not in _RELATIONS:
                raise NotTypeset("not a comparison of numbers")
            out += f" {_RELATIONS[type(operator)]} {self._inside(side, SUM)}"
        return out, RELATION, 0

    def _unaryop(self, node: ast.UnaryOp) -> Piece:
        if isinstance(node.op, ast.Not):
            return rf"\text{{not }} {self._inside(node.operand, NOT)}", NOT, 0
        if not isinstance(node.op, ast.USub | ast.UAdd):
            raise NotTypeset("not an operator of the claim language")
        sign = "-" if isinstance(node.op, ast.USub) else ""
        return f"{sign}{self._inside(node.operand, PRODUCT)}", SIGN if sign else PRODUCT, self.visit(node.operand)[2]

    def _binop(self, node: ast.BinOp) -> Piece:
        method = getattr(self, f"_{type(node.op).__name__.lower()}", None)
        if method is None:
            raise NotTypeset("not an operator of the claim language")
        out: Piece = method(node.left, node.right)
        return out

    def _add(self, left: ast.expr, right: ast.expr) -> Piece:
        return f"{self._inside(left, SUM)} + {self._signed(right, SUM)}", SUM, self._axes_of(left, right)

    def _sub(self, left: ast.expr, right: ast.expr) -> Piece:
        return f"{self._inside(left, SUM)} - {self._signed(right, PRODUCT)}", SUM, self._axes_of(left, right)

    def _signed(self, node: ast.expr, level: int) -> str:
        body, own, _ = self.visit(node)
        return brackets(body) if own < level or body.startswith("-") else body

    def _axes_of(self, *nodes: ast.expr) -> int:
        return max(self.visit(node)[2] for node in nodes)

    def _mult(self, left: ast.expr, right: ast.expr) -> Piece:
        axes = [self.visit(side)[2] for side in (left, right)]
        first, second = self._inside(left, PRODUCT), self._signed(right, PRODUCT)
        if all(axes):
            sign = r"\odot"
        else:
            sign = r"\cdot" if second[:1].isdigit() or second.startswith(r"\frac{") else r"\,"
        return f"{first} {sign} {second}", PRODUCT, max(axes)

    def _matmult(self, left: ast.expr, right: ast.expr) -> Piece:
        a, b = (self.visit(side)[2] for side in (left, right))
        axes = max(a, b) if min(a, b) > 1 else max(a + b - 2, 0)
        return rf"{self._matrix(left)} \, {self._matrix(right)}", PRODUCT, axes

    def _matrix(self, node: ast.expr) -> str:
        """A factor of a matrix product: an entrywise product in it keeps its brackets."""
        body, own, _ = self.visit(node)
        product = isinstance(node, ast.BinOp) and not isinstance(node.op, ast.MatMult | ast.Pow)
        return brackets(body) if own < PRODUCT or product or body.startswith("-") else body

    def _div(self, left: ast.expr, right: ast.expr) -> Piece:
        if isinstance(left, ast.UnaryOp) and isinstance(left.op, ast.USub):
            body, own, axes = self._div(left.operand, right)
            return f"-{body}", SIGN if own >= PRODUCT else own, axes
        top, bottom = self.visit(left), self.visit(right)
        if bottom[2]:
            return rf"{self._inside(left, POWER)} \oslash {self._inside(right, POWER)}", PRODUCT, max(top[2], bottom[2])
        if isinstance(right, ast.Constant) and top[1] >= PRODUCT and not _is_number(left):
            return rf"\frac{{1}}{{{bottom[0]}}} \, {self._signed(left, PRODUCT)}", PRODUCT, top[2]
        return rf"\frac{{{top[0]}}}{{{bottom[0]}}}", PRODUCT, top[2]

    def _pow(self, left: ast.expr, right: ast.expr) -> Piece:
        axes = self.visit(left)[2]
        exponent = self.visit(right)[0]
        return rf"{self._inside(left, ATOM)}^{{{chr(92) + 'odot ' if axes else ''}{exponent}}}", POWER, axes

    # parts and functions

    def _attribute(self, node: ast.Attribute) -> Piece:
        if node.attr != "T":
            raise NotTypeset("the only attribute is .T")
        return rf"{self._inside(node.value, ATOM)}^{{\top}}", POWER, self.visit(node.value)[2]

    def _subscript(self, node: ast.Subscript) -> Piece:
        keys = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        shown = [self._key(key) for key in keys]
        axes = self.visit(node.value)[2] - sum(not isinstance(key, ast.Slice) for key in keys)
        body = self._inside(node.value, ATOM)
        if body.endswith("}") and "_{" in body:
            body = rf"\left[ {body} \right]"
        return f"{body}_{{{','.join(shown)}}}", ATOM, max(axes, 0)

    def _key(self, node: ast.expr) -> str:
        if isinstance(node, ast.Slice):
            ends = [self.visit(end)[0] if end else "" for end in (node.lower, node.upper)]
            return ":".join(ends) if any(ends) else r"\cdot"
        return self.visit(node)[0]

    def _call(self, node: ast.Call) -> Piece:
        if not isinstance(node.func, ast.Name) or not node.args:
            raise NotTypeset("not a function of the claim language")
        function = node.func.id
        special = getattr(self, f"_{function}_of", None)
        if special is not None and len(node.args) == 1 and not node.keywords:
            out: Piece = special(node.args[0])
            return out
        return self._function(function, node)

    def _function(self, function: str, node: ast.Call) -> Piece:
        shown = [self.visit(arg) for arg in node.args if not isinstance(arg, ast.Tuple)]
        args = ", ".join([part[0] for part in shown] + [self._option(keyword) for keyword in node.keywords])
        symbol = "\\" + function if function in _STANDARD else rf"\operatorname{{{function}}}"
        return rf"{symbol}{brackets(args)}", ATOM, self._axes_of_call(function, node, [part[2] for part in shown])

    def _option(self, keyword: ast.keyword) -> str:
        if keyword.arg != "axis":
            raise NotTypeset("the only option is axis=")
        return rf"\text{{axis }}{self.visit(keyword.value)[0]}"

    def _axes_of_call(self, function: str, node: ast.Call, axes: list[int]) -> int:
        if function in _TO_SCALAR:
            along_axis = len(node.args) > 1 or bool(node.keywords)
            return max(axes[0] - 1, 0) if along_axis and function != "dot" else 0
        fixed = {"outer": 2, "eye": 2, "logsumexp": axes[0] - 1, "zeros": len(node.args), "ones": len(node.args),
                 "diag": 3 - axes[0], "stack": axes[0], "concatenate": axes[0] - 1}  # fmt: skip
        return max(fixed.get(function, max(axes)), 0)

    def _sum_of(self, arg: ast.expr) -> Piece:
        """A sum; that of the squares of an array is written as its squared norm."""
        if isinstance(arg, ast.BinOp) and isinstance(arg.op, ast.Pow) and self.visit(arg.right)[0] == "2":
            body, _, axes = self.visit(arg.left)
            if axes:
                return rf"\left\| {body} \right\|_{{{'2' if axes == 1 else 'F'}}}^{{2}}", POWER, 0
        return rf"\sum {self._inside(arg, POWER)}", PRODUCT, 0

    def _abs_of(self, arg: ast.expr) -> Piece:
        body, _, axes = self.visit(arg)
        return rf"\left| {body} \right|", ATOM, axes

    def _sqrt_of(self, arg: ast.expr) -> Piece:
        body, _, axes = self.visit(arg)
        return rf"\sqrt{{{body}}}", ATOM, axes

    def _norm_of(self, arg: ast.expr) -> Piece:
        body, _, axes = self.visit(arg)
        return rf"\left\| {body} \right\|_{{{'2' if axes <= 1 else 'F'}}}", ATOM, 0

    def _norm1_of(self, arg: ast.expr) -> Piece:
        return rf"\left\| {self.visit(arg)[0]} \right\|_{{1}}", ATOM, 0

    def _norminf_of(self, arg: ast.expr) -> Piece:
        return rf"\left\| {self.visit(arg)[0]} \right\|_{{\infty}}", ATOM, 0
