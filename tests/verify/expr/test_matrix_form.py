"""Every printed formula is evaluated as it stands and compared with the expression it was made from."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest

from verify import models
from verify.derivation import derive
from verify.expr import build
from verify.expr import functions as F
from verify.expr.form import COLUMN, MATRIX, ROW, SCALAR, Form
from verify.expr.matrix_form import kind_of, matrix_forms
from verify.expr.node import symbols
from verify.expr.numpy_reading import compile_numpy
from verify.expr.plain import Plain


class Unreadable(Exception):
    """A function of whole arrays, which names no formula."""


def as_matrix(value: np.ndarray, kind: str) -> np.ndarray:
    flat = np.squeeze(value)
    return flat.reshape({SCALAR: (1, 1), COLUMN: (-1, 1), ROW: (1, -1), MATRIX: flat.shape}[kind])


def read(form: Form, env: dict[str, np.ndarray], at: dict[str, int]) -> np.ndarray:
    """Return the value of a formula as a matrix; repeated rows and columns stay of length one."""
    return READERS[form.op](form, env, at)


def read_name(form: Form, env, at) -> np.ndarray:
    name, index = form.data
    if name not in env:
        assert name in ("e", "E", "pi")
        if name == "pi":
            return np.array([[np.pi]])
        raise Unreadable
    array = np.asarray(env[name], dtype=float)
    keys = [at[k] if k in at else int(k) if k.isdigit() else slicing(k) for k in index]
    if len(index) < array.ndim:
        array = np.squeeze(array)
    return as_matrix(array[tuple(keys)], form.kind)


def slicing(text: str) -> slice:
    return slice(*(int(part) if part else None for part in text.split(":")))


def read_product(form: Form, env, at) -> np.ndarray:
    arrays = [p for p in form.args if p.kind != SCALAR]
    parts = [p if is_ones(p) else read(p, env, at) for p in arrays]
    ones = [place for place, part in enumerate(parts) if isinstance(part, Form)]
    while ones and len(parts) > 1:
        parts, ones = without_ones(parts, ones[-1] if parts[ones[-1]].kind == COLUMN else ones[0])
    out = np.array([[float(form.data)]])
    for p in form.args:
        out = out * read(p, env, at) if p.kind == SCALAR else out
    whole = parts[0] if parts and not ones else np.ones((1, 1))
    for part in parts[1:]:
        repeated = part if len(part) == whole.shape[1] else np.repeat(part, whole.shape[1], axis=0)
        whole = whole @ repeated
    return out * whole


def without_ones(parts: list, place: int) -> tuple[list, list[int]]:
    """Sum the neighbour that a vector of ones is multiplied with; at an end it repeats what is there."""
    column = parts[place].kind == COLUMN
    neighbour = place - 1 if column else place + 1
    if 0 <= neighbour < len(parts) and not isinstance(parts[neighbour], Form):
        summed = parts[neighbour].sum(axis=1 if column else 0, keepdims=True)
        low, high = sorted((place, neighbour))
        parts = [*parts[:low], summed, *parts[high + 1 :]]
    else:
        parts = parts[:place] + parts[place + 1 :]
    return parts, [k for k, part in enumerate(parts) if isinstance(part, Form)]


def is_ones(form: Form) -> bool:
    return form.op == "ones" or (form.op == "transpose" and form.args[0].op == "ones")


def read_apply(form: Form, env, at) -> np.ndarray:
    args = [read(p, env, at) for p in form.args]
    if form.data in ("softmax", "logsumexp", "sparsemax", "rowmax"):
        axis = 0 if form.args[0].kind == COLUMN else 1
        rows = args[0] - args[0].max(axis=axis, keepdims=True)
        if form.data == "softmax":
            return np.exp(rows) / np.exp(rows).sum(axis=axis, keepdims=True)
        if form.data == "logsumexp":
            return np.log(np.exp(args[0]).sum(axis=axis, keepdims=True))
        if form.data == "rowmax":
            return args[0].max(axis=1, keepdims=True)
    if form.data in ("place", "sparsemax", "gather", "reshape", "transpose", "scatter", "concat"):
        raise Unreadable
    if form.data == "max" and len(args) == 1:
        return args[0].max(keepdims=True)
    if form.data == "where":
        return np.where(args[0] == 1, args[1], args[2])
    spread = [F.argument(f"a{k}", a.shape) for k, a in enumerate(np.broadcast_arrays(*args))]
    function = {"abs": build.absolute, "step": build.step}.get(form.data) or getattr(F, form.data)
    return compile_numpy([function(*spread)], spread)(*np.broadcast_arrays(*args))[0]


def read_stacked(form: Form, env, at) -> np.ndarray:
    return np.concatenate([read(p, env, at) for p in form.args], axis=form.data)


def read_each(form: Form, env, at) -> np.ndarray:
    lengths = {array.shape[0] for array in map(np.asarray, env.values()) if array.ndim == 3}
    return sum(read(form.args[0], env, at | {form.data: k}) for k in range(max(lengths)))


def read_norm(form: Form, env, at) -> np.ndarray:
    value = read(form.args[0], env, at)
    return np.array([[np.abs(value).sum() if form.data == "1" else np.sqrt((value**2).sum())]])


def read_diagonal(form: Form, env, at) -> np.ndarray:
    entries = read(form.args[0], env, at)
    if entries.size == 1:  # of unknown length
        raise Unreadable
    return np.diag(entries.ravel())


def unreadable(*_) -> np.ndarray:
    raise Unreadable


READERS = {
    "number": lambda form, env, at: np.array([[float(form.data)]]),
    "name": read_name,
    "literal": lambda form, env, at: as_matrix(np.array([[float(e) for e in row] for row in form.data]), form.kind),
    "sum": lambda form, env, at: sum(read(p, env, at) for p in form.args),
    "product": read_product,
    "hadamard": lambda form, env, at: prod(read(p, env, at) for p in form.args),
    "quotient": lambda form, env, at: read(form.args[0], env, at) / read(form.args[1], env, at),
    "transpose": lambda form, env, at: read(form.args[0], env, at).T,
    "diagonal": read_diagonal,
    "text": unreadable,
    "power": lambda form, env, at: read(form.args[0], env, at) ** form.data,
    "norm": read_norm,
    "inner": lambda form, env, at: (read(form.args[0], env, at) * read(form.args[1], env, at)).sum(keepdims=True),
    "apply": read_apply,
    "each": read_each,
    "stacked": read_stacked,
    "compare": lambda form, env, at: {"<": np.less, "<=": np.less_equal, "==": np.equal}[form.data](
        *(read(p, env, at) for p in form.args)
    ).astype(float),
}


def assert_true(outputs, hints, primal, directions=()) -> int:
    """Evaluate all definitions and outputs as printed; return how many were readable."""
    definitions, forms = matrix_forms(outputs, hints, primal=primal, directions=directions)
    inputs = list(symbols(*outputs).values())
    rng = np.random.default_rng(7)
    values = [rng.uniform(0.25, 1.75, s.shape) for s in inputs]
    nodes = [definition.node for definition in definitions]
    known = compile_numpy([*nodes, *outputs], inputs)(*values)
    env = {str(s.attrs): v for s, v in zip(inputs, values, strict=True)}
    env |= {d.left.data[0]: v for d, v in zip(definitions, known, strict=False)}
    readable = 0
    for definition in definitions:
        index = definition.left.data[1]
        lengths = [length for length in definition.node.shape if length != 1][: len(index)]
        for place in np.ndindex(*lengths):
            at = dict(zip(index, map(int, place), strict=True))
            readable += matches(definition.left, definition.right, env, at)
    for form, value in zip(forms, known[len(nodes) :], strict=True):
        kind = kind_of(value.shape)
        try:
            shown = read(form, env, {})
        except Unreadable:
            continue
        assert np.allclose(np.broadcast_to(shown, as_matrix(value, kind).shape), as_matrix(value, kind), rtol=1e-10)
        readable += 1
    return readable


def matches(left: Form, right: Form, env, at) -> int:
    try:
        shown = read(right, env, at)
    except Unreadable:
        return 0
    value = read(left, env, at)
    assert np.allclose(np.broadcast_to(shown, value.shape), value, rtol=1e-10), Plain().render(right)
    return 1


@pytest.mark.parametrize("name", models.names())
@pytest.mark.parametrize("n", [1, 3])
def test_derivations_of_models(name: str, n: int) -> None:
    extra = {"hidden": 3} if name == "self-attention" else {}
    model = models.build(name, n=n, **extra)
    d = derive(model.loss, model.parameters)
    outputs = [d.loss, *d.gradient.values(), *d.hessian.values()]
    for hints in (model.definitions, {}):
        readable = assert_true(outputs, hints, [d.loss], list(d.directions.values()))
        assert readable >= len(outputs)


def test_formulas_of_every_primitive(case) -> None:
    slopes = list(derive(case.loss, {str(s.attrs): s for s in case.inputs}).gradient.values())
    assert assert_true([case.loss, *slopes], {}, [case.loss]) >= 0


x, A = F.argument("x", (3,)), F.argument("A", (2, 3))
X3, w4 = F.argument("X", (4, 2, 3)), F.argument("w", (2, 2, 3, 2))


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (A @ x, "A x"),
        (F.sum(x**2), "‖x‖²"),
        (F.norm(A), "‖A‖"),
        (F.sum(A * A.T.T), "⟨A, A⟩"),
        (F.mean(x), "(1/3) 𝟏ᵀ x"),
        (F.sum(A, 0), "Aᵀ 𝟏"),
        (F.sum(A, 1), "A 𝟏"),
        (F.softmax(A) - 1, "softmax(A) - 1"),
        (x[0] * x[1:], "x[0] x[1:3]"),
        (A[1], "A[1,:]"),
        (F.diag(x), "diag(x)"),
        (F.outer(x, x), "x xᵀ"),
        (A * x, "A diag(x)"),
        (F.sum(X3, 0), "Σ_i X[i]"),
        (F.sum(X3), "Σ_i 𝟏ᵀ X[i] 𝟏"),
        (F.norminf(x), "max(abs(x))"),
        (F.max(A, 1), "rowmax(A)"),
        (F.stack([x[0], x[2]]), "[x[0]; x[2]]"),
        (1 / F.sum(x), "1/(𝟏ᵀ x)"),
        (x / (1 + x), "x ⊘ (1 + x)"),
        (F.where(x > 0, x, 0), "where(0 < x, x, 0)"),
        (build.lift([[1, "1/2"], [0, -3]]) @ A, "[1, (1/2); 0, -3] A"),
    ],
)
def test_formulas_read_well(expression, text: str) -> None:
    definitions, (form,) = matrix_forms([expression], primal=[expression])
    assert not definitions
    assert Plain().render(form) == text


def test_more_than_two_axes_get_indices() -> None:
    definitions, (form,) = matrix_forms([F.sum(F.tanh(w4) ** 2)], primal=[w4])
    assert Plain().render(form) == "Σ_i Σ_j ‖tanh(w[i,j])‖²"
    assert not definitions


def test_what_has_no_formula_is_a_function_of_named_arrays() -> None:
    odd = F.sum((F.tanh(X3).reshape(8, 3) @ x) ** 2)
    definitions, (form,) = matrix_forms([odd], primal=[odd])
    shown = [f"{Plain().render(d.left)} = {Plain().render(d.right)}" for d in definitions]
    assert shown == ["H_1[i] = tanh(X[i])", "E_1 = reshape(H_1)"]
    assert Plain().render(form) == "‖E_1 x‖²"


def test_hints_give_names_and_new_names_avoid_taken_ones() -> None:
    H_1 = F.argument("H_1", (3,))
    hidden = F.tanh(x)
    definitions, _ = matrix_forms([F.sum(hidden * H_1 * hidden) + F.sum(hidden)], {"z": hidden}, primal=[hidden])
    assert definitions[0].left.data[0] == "z"
    shared = F.exp(F.sin(x) * 2)
    definitions, _ = matrix_forms([F.sum(shared * H_1) / F.sum(shared)], primal=[shared, H_1])
    assert "H_1" not in {d.left.data[0] for d in definitions}


def test_long_formulas_are_cut_into_parts() -> None:
    deep = x
    for k in range(40):
        deep = F.tanh(deep * (k + 2) + F.sin(deep[::-1] * x))
    definitions, (form,) = matrix_forms([F.sum(deep)], primal=[deep])
    assert max(len(Plain().render(d.right)) for d in definitions) < 200
    assert len(Plain().render(form)) < 200
