"""From expressions to formulas in matrix form, with shared and long parts named.

A vector is a column. An array with more than two axes is written by its last two, with an index for each axis before:
``P_i`` is matrix i of ``P``. Likewise ``M_i`` is row i of a matrix ``M``, as a column. What no such formula can say
(a general reshape) is written as a function of named arrays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from verify.expr import form as forms
from verify.expr.build import positions_of, uniform_value
from verify.expr.form import COLUMN, MATRIX, ONES, ROW, SCALAR, Form
from verify.expr.node import COMPARISONS, LOGICAL, Expr, Shape, symbols, topological

LONGEST = 22
"""Longest formula, in symbols, before a part of it is named."""

INDICES = "ijklabcdefgh"
"""Names of running indices, outermost first."""

MAX_LITERAL = 6
"""Most entries of a constant array that is written out."""

_LETTERS = {"softmax": "P", "sparsemax": "P", "matmul": "Z", "sum": "M", "add": "E", "logsumexp": "l"} | dict.fromkeys(
    ("tanh", "sigmoid", "softplus", "erf", "relu", "exp", "abs", "maximum", "sin", "cos"), "H"
)
_RELATIONS = {"lt": "<", "le": "<=", "eq": "==", "ne": "!="}

Index = tuple[str | None, ...]
"""Names for the leading axes; None stands for an axis of length one."""


@dataclass(frozen=True)
class Definition:
    """A named part: ``left`` is its name, with indices where it is defined for each of them."""

    left: Form
    right: Form
    node: Expr


class _NeedsName(Exception):
    """This node has no formula where it stands unless it is named."""

    def __init__(self, node: Expr) -> None:
        self.node = node
        super().__init__()


def matrix_forms(
    outputs: Sequence[Expr],
    hints: Mapping[str, Expr] | None = None,
    *,
    primal: Sequence[Expr] = (),
    directions: Sequence[Expr] = (),
) -> tuple[list[Definition], list[Form]]:
    """Return the definitions of named parts, in order, and one formula per output that uses them.

    Args:
        outputs: what to write.
        hints: names for intermediate arrays.
        primal: expressions that are no derivatives; what only other outputs use is named G.
        directions: symbols for changes of parameters; what depends on them is named D.
    """
    known = {id(node): name for name, node in (hints or {}).items() if node.args}
    forced: set[int] = set()
    while True:
        writer = _Writer(outputs, known, forced, primal, directions)
        try:
            return writer.write()
        except _NeedsName as need:
            if id(need.node) in forced:
                raise AssertionError(f"no formula for {need.node!r}") from None
            forced.add(id(need.node))


def kind_of(shape: Shape) -> str:
    """Return what an array with at most two axes is when axes of length one are dropped."""
    rows = len(shape) > 0 and shape[0] != 1
    columns = len(shape) > 1 and shape[1] != 1
    return {(True, True): MATRIX, (True, False): COLUMN, (False, True): ROW, (False, False): SCALAR}[rows, columns]


def _oriented(form: Form, kind: str) -> Form:
    return forms.transpose(form) if {form.kind, kind} == {ROW, COLUMN} else form


class _Writer:
    """Writes one set of outputs with a fixed choice of what is named beyond what is shared or long."""

    def __init__(
        self,
        outputs: Sequence[Expr],
        hints: Mapping[int, str],
        forced: set[int],
        primal: Sequence[Expr],
        directions: Sequence[Expr],
    ) -> None:
        self.outputs = outputs
        self.order = topological(*outputs)
        self.forced = forced
        self.names: dict[int, str] = {}
        self.taken = set(symbols(*outputs)) | set(hints.values())
        self.hints = hints
        self.demand = self._demands()
        self.primal = {id(node) for node in topological(*primal)}
        self.turned = depending(self.order, directions)
        self.weights: dict[int, int] = {}

    def write(self) -> tuple[list[Definition], list[Form]]:
        roots = {id(out) for out in self.outputs}
        definitions = []
        for node in self.order:
            self._weigh(node)
            if self._named(node, roots):
                self.names[id(node)] = self._new_name(node)
                self.weights[id(node)] = 1
                definitions.append(self._definition(node))
        return definitions, [self._output(out) for out in self.outputs]

    # --- names ---

    def _demands(self) -> dict[int, int]:
        """Count users of each node, looking through operations that cost nothing to repeat."""
        demand: dict[int, int] = {id(out): 1 for out in self.outputs}
        for node in reversed(self.order):
            own = demand.get(id(node), 0)
            once = not _light(node) or id(node) in self.hints or id(node) in self.forced
            for arg in node.args:
                demand[id(arg)] = demand.get(id(arg), 0) + (1 if once else own)
        return demand

    def _weigh(self, node: Expr) -> None:
        parts = sum(self.weights[id(arg)] for arg in node.args)
        self.weights[id(node)] = parts if _light(node) else parts + 1

    def _named(self, node: Expr, roots: set[int]) -> bool:
        if not node.args:
            return node.op == "const" and node.size > MAX_LITERAL
        if id(node) in self.hints or id(node) in self.forced:
            return True
        if uniform_value(node) is not None or _light(node):
            return False
        if self.weights[id(node)] > LONGEST and id(node) not in roots:
            return True
        return self.demand[id(node)] > 1 and self.weights[id(node)] > 2

    def _new_name(self, node: Expr) -> str:
        if id(node) in self.hints:
            return self.hints[id(node)]
        if id(node) in self.primal:
            letter = "C" if node.op == "const" else _LETTERS.get(node.op, "E")
        else:
            letter = "D" if id(node) in self.turned else "G"
        if node.ndim < 2 and letter != "C":
            letter = letter.lower()
        count = 1
        while f"{letter}_{count}" in self.taken:
            count += 1
        self.taken.add(f"{letter}_{count}")
        return f"{letter}_{count}"

    # --- definitions ---

    def _definition(self, node: Expr) -> Definition:
        least = max(0, node.ndim - 2)
        needs: list[_NeedsName] = []
        for count in range(least, node.ndim + 1):
            index = self._fresh(node.shape[:count])
            try:
                return Definition(self._name_at(node, index), self._form(node, index), node)
            except _NeedsName as need:
                needs.append(need)
        for missing in needs:
            if missing.node is not node:
                raise missing
        left = forms.name(self.names[id(node)], kind_of(node.shape[:2]) if node.ndim < 3 else MATRIX)
        return Definition(left, self._whole(node), node)

    def _output(self, node: Expr) -> Form:
        if node.ndim > 2 and id(node) not in self.names and node.args:
            raise _NeedsName(node)
        if node.ndim > 2:
            return forms.name(self.names.get(id(node), str(node.attrs)), MATRIX)
        return self._full(node, self._at(node, ()), ())

    def _fresh(self, shape: Sequence[int], used: Index = ()) -> Index:
        free = iter([letter for letter in INDICES if letter not in used and letter not in self.taken])
        return tuple(None if length == 1 else next(free) for length in shape)

    # --- formulas ---

    def _at(self, node: Expr, index: Index) -> Form:
        """Return the formula of ``node`` with its leading axes at ``index``, by name where it has one."""
        if id(node) in self.names or node.op == "symbol":
            return self._name_at(node, index)
        return self._form(node, index)

    def _name_at(self, node: Expr, index: Index) -> Form:
        text = self.names.get(id(node)) or str(node.attrs)
        return forms.name(text, kind_of(node.shape[len(index) :]), [i for i in index if i is not None])

    def _full(self, node: Expr, form: Form, index: Index) -> Form:
        """Spread a scalar that stands for a whole array."""
        kind = kind_of(node.shape[len(index) :])
        return forms.spread(form, kind)

    def _form(self, node: Expr, index: Index) -> Form:
        if node.ndim - len(index) > 2:
            raise _NeedsName(node)
        if (value := uniform_value(node)) is not None:
            return forms.number(value)
        method = getattr(self, f"_{node.op}", self._entrywise)
        return method(node, index)

    def _arguments(self, node: Expr, index: Index) -> list[Form]:
        return [self._at(arg, index) for arg in node.args]

    def _entrywise(self, node: Expr, index: Index) -> Form:
        args = self._arguments(node, index)
        kind = next((arg.kind for arg in args if arg.kind != SCALAR), SCALAR)
        if node.op in COMPARISONS:
            return Form("compare", tuple(args), _RELATIONS[node.op], kind)
        if node.op in LOGICAL:
            return Form("logic", tuple(args), node.op, kind)
        if node.op == "sqrt" and args[0].op == "power" and args[0].args[0].op == "norm" and args[0].data == 2:
            return args[0].args[0]
        return forms.apply(node.op, *args, kind=kind)

    def _const(self, node: Expr, index: Index) -> Form:
        if index:
            raise _NeedsName(node)
        entries = node.entries()
        width = node.shape[1] if node.ndim == 2 else 1
        rows = tuple(tuple(entries[i : i + width]) for i in range(0, len(entries), width))
        return Form("literal", data=rows, kind=kind_of(node.shape))

    def _inverse_sqrt_pi(self, node: Expr, index: Index) -> Form:
        return forms.quotient(forms.ONE, forms.apply("sqrt", forms.name("pi", SCALAR), kind=SCALAR))

    def _add(self, node: Expr, index: Index) -> Form:
        return forms.total(*self._arguments(node, index))

    def _mul(self, node: Expr, index: Index) -> Form:
        return forms.hadamard(*self._arguments(node, index))

    def _div(self, node: Expr, index: Index) -> Form:
        return forms.quotient(*self._arguments(node, index))

    def _pow(self, node: Expr, index: Index) -> Form:
        return forms.power(self._at(node.args[0], index), node.attrs)  # type: ignore[arg-type]

    def _broadcast(self, node: Expr, index: Index) -> Form:
        source = node.args[0]
        lead = node.ndim - source.ndim
        names = [None if length == 1 else i for i, length in zip(index[lead:], source.shape, strict=False)]
        form = self._at(source, tuple(names))
        target, own = node.shape[len(index) :], source.shape[len(names) :]
        padded = (1,) * (len(target) - len(own)) + own
        if form.kind == SCALAR:
            return form
        form = _oriented(form, kind_of(padded))
        if kind_of(target) != MATRIX or form.kind == MATRIX:
            return form
        ones = forms.transpose(ONES)
        return forms.product(form, ones) if form.kind == COLUMN else forms.product(ONES, form)

    def _reshape(self, node: Expr, index: Index) -> Form:
        source = node.args[0]
        target_axes = [axis for axis, length in enumerate(node.shape) if length != 1]
        source_axes = [axis for axis, length in enumerate(source.shape) if length != 1]
        if [node.shape[a] for a in target_axes] != [source.shape[a] for a in source_axes]:
            raise _NeedsName(node)
        if source.ndim > 2 and (source.op == "symbol" or id(source) in self.names):
            if node.ndim - len(index) > 2:
                raise _NeedsName(node)
            text = self.names.get(id(source)) or str(source.attrs)
            return forms.name(text, kind_of(node.shape[len(index) :]), [i for i in index if i is not None])
        place = dict(zip(target_axes, source_axes, strict=True))
        wanted = {place[axis]: name for axis, name in enumerate(index) if axis in place}
        names = _prefix(source.shape, wanted)
        if names is None:
            raise _NeedsName(node)
        form = self._at(source, names)
        return _oriented(form, kind_of(node.shape[len(index) :]))

    def _transpose(self, node: Expr, index: Index) -> Form:
        axes: tuple[int, ...] = node.attrs  # type: ignore[assignment]
        source = node.args[0]
        wanted = {axes[axis]: name for axis, name in enumerate(index)}
        if sorted(wanted) != list(range(len(index))):
            if source.op != "symbol" and id(source) not in self.names:
                raise _NeedsName(source)
            picked = [wanted.get(axis, ":") for axis in range(source.ndim)]
            rest = axes[len(index) :]
            text = self._name_at(source, ()).data[0]
            kind = kind_of(tuple(source.shape[axis] for axis in sorted(rest)))
            form = forms.name(text, kind, [part for part in picked if part is not None])
        else:
            rest = axes[len(index) :]
            form = self._at(source, tuple(wanted[axis] for axis in range(len(index))))
        if len(rest) == 2 and rest[0] > rest[1]:
            return forms.transpose(form)
        return form

    def _matmul(self, node: Expr, index: Index) -> Form:
        left, right = node.args
        if len(index) == node.ndim - 2:
            return forms.product(
                self._full(left, self._at(left, index), index), self._full(right, self._at(right, index), index)
            )
        if len(index) == node.ndim - 1:  # row i of A B, as a column, is B^T times row i of A
            outer = index[:-1]
            row = self._full(left, self._at(left, index), index)
            return forms.product(forms.transpose(self._full(right, self._at(right, outer), outer)), row)
        raise _NeedsName(node)

    def _reduced(self, node: Expr, index: Index) -> tuple[Form, list[str], tuple[int, ...], Index]:
        """Return the argument of a reduction at its indices, the running ones, and the axes left to reduce."""
        source = node.args[0]
        axes: tuple[int, ...] = node.attrs  # type: ignore[assignment]
        kept = [axis for axis in range(source.ndim) if axis not in axes]
        wanted: dict[int, str | None] = dict(zip(kept, index, strict=False))
        depth = max([source.ndim - 2, *(axis + 1 for axis in wanted)])
        running = [axis for axis in axes if axis < depth]
        fresh = self._fresh([source.shape[axis] for axis in running], index)
        wanted |= dict(zip(running, fresh, strict=True))
        names = _prefix(source.shape, wanted)
        if names is None:
            raise _NeedsName(node)
        left = tuple(axis - len(names) for axis in axes if axis >= len(names))
        form = self._full(source, self._at(source, names), names)
        return form, [name for name in fresh if name is not None], left, names

    def _sum(self, node: Expr, index: Index) -> Form:
        form, running, left, names = self._reduced(node, index)
        shape = node.args[0].shape[len(names) :]
        if len(left) == len(shape):
            form = forms.entries_total(form)
        elif left and form.kind == MATRIX:
            form = forms.product(forms.transpose(form) if left == (0,) else form, ONES)
        elif left and shape[left[0]] != 1:
            form = forms.entries_total(form)
        for name in reversed(running):
            form = forms.each(name, form)
        return _oriented(form, kind_of(node.shape[len(index) :]))

    def _max(self, node: Expr, index: Index) -> Form:
        form, running, left, names = self._reduced(node, index)
        shape = node.args[0].shape[len(names) :]
        if running:
            raise _NeedsName(node)
        if len(left) == len(shape):
            return forms.apply("max", form, kind=SCALAR)
        rows = forms.transpose(form) if left == (0,) else form
        kind = kind_of(node.shape[len(index) :])
        return forms.apply("max" if kind == SCALAR else "rowmax", rows, kind=kind)

    def _softmax(self, node: Expr, index: Index) -> Form:
        if len(index) == node.ndim:
            raise _NeedsName(node)
        source = node.args[0]
        form = self._full(source, self._at(source, index), index)
        return forms.apply(node.op, form, kind=form.kind)

    _sparsemax = _margin = _softmax

    def _logsumexp(self, node: Expr, index: Index) -> Form:
        source = node.args[0]
        form = self._full(source, self._at(source, index), index)
        return forms.apply("logsumexp", form, kind=kind_of(node.shape[len(index) :]))

    def _min_eig(self, node: Expr, index: Index) -> Form:
        return forms.apply(node.op, self._at(node.args[0], ()), kind=SCALAR)

    _max_eig = _min_eig

    def _gap(self, node: Expr, index: Index) -> Form:
        raise _NeedsName(node)

    def _gather(self, node: Expr, index: Index) -> Form:
        source = node.args[0]
        picks = _rectangle(source.shape, node.attrs, node.shape)  # type: ignore[arg-type]
        if picks is None:
            raise _NeedsName(node)
        if source.op != "symbol" and id(source) not in self.names:
            raise _NeedsName(source)
        left, parts = list(index), []
        for pick in picks:
            if isinstance(pick, int):
                parts.append(str(pick))
            elif left:
                name = left.pop(0)
                if name is not None and pick != ":":
                    raise _NeedsName(node)
                parts.append("0" if name is None else name)
            else:
                parts.append(pick)
        return forms.name(self._name_at(source, ()).data[0], kind_of(node.shape[len(index) :]), parts)

    def _scatter(self, node: Expr, index: Index) -> Form:
        source = node.args[0]
        if index or node.ndim > 2 or source.ndim > 2:
            raise _NeedsName(node)
        form = self._at(source, ())
        positions: tuple[int, ...] = node.attrs  # type: ignore[assignment]
        if len(positions) == 1:
            place = ",".join(map(str, positions_of(node.shape)[positions[0]]))
            return forms.product(form, forms.name("e" if node.ndim < 2 else "E", kind_of(node.shape), [place]))
        if node.ndim == 2 and positions == tuple(i * (node.shape[1] + 1) for i in range(len(positions))):
            return forms.diagonal(self._full(source, form, ()))
        return forms.apply("place", self._full(source, form, ()), kind=kind_of(node.shape))

    def _concat(self, node: Expr, index: Index) -> Form:
        if index or node.ndim > 2:
            raise _NeedsName(node)
        args = [self._full(arg, self._at(arg, ()), ()) for arg in node.args]
        return Form("stacked", tuple(args), node.attrs, kind_of(node.shape))

    def _whole(self, node: Expr) -> Form:
        """Return an operation on whole arrays as a function of named ones."""
        args = []
        for arg in node.args:
            if arg.args and id(arg) not in self.names and uniform_value(arg) is None:
                raise _NeedsName(arg)
            if (value := uniform_value(arg)) is not None:
                args.append(forms.number(value))
            else:
                args.append(forms.name(self.names.get(id(arg)) or str(arg.attrs), MATRIX))
        if node.op == "const":
            return Form("text", data=f"constant of shape {'x'.join(map(str, node.shape))}", kind=MATRIX)
        return forms.apply(node.op, *args, kind=MATRIX)


def depending(order: Sequence[Expr], sources: Sequence[Expr]) -> set[int]:
    """Return which nodes of a topological ``order`` depend on ``sources``, by identity."""
    found = {id(source) for source in sources}
    for node in order:
        if any(id(arg) in found for arg in node.args):
            found.add(id(node))
    return found


_LIGHT = frozenset(("broadcast", "reshape", "transpose"))


def _light(node: Expr) -> bool:
    """Whether repeating this operation costs a reader nothing: a transpose, a numeric factor, one entry of a symbol."""
    if node.op == "mul":
        return uniform_value(node.args[0]) is not None
    if node.op == "gather":
        return node.args[0].op == "symbol"
    return node.op in _LIGHT


def _prefix(shape: Shape, wanted: Mapping[int, str | None]) -> Index | None:
    """Return names for the leading axes that cover ``wanted`` and leave at most two axes, or None."""
    count = max([len(shape) - 2, 0, *(axis + 1 for axis in wanted)])
    names: list[str | None] = []
    for axis in range(count):
        if shape[axis] != 1 and wanted.get(axis) is None:
            return None
        names.append(None if shape[axis] == 1 else wanted[axis])
    return tuple(names)


def _rectangle(source: Shape, positions: Sequence[int], target: Shape) -> list[int | str] | None:
    """Return one pick per axis, a number or a slice as text, if ``positions`` are such a block of the array."""
    if not positions:
        return None
    places = positions_of(source)
    axes = [sorted({places[p][axis] for p in positions}) for axis in range(len(source))]
    strides = [1] * len(source)
    for axis in range(len(source) - 2, -1, -1):
        strides[axis] = strides[axis + 1] * source[axis + 1]
    flat = [0]
    for axis, chosen in enumerate(axes):
        flat = [base + i * strides[axis] for base in flat for i in chosen]
    if flat != list(positions) or any(c != list(range(c[0], c[-1] + 1)) for c in axes):
        return None
    remaining = [length for length in target if length != 1]
    if remaining != [len(chosen) for chosen in axes if len(chosen) > 1]:
        return None
    picks: list[int | str] = []
    kept = len(target)
    for chosen, length in zip(axes, source, strict=True):
        if len(chosen) == 1 and (length > 1 or kept < len(source)):
            picks.append(chosen[0])
        else:
            picks.append(":" if len(chosen) == length else f"{chosen[0]}:{chosen[-1] + 1}")
    return picks if sum(not isinstance(p, int) for p in picks) == kept else None
