"""Short facts about one verdict, as pairs of a label and a text: how it was reached and how to reach it again."""

from __future__ import annotations

from reports.parts.numbers import as_float, relative_margin, seconds
from reports.parts.report import Entry
from verify.verdict import Assumption

HOLDS = {True: "holds", False: "fails", None: "not decided"}


def effort(entry: Entry) -> list[tuple[str, str]]:
    """Return method, time, seed and whatever the prover recorded."""
    verdict = entry.verdict
    facts = [("method", verdict.method)] if verdict.method else []
    budget = f" of {verdict.budget:g} s" if verdict.budget else ""
    facts += [("time", seconds(verdict.seconds) + budget), ("seed", str(verdict.seed))]
    return facts + [(str(key), str(value)) for key, value in verdict.effort.items()]


def recheck(entry: Entry) -> str | None:
    """Return the command that verifies the certificate, to be run in the folder of the report."""
    if entry.certificate is None:
        return None
    from shlex import quote
    from urllib.parse import unquote

    link = entry.certificate.link
    return f"attnverify recheck {quote(unquote(link) if link else entry.certificate.path)}"


def comparison(assumption: Assumption) -> str:
    """Return value, relation and threshold in one text."""
    return " ".join(
        part for part in (assumption.value, relation_sign(assumption.relation), assumption.threshold) if part
    )


def relation_sign(relation: str) -> str:
    """Return a relation as one sign."""
    return {"<=": "≤", ">=": "≥", "==": "=", "!=": "≠"}.get(relation, relation)


def bar(assumption: Assumption) -> float | None:
    """Return how far an assumption holds (positive) or fails (negative), from -1 to 1; None without numbers."""
    share = relative_margin(assumption.margin, assumption.value, assumption.threshold)
    if share is None or assumption.holds is None:
        return None
    # The bar never contradicts the decision, which was not made with floats.
    return abs(share) if assumption.holds else -abs(share)


def signed(margin: str) -> str:
    """Return a margin with its sign."""
    value = as_float(margin)
    return f"+{margin}" if value is not None and value > 0 and not margin.lstrip().startswith("+") else margin
