"""The exported strategies give what they say, and shrink to small samples."""

import numpy as np
from hypothesis import Phase, find, given, settings

from verify.claim import claim_from_data
from verify.strategies import attention_inputs, claim_points, heads, masks, near_degenerate, scales, tokens


@given(tokens(length=3, width=2, reach=4, dyadic=True))
def test_dyadic_tokens_are_multiples_of_a_quarter(a):
    assert a.shape == (3, 2)
    assert np.all(a * 4 == np.round(a * 4))


@given(masks(queries=2, keys=3))
def test_every_row_of_a_mask_sees_a_key(mask):
    assert mask.shape == (2, 3)
    assert mask.any(axis=1).all()


@given(heads(width=12), scales(), near_degenerate(length=3, width=2))
def test_heads_divide_and_rows_nearly_coincide(count, scale, a):
    assert 12 % count == 0
    assert scale >= 0
    assert np.ptp(a, axis=0).max() <= 2.0**-19


def test_inputs_shrink_to_one_token():
    quick = settings(phases=(Phase.generate, Phase.shrink))
    small = find(attention_inputs([(2, 2, 2, 2)]), lambda inputs: True, settings=quick)
    assert small.sizes == (1, 1, 2, 2)
    assert small.mask is None
    assert not small.q.any()


CLAIM = claim_from_data(
    {
        "id": "domain",
        "parameters": {"a": "positive", "s": "[-3, 2][3]", "w": "real[2]"},
        "claim": {"every": "point", "satisfies": "a > 0"},
    }
)


@given(claim_points(CLAIM))
def test_points_lie_in_the_domain_of_the_claim(point):
    a, *rest = point
    assert len(point) == 6
    assert a > 0
    assert all(-3 <= x <= 2 for x in rest[:3])
