"""Violating samples kept in Hypothesis' database between runs, and replayed before anything else is searched.

They are stored under the target's name and the property's, next to the examples that Hypothesis keeps itself, as
arrays in NumPy's own format; nothing is executed on reading. A sample that no longer violates its property is
deleted.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from verify.properties._base import Inputs

MOST = 10
"""Samples replayed per property."""


def _database() -> Any:
    from hypothesis import settings

    return settings().database


def _key(target: str, name: str) -> bytes:
    return f"attnverify-inputs:{target}:{name}".encode()


def keep(target: str, name: str, dtype: str, batched: bool, inputs: Inputs) -> None:
    """Store a violating sample."""
    database = _database()
    if database is not None:
        database.save(_key(target, name), encoded(dtype, batched, inputs))


def drop(target: str, name: str, data: bytes) -> None:
    """Delete a stored sample."""
    database = _database()
    if database is not None:
        database.delete(_key(target, name), data)


def kept(target: str, name: str) -> Iterator[tuple[bytes, str, bool, Inputs]]:
    """Yield (stored bytes, format, whether batched, inputs), small ones first; unreadable ones are left out."""
    database = _database()
    if database is None:
        return
    for data in sorted(database.fetch(_key(target, name)), key=len)[:MOST]:
        try:
            yield data, *decoded(data)
        except ValueError:
            continue


def encoded(dtype: str, batched: bool, inputs: Inputs) -> bytes:
    """Return a sample as bytes."""
    note = {"dtype": dtype, "batched": batched, "seed": inputs.seed, "layer": inputs.layer, "causal": inputs.causal}
    parts = {"q": inputs.q} if inputs.layer else {"q": inputs.q, "k": inputs.k, "v": inputs.v}
    if inputs.mask is not None:
        parts["mask"] = inputs.mask
    stream = io.BytesIO()
    np.savez(stream, note=np.array(json.dumps(note)), **parts)
    return stream.getvalue()


def decoded(data: bytes) -> tuple[str, bool, Inputs]:
    """Return (format, whether batched, inputs).

    Raises:
        ValueError: the bytes are no stored sample.
    """
    import zipfile

    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as parts:
            note = json.loads(str(parts["note"]))
            q = parts["q"]
            k, v = (q, q) if note["layer"] else (parts["k"], parts["v"])
            mask = parts["mask"] if "mask" in parts.files else None
    except (zipfile.BadZipFile, EOFError, KeyError, OSError) as error:
        raise ValueError("not a stored sample") from error
    if any(a.ndim != 3 for a in (q, k, v)) or (mask is not None and mask.ndim != 3):
        raise ValueError("not a stored sample")
    inputs = Inputs(q, k, v, mask, seed=note["seed"], layer=note["layer"], causal=note["causal"])
    return note["dtype"], note["batched"], inputs
