"""From findings to lines of text, JSON and exit codes."""

from __future__ import annotations

from typing import Any

import numpy as np

from numerics.variants.reproduce import snippet, witness
from numerics.variants.search import Finding
from numerics.variants.target import Target
from verify.attention._base import Variant

REFUTED_CODE, FINE_CODE = 3, 0


def record(target: Target, finding: Finding, seed: int, *, reference: Variant | None = None) -> dict[str, Any]:
    """Return the object that ``--json`` prints for one property."""
    out: dict[str, Any] = {
        "target": target.name,
        "property": finding.property.name,
        "verdict": finding.verdict,
        "level": "float" if finding.verdict == "refuted" else "sampled",
        "dtype": finding.dtype,
        "examples": finding.examples,
        "witness": None,
        "observed": None,
        "bound": None,
        "reproduce": None,
        "reason": finding.reason or None,
        "statement": finding.property.statement,
        "not_run": finding.not_run or None,
        "seed": seed,
        "seconds": round(finding.seconds, 3),
    }
    if finding.judgement is not None:
        place = int(np.argmax(finding.judgement.violated))
        shown = f"{finding.judgement.text}: {float(finding.judgement.defect[place]):.6g}"
        out.update(witness=witness(finding), observed=shown, bound=f"{float(finding.judgement.bound[place]):.6g}")
        out.update(reproduce=snippet(target, finding, reference=reference))
    return out


def line(one: dict[str, Any]) -> str:
    """Return one record as text."""
    head = f"{one['verdict']:14} {one['property']:28}"
    if one["verdict"] != "refuted":
        effort = f"{one['examples']} samples, {one['dtype']}" if one["examples"] else ""
        seen = f"observed {one['observed']}, against {one['bound']}" if one["observed"] else ""
        return f"{head} {'; '.join(part for part in (effort, one['reason'], seen) if part)}  [{one['seconds']:.2f} s]"
    body = "\n".join("    " + row for row in str(one["reproduce"]).splitlines())
    return (
        f"{head} {one['dtype']}, after {one['examples']} samples  [{one['seconds']:.2f} s]\n"
        f"  {one['statement']}\n  observed {one['observed']}; rounding explains at most {one['bound']}\n"
        f"  reproduce with\n{body}"
    )


def exit_code(records: list[dict[str, Any]]) -> int:
    """Return 3 when anything is refuted, else 0."""
    return REFUTED_CODE if any(one["verdict"] == "refuted" for one in records) else FINE_CODE
