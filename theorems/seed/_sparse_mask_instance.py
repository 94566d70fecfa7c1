"""From a table to an instance: which columns, which target, which teacher, which noise, which penalty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Context, Decimal
from fractions import Fraction
from math import ceil, floor, lcm, log, log2, sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verify.errors import InvalidInput, Location
from verify.theorem import Run

if TYPE_CHECKING:
    from numerics.moments import Moments
    from verify.data import Column, Data

DIGITS = Path(__file__).resolve().parent.parent / "data" / "digits.csv.gz"
"""The shipped data set; see DIGITS.md beside it for its licence and attribution."""

DIGITS_TARGET = "digit"

MAX_COLUMNS = 150
"""Most columns of an instance: the certificate's exact eigenvalue tests grow with the fourth power."""

NOISE_UNIT = 2**20
"""Drawn noise is its level times multiples of 2^-20, so that it is exact."""

REFERENCE_BITS = 20
"""Coefficients of a reference are rounded to 2^-20 times the size of the target (the next power of 2 below it)."""


@dataclass(frozen=True)
class Instance:
    """An instance of the theorem.

    Attributes:
        drawn: whether the teacher and the noise were drawn; else the target is a column of the table.
        teacher: u*, p exact numbers, in units of the scaled columns.
        noise: noise level with ``noise_label`` given or estimated, and how.
        penalty_label: where lambda comes from.
        dropped: columns without variation.
    """

    moments: Moments
    drawn: bool
    teacher: tuple[Fraction, ...]
    noise: Fraction
    noise_label: str
    noise_note: str
    penalty: Fraction
    penalty_label: str
    target: str
    dropped: tuple[str, ...]
    source: Mapping[str, Any]

    @property
    def support(self) -> list[int]:
        """Places of the nonzero entries of the teacher."""
        return [j for j, value in enumerate(self.teacher) if value]


def build(run: Run) -> Instance:
    """Return the instance that settings and data describe.

    Raises:
        InvalidInput: the data do not fit the settings.
    """
    data = run.data if run.data is not None else _digits()
    rows = data.rows if run.settings["n"] == "all" else run.integer("n")
    if not 2 <= rows <= data.rows:
        raise InvalidInput(f"n={rows}: {data.name} has {data.rows} rows", fix=f"give 2 to {data.rows}", where=_where())
    label = _label(run, data)
    columns, dropped = _features(run, data, rows, label)
    k = run.integer("k")
    if k > len(columns):
        raise InvalidInput(
            f"k={k} exceeds the {len(columns)} columns that vary", fix="give a smaller k", where=_where()
        )
    source = {
        "file": data.name,
        "sha256": data.sha256,
        "rows": f"the first {rows} of {data.rows}",
        "units": [str(column.unit) for column in columns],
    }
    if label is None:
        return _drawn(run, columns, dropped, source, rows)
    return _labelled(run, columns, dropped, source, label)


def _where() -> Location:
    return Location(key="--set")


def _digits() -> Data:
    from verify.data import load_data

    return load_data(DIGITS, DIGITS_TARGET)


def _label(run: Run, data: Data) -> str | None:
    """Return the target as ``COLUMN`` or ``COLUMN==VALUE``, None for a drawn teacher."""
    text = run.text("target")
    if text == "teacher" or (text == "auto" and (run.data is None or data.target is None)):
        return None
    return data.target if text == "auto" else text


def _features(run: Run, data: Data, rows: int, label: str | None) -> tuple[list[Column], tuple[str, ...]]:
    """Return the columns that vary on the first rows, without the target, and the names of those that do not."""
    target = data.target if label is None else label.partition("==")[0].strip()
    chosen = data.names if run.text("columns") == "all" else [name.strip() for name in run.text("columns").split(",")]
    names = [data.column(name).name for name in dict.fromkeys(chosen) if name != target]
    columns = [data.column(name).first(rows) for name in names]
    kept = [column for column in columns if not column.is_constant]
    if not kept:
        raise InvalidInput(f"no column of {data.name} varies on the first {rows} rows", fix="use more rows")
    if len(kept) > MAX_COLUMNS:
        raise InvalidInput(
            f"{data.name} has {len(kept)} columns that vary",
            fix=f"choose at most {MAX_COLUMNS} with --set columns=NAME,NAME,...",
        )
    return kept, tuple(column.name for column in columns if column.is_constant)


