"""Keys with their values may be permuted together (P07); a layer is equivariant under permuted tokens.

Problem: weights that depend on positions, mismatched values, a softmax over the wrong axis.
"""

from __future__ import annotations

from typing import Any

from verify.properties._base import Inputs, Property, relation
from verify.properties._formal import Goal, Subject, joined, rows, same_output


def _order(inputs: Inputs) -> Any:
    return inputs.rng().permutation(inputs.k.shape[-2])


def _permuted(inputs: Inputs) -> Inputs | None:
    if inputs.k.shape[-2] < 2:
        return None
    order = _order(inputs)
    mask = None if inputs.mask is None else inputs.mask[..., order]
    if inputs.layer:
        return inputs.changed(x=inputs.q[:, order], mask=None if mask is None else mask[:, order])
    return inputs.changed(k=inputs.k[:, order], v=inputs.v[:, order], mask=mask)


def _expected(inputs: Inputs, value: Any, error: Any) -> tuple[Any, Any]:
    if not inputs.layer:
        return value, error
    order = _order(inputs)
    return value[:, order], error[:, order]


def check(lab: Any, inputs: Inputs) -> Any:
    """Compare f with f on permuted keys and values."""
    shown = f"np.all(np.abs(out[0][..., {_order(inputs).tolist()}, :] - out[1]) <= bound)"
    plain = "np.all(np.abs(out[0] - out[1]) <= bound)"
    return relation(
        _permuted, _expected, text="keys permuted with their values", assertion=shown if inputs.layer else plain
    )(lab, inputs)


def formal(subject: Subject) -> Goal | None:
    """For the exchange of the first two keys and the cycle of all, which generate every permutation."""
    count = subject.sizes[1]
    swap, cycle = [1, 0, *range(2, count)], [*range(1, count), 0]
    return joined([_with_permuted_keys(subject, order) for order in (swap, cycle) if count > 1])


def _with_permuted_keys(subject: Subject, order: list[int]) -> Goal:
    visible = [[row[j] for j in order] for row in subject.visible]
    return same_output(subject, k=rows(subject.k, order), v=rows(subject.v, order), visible=visible)


PROPERTY = Property(
    name="permutation-invariant-keys",
    ids=("P07",),
    statement="f(q, Pk, Pv, mask P') = f(q, k, v, mask) for every permutation P; for layers f(Px) = P f(x)",
    holders="functions whose weight on a key depends on that key and the query only, up to normalisation",
    check=check,
    formal=formal,
    default=True,
)
