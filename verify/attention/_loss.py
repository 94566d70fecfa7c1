"""The squared loss of a variant's output, whose gradient and critical points are derived."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from verify.attention._base import Setting, Variant
from verify.errors import InvalidInput
from verify.exact import parse_rational
from verify.expr import build
from verify.expr import functions as F
from verify.expr.node import Expr

VARIANT = "variant of attention"
"""Kind of what is derived."""

SIZES = {"n": 1, "T": 2, "d": 2, "dv": 1}
"""Queries, keys, width, width of values."""

MAX_TOKENS, MAX_WIDTH = 12, 64
"""Definitions are written out per token, so that large ones are refused."""


def squared_loss(
    one: Variant, sizes: Mapping[str, Any]
) -> tuple[dict[str, Any], Expr, dict[str, Expr], dict[str, Expr]]:
    """Return a description, the loss |O - Y|^2/2, its parameters (inputs and the variant's own), and named parts.

    Raises:
        InvalidInput: a size is unknown or the variant does not take it.
    """
    chosen = _sizes(one, sizes)
    n, t, d, dv = chosen.values()
    inputs = {"q": build.symbol("q", (n, d)), "k": build.symbol("k", (t, d)), "v": build.symbol("v", (t, dv))}
    own, learned = {}, {}
    for name, shape in one.parameters(d, dv).items():
        if name in one.defaults:
            own[name] = build.full(parse_rational(str(one.defaults[name])), shape)
            continue
        own[name] = build.symbol(name, shape)
        learned[name] = own[name]
    q, k, v = inputs.values()
    attention = one.attend(Setting(q, k, v, ((True,) * t,) * n, own, seen=(True,) * n))
    output = attention.output
    loss = F.mul("1/2", F.sum(F.power(F.sub(output, build.symbol("Y", output.shape)), 2)))
    parts = {"A": attention.weights, "O": output}
    about: dict[str, Any] = {
        "name": one.name,
        "kind": VARIANT,
        "title": one.title,
        "formula": one.formula,
        "sizes": chosen,
    }
    return about, loss, {**inputs, **learned}, {name: node for name, node in parts.items() if node is not None}


def _sizes(one: Variant, given: Mapping[str, Any]) -> dict[str, int]:
    unknown = set(given) - set(SIZES)
    if unknown:
        raise InvalidInput(f"{one.name} has no size {sorted(unknown)[0]!r}", fix=f"known: {', '.join(SIZES)}")
    out = {**SIZES, **given}
    for name, value in out.items():
        most = MAX_TOKENS if name in ("n", "T") else MAX_WIDTH
        if not isinstance(value, int) or not 1 <= value <= most:
            raise InvalidInput(f"{name}={value!r} is not a size", fix=f"use a whole number from 1 to {most}")
    if one.square:
        out["n"] = given.get("n", out["T"])
    if one.square and out["n"] != out["T"]:
        raise InvalidInput(f"{one.name} takes as many queries as keys", fix="set n and T to the same number")
    if "dv" not in given:
        out["dv"] = max(out["dv"], one.shrinks)
    for name, factor in (("d", one.multiple), ("dv", one.shrinks)):
        if out[name] % factor:
            raise InvalidInput(f"{one.name}: {name}={out[name]} is no multiple of {factor}", fix=f"set {name}={factor}")
    return out
