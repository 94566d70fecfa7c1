"""How a verdict counts for a build: passed, failed, or left open; the same rule as the exit code of ``check``."""

from __future__ import annotations

from verify.verdict import Verdict

PASSED, FAILED, OPEN = "passed", "failed", "open"


def outcome(verdict: Verdict) -> str:
    """Return ``failed`` where ``check`` would exit with 3 or 4, ``open`` for other undecided ones, else ``passed``."""
    if verdict.verdict == "undecided":
        return FAILED if verdict.expected not in (None, "undecided") else (PASSED if verdict.expected else OPEN)
    return PASSED if verdict.as_expected else FAILED


def message(verdict: Verdict) -> str:
    """Return verdict, level, expectation and reason in one line."""
    level = f" ({verdict.level})" if verdict.level else ""
    expected = f", expected {verdict.expected}" if verdict.expected and verdict.expected != verdict.verdict else ""
    reason = f": {verdict.reason}" if verdict.reason else ""
    return f"{verdict.verdict}{level}{expected}{reason}"


def lines(verdict: Verdict) -> list[str]:
    """Return what a person needs to know about a verdict, as lines of plain text."""
    out = [verdict.title] if verdict.title else []
    out += [f"scope: {verdict.scope}", message(verdict)]
    out += [f"witness: {name} = {value}" for name, value in (verdict.witness or {}).items()]
    out += [f"{name}: {value}" for name, value in verdict.values.items()]
    for a in verdict.assumptions:
        state = {True: "holds", False: "fails", None: "not decided"}[a.holds]
        out.append(f"assumption {a.name} {state}: {a.value} {a.relation} {a.threshold} ({a.level})")
    if verdict.certificate:
        out.append(f"certificate: {verdict.certificate}")
    if verdict.reproduce:
        out.append(f"reproduce: {verdict.reproduce}")
    return out
