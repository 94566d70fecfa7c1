"""Reading tables: exact numbers from every format, and one clear error for every defect."""

from __future__ import annotations

import gzip
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from verify import data as module
from verify.data import MAX_BITS, fraction_of, load_data
from verify.errors import InvalidInput


def written(folder: Path, text: str, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def values(path: Path, name: str) -> list[Fraction]:
    table = load_data(path)
    return [fraction_of(table.column(name), row) for row in range(table.rows)]


def test_decimals_are_exact(tmp_path: Path) -> None:
    path = written(tmp_path, "a,b\n0.1,1e-3\n-2.50,3\n")
    assert values(path, "a") == [Fraction(1, 10), Fraction(-5, 2)]
    assert values(path, "b") == [Fraction(1, 1000), Fraction(3)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters(tmp_path: Path, delimiter: str) -> None:
    path = written(tmp_path, f"a{delimiter}b\n1{delimiter}2\n3{delimiter}4\n")
    assert values(path, "b") == [2, 4]


def test_binary_numbers_are_dyadic(tmp_path: Path) -> None:
    path = tmp_path / "table.npz"
    np.savez(path, y=np.array([0.1, 2.0]), X=np.array([[1, 2], [3, 4]], dtype=np.int32))
    assert values(path, "y") == [Fraction(0.1), Fraction(2)]
    assert load_data(path).names == ("y", "X_0", "X_1")
    assert values(path, "X_1") == [2, 4]


def test_parquet_agrees_with_npz(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "table.parquet"
    parquet.write_table(pa.table({"y": [0.1, 2.0], "n": [3, 4]}), path)
    assert values(path, "y") == [Fraction(0.1), Fraction(2)]
    assert values(path, "n") == [3, 4]


def test_gzip(tmp_path: Path) -> None:
    path = tmp_path / "table.csv.gz"
    path.write_bytes(gzip.compress(b"a\n1\n2\n"))
    assert values(path, "a") == [1, 2]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n1,2\n3,x\n", ["row 3", "column 'b'", "'x'", "not a number"]),
        ("a,b\n1,nan\n3,4\n", ["row 2", "column 'b'", "not finite"]),
        ("a,b\n1,2\ninf,4\n", ["row 3", "column 'a'", "not finite"]),
        ("a,b\n1,\n3,4\n", ["row 2", "column 'b'", "missing"]),
        ("a,b\n1,2,3\n", ["row 2", "3 fields"]),
        ("a,a\n1,2\n3,4\n", ["two columns", "'a'"]),
        ("a,\n1,2\n", ["column 2 has no name"]),
        ("1,2\n3,4\n", ["first row holds numbers"]),
        ("", ["empty"]),
        ("a,b\n", ["empty"]),
        ("a\n1e-999999999\n", ["row 2", "out of range"]),
        ("a\n1e300\n1e-300\n", ["orders of magnitude"]),
        ("a\n1_000\n", ["row 2", "not a number"]),
        ("a\n__import__('os')\n", ["row 2", "not a number"]),
        ('a\n"1\n', ["not a CSV file"]),
    ],
)
def test_defects_of_text(tmp_path: Path, text: str, words: list[str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        load_data(written(tmp_path, text))
    for word in [*words, "table.csv"]:
        assert word in str(caught.value)


def test_missing_target_is_suggested(tmp_path: Path) -> None:
    path = written(tmp_path, "age,price\n1,2\n3,4\n")
    with pytest.raises(InvalidInput, match="did you mean 'price'"):
        load_data(path, "prise")
    with pytest.raises(InvalidInput, match="the columns are age, price"):
        load_data(path, "zzz")


def test_constant_target(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="constant"):
        load_data(written(tmp_path, "a,b\n1,2\n3,2\n"), "b")


def test_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot read"):
        load_data(tmp_path / "none.csv")
    with pytest.raises(InvalidInput, match=r"use \.csv"):
        load_data(written(tmp_path, "a\n1\n", "table.xls"))
    for suffix, words in ((".npz", "not a readable .npz"), (".parquet", "not a readable .parquet")):
        path = tmp_path / f"broken{suffix}"
        path.write_bytes(b"no data at all")
        with pytest.raises(InvalidInput, match=words):
            load_data(path)
    (tmp_path / "latin.csv").write_bytes("a\né\n".encode("latin-1"))
    with pytest.raises(InvalidInput, match="UTF-8"):
        load_data(tmp_path / "latin.csv")
    (tmp_path / "broken.csv.gz").write_bytes(b"no gzip")
    with pytest.raises(InvalidInput, match="decompress"):
        load_data(tmp_path / "broken.csv.gz")


def test_arrays_that_do_not_fit(tmp_path: Path) -> None:
    arrays = {
        "object": np.array([None, 1], dtype=object),
        "words": np.array(["a", "b"]),
        "cube": np.zeros((2, 2, 2)),
        "infinite": np.array([1.0, np.inf]),
    }
    for name, array in arrays.items():
        path = tmp_path / f"{name}.npz"
        np.savez(path, allow_pickle=True, x=array)
        with pytest.raises(InvalidInput):
            load_data(path)
    path = tmp_path / "lengths.npz"
    np.savez(path, x=np.zeros(2), y=np.zeros(3))
    with pytest.raises(InvalidInput, match="different lengths"):
        load_data(path)


def test_size_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, "a,b\n1,2\n3,4\n5,6\n")
    monkeypatch.setattr(module, "MAX_CELLS", 4)
    with pytest.raises(InvalidInput, match="3 x 2 cells"):
        load_data(path)
    monkeypatch.setattr(module, "MAX_FILE", 5)
    with pytest.raises(InvalidInput, match="bytes"):
        load_data(path)


def test_long_numbers_are_refused(tmp_path: Path) -> None:
    assert len(str(2**MAX_BITS)) < 300
    with pytest.raises(InvalidInput, match="orders of magnitude"):
        load_data(written(tmp_path, f"a\n{'9' * 300}\n1\n"))
