"""Versions and time stamps that a report names."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from verify import __version__
from verify.errors import InvalidInput

NAMED = ("python-flint", "numpy", "scipy", "sympy", "cvxpy", "clarabel")
"""Libraries whose version may matter to a number in a report."""


def versions() -> dict[str, str]:
    """Return the versions of this program, Python and the libraries behind the numbers; nothing is imported."""
    out = {"attnverify": __version__, "Python": platform.python_version(), "system": _system()}
    for name in NAMED:
        try:
            out[name] = version(name)
        except PackageNotFoundError:
            out[name] = "not installed"
    return out


def _system() -> str:
    return f"{platform.system()} {platform.machine()}".strip()


def stamp() -> str | None:
    """Return the time that ``SOURCE_DATE_EPOCH`` fixes, None if it is not set.

    Raises:
        InvalidInput: it is not a whole number of seconds.
    """
    text = os.environ.get("SOURCE_DATE_EPOCH")
    if not text:
        return None
    try:
        return format_time(datetime.fromtimestamp(int(text), UTC))
    except (ValueError, OverflowError, OSError):
        raise InvalidInput(f"SOURCE_DATE_EPOCH={text!r} is not a time", fix="give seconds since 1970") from None


def now() -> str:
    """Return the present time, or the one that ``SOURCE_DATE_EPOCH`` fixes."""
    return stamp() or format_time(datetime.now(UTC))


def format_time(time: datetime) -> str:
    """Return a time as text, in UTC to the second."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
