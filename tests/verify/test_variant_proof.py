"""Properties of variants are proved with a certificate; properties of twins with a planted bug are not."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from verify.attention import variant, variants
from verify.attention._base import Attention, Setting, Variant, dot_scores, masked_rows, root, standard
from verify.claim import claim_from_data
from verify.expr import functions as F
from verify.properties import properties
from verify.properties._formal import joined
from verify.properties._free_scores import with_free_scores
from verify.recheck import recheck
from verify.variant_proof import claim_data, masks, prove, subject_of

HOLDS = [
    ("sdp", "weights-valid"), ("sdp", "convex-hull"), ("sdp", "shift-invariant-logits"), ("sdp", "linear-invariant"),
    ("bahdanau", "permutation-invariant-keys"), ("sigmoid", "linear-in-values"), ("masked", "causal"),
    ("l2", "joint-translation-invariant"), ("linear_elu", "value-shift"), ("alibi", "distance-decay"),
]  # fmt: skip

FAILS = [
    ("sigmoid", "value-shift"), ("sdp", "joint-translation-invariant"), ("alibi", "permutation-invariant-keys"),
    ("sdp", "causal"),
]  # fmt: skip


def some_quick(rows, quick):
    """The first few run always, the others with the slow tests."""
    return [row if place < quick else pytest.param(*row, marks=pytest.mark.slow) for place, row in enumerate(rows)]


@pytest.mark.parametrize(("name", "what"), some_quick(HOLDS, 3))
def test_a_property_is_proved_with_a_certificate(tmp_path, name, what):
    found = prove(variant(name), properties()[what], budget=120, certificates=tmp_path)
    assert (found.verdict, found.level) == ("proved", "exact"), found.reason
    assert "n=2, T=3" in found.scope
    assert recheck(json.loads(Path(found.certificate).read_text())).accepted


@pytest.mark.parametrize(("name", "what"), some_quick(FAILS, 1))
def test_a_property_that_fails_is_refuted_by_a_witness(name, what):
    found = prove(variant(name), properties()[what], budget=120)
    assert found.verdict == "refuted"
    assert found.witness


# --- twins --------------------------------------------------------------------------------------------------------


def unscaled(s: Setting) -> Attention:
    return standard(s, dot_scores(s.q, s.k))


def late_mask(s: Setting) -> Attention:
    """Masks after normalising."""
    scores = F.div(dot_scores(s.q, s.k), root(s.width))
    flags = F.lift([[int(x) for x in row] for row in s.visible])
    weights = F.mul(flags, F.softmax(scores))
    return Attention(F.matmul(weights, s.v), weights, scores)


def zero_mask(s: Setting) -> Attention:
    """A masked score becomes 0."""
    flags = F.lift([[int(x) for x in row] for row in s.visible])
    scores = F.mul(flags, F.div(dot_scores(s.q, s.k), root(s.width)))
    weights = F.softmax(scores)
    return Attention(F.matmul(weights, s.v), weights, scores)


def keys_as_values(s: Setting) -> Attention:
    return standard(replace(s, v=s.k), dot_scores(s.q, s.k))


def other_axis(s: Setting) -> Attention:
    """Normalises over queries."""
    scores = F.div(dot_scores(s.q, s.k), root(s.width))
    weights = F.transpose(F.softmax(F.transpose(scores)))
    return Attention(F.matmul(weights, s.v), weights, scores)


def leaky(s: Setting) -> Attention:
    """A thousandth in the denominator."""
    scores = F.div(dot_scores(s.q, s.k), root(s.width))
    return standard(s, scores, row_map=lambda row: F.div(F.exp(row), F.add("1/1000", F.sum(F.exp(row)))))


def late_window(s: Setting) -> Attention:
    """Causal, off by one."""
    return standard(s, dot_scores(s.q, s.k), visible=s.within(lambda i, j: j <= i + 1))


def global_total(s: Setting) -> Attention:
    """One normaliser for all rows."""
    scores = F.div(dot_scores(s.q, s.k), root(s.width))
    weights = masked_rows(scores, s.visible, F.exp)
    return Attention(F.matmul(F.div(weights, F.sum(weights)), s.v), None, scores)


def signed(s: Setting) -> Attention:
    """Weights that sum to one and may be negative."""
    return standard(s, dot_scores(s.q, s.k), row_map=lambda row: F.sub(F.mul(2, F.softmax(row)), F.lift("1/3")))


TWINS = [
    (unscaled, "scale-rule"), (late_mask, "value-shift"), (late_mask, "weights-valid"), (zero_mask, "convex-hull"),
    (zero_mask, "masked-no-influence"), (keys_as_values, "linear-in-values"), (other_axis, "query-independent"),
    (other_axis, "weights-valid"), (leaky, "value-shift"), (leaky, "repeated-tokens"), (late_window, "causal"),
    (global_total, "query-independent"), (signed, "convex-hull"),
]  # fmt: skip


@pytest.mark.parametrize(("attend", "what"), some_quick(TWINS, 3), ids=lambda one: getattr(one, "__name__", one))
def test_a_twin_is_not_proved(attend, what):
    twin = Variant(attend.__name__, "twin", "here", "", attend)
    assert prove(twin, properties()[what], budget=60).verdict == "refuted"


# --- the statements -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name, one in properties().items() if one.formal])
def test_every_statement_is_a_claim(name):
    formal, asked = properties()[name].formal, 0
    for one in map(variants().get, ("sdp", "masked", "multi_head")):
        goal = formal(subject_of(one))
        for some in (goal, goal and with_free_scores(goal)):
            if some is not None:
                asked += 1
                assert claim_from_data(claim_data("a", "b", some)).satisfies is not None
    assert asked or name == "masked-no-influence"


def test_masks_cover_every_pattern_early():
    subject = subject_of(variant("sdp"))
    found = list(masks(subject, per_query=True))
    assert len(found) == len(set(found)) == 49
    assert {row for mask in found[:4] for row in mask} == {row for mask in found for row in mask}


def test_free_scores_say_what_they_take_for_equal():
    """Shifted keys move each row by a constant: the stronger goal contains that as an equation."""
    subject = subject_of(variant("sdp"))
    goal = properties()["shift-invariant-logits"].formal(subject)
    free = with_free_scores(joined([goal]))
    assert len(free.conclusion) > len(goal.conclusion)
