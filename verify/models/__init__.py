"""The models of the theorems, one file each; being in the folder registers it."""

from __future__ import annotations

from importlib import import_module
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verify.errors import InvalidInput

if TYPE_CHECKING:
    from types import ModuleType

    from verify.models._model import Model


def names() -> list[str]:
    """Return the names of all models, sorted."""
    return sorted(path.stem.replace("_", "-") for path in Path(__file__).parent.glob("[!_]*.py"))


def module(name: str) -> ModuleType:
    """Return the module of the model called ``name``, or of the one whose short sign (``M3``) it is.

    Raises:
        InvalidInput: no such model.
    """
    known = names()
    wanted = name.lower().replace("_", "-")
    if wanted in known:
        return import_module(f"verify.models.{wanted.replace('-', '_')}")
    for candidate in known:
        loaded = import_module(f"verify.models.{candidate.replace('-', '_')}")
        if wanted == loaded.SIGN.lower():
            return loaded
    from difflib import get_close_matches

    close = get_close_matches(wanted, known, n=1)
    advice = f"did you mean '{close[0]}'?" if close else f"the models are {', '.join(known)}"
    raise InvalidInput(f"there is no model '{name}'", fix=advice)


def sizes(name: str) -> dict[str, Any]:
    """Return the sizes of a model with their defaults (None: follows from another size)."""
    return {key: value.default for key, value in signature(module(name).build).parameters.items()}


def build(name: str, **sizes: Any) -> Model:
    """Return the model called ``name`` at the given sizes.

    Raises:
        InvalidInput: no such model, an unknown size, or one that is not a positive whole number.
    """
    loaded = module(name)
    known = signature(loaded.build).parameters
    for key, value in sizes.items():
        if key not in known:
            raise InvalidInput(f"{name} has no size '{key}'", fix=f"its sizes are {', '.join(known)}")
        if key == "activation":
            continue
        least = 0 if known[key].default == 0 else 1
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            kind = "positive whole" if least else "nonnegative whole"
            raise InvalidInput(f"{key}={value!r} is not a {kind} number", fix=f"write {key}=8")
    model: Model = loaded.build(**sizes)
    return model
