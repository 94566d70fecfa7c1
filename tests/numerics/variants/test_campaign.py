"""Planted bugs are refuted, correct functions and equivalent mutants are not."""

import sys
from pathlib import Path

import pytest

from numerics.variants.campaign import campaign
from numerics.variants.outcome import record
from numerics.variants.profile import profile
from numerics.variants.rounding import FORMATS
from numerics.variants.target import load_target
from verify.attention import variant

PLANTED = Path(__file__).parent / "planted"
sys.path.insert(0, str(PLANTED))

from manifest import MUTANTS, RIGHT, TWINS  # noqa: E402

QUICK = ("B08", "B16", "B27", "B29", "B58")


def spread(names, every):
    """Every so many of the names are slow, the rest exhaustive: all together take half an hour."""
    return [
        pytest.param(
            name, marks=[pytest.mark.slow] if place % every == 0 else [pytest.mark.slow, pytest.mark.exhaustive]
        )
        for place, name in enumerate(names)
    ]


def refuted(file, name, reference, claims, *, formats=("float64",), budget=30.0):
    target = load_target(f"{PLANTED / file}.py:{name}")
    one = variant(reference) if reference else None
    chosen = profile(claims=claims, reference=one is not None)
    found = campaign(target, chosen, [FORMATS[f] for f in formats], budget=budget, seed=0, examples=0, reference=one)
    return target, [f for f in found if f.verdict == "refuted"], one


def reproduces(target, finding, reference):
    text = record(target, finding, 0, reference=reference)["reproduce"]
    if text.startswith("#") or "gradient" in text:
        return True
    try:
        exec(compile(text, "reproduction", "exec"), {})
    except AssertionError:
        return True
    return False


@pytest.mark.parametrize("name", QUICK)
def test_planted_bug_is_refuted_with_a_reproduction(name):
    twin = TWINS[name]
    target, found, reference = refuted(twin.file, name, twin.reference, twin.claims, budget=4.0)
    assert found
    assert all(reproduces(target, one, reference) for one in found[:3])


def test_a_correct_function_is_not_refuted():
    file, reference, claims = RIGHT["attend"]
    assert not refuted(file, "attend", reference, claims, budget=6.0)[1]


@pytest.mark.parametrize("name", spread(TWINS, 8))
def test_every_planted_bug_is_refuted(name):
    twin = TWINS[name]
    assert refuted(twin.file, name, twin.reference, twin.claims)[1]


@pytest.mark.parametrize("name", spread(MUTANTS, 4))
def test_no_equivalent_mutant_is_refuted(name):
    reference, claims = MUTANTS[name]
    formats = ("float64", "float32", "float16")
    assert not refuted("mutants", name, reference, claims, formats=formats)[1]


@pytest.mark.parametrize("name", spread(RIGHT, 8))
def test_no_correct_function_is_refuted(name):
    file, reference, claims = RIGHT[name]
    formats = ("float64", "float32", "float16")
    assert not refuted(file, name, reference, claims, formats=formats)[1]
