"""The trusted checker: accepts a certificate only if its data prove the verdict for the claim inside it.

It shares the vocabulary, the parser and the derivative with the rest of the project and no numerical code; beyond
the standard library it trusts FLINT's exact and ball arithmetic.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from verify.certificate import FORMAT, claim_hash, load, member
from verify.claim import canonical, claim_from_data
from verify.errors import AttnverifyError, Rejected

KINDS = ("emptiness", "witness", "enumeration", "confidence", "boxes", "floats", "segment", "chord", "reach")
"""Kinds of evidence; each is a module of this package with a function ``check(claim, verdict, evidence)``."""

THEOREM_KINDS = ("duality", "landscape", "bound", "separation", "sample_size", "optimum")
"""Kinds whose claim is a theorem of the library with an instance, as plain data, instead of a claim file."""


@dataclass(frozen=True)
class Outcome:
    """What rechecking found: accepted with the verdict that is proved, or rejected with the reason."""

    accepted: bool
    id: str | None
    verdict: str | None
    kind: str | None
    reason: str | None = None


def recheck_file(path: Path) -> Outcome:
    """Recheck a certificate file."""
    try:
        data = load(path)
    except Rejected as reason:
        return Outcome(False, None, None, None, str(reason))
    return recheck(data)


def recheck_as_written(data: Mapping[str, Any]) -> Outcome:
    """Recheck a certificate that was just made, in the form in which it goes to a file.

    Raises:
        TypeError: it is not plain data.
    """
    return recheck(json.loads(canonical(data)))


def recheck(data: Mapping[str, Any]) -> Outcome:
    """Recheck a certificate given as plain data. Any defect of the certificate is a rejection, never an error."""
    described = _described(data)
    try:
        claim, kind = _opened(data)
        _checker(kind)(claim, data["verdict"], member(data, "evidence"))
    except (AttnverifyError, LookupError, ValueError, TypeError, AttributeError, ArithmeticError, AssertionError,
            RecursionError, MemoryError) as reason:  # fmt: skip
        return Outcome(False, *described, str(reason) or type(reason).__name__)
    return Outcome(True, *described)


def _described(data: Mapping[str, Any]) -> tuple[str | None, str | None, str | None]:
    claim = data.get("claim")
    name = claim.get("id") if isinstance(claim, Mapping) else None
    return tuple(value if isinstance(value, str) else None for value in (name, data.get("verdict"), data.get("kind")))  # type: ignore[return-value]


def _opened(data: Mapping[str, Any]) -> tuple[Any, str]:
    if isinstance(data.get("format"), bool) or data.get("format") != FORMAT:
        raise Rejected(f"format {data.get('format')!r} is not {FORMAT}")
    if data.get("kind") in THEOREM_KINDS:
        return _theorem_claim(data), data["kind"]
    claim = claim_from_data(member(data, "claim"))
    if claim.sha256 != data.get("sha256"):
        raise Rejected("the claim does not have the stated hash")
    kind = member(data, "kind")
    if kind not in KINDS:
        raise Rejected(f"unknown kind {kind!r}")
    if (claim.arithmetic == "real") == (kind == "floats"):
        raise Rejected(f"a certificate of kind {kind!r} says nothing about {claim.arithmetic} arithmetic")
    return claim, kind


def _theorem_claim(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a theorem with its instance; the checker of its kind compares the statement with its own."""
    claim = member(data, "claim")
    if not isinstance(claim, Mapping) or set(claim) != {"id", "theorem", "statement", "instance"}:
        raise Rejected("the claim is not a theorem with an instance")
    if claim_hash(claim) != data.get("sha256"):
        raise Rejected("the claim does not have the stated hash")
    return claim


def _checker(kind: str) -> Callable[[Any, Any, Any], None]:
    from importlib import import_module

    check: Callable[[Any, Any, Any], None] = import_module(f"verify.recheck.{kind}").check
    return check
