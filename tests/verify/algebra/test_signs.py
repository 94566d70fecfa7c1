"""A plain sign is the sign at every admissible point; facts are found again for every multiple."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from verify.algebra.ring import Generator, Ring
from verify.algebra.signs import Facts, plain_sign, primitive

KINDS = ("real", "positive", "nonnegative", "exp", "sqrt")
RING = Ring([Generator(f"g{k}", kind) for k, kind in enumerate(KINDS)])

coefficients = st.fractions(min_value=-5, max_value=5, max_denominator=4)
polynomials = st.lists(
    st.tuples(coefficients, st.dictionaries(st.sampled_from(RING.names), st.integers(1, 4), max_size=3)), max_size=4
)
values = st.tuples(
    *(
        st.fractions(
            min_value=Fraction(1, 100) if kind in ("positive", "exp") else 0 if kind != "real" else -4, max_value=4
        )
        for kind in KINDS
    )
)


def poly_of(terms: Any) -> Any:
    return RING.poly(tuple((c, tuple(powers.items())) for c, powers in terms))


def at(poly: Any, point: tuple[Fraction, ...]) -> Fraction:
    total = Fraction(0)
    for exponents, c in poly.to_dict().items():
        term = Fraction(int(c.p), int(c.q))
        for value, exponent in zip(point, exponents, strict=True):
            term *= value ** int(exponent)
        total += term
    return total


def sign(value: Fraction) -> int:
    return (value > 0) - (value < 0)


@given(polynomials, st.lists(values, min_size=1, max_size=8))
def test_a_plain_sign_holds_at_every_admissible_point(terms: Any, points: list[tuple[Fraction, ...]]) -> None:
    poly = poly_of(terms)
    found = plain_sign(RING, poly)
    if found is None:
        return
    claimed, strict = found
    origin = tuple(Fraction(1 if kind in ("positive", "exp") else 0) for kind in KINDS)
    for point in [origin, *points]:
        value = sign(at(poly, point))
        assert value == claimed if strict else value in (0, claimed)


def test_signs_of_single_terms() -> None:
    x, p, n, e, r = RING.gens
    assert plain_sign(RING, x) is None
    assert plain_sign(RING, x * x) == (1, False)
    assert plain_sign(RING, -(x**2) * p) == (-1, False)
    assert plain_sign(RING, p) == (1, True)
    assert plain_sign(RING, -e - 1) == (-1, True)
    assert plain_sign(RING, n * r) == (1, False)
    assert plain_sign(RING, n + r**3 + Fraction(1, 2).numerator) == (1, True)
    assert plain_sign(RING, p - 1) is None
    assert plain_sign(RING, RING.zero) == (0, True)
    assert plain_sign(RING, x * n) is None


@given(polynomials, coefficients)
def test_primitive_multiples_agree(terms: Any, factor: Fraction) -> None:
    from flint import fmpq

    poly = poly_of(terms)
    if poly.is_zero() or not factor:
        return
    base, base_sign = primitive(RING, poly)
    other, other_sign = primitive(RING, poly * fmpq(factor.numerator, factor.denominator))
    assert base == other
    assert base_sign * sign(factor) == other_sign
    assert base[0][0] > 0
    assert all(c.denominator == 1 for c, _ in base)


@given(polynomials, coefficients, st.sampled_from((-1, 0, 1)))
def test_a_fact_is_found_for_every_multiple(terms: Any, factor: Fraction, known: int) -> None:
    from flint import fmpq

    poly = poly_of(terms)
    if poly.is_zero() or not factor:
        return
    facts = Facts().having(RING, poly, known)
    multiple = poly * fmpq(factor.numerator, factor.denominator)
    assert facts.lookup(RING, multiple) == known * sign(factor)
    assert facts.lookup(RING, poly + RING.gens[0] ** 9) is None
    assert Facts().lookup(RING, poly) is None
