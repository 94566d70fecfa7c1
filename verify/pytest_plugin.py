"""The pytest plugin: claim files as tests, and fixtures that examine attention functions and theorems.

Files named ``*.claim.toml`` are collected, one test each: a claim passes when its verdict is the expected one. Without
an expectation it fails when refuted, and is skipped, with the reason, when it stays undecided (``--claim-strict``: it
fails). The fixture ``attention_properties`` examines a function in a suite of your own, ``theorem_verdict`` decides a
theorem of the library or of your own folder. Nothing heavy is imported before one of them is used, and every test
stands alone, so that pytest-xdist may distribute them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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
    group.addoption("--claim-strict", action="store_true", help="a claim that stays undecided fails")
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
        self.user_properties += [("verdict", verdict.verdict), ("level", str(verdict.level))]
        judge(verdict, strict=self.config.getoption("--claim-strict"))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        from verify.errors import InvalidInput

        if isinstance(excinfo.value, ClaimFailed):
            return failure_text(excinfo.value.verdict, self.path)
        if isinstance(excinfo.value, InvalidInput):
            return f"{self.path}: {excinfo.value}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, 0, f"claim {self.name}"


def judge(verdict: Verdict, *, strict: bool) -> None:
    """Fail, skip or pass.

    Raises:
        ClaimFailed: not the expected verdict; without an expectation: refuted, or undecided when ``strict``.
    """
    wanted = verdict.expected
    if wanted is not None:
        wrong = verdict.verdict != wanted
    else:
        wrong = verdict.verdict == "refuted" or (strict and verdict.verdict == "undecided")
    if wrong:
        raise ClaimFailed(verdict)
    if wanted is None and verdict.verdict == "undecided":
        pytest.skip(f"undecided: {verdict.reason}")


class ClaimFailed(AssertionError):
    """A verdict that is not the expected one."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        super().__init__(verdict.verdict)


def failure_text(verdict: Verdict, target: object) -> str:
    """Return what a person needs to see: verdict, expectation, witness, values, and how to see it again."""
    lines = [f"claim {verdict.id}: {verdict.verdict} ({verdict.level}), expected {verdict.expected or 'not refuted'}"]
    if verdict.title:
        lines.append(f"states: {verdict.title}")
    lines.append(f"scope: {verdict.scope}")
    for one in verdict.assumptions:
        if not one.holds:
            lines.append(f"assumption {one.name}: {one.value} {one.relation} {one.threshold} ({one.statement})")
    for name, mapping in (("witness", verdict.witness), ("there", verdict.values)):
        if mapping:
            lines.append(f"{name}: " + ", ".join(f"{key} = {value}" for key, value in dict(mapping).items()))
    if verdict.reason:
        lines.append(f"reason: {verdict.reason}")
    lines.append(f"again: attnverify check {target} --budget {verdict.budget:g}")
    if verdict.verdict == "undecided":
        lines.append(f"search: attnverify attack {target}")
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


@pytest.fixture
def theorem_verdict(request: pytest.FixtureRequest) -> Callable[..., Verdict]:
    """Return a function that decides a theorem, fails like a claim file does, and returns the verdict.

    ``theorem_verdict("my-theorem", folders=["theorems"], n="400")``; other keywords are the theorem's settings.
    """
    budget = request.config.getoption("--claim-budget")
    strict = request.config.getoption("--claim-strict")

    def examine(id: str, *, folders: Sequence[str | Path] = (), **settings: str) -> Verdict:
        from verify.checking import check_targets
        from verify.runs import Failure, Settings

        chosen = Settings(
            budget=budget, theorem_settings={name: str(value) for name, value in settings.items()}, jobs=1,
            folders=tuple(Path(folder) for folder in folders),
        )  # fmt: skip
        (result,) = check_targets([id], chosen)
        if isinstance(result, Failure):
            pytest.fail(result.error, pytrace=False)
        try:
            judge(result, strict=strict)
        except ClaimFailed:
            pytest.fail(failure_text(result, id), pytrace=False)
        return result

    return examine
