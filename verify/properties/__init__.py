"""The library of properties: one file per property, each exposing ``PROPERTY``; being in the folder registers it."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from verify.properties._base import Property


@cache
def properties() -> dict[str, Property]:
    """Return every property by its name, in alphabetical order."""
    stems = sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.py"))
    found = [import_module(f"verify.properties.{stem}").PROPERTY for stem in stems]
    return {one.name: one for one in found}
