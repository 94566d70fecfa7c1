"""The C compiler of the machine: where it is, what its results depend on, and the folder in which they are kept."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

COMPILERS = ("cc", "gcc", "clang")
FLAGS = ("-O2", "-march=native", "-fno-math-errno", "-fno-trapping-math", "-fPIC", "-shared", "-w", "-x", "c")
"""No flag that changes results beyond fused multiply-adds: infinities, nan and the order of sums stay as written."""

CACHE_VARIABLE = "ATTNVERIFY_CACHE"
COMPILER_VARIABLE = "ATTNVERIFY_CC"
SECONDS_TO_COMPILE = 60


class CannotCompile(Exception):
    """There is no compiler, or it failed; the message says why."""


@cache
def compiler() -> str | None:
    """Return the path of a C compiler, or None. ``ATTNVERIFY_CC`` names one; empty means none."""
    named = os.environ.get(COMPILER_VARIABLE)
    if named is not None:
        return shutil.which(named) if named else None
    return next((found for name in COMPILERS if (found := shutil.which(name))), None)


@cache
def processor() -> str:
    """Return what compiled code depends on besides its source: machine, processor and its features."""
    import platform

    parts = [sys.platform, platform.machine()]
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return " ".join([*parts, platform.processor()])
    first = [line for line in lines[: lines.index("")] if line] if "" in lines else lines
    return "\n".join([*parts, *(line for line in first if line.startswith(("model name", "flags", "Features")))])


def cache_folder() -> Path | None:
    """Return the folder of compiled kernels, or None when it is switched off by an empty ``ATTNVERIFY_CACHE``."""
    named = os.environ.get(CACHE_VARIABLE)
    if named is not None:
        return Path(named) / "kernels" if named else None
    base = os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "attnverify" / "kernels"
    except RuntimeError:  # no home
        return None


def key(source: str, path: str) -> str:
    """Return the name of the compiled form of a source on this machine with this compiler."""
    real = Path(path).resolve()
    stat = real.stat()
    text = "\0".join([source, " ".join(FLAGS), str(real), str(stat.st_size), str(stat.st_mtime_ns), processor()])
    return hashlib.sha256(text.encode()).hexdigest()


def build(source: str, target: Path) -> None:
    """Compile a source to a shared library, which appears at ``target`` complete or not at all.

    Raises:
        CannotCompile: no compiler, or it fails.
        OSError: ``target`` cannot be written.
    """
    path = compiler()
    if path is None:
        raise CannotCompile("no C compiler found")
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    os.close(handle)
    try:
        command = [path, *FLAGS, "-", "-o", name, "-lm"]
        done = subprocess.run(
            command, input=source, capture_output=True, text=True, timeout=SECONDS_TO_COMPILE, check=False
        )
        if done.returncode:
            raise CannotCompile(f"{path} failed: {done.stderr.strip()[:500]}")
        os.replace(name, target)
    except subprocess.TimeoutExpired as late:
        raise CannotCompile(f"{path} took longer than {SECONDS_TO_COMPILE} s") from late
    finally:
        Path(name).unlink(missing_ok=True)
