"""Keys with their values may be permuted together (P07); a layer is equivariant under permuted tokens.

Problem: weights that depend on positions, mismatched values, a softmax over the wrong axis.
"""

from __future__ import annotations

from typing import Any

from verify.properties._base import Inputs, Property, relation


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


PROPERTY = Property(
    name="permutation-invariant-keys",
    ids=("P07",),
    statement="f(q, Pk, Pv, mask P') = f(q, k, v, mask) for every permutation P; for layers f(Px) = P f(x)",
    holders="functions whose weight on a key depends on that key and the query only, up to normalisation",
    check=check,
    default=True,
)
