"""Certificates: evidence as plain data, canonical JSON with exact numbers as text.

A certificate holds the claim in full, the verdict, and what proves it. :mod:`verify.recheck` re-derives everything
else from the claim and believes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from verify.algebra.ring import Terms
from verify.claim import Claim, canonical
from verify.errors import Rejected

FORMAT = 1
"""Version of the certificate format."""


def certificate(
    claim: Claim, verdict: str, kind: str, evidence: Mapping[str, Any], made_by: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the certificate of a verdict on a claim."""
    return sealed(claim.ordered_data, verdict, kind, evidence, made_by)


def sealed(
    claim: Mapping[str, Any], verdict: str, kind: str, evidence: Mapping[str, Any], made_by: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the certificate of a verdict on a claim that is given as data, that of a theorem or a list of points."""
    return {
        "format": FORMAT,
        "claim": dict(claim),
        "sha256": claim_hash(claim),
        "verdict": verdict,
        "kind": kind,
        "evidence": evidence,
        "made_by": dict(made_by),
    }


def claim_hash(claim: Mapping[str, Any]) -> str:
    """Return the hash of the canonical form of a claim that is given as data."""
    return hashlib.sha256(canonical(claim).encode()).hexdigest()


def write(data: Mapping[str, Any], directory: Path) -> Path:
    """Write a certificate under a name that contains its claim's id and hash; return the path."""
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / f"{data['claim']['id']}-{data['sha256'][:12]}-{data['verdict']}.json"
    temporary = path.with_suffix(".part")
    temporary.write_text(canonical(data) + "\n", encoding="utf-8")
    temporary.replace(path)
    return path


def encode_terms(terms: Terms) -> list[Any]:
    """Return a polynomial as JSON data: [[coefficient, {generator: exponent}], ...]."""
    return [[str(coefficient), dict(powers)] for coefficient, powers in terms]


def decode_terms(data: Any) -> Terms:
    """Return the polynomial that JSON data describe.

    Raises:
        Rejected: not a polynomial.
    """
    out = []
    for entry in sequence(data):
        coefficient, powers = pair(entry)
        if not isinstance(powers, Mapping):
            raise Rejected("a monomial is not a mapping from generators to exponents")
        exponents = tuple((str(name), natural(exponent)) for name, exponent in powers.items())
        out.append((fraction(coefficient), exponents))
    return tuple(out)


def fraction(data: Any) -> Fraction:
    """Return an exact number from its text."""
    if not isinstance(data, str):
        raise Rejected(f"{data!r} is not an exact number")
    try:
        top, _, bottom = data.partition("/")
        return Fraction(int(top), int(bottom or "1"))
    except (ValueError, ZeroDivisionError) as error:
        raise Rejected(f"{data!r} is not an exact number") from error


def natural(data: Any, limit: int = 10**6) -> int:
    """Return a small nonnegative integer."""
    if isinstance(data, bool) or not isinstance(data, int) or not 0 <= data <= limit:
        raise Rejected(f"{data!r} is not an integer from 0 to {limit}")
    return data


def sequence(data: Any) -> Sequence[Any]:
    """Return a list."""
    if not isinstance(data, list):
        raise Rejected(f"{str(data)[:40]!r} is not a list")
    return data


def pair(data: Any) -> tuple[Any, Any]:
    """Return a list of two."""
    if not isinstance(data, list) or len(data) != 2:
        raise Rejected(f"{str(data)[:40]!r} is not a pair")
    return data[0], data[1]


def member(data: Any, key: str) -> Any:
    """Return a required entry of a mapping."""
    if not isinstance(data, Mapping) or key not in data:
        raise Rejected(f"{key!r} is missing")
    return data[key]


def require_theorem(claim: Mapping[str, Any], theorem: str, statement: Mapping[str, Any]) -> None:
    """Compare a claim on an instance with the one theorem that a checker knows.

    Raises:
        Rejected: it states something else, or goes by another name.
    """
    if {member(claim, "id"), member(claim, "theorem")} != {theorem} or member(claim, "statement") != statement:
        raise Rejected("this is not the statement that is checked here")


def load(path: Path) -> dict[str, Any]:
    """Read a certificate file.

    Raises:
        Rejected: unreadable or not a JSON object.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise Rejected(f"cannot read {path}: {error}") from None
    if not isinstance(data, dict):
        raise Rejected(f"{path} does not hold a certificate")
    return data
