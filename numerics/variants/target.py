"""Loading the object that a user names, and calling it with plain arrays.

A target is a function f(q, k, v, mask=None), a layer f(x, mask=None), or an object of PyTorch or JAX that is one of
these. Only code that the user names is imported.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

from numerics.variants.known import CALL, adapted, is_known
from verify.errors import InvalidInput

LIBRARY_TOKENS = 4
"""Library variants are traced anew for every size and mask, and are tried on few tokens."""

FRAMEWORKS = ("numpy", "torch", "jax")


@dataclass(frozen=True)
class Target:
    """An attention function under test.

    Attributes:
        name: as the user wrote it.
        function: the object, called with the framework's arrays.
        layer: whether it takes x instead of q, k, v.
        masked: whether it takes a mask.
        framework: "numpy", "torch" or "jax".
        module: the module it comes from.
        load: Python lines that bind it to ``f``, for reproductions.
        most: largest number of tokens it is tried on.
        batched_only: whether it takes arrays with a batch axis only.
        vjp: optional backward pass vjp(q, k, v, mask, g) -> gradients, the function's attribute of that name.
    """

    name: str
    function: Callable[..., Any]
    layer: bool
    masked: bool
    framework: str
    module: ModuleType | None
    load: str
    vjp: Callable[..., Any] | None = None
    most: int = 10_000
    batched_only: bool = False

    def with_function(self, function: Callable[..., Any]) -> Target:
        """Return the same target around another function."""
        return replace(self, function=function)


def load_target(text: str, *, array: str | None = None) -> Target:
    """Return the target that ``path/file.py:object`` or ``package.module:object`` names.

    Raises:
        InvalidInput: there is no such file, module or object, or it does not take q, k, v or x.
    """
    source, colon, name = text.rpartition(":")
    if not colon and array is None and text.replace("-", "_").isidentifier():
        return _library_target(text)
    if not colon or not name:
        raise InvalidInput(f"{text!r} names no object", fix="write path/file.py:function or package.module:function")
    module = _module(source)
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            raise InvalidInput(f"{source} has no object {name!r}", fix=_public_names(module))
        found = getattr(found, part)
    return make_target(text, found, module, load=_load_lines(source, module, name), array=array)


def _library_target(text: str) -> Target:
    from numerics.variants.library import as_function
    from verify.attention import variant

    one = variant(text)
    load = (
        "from numerics.variants.library import as_function\n"
        f"from verify.attention import variant\nf = as_function(variant({one.name!r}))\n"
    )
    return Target(one.name, as_function(one), False, True, "numpy", None, load, most=LIBRARY_TOKENS)


def make_target(
    name: str, found: Any, module: ModuleType | None, *, load: str = "", array: str | None = None
) -> Target:
    """Return a target around a Python object.

    Raises:
        InvalidInput: it cannot be called as f(q, k, v, mask) or f(x, mask).
    """
    framework = array or _framework(found, module)
    if framework not in FRAMEWORKS:
        raise InvalidInput(f"unknown kind of array {framework!r}", fix=f"write one of {', '.join(FRAMEWORKS)}")
    if inspect.isclass(found):
        found = _instance(name, found)
        load += "f = f()\n"
    if framework != "numpy" and is_known(found):
        found, load = adapted(found), load + CALL
    if framework == "jax":
        from numerics.variants.jax_target import prepared as made_ready

        made_ready(found)
    if framework == "torch":
        from numerics.variants.torch_target import prepared

        found = prepared(found)
    layer, masked = _form(name, found)
    vjp = getattr(found, "vjp", None)
    return Target(name, found, layer, masked, framework, module, load, vjp if callable(vjp) else None)


def _module(source: str) -> ModuleType:
    if source.endswith(".py") or "/" in source:
        return _from_file(Path(source))
    sys.path.insert(0, "")
    try:
        return importlib.import_module(source)
    except ImportError as error:
        raise InvalidInput(f"cannot import {source!r}: {error}", fix="name an installed module or a file") from error
    finally:
        sys.path.remove("")


def _from_file(path: Path) -> ModuleType:
    if not path.is_file():
        raise InvalidInput(f"there is no file {str(path)!r}", fix="write path/file.py:function")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise InvalidInput(f"{str(path)!r} is not a Python file", fix="name a file that ends in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(path.stem, module)
    sys.path.insert(0, str(path.resolve().parent))
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise InvalidInput(f"{path} cannot be imported: {type(error).__name__}: {error}") from error
    finally:
        sys.path.remove(str(path.resolve().parent))
    return module


def _load_lines(source: str, module: ModuleType, name: str) -> str:
    if source.endswith(".py") or "/" in source:
        return (
            "import importlib.util, pathlib, sys\n"
            f"path = pathlib.Path({source!r}).resolve()\n"
            "sys.path.insert(0, str(path.parent))\n"
            "spec = importlib.util.spec_from_file_location(path.stem, path)\n"
            f"module = importlib.util.module_from_spec(spec)\nspec.loader.exec_module(module)\nf = module.{name}\n"
        )
    return f"import importlib\nf = importlib.import_module({source!r}).{name}\n"


def _public_names(module: ModuleType) -> str:
    names = [name for name, value in vars(module).items() if callable(value) and not name.startswith("_")]
    return "it has " + (", ".join(sorted(names)[:20]) or "no public function")


def _instance(name: str, found: Any) -> Any:
    try:
        return found()
    except TypeError as error:
        raise InvalidInput(f"{name} is a class that needs arguments ({error})", fix="name an instance of it") from error


def _framework(found: Any, module: ModuleType | None) -> str:
    """Tell the kind of arrays from the object's type, its annotations, and what its module imports."""
    texts = [str(base) for base in getattr(type(found), "__mro__", ())]
    call = (
        found
        if inspect.isroutine(found)
        else getattr(found, "forward", type(found).__call__ if callable(found) else None)
    )
    texts += [str(note) for note in getattr(call, "__annotations__", {}).values()]
    for framework in ("torch", "jax"):
        if any(framework in text for text in texts):
            return framework
    if any("numpy" in text or "np." in text for text in texts[len(type(found).__mro__) :]):
        return "numpy"
    own = {
        getattr(value, "__name__", "").split(".")[0]
        for value in vars(module or sys).values()
        if inspect.ismodule(value)
    }
    own |= {str(getattr(value, "__module__", "")).split(".")[0] for value in vars(module or sys).values()}
    if "numpy" in own:
        return "torch" if _is_torch_only(found) else "numpy"
    return next((framework for framework in ("torch", "jax") if framework in own), "numpy")


def _is_torch_only(found: Any) -> bool:
    code = getattr(found, "__code__", None)
    names = set(code.co_names) if code else set()
    return "torch" in names and not names & {"np", "numpy"}


def _form(name: str, found: Any) -> tuple[bool, bool]:
    call = getattr(found, "forward", found)
    try:
        parameters = list(inspect.signature(call).parameters.values())
    except (TypeError, ValueError):
        return False, True
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    required = [p for p in positional if p.default is p.empty and p.name != "mask"]
    masked = any(p.name == "mask" or p.kind is p.VAR_KEYWORD for p in parameters)
    if len(required) == 3:
        return False, masked or len(positional) > 3
    if len(required) == 1 and any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return False, masked
    if len(required) == 1:
        return True, masked or len(positional) > 1
    if not required and any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return False, masked
    shown = ", ".join(p.name for p in required)
    raise InvalidInput(
        f"{name} takes ({shown})", fix="give a function f(q, k, v, mask=None) or a layer f(x, mask=None)"
    )
