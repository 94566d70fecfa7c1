"""Floating-point formats and the constants of rounding-error analysis.

Every tolerance of the search comes from here: the unit roundoff u of a format, gamma_n = n*u/(1 - n*u) for sums
of n terms in any order (Higham, Accuracy and Stability of Numerical Algorithms, 2002, section 3.1), and at most
four units in the last place per library function (NumPy documents less than 4 for its vectorised kernels).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from verify.errors import InvalidInput

LIBRARY_ULPS = 4
"""Error of one call of exp, log, tanh, ... in units in the last place."""


@dataclass(frozen=True)
class Format:
    """A binary floating-point format.

    Attributes:
        name: NumPy's name of it.
        unit: unit roundoff u; a rounded operation has relative error at most u.
        tiny: smallest positive number; a rounded operation has absolute error at most this below the normal range.
        largest: largest finite number.
        score_limit: largest score an attention function is tried at (products of tokens must not overflow).
    """

    name: str
    unit: float
    tiny: float
    largest: float
    score_limit: float


FORMATS = {
    "float64": Format("float64", 2.0**-53, 2.0**-1074, float(np.finfo(np.float64).max), 6e4),
    "float32": Format("float32", 2.0**-24, 2.0**-149, float(np.finfo(np.float32).max), 1.5e4),
    "float16": Format("float16", 2.0**-11, 2.0**-24, 65504.0, 1e3),
    "bfloat16": Format("bfloat16", 2.0**-8, 2.0**-133, float(2.0**127 * (2 - 2**-7)), 1e3),
}


def format_named(name: str) -> Format:
    """Return a format by its name.

    Raises:
        InvalidInput: not one of :data:`FORMATS`.
    """
    if name not in FORMATS:
        raise InvalidInput(f"unknown dtype {name!r}", fix=f"write one of {', '.join(FORMATS)}")
    return FORMATS[name]


def numpy_dtype(name: str) -> Any:
    """Return NumPy's dtype of a format.

    Raises:
        InvalidInput: bfloat16, which NumPy lacks, without the library ml_dtypes.
    """
    if name != "bfloat16":
        return np.dtype(name)
    try:
        import ml_dtypes  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        raise InvalidInput("NumPy has no bfloat16 without ml_dtypes", fix="pip install ml_dtypes") from None
    return np.dtype(ml_dtypes.bfloat16)


def is_float(dtype: Any) -> bool:
    """Whether a dtype holds floating-point numbers; those of ml_dtypes have a kind of their own."""
    return np.dtype(dtype).kind in "fcV"


def unit_of(dtype: Any) -> float:
    """Return the unit roundoff of a NumPy dtype; 0 for integers and truth values, which do not round."""
    known = FORMATS.get(str(dtype))
    if known is not None:
        return known.unit
    if np.dtype(dtype).kind == "V":
        import ml_dtypes  # type: ignore[import-not-found, unused-ignore]

        return float(ml_dtypes.finfo(dtype).eps) / 2
    return float(np.finfo(dtype).eps) / 2 if is_float(dtype) else 0.0


def gamma(n: float, unit: float) -> float:
    """Return gamma_n = n*u/(1 - n*u), the relative error of n rounded operations; infinite when n*u >= 1."""
    return n * unit / (1 - n * unit) if n * unit < 1 else float("inf")
