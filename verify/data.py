"""Tables of exact numbers: a user's ``.csv``, ``.npz`` or ``.parquet`` file, or data that come with the library.

Decimals in text are exact (``0.1`` is 1/10); binary floating point numbers are exact dyadic rationals. A column is kept
as integers over one common denominator, so that sums of products stay exact.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from math import gcd
from pathlib import Path
from typing import Any

from verify.errors import InvalidInput, Location

MAX_FILE = 64 << 20
"""Largest data file, in bytes (after decompression too)."""

MAX_CELLS = 2_000_000
"""Largest number of cells: exact numbers are Python integers, about 40 bytes each."""

MAX_COLUMNS = 2_000
"""Largest number of columns."""

MAX_BITS = 512
"""Longest numerator over the common denominator of a column: more means mixed-up scales, not data."""

MAX_TEXT = 400
"""Longest text of one number."""

SUFFIXES = (".csv", ".csv.gz", ".npz", ".parquet")


@dataclass(frozen=True)
class Column:
    """A column of exact numbers: entry i is ``integers[i] / unit``, in lowest common terms."""

    name: str
    integers: tuple[int, ...]
    unit: int = 1

    @property
    def is_constant(self) -> bool:
        """Whether all entries are equal."""
        return min(self.integers) == max(self.integers)

    def first(self, rows: int) -> Column:
        """Return the column restricted to its first rows."""
        return Column(self.name, self.integers[:rows], self.unit)


@dataclass(frozen=True)
class Data:
    """A table of exact numbers.

    Attributes:
        name: the file's name without its folder.
        sha256: hash of the file's bytes.
        target: name of the column to predict, None when not chosen.
    """

    name: str
    sha256: str
    columns: tuple[Column, ...]
    target: str | None = None

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.columns[0].integers)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """Return a column by its name.

        Raises:
            InvalidInput: there is none; a close name is suggested.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise _no_column(self.name, name, self.names)


def load_data(path: str | Path, target: str | None = None) -> Data:
    """Read a table from a ``.csv`` (or ``.csv.gz``), ``.npz`` or ``.parquet`` file.

    A CSV file has a first row of names; fields are separated by comma, semicolon or tab. An ``.npz`` file holds
    vectors (one column each) and matrices (columns ``X_0``, ``X_1``, ... of an array ``X``).

    Raises:
        InvalidInput: unreadable, too large, a cell that is not a finite number (row and column are named), rows of
            different lengths, names that occur twice, or a target that is missing or constant.
    """
    path = Path(path)
    kind = next((suffix for suffix in SUFFIXES if path.name.lower().endswith(suffix)), None)
    if kind is None:
        raise InvalidInput(f"{path.name!r} is not a kind of data that can be read", fix=f"use {', '.join(SUFFIXES)}")
    content = _content(path)
    try:
        columns = _READERS[kind](content)
        data = Data(path.name, hashlib.sha256(content).hexdigest(), tuple(columns), target)
        _check(data)
    except InvalidInput as error:
        raise error.located(file=str(path)) from None
    return data


def _content(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_FILE:
            raise InvalidInput(f"{path} has {size} bytes", fix=f"use a file of at most {MAX_FILE} bytes")
        return path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"cannot read {path}: {error.strerror}", fix="check the path") from None


def _check(data: Data) -> None:
    if not data.columns or data.rows == 0:
        raise InvalidInput("the table is empty", fix="give at least two rows of numbers")
    if len({len(column.integers) for column in data.columns}) > 1:
        lengths = ", ".join(f"{c.name}: {len(c.integers)}" for c in data.columns[:5])
        raise InvalidInput(f"the columns have different lengths ({lengths})", fix="give every column the same length")
    seen: set[str] = set()
    for name in data.names:
        if name in seen:
            raise InvalidInput(f"two columns are called {name!r}", fix="rename one")
        seen.add(name)
    if data.target is not None and data.column(data.target).is_constant:
        raise InvalidInput(f"the target {data.target!r} is constant", fix="choose a column that varies")


