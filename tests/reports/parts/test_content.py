"""Details of a verdict, checked for form."""

from __future__ import annotations

import pytest

from reports.parts import content

CURVE = {
    "title": "t",
    "x_label": "n",
    "y_label": "e",
    "x": [1, 2],
    "series": {"a": [1, "1/2"], "b": [2, None]},
    "bound": "b",
}


def test_a_curve() -> None:
    (curve,) = content.curves({"curves": [CURVE]})
    assert [(s.name, s.values, s.is_bound) for s in curve.series] == [
        ("a", (1.0, 0.5), False),
        ("b", (2.0, None), True),
    ]
    assert curve.table.rows == (("1", "1", "2"), ("2", "0.5", "–"))
    assert curve.table.columns == ("n", "a", "b")


@pytest.mark.parametrize(
    "change",
    [
        {"x": []},
        {"x": [1, None]},
        {"x": "12"},
        {"series": []},
        {"series": {"a": [1]}},
        {"x": [1, "x"]},
        {"series": {"a": "12"}},
    ],
)
def test_curves_of_a_wrong_form_are_left_out(change: dict) -> None:
    assert content.curves({"curves": [CURVE | change]}) == ()
    assert content.curves({"curves": CURVE}) == ()


def test_tables_are_rectangular() -> None:
    details = {
        "tables": [{"title": "t", "columns": ["a", "b"], "rows": [[1, 2, 3], [True], "no row", [None, 0.123456789]]}],
        "ablation": {"columns": ["dropped"], "rows": [["x"]]},
    }
    first, second = content.tables(details)
    assert first.rows == (("1", "2"), ("yes", ""), ("–", "0.123457"))
    assert second.title == "What happens without each assumption"
    assert content.tables({"tables": [{"columns": [], "rows": []}, {"columns": ["a"]}, 3]}) == ()


def test_long_tables_are_cut_and_say_so() -> None:
    (table,) = content.tables({"tables": [{"columns": ["a"], "rows": [[i] for i in range(content.MAX_ROWS + 5)]}]})
    assert len(table.rows) == content.MAX_ROWS
    assert table.note == "5 more rows are left out."


def test_landscapes() -> None:
    good = {"title": "t", "x_label": "a", "y_label": "b", "x": [0, 1, 2], "y": [0, 1], "z": [[1, 2, 3], [4, 5, 6]],
            "points": [{"x": "1/2", "y": 0, "label": "p"}, {"x": "?", "y": 0}]}  # fmt: skip
    (found,) = content.landscapes({"landscapes": [good]})
    assert found.points == (content.Point(0.5, 0.0, "p"),)
    for change in (
        {"z": [[1, 2, 3]]},
        {"z": [[1, 2], [3, 4]]},
        {"x": [0, 0, 1]},
        {"y": [1]},
        {"z": [[1, 2, None]] * 2},
    ):
        assert content.landscapes({"landscapes": [good | change]}) == ()


def test_derivation() -> None:
    details = {"derivation": {"loss": "x^{2}", "gradient": {"W_Q": "2 x", "b": "y = 3"}, "hessian": {"a, b": "1"},
                              "conditions": ["x = 0"]}}  # fmt: skip
    found = {row.label: [formula.latex for formula in row.formulas] for row in content.derivation(details)}
    assert found == {
        "Loss": ["x^{2}"],
        "Gradient": [r"\nabla_{W_{Q}} L = 2 x", "y = 3"],
        "Hessian": [r"\nabla^{2}_{a b} L = 1"],
        "Critical points": ["x = 0"],
    }
    assert content.derivation({"derivation": "x"}) == content.derivation({}) == ()


def test_a_typeset_statement_is_preferred(verdicts, tmp_path) -> None:
    from dataclasses import replace

    from reports.parts.report import build

    typeset = {"objective": "$F$", "claim": {"every": "local minimum", "satisfies": "$x = 1$"}}
    entries = build([verdicts[0], replace(verdicts[0], details={"statement": typeset})], tmp_path, title="t").entries
    found = [[formula.latex for row in content.statement(entry) for formula in row.formulas] for entry in entries]
    assert found[1] == ["F", "x = 1"]
    assert found[0][0] == r"a, w \in \mathbb{R}^{2}"
