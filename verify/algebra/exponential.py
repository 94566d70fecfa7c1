"""What generators of exponentials and logarithms have to do with each other.

Every generator exp(a) = v, and every generator log(v) = a, is a pair (a, v) with v = exp(a). For a combination
A = sum k_i a_i with integers k_i, exp(A) is the product V of v_i**k_i. So A and V - 1 have the same sign, and
V >= 1 + A, and A*((2 + A) - V*(2 - A)) >= 0 (the Pade bound tanh(A/2) <= A/2 for A >= 0), for all real A.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from verify.algebra.ring import Quotient, Ring

MAX_POWER = 8
"""Largest exponent of one generator in a combination."""


def exponential_pairs(ring: Ring, lawful: Sequence[bool]) -> list[tuple[Quotient, Quotient]]:
    """Return the pairs (a, v) with v = exp(a), in the order of the ring's generators.

    Only generators whose argument is known to be in the domain of its function (``lawful``) form a pair.
    """
    out = []
    for generator, in_domain in zip(ring.generators, lawful, strict=True):
        if not in_domain:
            continue
        if generator.kind == "exp":
            out.append((ring.argument(generator), ring.generator(generator.name)))
        elif generator.kind == "log":
            out.append((ring.generator(generator.name), ring.argument(generator)))
    return out


def combination(ring: Ring, lawful: Sequence[bool], powers: Mapping[int, int]) -> tuple[Quotient, Quotient, Quotient]:
    """Return (A, V+, V-): the combined argument, and the products of values with positive and negative powers.

    Raises:
        ValueError: no such pair, or a power that is zero or too large.
    """
    pairs = exponential_pairs(ring, lawful)
    argument, upper, lower = ring.constant(0), ring.constant(1), ring.constant(1)
    for place, power in sorted(powers.items()):
        if not 0 <= place < len(pairs) or not 0 < abs(power) <= MAX_POWER:
            raise ValueError(f"power {power} of pair {place}")
        a, v = pairs[place]
        argument = ring.add(argument, ring.mul(ring.constant(power), a))
        if power > 0:
            upper = ring.mul(upper, ring.power(v, power))
        else:
            lower = ring.mul(lower, ring.power(v, -power))
    return argument, upper, lower


def difference(ring: Ring, lawful: Sequence[bool], powers: Mapping[int, int]) -> tuple[Quotient, Quotient]:
    """Return (A, V+ - V-), two quantities with the same sign."""
    argument, upper, lower = combination(ring, lawful, powers)
    return argument, ring.sub(upper, lower)


def tangent(ring: Ring, lawful: Sequence[bool], powers: Mapping[int, int]) -> Quotient:
    """Return V+ - (1 + A)*V-, which is nonnegative."""
    argument, upper, lower = combination(ring, lawful, powers)
    return ring.sub(upper, ring.mul(ring.add(ring.constant(1), argument), lower))


def pade(ring: Ring, lawful: Sequence[bool], powers: Mapping[int, int]) -> Quotient:
    """Return A*((2 + A)*V- - (2 - A)*V+), which is nonnegative."""
    argument, upper, lower = combination(ring, lawful, powers)
    two = ring.constant(2)
    gap = ring.sub(ring.mul(ring.add(two, argument), lower), ring.mul(ring.sub(two, argument), upper))
    return ring.mul(argument, gap)