def _no_column(table: str, name: str, names: Sequence[str]) -> InvalidInput:
    from difflib import get_close_matches

    close = get_close_matches(name, names, n=1)
    shown = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
    fix = f"did you mean '{close[0]}'?" if close else f"the columns are {shown}"
    return InvalidInput(f"{table} has no column '{name}'", fix=fix, where=Location(key="--target"))


def _check_size(rows: int, columns: int) -> None:
    if columns > MAX_COLUMNS:
        raise InvalidInput(f"the table has {columns} columns", fix=f"use at most {MAX_COLUMNS}")
    if rows * columns > MAX_CELLS:
        raise InvalidInput(f"the table has {rows} x {columns} cells", fix=f"use at most {MAX_CELLS}: fewer rows")


# --- exact columns ----------------------------------------------------------------------------------------------


def exact_column(name: str, ratios: Iterable[tuple[int, int]]) -> Column:
    """Return a column from numerators and denominators.

    Raises:
        InvalidInput: the numbers span too many orders of magnitude.
    """
    pairs = list(ratios)
    unit = 1
    for _, bottom in pairs:
        unit = unit // gcd(unit, bottom) * bottom
        if unit.bit_length() > MAX_BITS:
            raise _too_wide(name)
    integers = [top * (unit // bottom) for top, bottom in pairs]
    if any(value.bit_length() > MAX_BITS for value in integers):
        raise _too_wide(name)
    return Column(name, tuple(integers), unit)


def _too_wide(name: str) -> InvalidInput:
    return InvalidInput(
        f"column {name!r} spans too many orders of magnitude to be kept exact",
        fix=f"round or rescale it: a common denominator and the numerators must fit in {MAX_BITS} bits",
    )


def _bad_cell(name: str, row: int, text: object, problem: str) -> InvalidInput:
    fix = "remove or fill the row, or remove the column"
    return InvalidInput(f"row {row}, column {name!r}: {str(text)[:40]!r} {problem}", fix=fix)


def _ratio_of_text(text: str, name: str, row: int) -> tuple[int, int]:
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) < 18:
        return int(text), 1
    if not text:
        raise _bad_cell(name, row, text, "is missing")
    try:
        number = Decimal(text) if len(text) <= MAX_TEXT and "_" not in text else None
    except InvalidOperation:
        number = None
    if number is None:
        raise _bad_cell(name, row, text, "is not a number")
    if not number.is_finite():
        raise _bad_cell(name, row, text, "is not finite")
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)
    if not -MAX_TEXT <= exponent <= MAX_TEXT:
        raise _bad_cell(name, row, text, "is out of range")
    return number.as_integer_ratio()


# --- csv --------------------------------------------------------------------------------------------------------


def _read_csv_gz(content: bytes) -> list[Column]:
    try:
        with gzip.open(io.BytesIO(content)) as stream:
            text = stream.read(MAX_FILE + 1)
    except (OSError, EOFError) as error:
        raise InvalidInput(f"cannot decompress it: {error}", fix="check that it is a gzip file") from None
    if len(text) > MAX_FILE:
        raise InvalidInput("decompressed it is too large", fix=f"use at most {MAX_FILE} bytes")
    return _read_csv(text)


