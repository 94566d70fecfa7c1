"""Sheets of flat families put together."""

from fractions import Fraction

import numpy as np

from numerics.budget import Budget
from numerics.landscape_families import Families, Sheet, fields_of
from numerics.landscape_links import linked, samples, simple_point
from verify.claim import Claim, claim_from_data
from verify.expr.tape import trace
from verify.expr.tape_system import system
from verify.recheck.batch.contract import Contractor
from verify.recheck.batch.family import graphs


def problem(objective: str) -> Claim:
    claim = {"every": "stationary point", "satisfies": "0 < 1"}
    data = {"id": "x", "parameters": {"x": "[-2, 2]", "y": "[-2, 2]"}, "objective": {"minimise": objective}}
    return claim_from_data({**data, "claim": claim})


def searched(objective: str) -> Families:
    claim = problem(objective)
    assert claim.objective is not None
    contractor = Contractor(system(trace(claim.objective, tuple(claim.symbols))), [])
    families = Families(contractor, fields_of(claim, 0), np.full(2, -2.0), np.full(2, 2.0))
    rng = np.random.default_rng(0)
    families.look(4 * rng.random((2, 20)) - 2, Budget.of(20))
    return families


def test_sheets_hold_and_are_linked() -> None:
    families = searched("(x*y - 1)**2")
    for sheet in families.sheets:
        across = [i for i in range(2) if i not in sheet.along]
        assert graphs(families.contractor, sheet.ends[:, :, None], across).all()
        assert abs(sheet.point.prod() - 1) < 1e-7
    parts = linked(families)
    assert {part.family for part in parts} == {0, 1}
    for place, part in enumerate(parts):
        if part.link is not None:
            assert part.link < place
            for sheet in (part.sheet, parts[part.link].sheet):
                assert ((-sheet.ends[:, 0] < part.point) & (part.point < sheet.ends[:, 1])).all()


def test_simple_points() -> None:
    families = searched("(x*y - 1)**2")
    found = [simple_point(families, sheet) for sheet in families.sheets]
    assert any(point is not None and point[0] == (Fraction(1),) for point in found)
    assert isinstance(families.sheets[0], Sheet)


def test_samples_lie_on_the_family_and_in_the_domain() -> None:
    for objective in ("(x*y - 1)**2", "(x*y - 1)**2 + 0/(9 + x*y)"):
        families = searched(objective)
        points = np.concatenate([samples(families, sheet) for sheet in families.sheets], axis=1)
        assert points.shape[1] > 50
        assert np.abs(points.prod(axis=0) - 1).max() < 1e-7
        assert np.abs(points).max() <= 2
