"""The pytest plugin: claim files as tests, and a fixture that property-tests attention functions.

Files named ``*.claim.toml`` are collected, one test each: a claim passes when its verdict is the expected one
(without an expectation: when it is not refuted). The fixture ``attention_properties`` examines a function in a suite
of your own. Nothing heavy is imported before one of the two is used, and every test stands alone, so that
pytest-xdist may distribute them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from verify.verdict import Verdict

SUFFIX = ".claim.toml"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the options."""
    group = parser.getgroup("attnverify")
    group.addoption("--claim-budget", type=float, default=60.0, help="seconds per claim file (default: 60)")
    group.addoption("--attention-budget", type=float, default=60.0, help="seconds per attention function (default: 60)")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers",
        "attention(claims='', reference=None, dtype=None, seed=0, budget=None): options of the fixture "
        "attention_properties in this test",
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ClaimFile | None:
    """Collect claim files."""
    return ClaimFile.from_parent(parent, path=file_path) if file_path.name.endswith(SUFFIX) else None


class ClaimFile(pytest.File):
    """A claim file: one test."""

    def collect(self) -> Iterator[ClaimItem]:
        yield ClaimItem.from_parent(self, name=self.path.name.removesuffix(SUFFIX))


class ClaimItem(pytest.Item):
    """Decides one claim."""

    def runtest(self) -> None:
        from verify.claim import load_claim
        from verify.pipeline import decide

        verdict = decide(load_claim(self.path), budget=self.config.getoption("--claim-budget"))
        wanted = verdict.expected
        if (wanted is not None and verdict.verdict != wanted) or (wanted is None and verdict.verdict == "refuted"):
            raise ClaimFailed(verdict)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        from verify.errors import InvalidInput

        if isinstance(excinfo.value, ClaimFailed):
            return failure_text(excinfo.value.verdict, self.path)
        if isinstance(excinfo.value, InvalidInput):
            return f"{self.path}: {excinfo.value}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, f"claim {self.name}"


class ClaimFailed(AssertionError):
    """A verdict that is not the expected one."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        super().__init__(verdict.verdict)


def failure_text(verdict: Verdict, path: Path) -> str:
    """Return what a person needs to see: verdict, expectation, witness, and how to see it again."""
    lines = [f"claim {verdict.id}: {verdict.verdict} ({verdict.level}), expected {verdict.expected or 'not refuted'}"]
    if verdict.witness:
        lines.append("witness: " + ", ".join(f"{name} = {value}" for name, value in dict(verdict.witness).items()))
    if verdict.reason:
        lines.append(f"reason: {verdict.reason}")
    lines.append(f"again: attnverify check {path}")
    return "\n".join(lines)


@pytest.fixture
def attention_properties(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Return a function that examines an attention function and fails with every violated property.

    ``attention_properties(f, claims="causal,-convex-hull", reference="sdp")``; options may also stand in the marker
    ``@pytest.mark.attention(...)``.
    """
    marker = request.node.get_closest_marker("attention")
    marked = dict(marker.kwargs) if marker else {}
    budget = request.config.getoption("--attention-budget")

    def examine(function: Any, **options: Any) -> None:
        from verify.variant_run import examined

        chosen = {**marked, **options}
        chosen.setdefault("budget", budget)
        texts = examined(function, **chosen)
        if texts:
            pytest.fail("\n\n".join(texts), pytrace=False)

    return examine
