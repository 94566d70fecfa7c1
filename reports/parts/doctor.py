"""What an installation consists of: needed libraries, optional parts, programs, and the machine."""

from __future__ import annotations

import importlib
import os
import platform
import shutil
import sys
from dataclasses import asdict, dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from numerics.compiler import cache_folder, compiler
from verify import __version__
from verify.machine import cores

MIN_PYTHON = (3, 11)


@dataclass(frozen=True)
class Part:
    """A library or program: what it is for, how to get it, and what was found.

    ``found`` is the version, or the path of a program; None where it is missing. ``problem`` says why it does not load.
    """

    name: str
    purpose: str
    kind: str
    module: str = ""
    install: str = ""
    found: str | None = None
    problem: str | None = None

    @property
    def is_usable(self) -> bool:
        """Whether it is there and nothing is known to be wrong with it."""
        return self.found is not None and self.problem is None


NEEDED, OPTIONAL, PROGRAM = "needed", "optional", "program"

PARTS = (
    Part("python-flint", "exact and ball arithmetic, which decides", NEEDED, "flint"),
    Part("numpy", "arrays and search", NEEDED, "numpy"),
    Part("scipy", "optimisation and statistics", NEEDED, "scipy"),
    Part("sympy", "the second derivation, roots, ideals", NEEDED, "sympy"),
    Part("cvxpy", "convex programs", NEEDED, "cvxpy"),
    Part("clarabel", "solver of the convex programs", NEEDED, "clarabel"),
    Part("hypothesis", "search for counterexamples to programs", NEEDED, "hypothesis"),
    Part("pytest", "claims as tests", NEEDED, "pytest"),
    Part("click", "the command line", NEEDED, "click"),
    Part("rich", "progress and tables", NEEDED, "rich"),
    Part("jinja2", "the HTML report", NEEDED, "jinja2"),
    Part("latex2mathml", "formulas in the HTML report", NEEDED, "latex2mathml"),
    Part("matplotlib", "pictures in reports", NEEDED, "matplotlib"),
    Part("typst", "PDF reports", OPTIONAL, "typst", "pip install 'attnverify[pdf]'"),
    Part("pyarrow", "data in .parquet files", OPTIONAL, "pyarrow", "pip install 'attnverify[parquet]'"),
    Part("torch", "checking PyTorch attention code", OPTIONAL, "torch", "pip install torch"),
    Part("jax", "checking JAX attention code", OPTIONAL, "jax", "pip install jax"),
    Part("equinox", "checking Equinox layers", OPTIONAL, "equinox", "pip install equinox"),
    Part("flax", "checking Flax layers", OPTIONAL, "flax", "pip install flax"),
    Part("ml_dtypes", "checking NumPy code in bfloat16", OPTIONAL, "ml_dtypes", "pip install ml_dtypes"),
    Part("jsonschema", "validating reports against their schema in the tests", OPTIONAL, "jsonschema",
         "pip install 'attnverify[dev]'"),
    Part("C compiler", "expressions compiled for batches of points; NumPy without one", PROGRAM,
         install="your system's package manager"),
    Part("chromium", "browser tests of the HTML report", PROGRAM, install="your system's package manager"),
    Part("msolve", "larger polynomial systems", PROGRAM, install="your system's package manager"),
)  # fmt: skip

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
"""Names under which the browser may be installed."""


@dataclass(frozen=True)
class Examination:
    """What was found."""

    parts: tuple[Part, ...]
    machine: dict[str, str]

    @property
    def is_complete(self) -> bool:
        """Whether everything needed can be used."""
        return sys.version_info >= MIN_PYTHON and all(p.is_usable for p in self.parts if p.kind == NEEDED)

    def to_json(self) -> dict[str, Any]:
        """Return the examination as JSON data."""
        parts = [asdict(part) | {"usable": part.is_usable} for part in self.parts]
        return {"complete": self.is_complete, "machine": self.machine, "parts": parts}

    def lines(self) -> list[str]:
        """Return the examination as lines of text."""
        out = [f"attnverify {__version__}", *(f"{name}: {value}" for name, value in self.machine.items())]
        for kind, title in ((NEEDED, "Needed"), (OPTIONAL, "Optional"), (PROGRAM, "Programs")):
            group = [part for part in self.parts if part.kind == kind]
            width = max((len(part.name) for part in group), default=0)
            out += ["", title, *(_line(part, width) for part in group)] if group else []
        missing = [part.name for part in self.parts if part.kind == NEEDED and not part.is_usable]
        return [*out, "", f"Missing: {', '.join(missing)}" if missing else "Everything needed is installed."]


def _line(part: Part, width: int) -> str:
    state = part.problem or part.found or "missing"
    advice = f"; get it by: {part.install}" if part.install and not part.is_usable else ""
    mark = "ok" if part.is_usable else "NO" if part.kind == NEEDED else "--"
    return f"  {mark}  {part.name:<{width}}  {state:<12}  {part.purpose}{advice}"


def examine(*, load: bool = False) -> Examination:
    """Look for every part; with ``load`` also import the libraries that are installed."""
    parts = tuple(_found(part) for part in PARTS)
    return Examination(tuple(map(_loaded, parts)) if load else parts, _machine())


def _found(part: Part) -> Part:
    if part.name == "C compiler":
        return replace(part, found=compiler())
    if part.kind == PROGRAM:
        names = BROWSERS if part.name == "chromium" else (part.name,)
        return replace(part, found=next((path for name in names if (path := shutil.which(name))), None))
    try:
        return replace(part, found=version(part.name))
    except PackageNotFoundError:
        return part


def _loaded(part: Part) -> Part:
    if part.found is None or not part.module:
        return part
    try:
        importlib.import_module(part.module)
    except Exception as error:  # a broken library may raise anything
        return replace(part, problem=f"does not load: {type(error).__name__}: {error}".splitlines()[0][:120])
    return part


def _machine() -> dict[str, str]:
    out = {
        "Python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": str(cores()),
        "compiled code": str(cache_folder() or "not kept"),
    }
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        out["memory"] = f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.1f} GiB"
    return out
