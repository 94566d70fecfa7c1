"""Properties of variants are proved with a certificate; properties of twins with a planted bug are not."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from verify.attention import variant, variants
from verify.attention._base import Attention, Setting, Variant, dot_scores, masked_rows, root, standard
from verify.claim import claim_from_data
from verify.expr import build
from verify.expr import functions as F
from verify.expr.node import symbols
from verify.properties import properties
from verify.properties._formal import TAKEN, joined
from verify.properties._free_scores import with_free_scores
from verify.recheck import recheck
from verify.variant_proof import _scope, claim_data, masks, prove, subject_of

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


# --- statements that a definition can not evade -------------------------------------------------------------------


def own_shift(s: Setting) -> Attention:
    """Scores that stay when keys move along the parameter c, and only then."""
    c = s.parameters["c"]
    across = F.sub(F.mul(s.k[:, 0], c[0, 1]), F.mul(s.k[:, 1], c[0, 0]))
    scores = F.add(F.zeros(s.queries, s.keys), build.reshape(F.power(across, 2), (1, s.keys)))
    return standard(s, scores)


def second_row_leaks(s: Setting) -> Attention:
    """The second row, when it sees nothing, is the first value."""
    plain = standard(s, dot_scores(s.q, s.k))
    leaks = [i == 1 and not any(row) for i, row in enumerate(s.visible)]
    output = [build.index(s.v, 0) if leak else build.index(plain.output, i) for i, leak in enumerate(leaks)]
    return Attention(F.stack(output), plain.weights, plain.scores)


def decays_when_all_are_equal(s: Setting) -> Attention:
    """The slope by distance turns its sign where the first and second, or first and last key differ."""
    apart = F.sum(F.add(F.power(F.sub(s.k[0], s.k[1]), 2), F.power(F.sub(s.k[0], s.k[s.keys - 1]), 2)))
    far = [[abs(s.position(i) - s.key_position(j)) for j in range(s.keys)] for i in range(s.queries)]
    return standard(s, F.add(dot_scores(s.q, s.k), F.mul(F.sub(apart, 1), F.lift(far))))


EVASIONS = [
    (own_shift, {"c": 2}, "shift-invariant-logits"), (second_row_leaks, {}, "fully-masked-row"),
    (decays_when_all_are_equal, {}, "distance-decay"),
]  # fmt: skip


@pytest.mark.parametrize(("attend", "own", "what"), EVASIONS, ids=lambda one: getattr(one, "__name__", None))
def test_an_evasion_is_refuted(attend, own, what):
    one = Variant(attend.__name__, "t", "s", "f", attend, parameters=lambda d, dv: dict.fromkeys(own, (1, d)))
    assert prove(one, properties()[what], budget=60).verdict == "refuted"


def test_undeclared_symbols_decide_nothing():
    def attend(s):
        return standard(s, F.add(dot_scores(s.q, s.k), F.sum(build.symbol("c", (1, 2)))))

    one = Variant("undeclared", "t", "s", "f", attend)
    assert prove(one, properties()["shift-invariant-logits"], budget=20).verdict == "undecided"


@pytest.mark.parametrize("name", [name for name, one in properties().items() if one.formal])
def test_statements_use_the_names_that_are_kept_for_them(name):
    for one in map(variants().get, ("sdp", "alibi")):
        goal = properties()[name].formal(subject_of(one))
        for some in (goal, goal and with_free_scores(goal)):
            assert some is None or set(symbols(*some.conclusion, *some.assume.values())) <= TAKEN


def test_the_scope_claims_no_other_sizes_and_names_constants_and_boxes():
    found = prove(variant("sdp"), properties()["value-shift"], budget=20)
    assert "every width" not in found.scope
    assert "every token twice" in prove(variant("sdp"), properties()["repeated-tokens"], budget=20).scope
    one = replace(variant("sdp"), parameters=lambda d, dv: {"W": (d, d)})
    goal = properties()["value-shift"].formal(subject_of(one))
    wide = replace(goal, conclusion=(*goal.conclusion, build.compare(">=", F.sum(build.symbol("W", (2, 2))), -4)))
    assert "entries in [-1, 1] of" in _scope(subject_of(one), wide, "q, k, v", "", box=True)
    assert "all W" not in _scope(subject_of(one), wide, "q, k, v", "", box=True)


def test_the_scope_says_when_all_queries_share_a_row_of_the_mask():
    one = replace(variant("sdp"), per_query=False)
    assert "one row for all queries" in prove(one, properties()["value-shift"], budget=20).scope
