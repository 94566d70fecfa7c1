"""The cache of compiled kernels on disk, loading, and the memory of a run."""

from __future__ import annotations

import os
import threading
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from numerics import compiler
from numerics.kernels import compile_kernel, native
from verify.expr import functions as F

pytestmark = pytest.mark.usefixtures("needs_compiler")
X = F.argument("x", (2,))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of its own, with nothing loaded."""
    monkeypatch.setenv(compiler.CACHE_VARIABLE, str(tmp_path))
    monkeypatch.setattr(native, "_loaded", {})
    return tmp_path / "kernels"


def value(factor: int = 3) -> float:
    return float(compile_kernel([F.sum(X) * factor], [X], backend="c")(np.ones((1, 2)))[0][0])


def counted(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return a list that receives the target of every compilation."""
    made: list[Path] = []
    build = compiler.build

    def building(source: str, target: Path) -> None:
        made.append(target)
        build(source, target)

    monkeypatch.setattr(compiler, "build", building)
    return made


def test_a_second_run_does_not_compile(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = counted(monkeypatch)
    assert value() == 6.0
    native._loaded.clear()
    assert value() == 6.0
    assert len(made) == 1
    assert sorted(path.suffix for path in folder.iterdir()) == [".sha256", ".so"]
    assert value(4) == 8.0
    assert len(made) == 2


@pytest.mark.parametrize("damage", ["cut", "changed", "emptied", "seal", "no seal", "no library"])
def test_a_damaged_entry_is_made_anew(folder: Path, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
    value(5)
    (library,), (seal,) = folder.glob("*.so"), folder.glob("*.sha256")
    content = library.read_bytes()
    library.unlink()  # the loaded one stays as it is
    if damage != "no library":
        library.write_bytes({"cut": content[:200], "changed": content[:-1] + b"x", "emptied": b""}.get(damage, content))
    if damage == "seal":
        seal.write_text("nonsense", encoding="ascii")
    if damage == "no seal":
        seal.unlink()
    native._loaded.clear()
    made = counted(monkeypatch)
    assert value(5) == 10.0
    assert len(made) == 1
    assert seal.read_text(encoding="ascii") == native._digest(library)


def test_a_folder_that_cannot_be_written_is_no_hindrance(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.parent.joinpath("file").write_text("", encoding="ascii")
    monkeypatch.setenv(compiler.CACHE_VARIABLE, str(folder.parent / "file"))
    assert value(6) == 12.0


def test_an_empty_variable_switches_the_cache_off(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(compiler.CACHE_VARIABLE, "")
    assert value(7) == 14.0
    assert not folder.exists()


def test_the_longest_unused_are_removed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(native, "KEPT", 2)
    names = []
    for factor in (11, 12):
        value(factor)
        names.append(next(path.name for path in folder.glob("*.so") if path.name not in names))
    for age, name in enumerate(reversed(names)):
        os.utime(folder / name, (1000 - age, 1000 - age))
    native._loaded.clear()
    value(11)  # used again
    value(13)
    assert names[0] in {path.name for path in folder.glob("*.so")}
    assert names[1] not in {path.name for path in folder.glob("*.so")}
    assert len(list(folder.iterdir())) == 4


def test_many_threads_may_compile_the_same_kernel(folder: Path) -> None:
    found: list[float] = []
    workers = [threading.Thread(target=lambda: found.append(value(8))) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert found == [16.0] * 4


def test_memory_beyond_the_batch_is_small() -> None:
    w, data = F.argument("w", (40,)), F.argument("data", (200, 40))
    loss = F.sum(F.tanh(data @ w) ** 2)
    kernel = compile_kernel([loss, w], [w], shared={"data": np.ones((200, 40))}, backend="c")
    batch = np.zeros((20_000, 40))
    needed = 2 * batch.nbytes + batch[:, 0].nbytes
    tracemalloc.start()
    kernel(batch)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most <= 1.2 * (needed - batch.nbytes)
