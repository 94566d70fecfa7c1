"""Copies in lists of critical points."""

from verify.claim import claim_from_data
from verify.commands.landscape import _page
from verify.landscape import Landscape, landscape


def found(objective: str, **parameters: str) -> Landscape:
    claim = {"every": "stationary point", "satisfies": "0 < 1"}
    data = {"id": "x", "parameters": parameters, "objective": {"minimise": objective}, "claim": claim}
    return landscape(claim_from_data(data), budget=20)


def test_four_wells_are_one() -> None:
    result = found("(x**2 - 1)**2 + (y**2 - 1)**2", x="[-2, 2]", y="[-2, 2]")
    assert result.decided
    assert len(result.points) == 9
    originals = set(range(9)) - {copy.copy for copy in result.copies}
    assert sorted(result.points[n].kind for n in originals) == ["saddle", "strict maximum", "strict minimum"]
    for copy in result.copies:
        assert result.points[copy.of].value == result.points[copy.copy].value
        assert f"{copy.copy + 1} is {copy.of + 1} under {copy.symmetry}" in _page(result)
    assert len(result.to_json()["copies"]) == 6


def test_tilted_wells_are_not() -> None:
    result = found("(x**2 - 1)**2 + x/1000", x="[-2, 2]")
    assert result.decided
    assert len(result.points) == 3
    assert result.copies == ()


def test_copies_where_a_parameter_is_solved_for() -> None:
    result = found("(v*tanh(q*k) - 1/2)**2 + v**2/20 + q**2/30 + k**2/40", v="[-2, 2]", q="[-2, 2]", k="[-2, 2]")
    assert result.complete
    minima = [n for n, p in enumerate(result.points) if p.kind == "strict minimum" and p.at["v"] != (0, 0)]
    assert len(minima) == 4
    assert {copy.copy for copy in result.copies} >= set(minima[1:])
    assert minima[0] not in {copy.copy for copy in result.copies}
