"""Targets that are definitions on expressions, for which properties can be proved.

These are variants of the library, ``file.py:NAME`` where NAME is a ``Variant``, and claim files whose parameters are
q, k and v and whose definitions give ``output``, and ``weights`` where there are any.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verify.attention._base import Attention, Setting, Variant
from verify.errors import InvalidInput, Undecidable
from verify.expr import build
from verify.expr.substitute import substitute
from verify.properties._base import Property
from verify.properties._formal import TAKEN, Subject, apart
from verify.variant_proof import Proof, prove

if TYPE_CHECKING:
    from numerics.variants.target import Target

PER_PROPERTY, PART = 10.0, 0.25
"""The proof of one property takes at most these seconds or this part of the budget, whichever is more."""

SHARE = 0.5
"""Part of the budget for proofs, where a search can follow."""


@dataclass(frozen=True)
class Symbolic:
    """A definition on expressions.

    Attributes:
        definition: a variant, or a subject of fixed sizes from a claim file.
        claims: what it claims by itself.
        target: the same as a function on arrays, for the search; None for claim files.
    """

    name: str
    definition: Variant | Subject
    claims: tuple[str, ...] = ()
    target: Target | None = None


def symbolic_target(text: str) -> Symbolic | None:
    """Return the definition that ``text`` names, or None where it names anything else.

    Raises:
        InvalidInput: a claim file that defines no attention.
    """
    from verify.attention import variants

    if text.endswith(".toml"):
        return Symbolic(text, subject_of_claim(text))
    if ":" not in text:
        one = variants().get(text.replace("-", "_"))
        return None if one is None else _of_variant(one, one.name)
    source, _, name = text.rpartition(":")
    if not source.endswith(".py") or "Variant" not in _text(source):
        return None
    from numerics.variants.target import _module

    found = getattr(_module(source), name, None)
    return _of_variant(found, text) if isinstance(found, Variant) else None


def _text(source: str) -> str:
    try:
        return Path(source).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _of_variant(one: Variant, name: str) -> Symbolic:
    from numerics.variants.library import as_function
    from numerics.variants.target import LIBRARY_TOKENS, Target, load_target

    if name == one.name:
        return Symbolic(name, one, one.claims, load_target(name))
    source, _, attribute = name.rpartition(":")
    load = (
        "import runpy\nfrom numerics.variants.library import as_function\n"
        f"f = as_function(runpy.run_path({source!r})[{attribute!r}])\n"
    )
    target = Target(name, as_function(one), False, True, "numpy", None, load, most=LIBRARY_TOKENS)
    return Symbolic(name, one, one.claims, target)


def subject_of_claim(path: str) -> Subject:
    """Return the attention that a claim file defines, at the file's sizes.

    Raises:
        InvalidInput: q, k, v are not matrices of fitting sizes, or ``output`` is not defined.
    """
    from verify.claim import load_claim

    claim = load_claim(path)
    inputs = {one.name: one.symbol for one in claim.parameters}
    fix = 'give q = "real[2,2]", k = "real[3,2]", v = "real[3,1]" in [parameters], and output in [definitions]'
    missing = [name for name in ("q", "k", "v") if name not in inputs] + ["output"] * (
        "output" not in claim.definitions
    )
    if missing:
        raise InvalidInput(f"{path} does not define {', '.join(missing)}", fix=fix)
    q, k, v, output = inputs["q"], inputs["k"], inputs["v"], claim.definitions["output"]
    if not (q.ndim == k.ndim == v.ndim == 2 and q.shape[1] == k.shape[1] and k.shape[0] == v.shape[0]):
        raise InvalidInput(f"{path}: q, k, v have shapes {q.shape}, {k.shape}, {v.shape}", fix=fix)
    if output.ndim != 2 or output.shape[0] != q.shape[0]:
        raise InvalidInput(f"{path}: output has shape {output.shape}", fix=fix)
    bounded = [one.name for one in claim.parameters if one.low is not None or one.high is not None]
    if bounded:
        raise InvalidInput(f"{path}: {', '.join(bounded)} must range over all reals", fix='write "real[...]"')
    if claim.assumptions:
        raise InvalidInput(f"{path}: properties are about all inputs, not only those of [assume]", fix="leave it out")
    weights, scores = (claim.definitions.get(name) for name in ("weights", "scores"))

    own = {name: one for name, one in inputs.items() if name not in ("q", "k", "v")}
    renamed = {
        name: build.symbol(apart(name, set(inputs) - {name}), one.shape) for name, one in own.items() if name in TAKEN
    }

    def attend(setting: Setting) -> Attention:
        new = {"q": setting.q, "k": setting.k, "v": setting.v}
        if any(new[name].shape != inputs[name].shape for name in new):
            raise Undecidable("the claim file fixes its sizes")
        if not all(map(all, setting.visible)):
            raise Undecidable("the claim file has no mask")
        new |= renamed
        return Attention(*(None if one is None else substitute(one, new) for one in (output, weights, scores)))  # type: ignore[arg-type]

    n, t = q.shape[0], k.shape[0]
    sizes = (n, t, q.shape[1], v.shape[1])
    return Subject(claim.id, attend, sizes, ((True,) * t,) * n, lambda d, dv: {**own, **renamed}, fixed=True)


def proofs(
    target: Symbolic, chosen: Sequence[Property], *, budget: float, seed: int, certificates: Path | None
) -> Iterator[tuple[Property, Proof]]:
    """Yield what becomes of each property that has a formal statement, within the budget."""
    end = time.monotonic() + budget * (SHARE if target.target is not None else 1.0)
    able = [one for one in chosen if one.formal is not None]
    for place, one in enumerate(able):
        left = end - time.monotonic()
        if left <= 0:
            return
        room = min(max(PER_PROPERTY, PART * budget), 3 * left / (len(able) - place), left)
        yield one, prove(target.definition, one, budget=room, seed=seed, certificates=certificates)


def proof_record(target: Symbolic, what: Property, proof: Proof, seed: int) -> dict[str, Any]:
    """Return the object that ``--json`` prints for a property that was proved or refuted exactly."""
    shown = None if proof.certificate is None else f"attnverify recheck {proof.certificate}"
    return {
        "target": target.name, "property": what.name, "verdict": proof.verdict, "level": proof.level, "dtype": "real",
        "examples": 0, "witness": proof.witness, "observed": "an exact counterexample" if proof.witness else None,
        "bound": "0" if proof.witness else None, "reproduce": shown if proof.witness else None,
        "reason": proof.reason or None, "statement": what.statement, "scope": proof.scope,
        "certificate": proof.certificate, "not_run": None, "seed": seed, "seconds": proof.seconds,
    }  # fmt: skip


def proof_line(one: dict[str, Any]) -> str:
    """Return such a record as text."""
    head = f"{one['verdict']:14} {one['property']:28}"
    if one["verdict"] == "proved":
        return f"{head} {one['level']}; {one['scope']}  [{one['seconds']:.2f} s]"
    if one["verdict"] != "refuted":
        return f"{head} {one['reason']}  [{one['seconds']:.2f} s]"
    witness = ", ".join(f"{name} = {value}" for name, value in one["witness"].items())
    check = f"\n  check it with {one['reproduce']}" if one["reproduce"] else ""
    return f"{head} {one['level']}  [{one['seconds']:.2f} s]\n  {one['statement']}\n  violated at {witness}{check}"
