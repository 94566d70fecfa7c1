"""Claim-language texts as LaTeX."""

from __future__ import annotations

import time

import pytest

from reports.parts.formula import NotTypeset, latex, name, piece

AXES = {"a": 1, "w": 1, "X": 2, "s": 0, "q": 0, "k": 0, "data_loss": 0, "w1": 0, "alpha": 0}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a*w", r"a \odot w"),
        ("q*k", r"q \, k"),
        ("q*2", r"q \cdot 2"),
        ("2*q", r"2 \, q"),
        ("q**2", r"q^{2}"),
        ("a**2", r"a^{\odot 2}"),
        ("sum(a**2)", r"\left\| a \right\|_{2}^{2}"),
        ("sum(X**2)", r"\left\| X \right\|_{F}^{2}"),
        ("sum(a)", r"\sum a"),
        ("(q - 1)**2/2", r"\frac{1}{2} \, \left( q - 1 \right)^{2}"),
        ("(q + k)/2", r"\frac{q + k}{2}"),
        ("1/3", r"\frac{1}{3}"),
        ("-1/5", r"-\frac{1}{5}"),
        ("q - (k - 1)", r"q - \left( k - 1 \right)"),
        ("q - -1", r"q - \left( -1 \right)"),
        ("-(q + k)", r"-\left( q + k \right)"),
        ("(-q)**2", r"\left( -q \right)^{2}"),
        ("-q**2", r"-q^{2}"),
        ("X @ a", r"X \, a"),
        ("X @ (a*w)", r"X \, \left( a \odot w \right)"),
        ("X.T @ X", r"X^{\top} \, X"),
        ("a[0]*w[1]", r"a_{0} \, w_{1}"),
        ("X[0, :]", r"X_{0,\cdot}"),
        ("X[1:, 0]", r"X_{1:,0}"),
        ("softmax(a)", r"\operatorname{softmax}\left( a \right)"),
        ("tanh(q)", r"\tanh\left( q \right)"),
        ("max(a, axis=0)", r"\max\left( a, \text{axis }0 \right)"),
        ("abs(q) + sqrt(k)", r"\left| q \right| + \sqrt{k}"),
        ("norm(X) + norm1(a) + norminf(w)",
         r"\left\| X \right\|_{F} + \left\| a \right\|_{1} + \left\| w \right\|_{\infty}"),
        ("0 < q <= 1/2", r"0 < q \le \frac{1}{2}"),
        ("q == 1 and not k > 2 or k != 0",
         r"q = 1 \;\text{ and }\; \text{not } k > 2 \;\text{ or }\; k \ne 0"),
        ("(q > 0 or k > 0) and s > 0",
         r"\left( q > 0 \;\text{ or }\; k > 0 \right) \;\text{ and }\; s > 0"),
        ("objective <= 1e-3", r"L \le 1 \cdot 10^{-3}"),
        ("min_curvature >= 0", r"\lambda_{\min}\left( \nabla^{2} L \right) \ge 0"),
        ("[1, q, 2/3]", r"\left( 1, q, \frac{2}{3} \right)"),
        ("data_loss + w1*alpha", r"\mathrm{data}_{\mathrm{loss}} + w_{1} \, \alpha"),
        ("where(q > 0, a, w)", r"\operatorname{where}\left( q > 0, a, w \right)"),
    ],
)  # fmt: skip
def test_texts(text: str, expected: str) -> None:
    assert latex(text, AXES) == expected


@pytest.mark.parametrize(
    ("text", "axes"),
    [("X @ a", 1), ("a @ w", 0), ("X @ X", 2), ("X[0]", 1), ("sum(X, axis=0)", 1), ("mean(X)", 0), ("outer(a, w)", 2),
     ("[a, w]", 2), ("q*a", 1), ("diag(a)", 2), ("a/2", 1), ("abs(a)", 1)],
)  # fmt: skip
def test_axes_are_followed(text: str, axes: int) -> None:
    assert piece(text, AXES)[2] == axes


@pytest.mark.parametrize(
    "text",
    ["unknown", "a if q else w", "lambda: 1", "q.real", "f'{q}'", "'text'", "True", "q in a", "q // 2",
     "__import__('os')",
     "(q", "", "a[q:=1]", "q" + "+q" * 3000, "-" * 70 + "q", "max(a, key=1)", "[]", "f()", "\x00"],
)  # fmt: skip
def test_other_texts_are_not_typeset(text: str) -> None:
    with pytest.raises(NotTypeset):
        latex(text, AXES)


def test_the_work_does_not_explode_with_depth() -> None:
    text = "q"
    for _ in range(25):
        text = f"({text} + k)*s"
    started = time.process_time()
    assert latex(text, AXES).count(r"\left(") == 25
    assert time.process_time() - started < 30


def test_names() -> None:
    assert [name(text) for text in ("w", "W_Q", "w12", "theta", "noise_level_2", "_x")] == [
        "w", "W_{Q}", "w_{12}", r"\theta", r"\mathrm{noise}_{\mathrm{level}, 2}", r"\__{x}",
    ]  # fmt: skip


def test_the_objective_has_another_letter_where_L_is_taken() -> None:
    assert latex("objective + L", {"L": 0}) == r"\mathcal{L} + L"
