"""The library of attention variants: one file per variant, each exposing ``VARIANT``; being here registers it."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from verify.errors import InvalidInput

if TYPE_CHECKING:
    from verify.attention._base import Variant


@cache
def variants() -> dict[str, Variant]:
    """Return every variant by its name."""
    stems = sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.py"))
    found = [import_module(f"verify.attention.{stem}").VARIANT for stem in stems]
    return {one.name: one for one in found}


def variant(name: str) -> Variant:
    """Return the variant of this name ('-' and '_' are alike).

    Raises:
        InvalidInput: there is none.
    """
    found = variants().get(name.replace("-", "_"))
    if found is None:
        close = get_close_matches(name, list(variants()), n=1)
        raise InvalidInput(
            f"unknown variant {name!r}",
            fix=f"did you mean {close[0]!r}?" if close else f"known: {', '.join(variants())}",
        )
    return found
