"""What is trained: a small model of the library with drawn rational data, or the objective of a claim file.

Everything is a claim, so that what training finds can be certified by the same checker as any counterexample.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from verify.claim import Claim, claim_from_data
from verify.errors import InvalidInput
from verify.models import build, module
from verify.models import sizes as defaults_of

SIZE_LETTERS = ("n", "T", "p", "d", "m", "dk", "dv", "hidden")
"""Sizes that shrinking lowers, in this order."""

MAX_PARAMETERS = 60
"""Largest number of parameters: Hessians of all starts are formed."""

Nested = Any
"""A fraction, or lists of lists of them."""


@dataclass(frozen=True)
class Problem:
    """An objective by the parts of its claim: parameters, constants, definitions, and the text to minimise.

    Attributes:
        model, sizes, penalty: for a model of the library; None for a claim of the user.
    """

    name: str
    parameters: Mapping[str, str]
    constants: Mapping[str, Any]
    definitions: Mapping[str, str]
    minimise: str
    model: str | None = None
    sizes: Mapping[str, Any] | None = None
    penalty: Fraction = Fraction(0)

    @property
    def title(self) -> str:
        """The problem in words."""
        if self.model is None or self.sizes is None:
            return self.name
        sizes = " ".join(f"{key}={value}" for key, value in self.sizes.items())
        return f"{self.model} ({module(self.model).SIGN}), {sizes}, weight decay {self.penalty} on all blocks"

    def claim(self, satisfies: str = "objective < 0", *, every: str = "local minimum", suffix: str = "") -> Claim:
        """Return the claim that every point of a kind satisfies a condition."""
        return claim_from_data({**self._parts(suffix), "objective": {"minimise": self.minimise},
                                "claim": {"every": every, "satisfies": satisfies}})  # fmt: skip

    def above(self, threshold: Fraction, *, suffix: str = "") -> Claim:
        """Return the claim that the objective is at least a threshold everywhere."""
        return claim_from_data({**self._parts(suffix), "claim": {"every": "point",
                                "satisfies": f"{self.minimise} >= {threshold}"}})  # fmt: skip

    def _parts(self, suffix: str) -> dict[str, Any]:
        parts: dict[str, Any] = {"id": self.name + suffix, "title": self.title, "parameters": dict(self.parameters)}
        parts |= {"constants": dict(self.constants)} if self.constants else {}
        return parts | ({"definitions": dict(self.definitions)} if self.definitions else {})


def problem_of_claim(claim: Claim) -> Problem:
    """Return the objective of a claim.

    Raises:
        InvalidInput: the claim has no objective, its parameters are not all real, or it makes assumptions.
    """
    data = claim.data
    if claim.objective is None:
        raise InvalidInput(f"claim '{claim.id}' has no objective", fix="add [objective] minimise = ...")
    bounded = [name for name, domain in data["parameters"].items() if not str(domain).startswith("real")]
    if bounded or claim.assumptions:
        what = f"the parameters {', '.join(bounded)} are bounded" if bounded else "the claim makes assumptions"
        raise InvalidInput(f"{what}; training is over all reals", fix='write "real" or "real[...]", without [assume]')
    return Problem(claim.id, data["parameters"], data.get("constants", {}), data.get("definitions", {}),
                   data["objective"]["minimise"])  # fmt: skip


def problem_of_model(
    name: str, sizes: Mapping[str, Any], penalty: Fraction, seed: int, data: Mapping[str, Nested] | None = None
) -> Problem:
    """Return a model of the library with data drawn from the seed (whole numbers from -2 to 2, targets not 0).

    Args:
        data: the data instead; larger arrays are cut to the sizes.

    Raises:
        InvalidInput: no such model or size, or too many parameters.
    """
    from verify.expr.claim_text import claim_text

    full = {key: value for key, value in {**defaults_of(name), **sizes}.items() if value is not None}
    model = build(name, **full)
    count = sum(symbol.size for symbol in model.parameters.values())
    if count > MAX_PARAMETERS:
        raise InvalidInput(f"{count} parameters", fix=f"choose sizes with at most {MAX_PARAMETERS}")
    rng = random.Random(seed)
    shapes = {key: symbol.shape for key, symbol in model.data.items()}
    drawn = {key: _drawn(shape, rng, key == "y") for key, shape in shapes.items()}
    chosen = drawn if data is None else {key: _cut(data[key], shapes[key]) for key in drawn}
    texts = claim_text({"loss": model.loss})
    norms = " + ".join(f"sum({block}**2)" for block in model.parameters)
    return Problem(
        f"train-{model.name}", {key: _domain(symbol.shape) for key, symbol in model.parameters.items()},
        {key: _texts(value) for key, value in chosen.items()}, texts,
        f"loss + ({penalty / 2})*({norms})" if penalty else "loss", model.name, full, penalty,
    )  # fmt: skip


def _domain(shape: Sequence[int]) -> str:
    return f"real[{','.join(map(str, shape))}]" if shape else "real"


def _drawn(shape: Sequence[int], rng: random.Random, nonzero: bool) -> Nested:
    if not shape:
        return Fraction(rng.choice((-2, -1, 1, 2)) if nonzero else rng.randint(-2, 2))
    return [_drawn(shape[1:], rng, nonzero) for _ in range(shape[0])]


def _cut(data: Nested, shape: Sequence[int]) -> Nested:
    return [_cut(row, shape[1:]) for row in data[: shape[0]]] if shape else Fraction(data)


def _texts(data: Nested) -> Nested:
    return [_texts(row) for row in data] if isinstance(data, list) else str(data)


def smaller(problem: Problem) -> Iterator[Problem]:
    """Yield simpler problems: one size less by one, then all data as signs. Nothing for a claim of the user."""
    if problem.model is None or problem.sizes is None:
        return
    for letter in SIZE_LETTERS:
        size = problem.sizes.get(letter)
        if isinstance(size, int) and size > 1:
            less = {**problem.sizes, letter: size - 1}
            for data in _kept(problem, letter):
                yield problem_of_model(problem.model, less, problem.penalty, 0, data)
    signs = {key: _signs(value) for key, value in problem.constants.items()}
    if signs != problem.constants:
        yield replace(problem, constants=signs)


def _kept(problem: Problem, letter: str) -> Iterator[Mapping[str, Nested]]:
    """Yield the data, for one sample less without each sample in turn."""
    if letter != "n":
        yield problem.constants
        return
    count = len(problem.constants["y"])
    for left_out in range(count):
        yield {key: [row for i, row in enumerate(value) if i != left_out] for key, value in problem.constants.items()}


def _signs(data: Nested) -> Nested:
    if isinstance(data, list):
        return [_signs(row) for row in data]
    value = Fraction(data)
    return str((value > 0) - (value < 0))
