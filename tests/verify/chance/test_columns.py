"""Operations on columns agree with operations on single numbers."""

import random

import pytest
from flint import fmpq

from verify.chance import TooLarge
from verify.chance.columns import BALL, Runs, constant_kind, decoded, encoded, integers_of, operations
from verify.chance.graph import unroll
from verify.chance.program import tidied
from verify.expr import build
from verify.expr.ball import Balls
from verify.expr.evaluate import Poison, evaluate_partially
from verify.expr.parse import parse

NAMES = {"x": build.symbol("x", (3,))}

TEXTS = [
    "2*x[0] - x[1]/3 + 1/7",
    "x[0]*x[1]*x[2]",
    "x[0]**3 - x[1]**2",
    "max(abs(x)) + min(x)",
    "relu(x[0]) - sign(x[1])",
    "where(x[0] < x[1]/2, x[1], x[2] - 1/2)",
    "where(x[0] == x[1] or not (x[1] <= x[2] and x[2] != 0), 1, 2)",
    "x[0]/x[1]",
    "sqrt(x[0]) + x[1]",
    "exp(x[0] - 1/2) * x[1]",
    "max([exp(x[0]), x[1], 1])",
    "where(log(x[0]) > 0, x[1], x[2]/x[1])",
    "sum(softmax(x)*x)",
    "sparsemax(x)[1]",
    "0*log(x[0]) + x[1]",
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("exact", [True, False])
def test_columns_agree_with_single_evaluation(text, exact):
    root = parse(text, NAMES)
    program = tidied(unroll(root, {"x": range(3)}))
    source = random.Random(7)
    points = [[fmpq(source.randint(-6, 6), 2) for _ in range(3)] for _ in range(50)]
    kind = integers_of(2, 6) if exact else constant_kind(None)
    steps = operations(program, lambda number: kind)
    columns: list = []
    for node, step in zip(program.nodes, steps, strict=True):
        if step is not None:
            columns.append(step.apply([columns[arg] for arg in node.args], len(points)))
        elif node.op == "entry":
            columns.append([encoded(point[node.data], kind) for point in points])
        else:
            columns.append(None)
    last = steps[program.root]
    assert last is not None
    for point, value in zip(points, columns[program.root], strict=True):
        (expected,) = evaluate_partially([root], {"x": point}, Balls())[0]
        if isinstance(expected, Poison):
            assert isinstance(value, Poison)
        elif isinstance(expected, fmpq):
            assert decoded(value, last.kind) == expected
        else:
            assert value.overlaps(expected)


def test_rational_operations_stay_integers():
    program = tidied(unroll(parse("max(abs(2*x - 1/3))**2", NAMES), {"x": range(3)}))
    steps = operations(program, lambda number: integers_of(4, 8))
    last = steps[program.root]
    assert last is not None
    assert last.kind.form == "integer"
    assert last.kind.denominator == 36
    assert last.kind.largest == 26**2


def test_long_numbers_are_refused():
    program = tidied(unroll(parse("((x[0]**100)**100)**100", NAMES), {"x": range(3)}))
    with pytest.raises(TooLarge):
        operations(program, lambda number: integers_of(1, 3))
    program = tidied(unroll(parse("1/((1/(x[0]**100))**100)**100", NAMES), {"x": range(3)}))
    with pytest.raises(TooLarge):
        operations(program, lambda number: integers_of(1, 3))
    operations(program, lambda number: BALL)


def test_runs_are_a_column():
    runs = Runs((-1, 2), 3)
    assert list(runs) == [-1, -1, -1, 2, 2, 2]
    assert len(runs) == 6
    assert runs[2:4] == [-1, 2]
    assert list(runs.multiplied(5)) == [-5, -5, -5, 10, 10, 10]


def test_encoding():
    kind = integers_of(6, 100)
    assert encoded(fmpq(1, 3), kind) == 2
    assert decoded(2, kind) == fmpq(1, 3)
    assert constant_kind(True).form == "truth"