# --- a drawn teacher ----------------------------------------------------------------------------------------------


def _drawn(run: Run, columns: list[Column], dropped: tuple[str, ...], source: Mapping[str, Any], rows: int) -> Instance:
    """y = X u* + noise with k entries of u* equal to +- signal, drawn from the seed."""
    import numpy as np

    from numerics.moments import moments_of

    p, k, signal = len(columns), run.integer("k"), run.number("signal")
    noise = Fraction(1, 4) if run.settings["noise"] == "auto" else run.number("noise")
    rng = np.random.default_rng([run.seed, 0])
    places = sorted(rng.choice(p, size=k, replace=False).tolist())
    signs = rng.choice([-1, 1], size=k).tolist()
    errors = [round(z * NOISE_UNIT) for z in rng.standard_normal(rows).tolist()]
    teacher = [Fraction(0)] * p
    for place, sign in zip(places, signs, strict=True):
        teacher[place] = sign * signal
    blank = moments_of(columns, [0] * rows, 1)
    factors = {j: teacher[j] * blank.scales[j] for j in places}
    unit = lcm((noise / NOISE_UNIT).denominator, *(factor.denominator for factor in factors.values()))
    step = int(noise / NOISE_UNIT * unit)
    target = [error * step for error in errors]
    for j, factor in factors.items():
        whole = int(factor * unit)
        target = [y + whole * x for y, x in zip(target, columns[j].integers, strict=True)]
    moments = moments_of(columns, target, unit)
    penalty, label = _penalty(run, moments, teacher, noise, "given")
    note = f"Gaussian, drawn with seed {run.seed} in steps of 2^-20 of the level"
    return Instance(
        moments, True, tuple(teacher), noise, "given", note, penalty, label, "drawn teacher", dropped, source
    )


# --- a column as target -------------------------------------------------------------------------------------------


def _labelled(
    run: Run, columns: list[Column], dropped: tuple[str, ...], source: Mapping[str, Any], label: str
) -> Instance:
    """The target is a column; the teacher is a reference: least squares on k columns chosen greedily."""
    from numerics.moments import moments_of

    rows = len(columns[0].integers)
    target = _target(run, label, rows)
    if target.is_constant:
        raise InvalidInput(f"the target {label!r} is constant on the first {rows} rows", fix="use more rows")
    moments = moments_of(columns, target.integers, target.unit)
    teacher = reference(moments, run.integer("k"))
    noise, noise_label, note = _noise_of_labels(run, moments, teacher)
    penalty, penalty_label = _penalty(run, moments, teacher, noise, noise_label)
    return Instance(
        moments, False, tuple(teacher), noise, noise_label, note, penalty, penalty_label, label, dropped, source
    )


def _target(run: Run, label: str, rows: int) -> Column:
    """Return the target column, or the indicator of one of its values for ``COLUMN==VALUE``."""
    from verify.data import fraction_of
    from verify.exact import parse_rational

    data = run.data if run.data is not None else _digits()
    name, equals, value = (part.strip() for part in label.partition("=="))
    column = data.column(name).first(rows)
    if not equals:
        return column
    try:
        wanted = parse_rational(value)
    except InvalidInput as error:
        raise InvalidInput(f"target={label!r}: {error.problem}", fix="write COLUMN==NUMBER", where=_where()) from None
    hits = tuple(int(fraction_of(column, row) == wanted) for row in range(rows))
    return replace(column, name=label, integers=hits, unit=1)