def _read_csv(content: bytes) -> list[Column]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput("it is not UTF-8 text", fix="save it as UTF-8") from None
    header_line, _, _ = text.partition("\n")
    delimiter = max(",;\t", key=header_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(header)
        cells = _cells(reader, header)
    except csv.Error as error:
        raise InvalidInput(f"not a CSV file: {error}", fix="check quotes and line ends") from None
    return [exact_column(name, column) for name, column in zip(header, cells, strict=True)]


def _check_header(header: list[str]) -> None:
    if not any(header):
        raise InvalidInput("the file is empty", fix="give a first row of names and rows of numbers")
    if "" in header:
        raise InvalidInput(f"column {header.index('') + 1} has no name", fix="name every column in the first row")
    if all(_is_number(name) for name in header):
        raise InvalidInput("the first row holds numbers", fix="add a first row with the names of the columns")
    _check_size(0, len(header))


def _is_number(text: str) -> bool:
    try:
        Decimal(text)
    except InvalidOperation:
        return False
    return True


def _cells(reader: Any, header: list[str]) -> list[list[tuple[int, int]]]:
    columns: list[list[tuple[int, int]]] = [[] for _ in header]
    row = 1
    for fields in reader:
        row += 1
        if not fields:
            continue
        if len(fields) != len(header):
            raise InvalidInput(
                f"row {row} has {len(fields)} fields, the first row {len(header)}", fix="give every row the same length"
            )
        _check_size(len(columns[0]) + 1, len(header))
        for name, text, column in zip(header, fields, columns, strict=True):
            column.append(_ratio_of_text(text, name, row))
    return columns


# --- npz --------------------------------------------------------------------------------------------------------


def _read_npz(content: bytes) -> list[Column]:
    import numpy as np

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(info.file_size for info in archive.infolist())
        if size > MAX_FILE:
            raise InvalidInput(f"its arrays have {size} bytes", fix=f"use at most {MAX_FILE} bytes")
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except (OSError, ValueError, zipfile.BadZipFile, EOFError, KeyError, MemoryError) as error:
        raise InvalidInput(f"not a readable .npz file: {error}", fix="write it with numpy.savez, no objects") from None
    _check_size(*_size_of(arrays))
    return [column for name, array in arrays.items() for column in _array_columns(name, array)]


def _size_of(arrays: dict[str, Any]) -> tuple[int, int]:
    rows = max((array.shape[0] for array in arrays.values() if array.ndim), default=0)
    return rows, sum(array.shape[1] if array.ndim == 2 else 1 for array in arrays.values())


def _array_columns(name: str, array: Any) -> list[Column]:
    if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
        raise InvalidInput(f"array {name!r} has type {array.dtype}", fix="store integers, float32 or float64")
    if array.ndim == 1:
        return [_number_column(name, array.tolist())]
    if array.ndim == 2:
        return [_number_column(f"{name}_{j}", array[:, j].tolist()) for j in range(array.shape[1])]
    raise InvalidInput(f"array {name!r} has {array.ndim} axes", fix="store vectors and matrices")


def _number_column(name: str, values: Sequence[Any]) -> Column:
    return exact_column(name, (_ratio_of_number(value, name, row) for row, value in enumerate(values, start=1)))


def _ratio_of_number(value: Any, name: str, row: int) -> tuple[int, int]:
    if value is None:
        raise _bad_cell(name, row, "", "is missing")
    if not isinstance(value, int | float | Decimal):
        raise _bad_cell(name, row, value, "is not a number")
    if isinstance(value, int):
        return int(value), 1
    if value != value or value in (float("inf"), float("-inf")):
        raise _bad_cell(name, row, value, "is not finite")
    return value.as_integer_ratio()


# --- parquet ----------------------------------------------------------------------------------------------------


def _read_parquet(content: bytes) -> list[Column]:
    try:
        import pyarrow
        import pyarrow.parquet as parquet
    except ImportError:
        raise InvalidInput(
            "reading .parquet needs pyarrow", fix="pip install 'attnverify[parquet]', or save it as .csv"
        ) from None
    try:
        file = parquet.ParquetFile(io.BytesIO(content))
        _check_size(file.metadata.num_rows, file.metadata.num_columns)
        table = file.read()
    except (pyarrow.ArrowException, OSError, MemoryError) as error:
        raise InvalidInput(f"not a readable .parquet file: {error}", fix="write it again") from None
    return [_number_column(str(name), table.column(i).to_pylist()) for i, name in enumerate(table.column_names)]


_READERS = {".csv": _read_csv, ".csv.gz": _read_csv_gz, ".npz": _read_npz, ".parquet": _read_parquet}


def fraction_of(column: Column, row: int) -> Fraction:
    """Return one entry as a rational number."""
    return Fraction(column.integers[row], column.unit)
