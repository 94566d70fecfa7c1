"""Reports: verdicts in, files to hand on out. One rendering per module of this folder, from verdicts only.

A module of this folder with ``NAME``, ``SUFFIX`` and ``render(report)`` is a format; being here registers it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from verify.errors import InvalidInput

if TYPE_CHECKING:
    from verify.verdict import Verdict

BASENAME = "report"
"""Name of every file that :func:`write` makes, before the suffix of its format."""

DEFAULT_TITLE = "Verification report"


def _modules() -> dict[str, ModuleType]:
    """Return the modules of all formats by name."""
    found = [import_module(f"reports.{path.stem}") for path in sorted(Path(__file__).parent.glob("[!_]*.py"))]
    return {module.NAME: module for module in sorted(found, key=lambda module: str(module.NAME))}


ALIASES = {"markdown": "md"}
"""Other names of formats."""


def names() -> list[str]:
    """Return the names of all formats, sorted."""
    return list(_modules())


def write(
    verdicts: Sequence[Verdict],
    directory: Path,
    formats: Sequence[str],
    *,
    title: str = DEFAULT_TITLE,
    created: str | None = None,
    errors: Sequence[Mapping[str, str]] = (),
) -> list[Path]:
    """Write a report on ``verdicts`` in each of the formats; return the paths, in the order of the formats.

    Args:
        directory: made if missing; the files are called ``report`` with the suffix of their format.
        formats: names out of :func:`names`.
        created: time stamp to print; empty for none. By default that of ``SOURCE_DATE_EPOCH`` if set, else none.
        errors: inputs without a verdict, each with ``file`` and ``error``.

    Raises:
        InvalidInput: no such format, a directory that cannot be written, or a format whose library is missing.
    """
    from reports.parts.report import build

    known = _modules()
    chosen = [known[name] for name in dict.fromkeys(map(canonical, formats))]
    report = build(verdicts, directory, title=title, created=created, errors=errors)
    contents = [(module, module.render(report)) for module in chosen]
    try:
        directory.mkdir(parents=True, exist_ok=True)
        return [_replace(directory / f"{BASENAME}{module.SUFFIX}", content) for module, content in contents]
    except OSError as error:
        raise InvalidInput(f"cannot write to {directory}: {error.strerror}", fix="choose another folder") from None


def canonical(name: str) -> str:
    """Return the name of a format, which may be given by another name.

    Raises:
        InvalidInput: there is no such format.
    """
    found = ALIASES.get(name, name)
    if found not in _modules():
        raise InvalidInput(f"there is no report format '{name}'", fix=f"use one of {', '.join(names())}")
    return found


def _replace(path: Path, content: str | bytes) -> Path:
    """Write a file in one step, so that an interruption leaves the earlier one."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    temporary = path.with_name(path.name + ".part")
    temporary.write_bytes(data)
    temporary.replace(path)
    return path