def reference(moments: Moments, k: int) -> list[Fraction]:
    """Return the least squares fit on k columns chosen by orthogonal matching pursuit, coefficients rounded."""
    import numpy as np

    gram, correlation, energy = moments.floats
    chosen: list[int] = []
    fit = np.zeros(moments.size)
    for _ in range(k):
        residual = np.abs(correlation - gram @ fit)
        residual[chosen] = -1.0
        chosen.append(int(np.argmax(residual)))
        fit = np.zeros(moments.size)
        fit[chosen] = np.linalg.lstsq(gram[np.ix_(chosen, chosen)], correlation[chosen], rcond=None)[0]
    unit = Fraction(2) ** (floor(log2(energy) / 2) - REFERENCE_BITS)
    return [unit * round(Fraction(value) / unit) for value in fit.tolist()]


def _noise_of_labels(run: Run, moments: Moments, teacher: Sequence[Fraction]) -> tuple[Fraction, str, str]:
    """Return the noise level, given, or estimated from residuals of least squares on all columns or the reference."""
    import numpy as np

    if run.settings["noise"] != "auto":
        return run.number("noise"), "given", "by the user"
    gram, correlation, energy = moments.floats
    n, p = moments.rows, moments.size
    if n >= 2 * (p + 1):
        fit, used, how = np.linalg.lstsq(gram, correlation, rcond=None)[0], p, "least squares on all columns"
    else:
        fit = np.array([float(value) for value in teacher])
        used, how = sum(1 for value in teacher if value), "the reference"
    residual = max(energy - 2 * correlation @ fit + fit @ gram @ fit, 1e-12 * energy)
    level = sqrt(residual * n / max(n - used - 1, 1))
    return _rounded(level, 4), "estimated", f"residual standard deviation of {how}"


# --- the penalty --------------------------------------------------------------------------------------------------


def _penalty(
    run: Run, moments: Moments, teacher: Sequence[Fraction], noise: Fraction, noise_label: str
) -> tuple[Fraction, str]:
    """Return lambda: given, 2 noise sqrt(2 ln(2 p/delta)/n), or the least one that H7 allows; rounded up."""
    choice = run.settings["lambda"]
    if choice == "event":
        return least_penalty(moments, teacher), "the least one that meets H7 on this instance"
    if choice != "theory":
        return run.number("lambda"), "given"
    n, p, delta = moments.rows, moments.size, float(run.number("delta"))
    value = 2 * float(noise) * sqrt(2 * log(2 * p / delta) / n)
    return _rounded(value, 4), f"2 noise sqrt(2 ln(2p/delta)/n) with the {noise_label} noise level"


def least_penalty(moments: Moments, teacher: Sequence[Fraction]) -> Fraction:
    """Return 2 |X^T (y - X u*)/n|_inf rounded up to 4 digits, at least 10^-6 |X^T y/n|_inf to be positive."""
    from numerics.lasso import residual_correlation
    from numerics.moments import column_vector

    noise, target = (residual_correlation(moments, column_vector(u)) for u in (teacher, [0] * moments.size))
    least = max(2 * max(map(abs, noise)), max(map(abs, target)) / 10**6)
    return round_up(least) if least else Fraction(1)


def round_up(value: Fraction, digits: int = 4) -> Fraction:
    """Return the least decimal of some significant digits that is not below a nonnegative number, exactly."""
    if value == 0:
        return value
    exponent = digits - 1 - Decimal(float(value)).adjusted() if float(value) else 320
    unit = Fraction(10) ** exponent
    return ceil(value * unit) / unit


def _rounded(value: float, digits: int) -> Fraction:
    """Round up to some significant digits."""
    return Fraction(Context(prec=digits, rounding=ROUND_CEILING).create_decimal(Decimal(value)))


def round_down(value: Fraction, digits: int = 4) -> Fraction:
    """Return the largest decimal of some significant digits that is not above a number, exactly; 0 for 0 or below."""
    if value <= 0:
        return Fraction(0)
    unit = Fraction(10) ** (digits - 1 - Decimal(float(value)).adjusted())
    return floor(value * unit) / unit
