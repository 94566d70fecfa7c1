"""Columns of the table about derivatives, growth, contraction and flat directions."""

from dataclasses import replace

import pytest

from numerics.variants.slope_table import SLOPE_COLUMNS
from verify.attention import variant
from verify.attention._base import Attention
from verify.expr import functions as F

KNOWN = [
    ("sdp", "P29", "+"), ("differential", "P29", "-"), ("sparsemax", "P30", "+"), ("entmax15", "P30", "+"),
    ("sdp", "P30", "."), ("sdp", "P17", "+"), ("sagan", "P17", "+"), ("bahdanau", "P25", "+"), ("sdp", "P31", "- r2"),
    ("l2", "P31", "+"), ("sdp", "P33", "+"), ("sparsemax", "P33", "-"), ("sigmoid", "P33", "."), ("sdp", "P35", "8"),
    ("l2", "P35", "5"), ("sagan", "P41", "+"), ("differential", "P50", "+"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "column", "mark"), KNOWN)
def test_a_cell_is_as_derived_by_hand(name, column, mark):
    assert SLOPE_COLUMNS[column](variant(name)) == mark


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "mark"), [("cosine", "7"), ("gated", "6"), ("bahdanau", "4"), ("differential", "12"), ("sagan", "9")]
)
def test_flat_directions_are_those_of_the_symmetries(name, mark):
    assert SLOPE_COLUMNS["P35"](variant(name)) == mark


def test_a_twin_with_falling_weights_is_seen():
    def attend(setting):
        return replace_weights(variant("sdp").attend(setting))

    def replace_weights(attention):
        return Attention(attention.output, F.sub(1, attention.weights), attention.scores)

    assert SLOPE_COLUMNS["P29"](replace(variant("sdp"), attend=attend)) == "-"


def test_a_twin_that_reads_hidden_keys_is_seen():
    def attend(setting):
        plain = variant("sdp").attend(setting)
        return Attention(F.add(plain.output, F.sum(setting.k)), plain.weights, plain.scores)

    assert SLOPE_COLUMNS["P17"](replace(variant("sdp"), attend=attend)) == "-"
