"""Every operation of the expression language, in every way of writing it, against the NumPy reading."""

from __future__ import annotations

import pytest

from numerics import compiler
from numerics.kernels import compile_kernel
from numerics.kernels.emitter import SUPPORTED
from verify.expr import functions as F
from verify.expr.derive import gradient
from verify.expr.node import BOOL, PRIMITIVES, topological
from verify.expr.numpy_reading import compile_numpy

pytestmark = pytest.mark.usefixtures("needs_compiler")
LEFT_TO_NUMPY = {"min_eig", "max_eig"}


def test_every_operation_is_written_or_named_as_left_to_numpy(operations) -> None:
    assert SUPPORTED | LEFT_TO_NUMPY == PRIMITIVES
    assert {node.op for node in topological(*operations.values())} == SUPPORTED


def test_values(operations, arguments, shared, batch, agrees, form) -> None:
    outputs = list(operations.values())
    own = compile_kernel(outputs, arguments, shared=shared, backend="c")(*batch)
    other = compile_numpy(outputs, arguments, batched=True, shared=shared)(*batch)
    wrong = [name for name, a, b in zip(operations, own, other, strict=True) if not agrees(a, b)]
    assert not wrong


@pytest.mark.slow
def test_optimised_values(operations, arguments, shared, batch, agrees, form) -> None:
    test_values(operations, arguments, shared, batch, agrees, form)


@pytest.mark.slow
def test_gradients(operations, arguments, shared, batch, agrees, form, monkeypatch) -> None:
    if form == "flat":  # fifty losses written out take a minute to optimise
        monkeypatch.setattr(compiler, "FLAGS", tuple("-O0" if flag == "-O2" else flag for flag in compiler.FLAGS))
    kinds = {"lt", "le", "eq", "ne", "and", "or", "not", "gap", "margin"}
    losses = [F.sum(a * a) for a in operations.values() if a.kind != BOOL
              and not {node.op for node in topological(a)} & kinds]  # fmt: skip
    outputs = [slope for loss in losses for slope in gradient(loss, arguments)]
    own = compile_kernel(outputs, arguments, shared=shared, backend="c")(*batch)
    other = compile_numpy(outputs, arguments, batched=True, shared=shared)(*batch)
    assert all(agrees(a, b, 1e-12) for a, b in zip(own, other, strict=True))
