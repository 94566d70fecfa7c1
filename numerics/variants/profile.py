"""Which properties a target is held to: the default profile, plus and minus what the user claims."""

from __future__ import annotations

from difflib import get_close_matches

from verify.errors import InvalidInput
from verify.properties import properties
from verify.properties._base import Property

ORDER = ("output-shape", "finite", "dtype-kept", "deterministic", "inputs-unmodified")
"""Examined first: others presuppose them."""

_PLACED = ("permutation-invariant-keys", "repeated-tokens", "tied-keys", "padding-invariant")

IMPLIED = {
    "causal": _PLACED,
    "rotary-relative": (*_PLACED, "query-independent"),
    "distance-decay": (*_PLACED, "query-independent"),
}
"""Default properties that a claim about positions contradicts; they are dropped with it, unless named by the user."""


def profile(
    *, claims: str | None = None, only: str | None = None, own: tuple[str, ...] = (), reference: bool = False
) -> list[Property]:
    """Return the properties to examine.

    Args:
        claims: comma-separated names; a name adds a property to the default profile, ``-name`` removes one.
        only: comma-separated names; exactly these, in place of the profile.
        own: names that the target itself claims, in the same notation, before ``claims``.
        reference: whether equality with a library variant is claimed.

    Raises:
        InvalidInput: a name is unknown.
    """
    if only:
        return [_named(name) for name in _split(only)]
    chosen = {one.name: one for one in properties().values() if one.default}
    for name in (*own, *(("equals-reference",) if reference else ()), *_split(claims or "")):
        one = _named(name.removeprefix("-"))
        if name.startswith("-"):
            chosen.pop(one.name, None)
        else:
            chosen[one.name] = one
            for dropped in set(IMPLIED.get(one.name, ())) - set(_split(claims or "")):
                chosen.pop(dropped, None)
    first = [chosen[name] for name in ORDER if name in chosen]
    return first + [one for name, one in sorted(chosen.items()) if name not in ORDER]


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _named(name: str) -> Property:
    found = properties().get(name)
    if found is None:
        close = get_close_matches(name, list(properties()), n=1)
        fix = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(properties())}"
        raise InvalidInput(f"unknown property {name!r}", fix=fix)
    return found
