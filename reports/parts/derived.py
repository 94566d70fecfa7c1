"""What follows from a claim's own text: its derivation and a picture of its objective, for verdicts that bring none.

The text may come from a file; it is read by the claim parser, which bounds it, and only small claims are drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from reports.parts.numbers import as_float
from verify.errors import AttnverifyError
from verify.verdict import Verdict

if TYPE_CHECKING:
    from verify.claim import Claim
    from verify.expr.node import Expr

MAX_OPERATIONS = 4000
"""Most scalar operations of an objective that is derived here."""

MAX_PARAMETERS = 400
"""Most parameter entries of an objective that is derived here."""

MAX_BLOCKS = 6
"""Most parameter arrays for which the blocks of the Hessian are derived too."""

MAX_LATEX = 24_000
"""Longest derivation that is kept, in characters of LaTeX; longer ones are no reading."""

RANGE = 3.0
"""Half the side of a picture where the claim gives no interval."""

LINE_POINTS = 241
GRID_POINTS = 81


def with_derived(verdict: Verdict) -> dict[str, Any]:
    """Return the verdict's details, completed by derivation and picture where its claim is small enough."""
    details = dict(verdict.details)
    wanted = "derivation" not in details, not details.get("curves") and not details.get("landscapes")
    claim = _claim(verdict.statement) if any(wanted) else None
    if claim is None or claim.objective is None:
        return details
    if wanted[0] and (found := derivation(claim)):
        details["derivation"] = found
    if wanted[1]:
        details |= picture(claim, verdict.witness or {})
    return details


def _claim(statement: Mapping[str, Any]) -> Claim | None:
    """Return the claim that a statement is the text of, if it is small; None otherwise."""
    if "objective" not in statement or "parameters" not in statement:
        return None
    from verify.claim import claim_from_data
    from verify.derivation import scalar_operations

    try:
        claim = claim_from_data({"id": "report", **statement})
    except (AttnverifyError, ValueError, TypeError, KeyError, RecursionError):
        return None
    if claim.objective is None or len(claim.entry_names) > MAX_PARAMETERS:
        return None
    return claim if scalar_operations(claim.objective) <= MAX_OPERATIONS else None


def derivation(claim: Claim) -> dict[str, Any] | None:
    """Return the derivation of a claim's objective as ``details["derivation"]`` holds it; None where it has none."""
    assert claim.objective is not None
    definitions = {name: node for name, node in claim.definitions.items() if node.kind == "real"}
    return sections_of(claim.objective, {p.name: p.symbol for p in claim.parameters}, definitions)


def sections_of(
    objective: Expr, parameters: Mapping[str, Expr], definitions: Mapping[str, Expr]
) -> dict[str, Any] | None:
    """Return the derivation of an objective as ``details["derivation"]`` holds it; None where it has none."""
    from verify.derivation import derive
    from verify.sheet import sheet

    try:
        second_order = len(parameters) <= MAX_BLOCKS
        found = derive(objective, parameters, definitions=definitions, second_order=second_order)
        sections = {section.title: section for section in sheet(found)}
    except (AttnverifyError, RecursionError):
        return None
    out: dict[str, Any] = {"loss": sections["Loss"].lines[0].latex}
    for title, key in (("Gradient", "gradient"), ("Hessian", "hessian"), ("Critical points", "conditions")):
        out[key] = [line.latex for line in sections[title].lines] if title in sections else []
    for title, section in sections.items():
        out[f"{title.lower()}_where"] = [line.latex for line in section.where]
    length = sum(len(text) for value in out.values() for text in ([value] if isinstance(value, str) else value))
    return out if length <= MAX_LATEX else None


def picture(claim: Claim, witness: Mapping[str, str]) -> dict[str, Any]:
    """Return ``{"curves": [...]}`` or ``{"landscapes": [...]}`` for one or two parameter entries, else nothing."""
    if len(claim.entry_names) not in (1, 2):
        return {}
    import numpy as np

    spans = [_span(claim, name, witness) for name in claim.entry_names]
    count = LINE_POINTS if len(spans) == 1 else GRID_POINTS
    axes = [np.linspace(low, high, count) for low, high in spans]
    try:
        values = _values(claim, axes)
    except (AttnverifyError, ValueError, FloatingPointError):
        return {}
    if len(axes) == 1:
        return {"curves": [_curve(claim, axes[0], values)]}
    if not np.isfinite(values).all():
        return {}
    return {"landscapes": [_landscape(claim, axes, values, witness)]}


def _span(claim: Claim, entry: str, witness: Mapping[str, str]) -> tuple[float, float]:
    """Return the interval of an entry, or one around 0 that holds the witness with room to spare."""
    parameter = next(p for p in claim.parameters if p.name == entry.partition("[")[0])
    reach = max(RANGE, 1.5 * abs(as_float(witness.get(entry, "0")) or 0.0))
    low = float(parameter.low) if parameter.low is not None else -reach
    high = float(parameter.high) if parameter.high is not None else reach
    return (low, high) if low < high else (low - 1, high + 1)


def _values(claim: Claim, axes: list[Any]) -> Any:
    import numpy as np

    from verify.expr.numpy_reading import compile_numpy

    assert claim.objective is not None
    function = compile_numpy([claim.objective], claim.symbols, batched=True)
    points = np.stack([part.ravel() for part in np.meshgrid(*axes)], axis=1)
    arrays, start = [], 0
    for symbol in claim.symbols:
        arrays.append(points[:, start : start + symbol.size].reshape(len(points), *symbol.shape))
        start += symbol.size
    with np.errstate(all="ignore"):
        return function(*arrays)[0].reshape([len(axis) for axis in reversed(axes)])


def _curve(claim: Claim, axis: Any, values: Any) -> dict[str, Any]:
    return {
        "title": "The objective (floating point, for orientation)",
        "x_label": claim.entry_names[0],
        "y_label": "objective",
        "x": axis.tolist(),
        "series": {"objective": [float(value) for value in values]},
    }


def _landscape(claim: Claim, axes: list[Any], values: Any, witness: Mapping[str, str]) -> dict[str, Any]:
    x_label, y_label = claim.entry_names
    point = {"x": witness.get(x_label), "y": witness.get(y_label), "label": "witness"}
    return {
        "title": "Landscape of the objective (floating point, for orientation)",
        "x_label": x_label,
        "y_label": y_label,
        "x": axes[0].tolist(),
        "y": axes[1].tolist(),
        "z": values.tolist(),
        "points": [point] if witness else [],
    }
