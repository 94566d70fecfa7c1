"""Enclosures over a box hold every value that the expression takes on it, and proved signs are the true ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from flint import fmpq
from hypothesis import given
from hypothesis import strategies as st

from verify.claim import claim_from_data
from verify.errors import Undecidable
from verify.expr.ball import as_ball, precision
from verify.expr.numpy_reading import compile_numpy
from verify.expr.parse import parse
from verify.recheck.enclosures import Box, Enclosures

CLAIM = claim_from_data(
    {"id": "e", "parameters": {"x": "real", "y": "real"}, "claim": {"every": "point", "satisfies": "x + y > 0"}}
)
ENCLOSURES = Enclosures(CLAIM)
NAMES = {str(symbol.attrs): symbol for symbol in CLAIM.symbols}
TEXTS = (
    "x**3 - 3*x*y + y**2", "exp(x)*tanh(y) - sigmoid(x*y)", "abs(x - y) + relu(x + y)", "softmax([x, y])[0] - x/4",
    "sin(x*y)*cos(x - y)", "sqrt(x**2 + y**2 + 1) - 1", "log(3 + x + y) - 1/4", "(x - y)/(4 + x*y)", "gelu(x) - erf(y)/2",
    "logsumexp([x, y, 0]) - 1", "maximum(x, y) - minimum(x, 1/2)", "softplus(x) - softplus(y)", "norm([x, y]) - 1",
    "sparsemax([x, y])[0] - 1/2", "max([x*x, y]) - 1/2", "where(x < y, x*x, y*y) - 1/4", "sign(x)*y", "x*x - y*y",
)  # fmt: skip

ends = st.tuples(st.integers(-8, 8), st.integers(0, 8)).map(lambda p: (fmpq(p[0], 8), fmpq(p[0] + p[1], 8)))
boxes = st.tuples(ends, ends).map(lambda e: Box((e[0][0], e[1][0]), (e[0][1], e[1][1])))


def samples(box: Box, count: int = 40) -> Any:
    rng = np.random.default_rng(0)
    low, high = (np.array([float(v.p) / float(v.q) for v in end]) for end in (box.low, box.high))
    corners = np.array([[a, b] for a in (low[0], high[0]) for b in (low[1], high[1])])
    return np.vstack([corners, low + (high - low) * rng.random((count, 2))])


@pytest.mark.parametrize("text", TEXTS)
@given(box=boxes)
def test_values_on_the_box_are_enclosed(text: str, box: Box) -> None:
    expression = parse(text, NAMES)
    compiled = compile_numpy([expression], CLAIM.symbols, batched=True)
    points = samples(box)
    with np.errstate(all="ignore"):
        values = compiled(points[:, 0], points[:, 1])[0]
    with precision(64):
        signs = ENCLOSURES.sign(expression, box)
        try:
            (enclosure,) = ENCLOSURES.natural([expression], box)
        except Undecidable:
            assert signs == (False, False, False, False)
            return
        ball = as_ball(enclosure)
        low, high = float(ball.lower()), float(ball.upper())
    slack = 1e-9 * (1 + np.abs(values))
    assert (values >= low - slack).all()
    assert (values <= high + slack).all()
    above, at_least, below, at_most = signs
    assert not above or (values > -slack).all()
    assert not at_least or (values >= -slack).all()
    assert not below or (values < slack).all()
    assert not at_most or (values <= slack).all()
    assert not (above and (below or at_most))
    assert not (below and at_least)


def test_the_mean_value_form_sees_cancellation() -> None:
    box = Box((fmpq(2, 5), fmpq(0)), (fmpq(3, 5), fmpq(0)))
    expression = parse("x*(1 - x) - 28/100", NAMES)
    with precision(64):
        assert not as_ball(ENCLOSURES.natural([expression], box)[0]) < 0
        assert ENCLOSURES.sign(expression, box) == (False, False, True, True)


def test_a_monotone_expression_is_decided_at_its_ends() -> None:
    box = Box((fmpq(0), fmpq(0)), (fmpq(2), fmpq(2)))
    with precision(64):
        assert ENCLOSURES.sign(parse("exp(x) + y - 1", NAMES), box)[1]
        assert not ENCLOSURES.sign(parse("exp(x) + y - 1", NAMES), box)[0]


@pytest.mark.parametrize(
    ("text", "smooth"),
    [("x**2 + exp(y)", True), ("abs(x)", False), ("abs(x - 5)", True), ("relu(x*y + 3)", True), ("max([x, y])", False)],
)
def test_smoothness_is_only_claimed_away_from_kinks(text: str, smooth: bool) -> None:
    box = Box((fmpq(-1), fmpq(-1)), (fmpq(1), fmpq(1)))
    with precision(64):
        assert ENCLOSURES.smooth(parse(text, NAMES), box) is smooth


@given(boxes, st.integers(0, 1))
def test_halves_and_faces_cover_the_box(box: Box, axis: int) -> None:
    lower, upper = box.halves(axis)
    assert (lower.low, upper.high) == (box.low, box.high)
    assert lower.high[axis] == upper.low[axis] == box.middle[axis]
    assert lower.high[1 - axis] == box.high[1 - axis]
    assert upper.low[1 - axis] == box.low[1 - axis]
    for side in (False, True):
        face = box.face(axis, upper=side)
        assert face.low[axis] == face.high[axis] == (box.high if side else box.low)[axis]
    for ball, low, high in zip(box.balls(), box.low, box.high, strict=True):
        assert (as_ball(ball) - low).contains(0)
        assert (as_ball(ball) - high).contains(0)
