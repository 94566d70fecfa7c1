"""Columns about single variants: they hold for the variant, and a planted bug of each kind is seen."""

from dataclasses import replace

import pytest

from numerics.variants.own_columns import OWN_COLUMNS
from verify.attention import lu_parallel, variant
from verify.attention._base import Attention, standard
from verify.expr import build
from verify.expr import functions as F

CELLS = [
    ("P45", "cosine"), ("P45", "linear_elu"), ("P47", "alibi"), ("P52", "lu_parallel"), ("P52", "lu_alternating"),
    ("P54", "pu_spatiotemporal"), ("P55", "global_mask"),
]  # fmt: skip


@pytest.mark.parametrize(("column", "name"), CELLS)
def test_the_variant_has_it(column, name):
    assert OWN_COLUMNS[column](variant(name)) == "+"


def rising(s):
    """ALiBi with the sign turned."""
    far = [[abs(s.position(i) - s.key_position(j)) for j in range(s.keys)] for i in range(s.queries)]
    return standard(s, F.lift(far))


def level(s):
    return standard(s, F.zeros(s.queries, s.keys))


def leaking(s):
    """Co-attention whose affinity keeps padded queries."""
    return lu_parallel.attend(replace(s, seen=(True,) * s.queries, visible=((True,) * s.keys,) * s.queries))


def flat(s):
    """One softmax over all pairs of position and level."""
    width, levels = s.v.shape[1] // 2, []
    for number in range(2):
        part = build.index(s.k, (slice(None), slice(number * (s.width // 2), (number + 1) * (s.width // 2))))
        levels.append(F.matmul(build.index(s.q, (slice(None), slice(0, s.width // 2))), F.transpose(part)))
    weights = F.softmax(F.concatenate(levels, 1))
    values = [build.index(s.v, (slice(None), slice(n * width, (n + 1) * width))) for n in range(2)]
    return Attention(F.matmul(weights, F.concatenate(values)))


def on_features(s):
    """The fixed mask multiplies features in place of tokens."""
    return Attention(F.mul(s.v, build.index(s.parameters["a"], slice(0, s.v.shape[1]))))


BUGS = [
    ("P47", "alibi", rising), ("P47", "alibi", level), ("P52", "lu_parallel", leaking),
    ("P54", "pu_spatiotemporal", flat), ("P55", "global_mask", on_features),
]  # fmt: skip


@pytest.mark.parametrize(("column", "name", "attend"), BUGS)
def test_a_planted_bug_is_seen(column, name, attend):
    assert OWN_COLUMNS[column](replace(variant(name), attend=attend)) == "-"


def test_other_variants_are_not_asked():
    assert {OWN_COLUMNS[column](variant("sdp")) for column in ("P47", "P52", "P54", "P55")} == {"."}


@pytest.mark.slow
def test_the_reading_is_compared_with_the_exact_one():
    assert OWN_COLUMNS["P56"](variant("softmax1")) == "+"
