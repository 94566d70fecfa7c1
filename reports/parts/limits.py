"""What a report does not show, said from what is in it."""

from __future__ import annotations

from collections.abc import Iterable

from reports.parts.report import Report
from verify.verdict import Verdict

RIGOROUS = ("exact", "ball")

MEANING = {
    "proved": "true for every point that the claim quantifies over; a certificate shows it",
    "refuted": "a point that meets every hypothesis and violates the conclusion exists; the witness is printed",
    "vacuous": "nothing meets the hypotheses, so the claim says nothing",
    "supported": "a search or a statistical test found nothing against it; this is not a proof",
    "undecided": "not decided within the budget",
}
"""What the words of a verdict mean."""

LEVEL_MEANING = {
    "exact": "rational or algebraic arithmetic",
    "ball": "arithmetic with rigorous error bounds",
    "statistical": "holds at the printed confidence",
    "sampled": "searched or sampled, with the printed effort",
    "float": "ordinary floating point, no error bound",
    "none": "no evidence either way",
}
"""What the levels mean."""


def limits(report: Report) -> list[str]:
    """Return what the report does not show, one sentence or two each."""
    verdicts = report.verdicts
    out = [
        "Each verdict covers its printed scope and nothing beyond: other sizes, data, domains or arithmetic are other "
        "claims. Mathematics is over the reals unless a claim names a floating-point format."
    ]
    out += _by_word(verdicts)
    out += _assumptions(verdicts)
    if any(v.verdict in ("proved", "refuted", "vacuous") for v in verdicts):
        out.append(
            "A certificate proves the claim as it is written inside the certificate. Whether that text says what was "
            "meant is for the reader; this page prints it for that reason."
        )
    if missing := [e.verdict.id for e in report.entries if e.certificate is not None and e.certificate.sha256 is None]:
        out.append(f"The certificates of {_listed(missing)} were not found beside the report and are not hashed here.")
    if report.errors:
        out.append(f"{len(report.errors)} input{'s' if len(report.errors) > 1 else ''} could not be read; see above.")
    if any(e.details.get("curves") or e.details.get("landscapes") or e.verdict.assumptions for e in report.entries):
        out.append("Pictures and margin bars are drawn in floating point to be looked at; nothing is decided by them.")
    return out + [text for v in verdicts for text in _own(v)]


def _by_word(verdicts: Iterable[Verdict]) -> list[str]:
    out = []
    words = {v.verdict for v in verdicts}
    if "supported" in words:
        out.append("“Supported” is not “proved”: a counterexample may exist outside what was searched or sampled.")
    if "undecided" in words:
        out.append("“Undecided” says nothing about truth: a larger budget or another method may decide it either way.")
    if "vacuous" in words:
        out.append("A vacuous claim is true for want of points; it must not be cited as support for its conclusion.")
    if any(v.verdict == "refuted" and v.level == "statistical" for v in verdicts):
        out.append("A statistical refutation is wrong with at most the printed probability, not never.")
    return out


def _assumptions(verdicts: Iterable[Verdict]) -> list[str]:
    decided = [a for v in verdicts for a in v.assumptions]
    out = []
    if any(a.level not in RIGOROUS for a in decided):
        out.append(
            "Assumptions at level statistical, sampled or float were evaluated on the data without a rigorous bound."
        )
    if any(a.holds is None for a in decided):
        out.append("Assumptions marked “not decided” may or may not hold; what depends on them is conditional.")
    return out


def _own(verdict: Verdict) -> list[str]:
    """The limits that a theorem names itself, in ``details["limits"]``."""
    named = verdict.details.get("limits")
    return [f"{verdict.id}: {text}" for text in named if isinstance(text, str)] if isinstance(named, list) else []


def _listed(names: list[str]) -> str:
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
