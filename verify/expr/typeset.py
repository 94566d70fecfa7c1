"""What all renderings of formulas share: where brackets, signs and numeric factors go."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from fractions import Fraction

from verify.expr.form import MATRIX, SCALAR, Form, coefficient, scaled

SUM, PRODUCT, RAISED, ATOM = range(4)
"""How tightly a rendered part holds together."""

Rendered = tuple[str, int]
"""Text and how tightly it holds together."""


class Style(ABC):
    """One way to write formulas. :meth:`render` gives the text of a form."""

    def render(self, form: Form) -> str:
        """Return the text of a formula."""
        return self.piece(form)[0]

    def piece(self, form: Form) -> Rendered:
        """Return the text of a formula and how tightly it holds together."""
        method = getattr(self, f"_{form.op}")
        result: Rendered = method(form)
        return result

    def inside(self, form: Form, level: int) -> str:
        """Return the text of a part, in brackets if it holds together less tightly than ``level``."""
        text, own = self.piece(form)
        return text if own >= level else self.brackets(text)

    # what a style decides

    @abstractmethod
    def brackets(self, text: str) -> str: ...

    @abstractmethod
    def rational(self, value: Fraction) -> Rendered:
        """Write a nonnegative number."""

    @abstractmethod
    def identifier(self, text: str, index: Sequence[str]) -> str: ...

    @abstractmethod
    def function(self, name: str, args: Sequence[str]) -> Rendered: ...

    @abstractmethod
    def raised(self, base: str, exponent: int, entrywise: bool) -> str: ...

    @abstractmethod
    def transposed(self, base: str) -> str: ...

    @abstractmethod
    def fraction(self, top: Form, bottom: Form, entrywise: bool) -> Rendered: ...

    @abstractmethod
    def normed(self, text: str, which: str) -> str: ...

    @abstractmethod
    def matrix(self, rows: Sequence[Sequence[str]]) -> str: ...

    @abstractmethod
    def phrase(self, text: str) -> str: ...

    @abstractmethod
    def running_sum(self, index: str, body: str) -> str: ...

    @abstractmethod
    def angles(self, left: str, right: str) -> str: ...

    ones: str
    times: str
    entrywise_times: str
    relations: dict[str, str]
    connectives: dict[str, str]

    # what all share

    def _number(self, form: Form) -> Rendered:
        value: Fraction = form.data
        text, level = self.rational(abs(value))
        return (f"-{text}", SUM) if value < 0 else (text, level)

    def _name(self, form: Form) -> Rendered:
        return self.identifier(*form.data), ATOM

    def _ones(self, form: Form) -> Rendered:
        return self.ones, ATOM

    def _text(self, form: Form) -> Rendered:
        return self.phrase(form.data), ATOM

    def _literal(self, form: Form) -> Rendered:
        return self.matrix([[self._signed(entry) for entry in row] for row in form.data]), ATOM

    def _signed(self, value: Fraction) -> str:
        text = self.rational(abs(value))[0]
        return f"-{text}" if value < 0 else text

    def _stacked(self, form: Form) -> Rendered:
        parts = [self.render(part) for part in form.args]
        rows = [[part] for part in parts] if form.data == 0 else [parts]
        return self.matrix(rows), ATOM

    def _sum(self, form: Form) -> Rendered:
        text = ""
        for term in self._positive_first(form.args):
            own, _ = coefficient(term)
            shown = self.inside(_flipped(term), PRODUCT) if own < 0 else self.inside(term, PRODUCT)
            if not text:
                text = f"-{shown}" if own < 0 else shown
            else:
                text += f" - {shown}" if own < 0 else f" + {shown}"
        return text, SUM

    @staticmethod
    def _positive_first(terms: Sequence[Form]) -> list[Form]:
        return sorted(terms, key=lambda term: coefficient(term)[0] < 0)

    def _product(self, form: Form) -> Rendered:
        factor: Fraction = form.data
        parts = [self.inside(part, RAISED) for part in form.args[:-1]]
        last = form.args[-1]
        parts.append(self.piece(last)[0] if last.op == "each" else self.inside(last, RAISED))
        if abs(factor) != 1:
            parts.insert(0, self.rational(abs(factor))[0])
        text = self.times.join(parts)
        return (f"-{text}", SUM) if factor < 0 else (text, PRODUCT)

    def _hadamard(self, form: Form) -> Rendered:
        return self.entrywise_times.join(self.inside(part, RAISED) for part in form.args), PRODUCT

    def _quotient(self, form: Form) -> Rendered:
        top, bottom = form.args
        return self.fraction(top, bottom, form.kind != SCALAR)

    def _transpose(self, form: Form) -> Rendered:
        return self.transposed(self.inside(form.args[0], ATOM)), RAISED

    def _diagonal(self, form: Form) -> Rendered:
        return self.function("diag", [self.render(form.args[0])])

    def _power(self, form: Form) -> Rendered:
        entrywise = form.kind != SCALAR
        return self.raised(self.inside(form.args[0], ATOM), form.data, entrywise), RAISED

    def _norm(self, form: Form) -> Rendered:
        which = "F" if form.data == "2" and form.args[0].kind == MATRIX else form.data
        return self.normed(self.render(form.args[0]), which), ATOM

    def _inner(self, form: Form) -> Rendered:
        return self.angles(*(self.render(part) for part in form.args)), ATOM

    def _apply(self, form: Form) -> Rendered:
        name = form.data if form.kind == SCALAR or form.data not in ("abs", "sqrt") else f"entry{form.data}"
        return self.function(name, [self.render(part) for part in form.args])

    def _each(self, form: Form) -> Rendered:
        return self.running_sum(form.data, self.inside(form.args[0], PRODUCT)), PRODUCT

    def _compare(self, form: Form) -> Rendered:
        left, right = (self.render(part) for part in form.args)
        return f"{left} {self.relations[form.data]} {right}", SUM

    def _logic(self, form: Form) -> Rendered:
        parts = [self.inside(part, ATOM) for part in form.args]
        word = self.connectives[form.data]
        return (f"{word} {parts[0]}" if form.data == "not" else f" {word} ".join(parts)), SUM


def _flipped(form: Form) -> Form:
    return scaled(Fraction(-1), form)
