"""Statements as rows of formulas."""

from __future__ import annotations

from reports.parts.statement import Formula, rows, source


def shown(statement: dict) -> dict[str, list[str]]:
    return {
        row.label: [formula.latex or f"CODE {formula.source}" for formula in row.formulas] for row in rows(statement)
    }


def test_a_quantified_claim() -> None:
    statement = {
        "id": "x",
        "parameters": {"a": "real[2]", "w": "real[2]", "s": "[-3, 1/2]", "p": "positive"},
        "constants": {"b": ["2", "1/2"], "M": [["1", "0"], ["0", "-1"]], "c": "2/3"},
        "definitions": {"r": "a*w - b"},
        "objective": {"minimise": "sum(r**2)/2"},
        "assume": {"small": "s < c"},
        "claim": {"every": "stationary point", "within": "1/10000", "satisfies": "objective <= 1"},
    }
    assert shown(statement) == {
        "Parameters": [r"a, w \in \mathbb{R}^{2}", r"s \in \left[ -3, \frac{1}{2} \right]", r"p \in \mathbb{R}_{> 0}"],
        "Constants": [
            r"b = \left( 2, \frac{1}{2} \right)", r"M = \begin{pmatrix} 1 & 0 \\ 0 & -1 \end{pmatrix}",
            r"c = \frac{2}{3}",
        ],
        "Definitions": [r"r = a \odot w - b"],
        "Minimise": [r"L = \frac{1}{2} \, \left\| r \right\|_{2}^{2}"],
        "Assume": ["s < c"],
        "Claim": [r"L \le 1"],
    }  # fmt: skip
    claim = rows(statement)[-1]
    assert claim.words == "every stationary point (gradient norm at most 1/10000) satisfies"


def test_a_probability_claim() -> None:
    statement = {
        "random": {"e": "rademacher[4]", "u": "uniform(-1, 1)"},
        "constants": {"C": [["1", "2"]] * 4},
        "claim": {"probability": "max(abs(C.T @ e)) > 1/2", "at_most": "1/4"},
    }
    found = shown(statement)
    assert found["Random"] == [
        r"e \sim \operatorname{rademacher}^{4}",
        r"u \sim \operatorname{uniform}\left( -1, 1 \right)",
    ]
    assert found["Claim"] == [
        r"\Pr\left[ \max\left( \left| C^{\top} \, e \right| \right) > \frac{1}{2} \right] \le \frac{1}{4}"
    ]


def test_what_cannot_be_typeset_is_shown_as_it_is() -> None:
    statement = {
        "parameters": {"a": "complex"},
        "objective": {"minimise": "os.system('x')"},
        "claim": {"probability": "a(", "below": "much"},
    }
    assert shown(statement) == {
        "Parameters": ["CODE a in complex"],
        "Minimise": ["CODE os.system('x')"],
        "Claim": ["CODE probability of a( is below much"],
    }


def test_large_constants_give_their_shape() -> None:
    assert shown({"constants": {"X": [["1/3"] * 40] * 50}}) == {"Constants": ["CODE X = an array of shape [50, 40]"]}


def test_theorems_may_give_latex_words_and_numbers() -> None:
    statement = {
        "objective": r"$\frac{1}{2n} \|y - Xu\|^2$",
        "assume": "columns of squared norm n",
        "n": "1797",
        "kappa": None,
    }
    found = rows(statement)
    assert [row.label for row in found] == ["Minimise", "Assume", "n"]
    assert found[0].formulas == (Formula(r"\frac{1}{2n} \|y - Xu\|^2", r"\frac{1}{2n} \|y - Xu\|^2"),)
    assert (found[1].words, found[2].words) == ("columns of squared norm n", "1797")


def test_sections_of_a_wrong_form_are_left_out() -> None:
    assert rows({"parameters": "real", "constants": [1], "random": None, "definitions": 3, "claim": ["x"]}) != ()
    assert rows({}) == ()


def test_source_reads_like_the_file() -> None:
    text = source({"title": "T", "parameters": {"a": "real"}, "constants": {"b": ["1", ["2"]]}, "expect": "proved"})
    assert text == 'title = "T"\nexpect = "proved"\n\n[parameters]\na = "real"\n\n[constants]\nb = ["1", ["2"]]'
