"""Self-attention with a gated residual (Zhang 2018).

The attention output is scaled by gamma, which starts at 0, and added to the input.
"""

from __future__ import annotations

from verify.attention._base import Attention, Setting, Variant, dot_scores, standard
from verify.expr import functions as F


def attend(setting: Setting) -> Attention:
    """Return gamma softmax(q k') v + v."""
    plain = standard(setting, dot_scores(setting.q, setting.k))
    rest = setting.v[setting.keys - setting.queries :, :]
    return Attention(F.add(F.mul(setting.parameters["gamma"], plain.output), rest), plain.weights, plain.scores)


VARIANT = Variant(
    name="sagan",
    title="Self-attention with a gated residual (Zhang 2018)",
    source="Zhang and others 2018, section 3",
    formula="y = gamma softmax(QK')V + x",
    attend=attend,
    parameters=lambda d, dv: {"gamma": ()},
    claims=(
        "-convex-hull",
        "-value-shift",
        "-query-independent",
        "-permutation-invariant-keys",
        "-repeated-tokens",
        "-masked-no-influence",
        "-masked-poison",
        "-fully-masked-row",
        "-padding-invariant",
    ),
    square=True,
)
