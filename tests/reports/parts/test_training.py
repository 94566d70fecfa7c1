"""Training runs in reports."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from numerics.multistart import Kind
from numerics.training.starts import Trained
from reports.parts.content import curves, tables
from reports.parts.training import details, kinds_table

KINDS = tuple(Kind(np.zeros(2), value, index, 0, 10) for value, index in ((0.0, 0), (1.0, 0), (1.5, 2)))
TRAINED = Trained(KINDS, 40, 30, np.repeat([0.0, 1.0], 10), 1e-12)


def test_words_of_kinds() -> None:
    assert [row[-1] for row in kinds_table(TRAINED)["rows"]] == ["least loss found", "bad minimum", "saddle"]


def test_details() -> None:
    training: Any = SimpleNamespace(trained=TRAINED, bad=())
    found = details(training)
    (curve,) = curves(found)
    assert curve.series[0].values[-1] == 1.0
    assert curve.x[-1] == 1.0
    assert tables(found)[1].rows == (("0", "20"), ("2", "10"), ("not converged", "10"))
