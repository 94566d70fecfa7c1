"""Laws of estimators, glimpses, penalties and features: correct parts keep them, each planted bug breaks its own."""

import sys
from pathlib import Path

import pytest

from numerics.variants.laws import LAWS, violation

sys.path.insert(0, str(Path(__file__).parent / "planted"))

from part_bugs import BUGS, PARTS


def test_every_law_has_a_part_and_a_bug():
    assert set(PARTS) == set(LAWS) == {law for _, law, _ in BUGS.values()}
    assert all((law.ids, law.statement, law.signature) for law in LAWS.values())


@pytest.mark.parametrize("name", PARTS)
def test_a_correct_part_keeps_its_law(name):
    assert violation(LAWS[name], PARTS[name], draws=8 if name == "location-policy" else 40) is None


@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_breaks_its_law(name):
    _, law, part = BUGS[name]
    found = violation(LAWS[law], part)
    assert found is not None
    assert found.law == law
    assert found.seen
