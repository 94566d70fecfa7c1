"""A finding is a plain frozen value."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from numerics.finding import Finding


def test_a_finding_is_open_until_it_has_evidence() -> None:
    finding = Finding("undecided", reason="no method applies")
    assert (finding.level, finding.kind, finding.evidence, finding.witness) == (None, None, None, None)
    assert finding.values == {}
    assert finding.effort == {}
    with pytest.raises(FrozenInstanceError):
        finding.verdict = "proved"  # type: ignore[misc]
