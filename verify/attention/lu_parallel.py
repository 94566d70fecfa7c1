"""Parallel co-attention (Lu 2016).

Question tokens q and image regions k attend to each other through an affinity C = tanh(q B k'). The output is the
attended image vector, the same for every query; padded entries of C are zero.
"""

from __future__ import annotations

from verify.attention._base import Attention, Mask, Setting, Variant, dot_scores, entries, masked_rows
from verify.expr import build
from verify.expr import functions as F


def attend(setting: Setting) -> Attention:
    """Return softmax over regions of h' tanh(V k_t + (W q)'C) times v."""
    p = setting.parameters
    seen = setting.seen or (True,) * setting.queries
    open_to = entries(lambda i, j: int(seen[i] and setting.visible[i][j]), setting.queries, setting.keys)
    affinity = F.mul(open_to, F.tanh(dot_scores(F.matmul(setting.q, p["B"]), setting.k)))
    hidden = F.tanh(
        F.add(
            F.matmul(setting.k, F.transpose(p["V"])),
            F.matmul(F.transpose(affinity), F.matmul(setting.q, F.transpose(p["W"]))),
        )
    )
    scores = setting.scaled(build.reshape(F.matmul(hidden, p["h"]), (1, setting.keys)))
    any_row: Mask = (tuple(any(row[j] for row in setting.visible) for j in range(setting.keys)),)
    one = masked_rows(scores, any_row, F.softmax)
    weights = build.broadcast(one, (setting.queries, setting.keys))
    spread = build.broadcast(scores, weights.shape)
    return Attention(F.matmul(weights, setting.v), weights, spread)


VARIANT = Variant(
    name="lu_parallel",
    title="Parallel co-attention (Lu 2016)",
    source="Lu and others 2016, section 3.3, and the authors' code",
    formula="C = tanh(Q B K'), a = softmax(h' tanh(V k + (W Q)'C)), out = sum a v",
    attend=attend,
    per_query=False,
    parameters=lambda d, dv: {"B": (d, d), "V": (2, d), "W": (2, d), "h": (2,)},
    claims=("-query-independent", "-convex-hull", "-fully-masked-row", "-masked-no-influence"),
)
