"""Boxes in which the zeros of some derivatives form a graph, many at once: Krawczyk's test with parameters.

Split the inputs of a system into those *across* and those *along*. For a box X with middle c and any matrix Y, let G be
the derivatives by the inputs across. If

    c_across - Y G(c) - Y G'_along(X) (X - c)_along + (1 - Y G'_across(X)) (X - c)_across

lies inside the interior of X_across, then for every value of the inputs along, G has exactly one zero across (the
mean-value form of Krawczyk's operator at each of these values; R. Krawczyk, Computing 4 (1969); A. Neumaier, Interval
Methods for Systems of Equations, chapter 5). The derivative of G across is nonsingular in the box, so the zeros are
the graph of a smooth function of the inputs along: one connected piece.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from verify.recheck.batch import lanes
from verify.recheck.batch.contract import Contractor, Mask, inverted
from verify.recheck.batch.lanes import Lanes


def graphs(contractor: Contractor, boxes: Lanes, across: Sequence[int]) -> Mask:
    """Return which boxes (n, 2, N) are shown to hold the zeros of the derivatives ``across`` as one graph.

    Args:
        across: numbers of inputs; the zeros are a graph over the others.
    """
    places = list(across)
    with np.errstate(all="ignore"):
        values, smooth = contractor.forward(boxes, len(contractor.steps))
        center = 0.5 * (boxes[:, 1] - boxes[:, 0])
        hessian = contractor.hessian(values)[places]
        slopes, at_smooth = contractor.slopes_at(center)
        middle = 0.5 * (hessian[:, places, 1] - hessian[:, places, 0])
        inverse = inverted(middle)
        shifted = lanes.add(boxes, np.stack([center, -center], axis=1))
        held = smooth & at_smooth & _defined(contractor, values)
        for row, place in enumerate(places):
            image = np.stack([-center[place], center[place]])
            image = lanes.add(image, lanes.negative(_combined(inverse[row], slopes[places])))
            for j in range(contractor.size):
                rest = lanes.negative(_combined(inverse[row], hessian[:, j]))
                if j == place:
                    rest = lanes.add(rest, np.array([[-1.0], [1.0]]))
                image = lanes.add(image, lanes.mul(rest, shifted[j]))
            # Both rows are smaller: strictly inside.
            held &= (image < boxes[place]).all(axis=0)
        return held


def _defined(contractor: Contractor, values: Lanes) -> Mask:
    """Return where value, gradient and solved parameters are known."""
    system = contractor.system
    wanted = [system.value, *system.gradient, *(place for _, place in system.solved)]
    return ~np.isnan(values[wanted]).any(axis=(0, 1))


def _combined(factors: Any, entries: Lanes) -> Lanes:
    """Return the sum of exact numbers (m, N) times intervals (m, 2, N)."""
    total = np.zeros(entries.shape[1:])
    for factor, entry in zip(factors, entries, strict=True):
        total = lanes.add(total, lanes.mul(np.stack([-factor, factor]), entry))
    return total
