"""PyTorch targets: arrays, formats, evaluation mode."""

from __future__ import annotations

import copy
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Any


def prepared(found: Any) -> Any:
    """Return a module in evaluation mode, as a copy; functions as they are."""
    import torch  # type: ignore[import-not-found, unused-ignore]

    torch.set_num_threads(1)  # inputs are small: threads only get into each other's way
    if hasattr(found, "eval") and hasattr(found, "state_dict"):
        found = copy.deepcopy(found)
        found.eval()
    return found


def array(a: Any, name: str) -> Any:
    """Return a tensor with its own memory in the named format."""
    import torch  # type: ignore[import-not-found, unused-ignore]

    if a.dtype.kind == "b":
        return torch.from_numpy(a.copy())
    return torch.from_numpy(a.copy()).to(getattr(torch, name))


def quiet() -> AbstractContextManager[Any]:
    """Return a context in which no gradient is recorded."""
    import torch  # type: ignore[import-not-found, unused-ignore]

    return torch.no_grad()


@lru_cache(maxsize=16)
def at_format(found: Any, name: str) -> Any:
    """Return a module with its parameters in the named format; functions as they are."""
    import torch  # type: ignore[import-not-found, unused-ignore]

    if not isinstance(found, torch.nn.Module):
        return found
    return copy.deepcopy(found).to(getattr(torch, name))
