"""Exact computation with random entries, shared by the search and the trusted checker.

Imports nothing beyond the standard library, FLINT and the vocabulary. An expression is unrolled into scalar operations
(:mod:`~verify.chance.graph`, :mod:`~verify.chance.program`), which act on whole columns of outcomes
(:mod:`~verify.chance.columns`). Finite laws are then enumerated exactly (:mod:`~verify.chance.elimination`,
:mod:`~verify.chance.exact`); continuous ones are sampled as cells of the unit cube (:mod:`~verify.chance.cells`,
:mod:`~verify.chance.replay`) and judged by exact confidence limits (:mod:`~verify.chance.limits`).
"""

from verify.errors import Undecidable


class TooLarge(Undecidable):
    """An exact computation would need more time or memory than is allowed."""
