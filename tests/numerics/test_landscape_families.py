"""The search for flat families: proved symmetries, sheets that hold, links between them."""

from collections.abc import Callable
from fractions import Fraction

from numerics.landscape_families import Families, fields_of
from numerics.landscape_links import exact_ends
from verify.claim import Claim


def test_symmetries_are_proved_or_dropped(problem: Callable[[str], Claim]) -> None:
    assert len(fields_of(problem("(x*y - 1)**2"), 0)) == 1
    assert fields_of(problem("(x*y - 1)**2 + x**2/10**13"), 0) == []
    assert fields_of(problem("x**2 + sin(y) + x*y**3"), 0) == []


def test_degenerate_points_start_no_sheet(searched: Callable[[str], Families]) -> None:
    families = searched("x**2*y**2")
    assert all(abs(sheet.point).max() > 1e-7 for sheet in families.sheets)
    assert searched("(x - y)**4").sheets == []


def test_boxes_within_a_sheet(searched: Callable[[str], Families]) -> None:
    families = searched("(x**2 + y**2 - 1)**2")
    sheet = families.sheets[0]
    assert families.within(0.5 * (sheet.ends - sheet.ends[:, ::-1])[:, :, None] + 1e-6)[0]
    assert not families.within(sheet.ends[:, :, None] + 0.1)[0]
    low, high = exact_ends(sheet.ends)
    assert all(isinstance(a, Fraction) and a < b for a, b in zip(low, high, strict=True))
