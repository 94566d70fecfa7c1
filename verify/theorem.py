"""Theorems: families of claims with named, droppable assumptions, stated numbers, sources and twins.

A module ``theorems/<work>/<id>.py`` holds one :class:`Theorem` named ``theorem``. Settings (and data) turn it into an
instance; :meth:`Theorem.check` decides that instance and returns a :class:`TheoremResult`, whose evidence
:mod:`verify.recheck` verifies on its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from verify.errors import InvalidInput, Location
from verify.exact import parse_rational

if TYPE_CHECKING:
    from numerics.budget import Budget
    from numerics.finding import Finding
    from verify.data import Data
    from verify.verdict import Assumption

Progress = Callable[[str, float], None]
"""Called now and then with what is being done and the fraction done, from 0 to 1."""

Values = Mapping[str, int | Fraction | str]
"""Values of all settings of a theorem."""

Statement = Callable[[Values, frozenset[str]], Mapping[str, Any]]
"""Makes the claim of an instance from the settings and the names of the hypotheses that are left out."""


@dataclass(frozen=True)
class Hypothesis:
    """A named assumption of a theorem: what it says, how it is decided, and the twin that drops it.

    ``unused`` says why an assumption that the proof does not need is there all the same.
    """

    name: str
    statement: str
    decided_by: str
    twin: str | None = None
    unused: str = ""


@dataclass(frozen=True)
class StatedNumber:
    """A constant that the theorem states; ``tight`` is None where nobody knows."""

    name: str
    formula: str
    value: str
    source: str
    tight: bool | None = None


@dataclass(frozen=True)
class Twin:
    """The theorem with one assumption dropped or one constant lowered, as a claim that must not be proved.

    ``expected`` is refuted, or vacuous where dropping the assumption leaves no local minimum at all.
    """

    name: str
    change: str
    expected: str
    claim: Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """A small instance of the theorem as a claim, for the general provers."""

    name: str
    expected: str
    claim: Mapping[str, Any]


@dataclass(frozen=True)
class Setting:
    """A value that the user may choose with ``--set name=value``.

    ``kind`` is ``integer``, ``number``, ``text`` or ``choice``; ``words`` are texts accepted besides (for a choice, all
    there are); ``low`` and ``high`` are the closed range, with ``above`` the range is open at ``low``.
    """

    name: str
    default: str
    meaning: str
    kind: str = "text"
    words: tuple[str, ...] = ()
    low: Fraction | None = None
    high: Fraction | None = None
    above: bool = False

    def read(self, text: str) -> int | Fraction | str:
        """Return the value of a text.

        Raises:
            InvalidInput: not of this kind, or out of range.
        """
        text = text.strip()
        if self.kind == "text" or text in self.words:
            return text
        if self.kind == "choice":
            raise self._wrong(text, "not one of them")
        try:
            value = parse_rational(text)
        except InvalidInput as error:
            raise self._wrong(text, str(error)) from None
        if self.kind == "integer" and value.denominator != 1:
            raise self._wrong(text, "not a whole number")
        low, high = self.low, self.high
        if (low is not None and (value < low or (self.above and value == low))) or (high is not None and value > high):
            raise self._wrong(text, "out of range")
        return int(value) if self.kind == "integer" else value

    def _wrong(self, text: str, problem: str) -> InvalidInput:
        return InvalidInput(f"{self.name}={text!r}: {problem}", fix=f"give {self.expects}", where=Location(key="--set"))

    @property
    def expects(self) -> str:
        """What may be given, in words."""
        if self.kind == "choice":
            return " or ".join(f"'{word}'" for word in self.words)
        what = {"integer": "a whole number", "number": "a number", "text": "a text"}[self.kind]
        if self.low is not None:
            what += f" {'above' if self.above else 'from'} {self.low}"
        if self.high is not None:
            what += f" up to {self.high}"
        return " or ".join([what, *(f"'{word}'" for word in self.words)])


@dataclass(frozen=True)
class Run:
    """What a theorem's checker is given: values of all settings, data, and the limits of the run.

    Attributes:
        given: names of the settings that the user chose.
        data: the user's table, None for the one that comes with the theorem.
        confidence: level of statistical statements (the failure probability that is accepted).
    """

    settings: Mapping[str, int | Fraction | str]
    given: tuple[str, ...]
    data: Data | None
    budget: Budget
    seed: int
    confidence: Fraction
    progress: Progress

    def integer(self, name: str) -> int:
        """Return the value of an integer setting."""
        value = self.settings[name]
        assert isinstance(value, int)
        return value

    def number(self, name: str) -> Fraction:
        """Return the value of a number setting."""
        return Fraction(self.settings[name])

    def text(self, name: str) -> str:
        """Return the value of a setting as text."""
        return str(self.settings[name])

    def step(self, what: str, done: float) -> None:
        """Report progress and stop when the budget is used up."""
        self.budget.check()
        self.progress(what, done)


@dataclass(frozen=True)
class TheoremResult:
    """A theorem decided on an instance, not yet rechecked.

    Attributes:
        finding: the proposed verdict with its evidence (kind None: there is no certificate).
        claim: what a certificate is about: ``{"id", "theorem", "statement", "instance"}``, numbers as text.
        scope: which instances the verdict covers, in words.
        expected: the expected verdict; None where settings or data are the user's.
        assumptions: every assumption decided on the instance.
        statement: the statement with this instance's numbers, for reports.
        details: JSON-able tables and curves, for reports.
    """

    finding: Finding
    claim: Mapping[str, Any]
    scope: str
    title: str
    expected: str | None = None
    assumptions: tuple[Assumption, ...] = ()
    statement: Mapping[str, Any] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)

    def certificate(self, made_by: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the certificate, None when the finding has no evidence that can be rechecked."""
        if self.finding.kind is None:
            return None
        from verify.certificate import sealed

        return sealed(self.claim, self.finding.verdict, self.finding.kind, self.finding.evidence or {}, made_by)


