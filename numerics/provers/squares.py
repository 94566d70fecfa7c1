"""Contradictions by sums of squares modulo an ideal (Positivstellensatz identities).

Looked for: a positive combination of products of strict constraints, plus sums of squares times constraints, plus
squares in the semidefinite matrices, that lies in the ideal of the equations. A semidefinite program finds it in
floating point; where its solutions have no interior the basis is cut down to the face they span; then everything is
rounded to rationals, projected exactly onto the linear equations and decomposed exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from flint import fmpq

from numerics.budget import Budget
from numerics.conic import Program, solve_exactly, solve_program
from numerics.ideals import Basis
from numerics.provers.encode import Tree, cofactor_data, poly_data
from numerics.provers.faces import forced_zeros, kernel_of, orthogonal_combinations, without
from verify.algebra.ring import Poly, Ring
from verify.branch import Branch

KERNEL_THRESHOLDS = (1e-6, 1e-4)
"""Relative eigenvalues below which a direction is taken to be in the kernel of every solution."""

MAX_FACES = 5
"""Most reductions to a smaller face in one attempt."""


MAX_TRIPLES = 60
"""Most products of three constraints in one attempt."""


FREE_FACTOR = 3
"""Without equations many unknowns vanish by signs alone: this many times more are looked at before that."""


@dataclass(frozen=True)
class SquaresSettings:
    """How far to go: total degrees tried, and the largest semidefinite program (number of unknowns)."""

    steps: int = 3
    max_unknowns: int = 2500
    max_constraints: int = 14


@dataclass(frozen=True)
class Block:
    """Squares of combinations of ``basis`` in ``matrix`` (1 by 1 for a plain constraint).

    ``times`` lists the constraints whose product the matrix is, or ``form`` the semidefinite matrix it is.
    """

    matrix: tuple[tuple[Poly, ...], ...]
    basis: tuple[tuple[Poly, ...], ...]
    times: tuple[tuple[str, int], ...] = ()
    form: int | None = None

    def product(self, ring: Ring, a: Sequence[Poly], b: Sequence[Poly]) -> Poly:
        """Return a^T matrix b."""
        total = ring.zero
        for left, row in zip(a, self.matrix, strict=True):
            for entry, right in zip(row, b, strict=True):
                if not (left.is_zero() or right.is_zero() or entry.is_zero()):
                    total += left * entry * right
        return total


@dataclass(frozen=True)
class Positive:
    """A product of strict constraints (by number); the empty product is 1."""

    numbers: tuple[int, ...]
    poly: Poly


def identity_leaf(branch: Branch, basis: Basis, budget: Budget, settings: SquaresSettings) -> Tree | None:
    """Return an ``identity`` leaf that closes the branch, or None."""
    for positives, blocks in _attempts(branch, basis, settings):
        for threshold in KERNEL_THRESHOLDS:
            budget.check()
            tree, final = _attempt(branch, basis, positives, blocks, budget, settings, threshold)
            if tree is not None:
                return tree
            if final:
                break
    return None


# --- what is tried ------------------------------------------------------------------------------------------------


def _attempts(branch: Branch, basis: Basis, settings: SquaresSettings) -> Iterator[tuple[list[Positive], list[Block]]]:
    system, ring = branch.system, branch.system.ring
    constraints = _relevant(branch, basis, settings)
    degree = max([2, *(poly.total_degree() for _, poly in constraints)])
    degree += degree % 2
    used = _occurring(branch, constraints)
    for step in range(settings.steps):
        top = degree + 2 * (step // 2)
        weights: list[tuple[tuple[tuple[str, int], ...], Poly]] = [((), ring.one)]
        weights += [((place,), poly) for place, poly in constraints]
        if step >= 1:
            for (p, f), (q, g) in combinations(constraints, 2):
                weights.append(((p, q), basis.normal_form(f * g)))
        if step >= 2:
            for trio in list(combinations(constraints, 3))[:MAX_TRIPLES]:
                product = basis.normal_form(trio[0][1] * trio[1][1] * trio[2][1])
                weights.append((tuple(place for place, _ in trio), product))
        positives = [Positive((), ring.one)]
        strict = [(place[1], poly) for place, poly in constraints if place[0] == "strict"]
        positives += [Positive((number,), poly) for number, poly in strict]
        if step >= 1:
            positives += [Positive((m, n), basis.normal_form(f * g)) for (m, f), (n, g) in combinations(strict, 2)]
            positives += [Positive((n, n), basis.normal_form(f * f)) for n, f in strict]
        blocks = [
            _block(ring, basis, poly, times, top, used) for times, poly in weights if poly.total_degree() <= top + 2
        ]
        for number, matrix in enumerate(system.semidefinite):
            blocks.append(_form_block(ring, basis, matrix, number, 0 if step < 2 else 1, used))
        yield positives, [block for block in blocks if block.basis]


def _occurring(branch: Branch, constraints: list[tuple[tuple[str, int], Poly]]) -> list[int]:
    """Return the generators in any constraint, equation or matrix; what only stands in arguments adds nothing."""
    system = branch.system
    polys = [poly for _, poly in constraints] + list(system.equations)
    polys += [entry for matrix in system.semidefinite for row in matrix for entry in row]
    found = {place for poly in polys for place, degree in enumerate(poly.degrees()) if degree > 0}
    return sorted(place for place in found if place < len(system.ring.gens))


def _relevant(branch: Branch, basis: Basis, settings: SquaresSettings) -> list[tuple[tuple[str, int], Poly]]:
    """Return the constraints in normal form, without repetitions: short ones first, bounds of generators last."""
    found: dict[Any, tuple[tuple[str, int], Poly]] = {}
    for side in ("strict", "weak"):
        for number, poly in enumerate(getattr(branch.system, side)):
            rest = basis.normal_form(poly)
            if not rest.is_constant():
                found.setdefault(branch.system.ring.terms(rest), ((side, number), rest))
    ordered = sorted(found.values(), key=lambda item: (_is_bound(item[1]), item[1].total_degree(), len(item[1])))
    return ordered[: settings.max_constraints]


def _is_bound(poly: Poly) -> bool:
    """Whether a constraint only bounds one generator by a number; there can be many of these."""
    return poly.total_degree() == 1 and len(poly) == 2 and any(sum(e) == 0 for e in poly.to_dict())


def _monomials(ring: Ring, basis: Basis, degree: int, used: Sequence[int]) -> list[Poly]:
    """Return the standard monomials in the generators ``used`` up to a degree."""
    n = len(ring.gens)
    leads = [member.lead[:n] for member in basis.elements]
    level: list[tuple[int, ...]] = [(0,) * n]
    out: list[tuple[int, ...]] = []
    for _ in range(degree + 1):
        level = [e for e in level if not any(all(a <= b for a, b in zip(lead, e, strict=True)) for lead in leads)]
        out += level
        level = sorted({(*e[:i], e[i] + 1, *e[i + 1 :]) for e in level for i in used})
        if len(out) > 400:
            break
    return [ring.ctx.from_dict({e: fmpq(1)}) if n else ring.one for e in out]


def _block(
    ring: Ring, basis: Basis, poly: Poly, times: tuple[tuple[str, int], ...], top: int, used: Sequence[int]
) -> Block:
    half = max(0, (top - (0 if poly.is_constant() else poly.total_degree())) // 2)
    return Block(((poly,),), tuple((m,) for m in _monomials(ring, basis, half, used)), times=times)


def _form_block(ring: Ring, basis: Basis, matrix: Any, number: int, degree: int, used: Sequence[int]) -> Block:
    size = len(matrix)
    units = [
        tuple(m if i == j else ring.zero for j in range(size))
        for m in _monomials(ring, basis, degree, used)
        for i in range(size)
    ]
    return Block(matrix, tuple(units), form=number)


# --- one attempt --------------------------------------------------------------------------------------------------


def _attempt(
    branch: Branch,
    basis: Basis,
    positives: list[Positive],
    blocks: list[Block],
    budget: Budget,
    settings: SquaresSettings,
    threshold: float,
) -> tuple[Tree | None, bool]:
    """Solve, and cut down to the face of the solutions until it can be made exact.

    Returns the leaf or None, and whether another threshold for the kernel would make no difference.
    """
    for round_number in range(MAX_FACES):
        if _unknowns(positives, blocks) > settings.max_unknowns * (1 if basis.elements else FREE_FACTOR):
            return None, True
        program = _program(basis, positives, blocks, budget)
        weights, gone = forced_zeros(program)
        program = without(program, weights, gone)
        positives, blocks = _kept(positives, blocks, weights, gone)
        if not positives or program.unknowns > settings.max_unknowns:
            return None, True
        solution = solve_program(program, budget)
        if solution is None:
            return None, round_number == 0
        exact = solve_exactly(program, solution)
        if exact is not None:
            return _leaf(branch, basis, positives, blocks, exact), True
        cut = _cut(branch.system.ring, blocks, solution.blocks, threshold)
        if cut is None:
            return None, False
        blocks = cut
    return None, False


def _unknowns(positives: list[Positive], blocks: list[Block]) -> int:
    return len(positives) + sum(len(b.basis) * (len(b.basis) + 1) // 2 for b in blocks)


def _kept(
    positives: list[Positive], blocks: list[Block], weights: set[int], gone: list[set[int]]
) -> tuple[list[Positive], list[Block]]:
    """Leave out what is zero in every solution."""
    left = [
        replace(block, basis=tuple(element for place, element in enumerate(block.basis) if place not in cut))
        for block, cut in zip(blocks, gone, strict=True)
    ]
    return [p for k, p in enumerate(positives) if k not in weights], [block for block in left if block.basis]


def _program(basis: Basis, positives: list[Positive], blocks: list[Block], budget: Budget) -> Program:
    """One linear equation per monomial of the normal forms, and: the positive weights sum to one."""
    ring = basis.ring
    rows: dict[tuple[int, ...], int] = {}
    entries: list[tuple[int, int, fmpq]] = []
    column = 0

    def put(poly: Poly, factor: int) -> None:
        for exponents, coefficient in poly.to_dict().items():
            key = tuple(int(e) for e in exponents)
            entries.append((rows.setdefault(key, len(rows)), column, coefficient * factor))

    for positive in positives:
        put(basis.normal_form(positive.poly), 1)
        column += 1
    for block in blocks:
        budget.check()
        for j, right in enumerate(block.basis):
            for i, left in enumerate(block.basis[: j + 1]):
                put(basis.normal_form(block.product(ring, left, right)), 1 if i == j else 2)
                column += 1
    last = len(rows)
    entries += [(last, k, fmpq(1)) for k in range(len(positives))]
    target = [fmpq(0)] * last + [fmpq(1)]
    return Program(len(positives), tuple(len(b.basis) for b in blocks), entries, target)


def _cut(ring: Ring, blocks: list[Block], solutions: list[Any], threshold: float) -> list[Block] | None:
    """Restrict each basis to the complement of the kernel of its solution; None when nothing is cut."""
    out, changed = [], False
    for block, gram in zip(blocks, solutions, strict=True):
        kernel = kernel_of(gram, threshold)
        changed |= len(kernel) > 0
        out.append(_restricted(ring, block, kernel) if len(kernel) else block)
    return [block for block in out if block.basis] if changed else None


def _restricted(ring: Ring, block: Block, kernel: Any) -> Block:
    """Combinations of the basis that are orthogonal to the (rationalised) kernel."""
    basis = []
    for combination in orthogonal_combinations(kernel):
        total = [ring.zero] * len(block.matrix)
        for place, coefficient in combination.items():
            total = [a + coefficient * b for a, b in zip(total, block.basis[place], strict=True)]
        basis.append(tuple(total))
    return replace(block, basis=tuple(basis))


# --- certificate --------------------------------------------------------------------------------------------------


def _leaf(branch: Branch, basis: Basis, positives: list[Positive], blocks: list[Block], exact: Any) -> Tree | None:
    """Write the identity; the cofactors of the equations are what is left over."""
    ring, system = branch.system.ring, branch.system
    weights, grams = exact
    chosen = max(range(len(positives)), key=lambda k: weights[k])
    if not weights[chosen] > 0:
        return None
    total = ring.ctx.constant(weights[chosen])
    for number in positives[chosen].numbers:
        total *= system.strict[number]
    squares: list[Any] = []
    for k, (positive, weight) in enumerate(zip(positives, weights, strict=True)):
        if k != chosen and weight > 0:
            times = [["strict", number] for number in positive.numbers]
            squares.append({"times": times, "of": [[str(weight), poly_data(ring, ring.one)]]})
            product = ring.ctx.constant(weight)
            for number in positive.numbers:
                product *= system.strict[number]
            total += product
    forms: list[Any] = []
    for block, parts in zip(blocks, grams, strict=True):
        data, value = _squares(branch, block, parts)
        total += value
        if data:
            if block.form is None:
                squares.append({"times": [list(place) for place in block.times], "of": data})
            else:
                forms.append({"matrix": block.form, "times": [], "vectors": data})
    rest, cofactors = basis.normal_form_with_cofactors(total)
    if not rest.is_zero():
        return None
    return {
        "node": "identity", "scale": str(weights[chosen]), "positive": list(positives[chosen].numbers),
        "squares": squares, "forms": forms, "ideal": cofactor_data(ring, cofactors, -1),
    }  # fmt: skip


def _squares(branch: Branch, block: Block, parts: list[tuple[fmpq, list[fmpq]]]) -> tuple[list[Any], Poly]:
    """Return weighted squares as data, and their sum in the block's matrix (constraints as they stand)."""
    ring, system = branch.system.ring, branch.system
    matrix = block.matrix
    if block.form is None:
        weight = ring.one
        for side, number in block.times:
            weight *= getattr(system, side)[number]
        matrix = ((weight,),)
    actual = Block(matrix, block.basis)
    data, total = [], ring.zero
    for scale, coefficients in parts:
        vector = [ring.zero] * len(matrix)
        for coefficient, element in zip(coefficients, block.basis, strict=True):
            if coefficient != 0:
                vector = [a + coefficient * b for a, b in zip(vector, element, strict=True)]
        encoded = [poly_data(ring, entry) for entry in vector]
        data.append([str(scale), encoded[0] if block.form is None else encoded])
        total += scale * actual.product(ring, vector, vector)
    return data, total
