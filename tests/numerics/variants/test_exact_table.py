"""The table "which variant has which property", reproduced in exact arithmetic.

``ground_truth.csv`` holds the reviewed table; columns that hold wherever they apply are listed here. Each cell is
judged on rational draws in balls of 200 bits. Cells that differ, with the reason, are listed in ``EXPLAINED``.
"""

import csv
from pathlib import Path

import pytest

from numerics.variants.exact_table import COLUMNS, applies, cell
from verify.attention import variants

with (Path(__file__).parent / "ground_truth.csv").open(encoding="utf-8") as file:
    TABLE = {row.pop("variant"): row for row in csv.DictReader(file)}

ALWAYS = ("P06", "P16", "P19", "P22", "P40")

EXPLAINED = {
    ("sat_hard", "P13"): "?",  # a repeated token ties with its copy, which balls cannot decide
}


def test_the_table_names_every_variant():
    assert set(TABLE) <= set(variants())


@pytest.mark.parametrize("name", TABLE)
def test_exact_arithmetic_reproduces_the_row(name):
    row = {column: TABLE[name].get(column, "+" if column in ALWAYS else ".") for column in COLUMNS}
    asked = [column for column, mark in row.items() if mark != "." and applies(variants()[name], column)]
    found = {column: cell(variants()[name], column) for column in asked}
    assert found == {column: EXPLAINED.get((name, column), row[column]) for column in asked}
