"""Krawczyk's test with parameters: a graph of zeros in a box, or no claim."""

from fractions import Fraction

import pytest

from verify.claim import claim_from_data
from verify.expr.tape import trace
from verify.expr.tape_system import system
from verify.recheck.batch.contract import Contractor
from verify.recheck.batch.family import graphs


def shown(objective: str, across: list[int], *sides: tuple[str, str]) -> bool:
    """Whether the test succeeds in one box for an objective in x and y."""
    claim = claim_from_data(
        {
            "id": "x",
            "parameters": {"x": "real", "y": "real"},
            "objective": {"minimise": objective},
            "claim": {"every": "stationary point", "satisfies": "0 < 1"},
        }
    )
    assert claim.objective is not None
    contractor = Contractor(system(trace(claim.objective, tuple(claim.symbols))), [])
    boxes = contractor.boxes([[(Fraction(a), Fraction(b)) for a, b in sides]])
    return bool(graphs(contractor, boxes, across)[0])


@pytest.mark.parametrize(
    ("objective", "sides", "expected"),
    [
        ("(x - y)**2", (("-1", "1"), ("-1/2", "1/2")), True),
        # The graph leaves through the sides across.
        ("(x - y)**2", (("-1/2", "1/2"), ("-1", "1")), False),
        # Two graphs, and three with the maximum between them.
        ("(x**2 - 1/4)**2 + 0*y", (("-1", "1"), ("-1", "1")), False),
        ("(x**2 - 1/4)**2 + 0*y", (("2/5", "3/5"), ("-1", "1")), True),
        # No zero at all.
        ("x + 0*y", (("-1", "1"), ("-1", "1")), False),
        ("exp(x) + y**2", (("-1", "1"), ("-1", "1")), False),
        # A double zero is no graph with a nonsingular derivative.
        ("x**4 + 0*y", (("-1", "1"), ("-1", "1")), False),
        # Kinks and poles inside.
        ("abs(x) + x**2 + 0*y", (("-1", "1"), ("-1", "1")), False),
        ("x**2 + 1/(100*y)", (("-1", "1"), ("-1", "1")), False),
        ("x**2 + log(y)", (("-1", "1"), ("-1", "1")), False),
    ],
)
def test_graph_over_the_second_input(objective: str, sides: tuple[tuple[str, str], ...], expected: bool) -> None:
    assert shown(objective, [0], *sides) is expected


def test_the_other_input_across() -> None:
    assert shown("(x - y)**2", [1], ("-1/2", "1/2"), ("-1", "1"))
    assert not shown("(x - y)**2", [1], ("-1", "1"), ("-1/2", "1/2"))
