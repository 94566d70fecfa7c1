"""Sheets of flat families put together."""

from collections.abc import Callable
from fractions import Fraction

import numpy as np

from numerics.landscape_families import Families, Sheet
from numerics.landscape_links import linked, samples, simple_point
from verify.recheck.batch.family import graphs


def test_sheets_hold_and_are_linked(searched: Callable[[str], Families]) -> None:
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


def test_simple_points(searched: Callable[[str], Families]) -> None:
    families = searched("(x*y - 1)**2")
    found = [simple_point(families, sheet) for sheet in families.sheets]
    assert any(point is not None and point[0] == (Fraction(1),) for point in found)
    assert isinstance(families.sheets[0], Sheet)


def test_samples_lie_on_the_family_and_in_the_domain(searched: Callable[[str], Families]) -> None:
    for objective in ("(x*y - 1)**2", "(x*y - 1)**2 + 0/(9 + x*y)"):
        families = searched(objective)
        points = np.concatenate([samples(families, sheet) for sheet in families.sheets], axis=1)
        assert points.shape[1] > 50
        assert np.abs(points.prod(axis=0) - 1).max() < 1e-7
        assert np.abs(points).max() <= 2
