"""A variant of one's own as a definition on expressions: weights 1 + s**2 over the visible keys, normalised."""

from verify.attention._base import Attention, Setting, Variant, dot_scores, standard
from verify.expr import functions as F


def grown(row):
    """The weights of a row of visible scores."""
    return F.div(F.add(1, F.power(row, 2)), F.sum(F.add(1, F.power(row, 2))))


def forgotten(row):
    """The same with the 1 left out of the numerator: rows no longer sum to one."""
    return F.div(F.power(row, 2), F.sum(F.add(1, F.power(row, 2))))


def attention(row_map):
    def attend(s: Setting) -> Attention:
        return standard(s, dot_scores(s.q, s.k), row_map=row_map)

    return attend


def variant(name, row_map):
    return Variant(name, "Weights 1 + s^2", "this page", "A_ij ~ 1 + (q_i.k_j)^2, O = AV", attention(row_map))


FIRST = variant("first", forgotten)
SECOND = variant("second", grown)