@dataclass(frozen=True)
class OnData:
    """How the assumptions of a theorem are decided on a table, and the settings that this takes."""

    decide: Callable[[Run], tuple[Assumption, ...]]
    settings: tuple[Setting, ...]


@dataclass(frozen=True)
class Theorem:
    """A theorem of the library.

    Attributes:
        id: the file's name with ``-`` for ``_``.
        work: the folder it lies in: the paper or collection it belongs to.
        expected: the verdict expected with default settings and data.
        decide: decides an instance; called by :meth:`check`.
        cases: small instances and lemmas for the general provers.
        twins: false (or empty) neighbours; each must come out as it says.
        statement: for a theorem that is a family of claims, the claim of an instance, also with hypotheses left out.
        assumptions: decides the assumptions of an instance alone, where that is less work than :meth:`check`.
        on_data: decides its assumptions on a table, for a theorem that otherwise takes no data.
    """

    id: str
    title: str
    work: str
    expected: str
    sources: tuple[str, ...]
    hypotheses: tuple[Hypothesis, ...]
    settings: tuple[Setting, ...]
    stated: tuple[StatedNumber, ...]
    twins: tuple[Twin, ...]
    cases: tuple[Case, ...]
    decide: Callable[[Run], TheoremResult]
    statement: Statement | None = None
    assumptions: Callable[[Run], tuple[Assumption, ...]] | None = None
    on_data: OnData | None = None

    def check(
        self,
        settings: Mapping[str, str],
        data: Data | None = None,
        *,
        budget: Budget,
        seed: int = 0,
        confidence: Fraction = Fraction(1, 1000),
        progress: Progress = lambda what, done: None,
    ) -> TheoremResult:
        """Decide the instance that settings and data describe.

        Raises:
            InvalidInput: unknown setting, value out of range, or data that do not fit.
            OutOfTime: the budget is used up before there is anything to say.
        """
        values = self.read_settings(settings)
        return self.decide(Run(values, tuple(settings), data, budget, seed, confidence, progress))

    def read_settings(self, given: Mapping[str, str]) -> dict[str, int | Fraction | str]:
        """Return the values of all settings, defaults filled in.

        Raises:
            InvalidInput: unknown setting, or value out of range.
        """
        return read_settings(self.id, self.settings, given)


def read_settings(
    theorem: str, settings: tuple[Setting, ...], given: Mapping[str, str]
) -> dict[str, int | Fraction | str]:
    """Return the values of settings, defaults filled in.

    Raises:
        InvalidInput: unknown setting, or value out of range.
    """
    names = [setting.name for setting in settings]
    for name in given:
        if name not in names:
            raise _unknown_setting(theorem, name, names)
    return {setting.name: setting.read(given.get(setting.name, setting.default)) for setting in settings}


def _unknown_setting(theorem: str, name: str, names: list[str]) -> InvalidInput:
    from difflib import get_close_matches

    close = get_close_matches(name, names, n=1)
    fix = f"did you mean '{close[0]}'?" if close else f"one of: {', '.join(names)}"
    return InvalidInput(f"{theorem} has no setting '{name}'", fix=fix, where=Location(key="--set"))
