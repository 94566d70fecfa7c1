"""Affine symmetries: proved identities, independence over boxes, and names."""

from fractions import Fraction

import pytest
from flint import fmpq

from verify.claim import Claim, claim_from_data
from verify.errors import AttnverifyError
from verify.recheck.enclosures import Box
from verify.recheck.symmetries import Field, field_from, name_of, require_symmetry, transversal

Rows = list[list[int]]


def problem(objective: str, **parameters: str) -> Claim:
    claim = {"every": "stationary point", "satisfies": "0 < 1"}
    return claim_from_data({"id": "x", "parameters": parameters, "objective": {"minimise": objective}, "claim": claim})


def made(matrix: Rows, offset: list[int] | None = None) -> Field:
    size = len(matrix)
    return field_from(
        {"matrix": [[str(v) for v in row] for row in matrix], "offset": [str(v) for v in offset or [0] * size]}, size
    )


AGAINST = made([[1, 0], [0, -1]])
TURN = made([[0, 1], [-1, 0]])


@pytest.mark.parametrize(
    ("objective", "field"),
    [
        ("(a*w - 1)**2", AGAINST),
        ("tanh(a*w) + exp(a**2*w**2)", AGAINST),
        ("sum((softmax([a*w, 2*a*w, 0]) - [1, 0, 0])**2)", AGAINST),
        ("(a**2 + w**2 - 1)**2", TURN),
        ("(a - w)**4", made([[0, 0], [0, 0]], [1, 1])),
        ("(a**2*w - 1)**2", made([[1, 0], [0, -2]])),
    ],
)
def test_what_holds(objective: str, field: Field) -> None:
    require_symmetry(problem(objective, a="real", w="real"), field)


@pytest.mark.parametrize(
    ("objective", "field"),
    [
        ("(a*w - 1)**2 + a**2/10**30", AGAINST),
        ("(a*w - 1)**2", TURN),
        ("(a**2 + 2*w**2 - 1)**2", TURN),
        ("(a - w)**4", made([[0, 0], [0, 0]], [1, -1])),
        ("(a**2*w - 1)**2", AGAINST),
        ("abs(a*w) + a", AGAINST),
        ("(a*w - 1)**2", made([[1, 0], [0, -1]], [0, 1])),
    ],
)
def test_what_does_not(objective: str, field: Field) -> None:
    with pytest.raises(AttnverifyError):
        require_symmetry(problem(objective, a="real", w="real"), field)


def test_malformed_fields() -> None:
    for data in ({"matrix": [["1"]], "offset": ["0", "0"]}, {"matrix": [["1", "0"]], "offset": ["0"]}, {"matrix": []}):
        with pytest.raises(AttnverifyError):
            field_from(data, 1)


def test_independence_over_a_box() -> None:
    def over(low: tuple[int, int], high: tuple[int, int]) -> Box:
        return Box(tuple(fmpq(v, 4) for v in low), tuple(fmpq(v, 4) for v in high))

    assert transversal([AGAINST], [0], over((1, -4), (8, 4)))
    assert not transversal([AGAINST], [1], over((1, -4), (8, 4)))
    assert not transversal([AGAINST], [0], over((0, 1), (4, 4)))
    assert transversal([AGAINST, TURN], [0, 1], over((4, 1), (5, 2)))
    # (a, -w) and (w, -a) are parallel on the diagonals.
    assert not transversal([AGAINST, TURN], [0, 1], over((4, 4), (5, 5)))
    assert not transversal([AGAINST, AGAINST], [0, 1], over((4, 4), (5, 5)))


def test_names() -> None:
    two = problem("(a*w - 1)**2", a="real", w="real")
    assert name_of(AGAINST, two) == "rescaling of a against w"
    assert name_of(TURN, two) == "rotation in (a, w)"
    assert name_of(made([[1, 0], [0, -2]]), two) == "rescaling with exponents a: 1, w: -2"
    assert name_of(made([[0, 0], [0, 0]], [1, -1]), two) == "shift along (a, -w)"
    assert name_of(made([[1, 0], [0, -1]], [1, 0]), two) == "affine motion of a, w"
    assert name_of(made([[0, 1], [0, 0]]), two) == "linear motion of a, w"
    vectors = problem("sum(q*k)", q="real[2]", k="real[2]")
    basis = [[0, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, -1, 0]]
    assert name_of(made(basis), vectors) == "change of basis between q and k"
    assert made(basis).moved == {0, 1, 2, 3}
    assert Field(((Fraction(0),) * 2,) * 2, (Fraction(1), Fraction(0))).moved == {0}
