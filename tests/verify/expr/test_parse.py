"""The parser: a subset of NumPy in, and nothing else; hostile text costs bounded time."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verify.errors import InvalidInput
from verify.expr import build
from verify.expr import functions as F
from verify.expr.parse import MAX_LENGTH, parse

NAMES = {
    "w": F.argument("w", (3,)),
    "W": F.argument("W", (2, 3)),
    "s": F.argument("s"),
    "big": F.argument("big", (1000, 1000)),
}
w, W, s = NAMES["w"], NAMES["W"], NAMES["s"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.1*s", build.mul(Fraction(1, 10), s)),
        ("-s**2", -(s**2)),
        ("s**0.5", F.sqrt(s)),
        ("W @ w - 1", W @ w - 1),
        ("W.T", W.T),
        ("w[0] + W[1, :][2] + W[-1, 0]", w[0] + W[1, 2] + W[1, 0]),
        ("w[::2]", w[::2]),
        ("softmax(w)*[1, 2, 3]", F.softmax(w) * [1, 2, 3]),
        ("sum(W, axis=0)", F.sum(W, 0)),
        ("max(W, 1)", F.max(W, 1)),
        ("mean(w) < 1 <= s", build.logical("and", F.mean(w) < 1, build.compare("<=", 1, s))),
        ("not (s > 0 or s == 1)", build.logical("not", build.logical("or", s > 0, build.compare("==", s, 1)))),
        ("where(s > 0, w, -w)", F.where(s > 0, w, -w)),
        ("stack([w, w], axis=1)", F.stack([w, w], 1)),
        ("concatenate([w, [s]])", F.concatenate([w, F.stack([s])])),
        ("eye(2) @ zeros(2, 3)", F.zeros(2, 3)),
        ("ones([2, 3])*W", W),
        ("dot(w, w)/norm(w)", F.dot(w, w) / F.norm(w)),
        ("[[1, 2], [3, s]]", F.stack([build.lift([1, 2]), F.stack([build.number(3), s])])),
        ("  s\n + \t 1 ", s + 1),
    ],
)
def test_the_language(text: str, expected: object) -> None:
    assert parse(text, NAMES) is expected


@pytest.mark.parametrize(
    ("text", "problem", "fix"),
    [
        ("s + t", "'t' is not defined", "known here"),
        ("sofmax(w)", "unknown function 'sofmax'", "did you mean 'softmax'?"),
        ("bg + 1", "'bg' is not defined", "did you mean 'big'?"),
        ("exp", "without arguments", "write exp(...)"),
        ("s ^ 2", "BitXor", "write **"),
        ("s // 2", "FloorDiv", "write /"),
        ("s if s > 0 else 1", "IfExp", "where("),
        ("lambda: 1", "Lambda", "[definitions]"),
        ("(s > 0) & (s < 1)", "BitAnd", "write 'and'"),
        ("w + [1, 2]", "do not fit", "equal, or 1"),
        ("W @ W", "'@' of shapes [2, 3] and [2, 3]", "last axis"),
        ("w[3]", "outside axis 0 of length 3", "use 0 to 2"),
        ("w[s]", "not an integer", "whole number"),
        ("w[1/2]", "not an integer", "whole number"),
        ("exp(s, s)", "does not take these arguments", "write"),
        ("sum(w, keepdims=1)", "no option 'keepdims'", "axis="),
        ("'s' + 1", "not a number", "without quotes"),
        ("True", "not a number", ""),
        ("s.real", "unknown attribute '.real'", "only attribute is .T"),
        ("1 < w and s", "joins conditions", "comparisons"),
        ("(s > 0) * 2", "condition", "where"),
        ("s +", "not an expression", ""),
        ("", "not an expression", ""),
        ("1/0", "division by zero", ""),
        ("s/(0*s)", "zero", ""),
        ("0**-1", "zero", ""),
        ("[[1], [1, 2]]", "rows of different shapes", "equally long"),
        ("[]", "empty list", ""),
        ("eye(0)", "length 0", "positive"),
        ("eye(-3)", "length -3", "positive"),
        ("sum(w, axis=5)", "axis 5", "use"),
        ("softmax(s)", "needs an array", "write softmax"),
        ("trace(w)", "trace of shape", "square"),
    ],
)
def test_errors_name_the_problem_and_the_fix(text: str, problem: str, fix: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse(text, NAMES)
    assert problem in str(caught.value)
    assert fix in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "s.__class__.__mro__",
        "(lambda: s)()",
        "[x for x in w]",
        "{s: 1}",
        "f'{s}'",
        "open('x')",
        "eval('1')",
        "s := 1",
        "print(s)",
        "w.__len__()",
        "exp.__globals__",
        "await s",
        "yield s",
        "*w",
        "...",
        "None",
        "1j",
        "b'1'",
        "w[None]",
        "w['a']",
        "w[...]",
        "exp(*w)",
        "exp(**w)",
        "sum(axis=0)",
        "s is s",
        "s in w",
        "\x00",
        "s\x00+1",
        "sum(w, axis=True)",
    ],
)
def test_code_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse(text, NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "1" * 1000,
        "1e100000",
        "2**10000",
        "((2**100)**100)**100",
        "s**1e9",
        "(((2**99)**99)**99)**99",
        "zeros(1000000000)",
        "eye(100000)",
        "ones(99999, 99999)",
        "outer(big[0], big[0]) @ outer(big[:, 0], ones(99999999))",
        "w[999999999999]",
        "w[:10**90]",
        "det(eye(50))",
        "concatenate([" + "big," * 50 + "])",
        "(" * 500 + "s" + ")" * 500,
        "-" * 5000 + "s",
        "not " * 4000 + "s > 0",
        "[" * 300 + "1" + "]" * 300,
        "exp(" * 400 + "s" + ")" * 400,
        "+".join(["s"] * (MAX_LENGTH // 2 + 1)),
        "w[" * 200 + "0" + "]" * 200,
    ],
)
def test_oversized_input_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse(text, NAMES)


def test_long_flat_sums_up_to_the_depth_limit_are_fine() -> None:
    assert parse("+".join(["s"] * 200), NAMES).shape == ()


def outcome(text: str) -> object:
    """Return the expression, or the message of the error that a user sees."""
    try:
        return parse(text, NAMES)
    except InvalidInput as error:
        return str(error)


@given(st.text(max_size=40))
def test_any_text_gives_an_expression_or_an_error_a_user_can_act_on(text: str) -> None:
    assert outcome(text) != ""


@given(st.lists(st.sampled_from([*"sWw01.+-*/@()[],:<>= T", " and ", "exp(", "sum(", "**"]), max_size=25).map("".join))
def test_text_close_to_the_language_too(text: str) -> None:
    assert outcome(text) != ""
