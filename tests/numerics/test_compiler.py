"""Finding a compiler, the names of cached kernels, and what happens when compiling fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from numerics import compiler


@pytest.fixture(autouse=True)
def _looked_for_again() -> Iterator[None]:
    compiler.compiler.cache_clear()
    yield
    compiler.compiler.cache_clear()


@pytest.fixture
def needs_compiler() -> None:
    if compiler.compiler() is None:
        pytest.skip("no C compiler on this machine")


def test_the_cache_lies_where_it_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(compiler.CACHE_VARIABLE, str(tmp_path))
    assert compiler.cache_folder() == tmp_path / "kernels"
    monkeypatch.setenv(compiler.CACHE_VARIABLE, "")
    assert compiler.cache_folder() is None
    monkeypatch.delenv(compiler.CACHE_VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert compiler.cache_folder() == tmp_path / "attnverify" / "kernels"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert compiler.cache_folder() == tmp_path / ".cache" / "attnverify" / "kernels"


def test_a_key_depends_on_source_flags_compiler_and_processor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first, second = tmp_path / "cc", tmp_path / "gcc"
    first.write_text("one", encoding="ascii")
    second.write_text("other", encoding="ascii")
    keys = [compiler.key("a", str(first)), compiler.key("b", str(first)), compiler.key("a", str(second))]
    monkeypatch.setattr(compiler, "FLAGS", ("-O3",))
    keys.append(compiler.key("a", str(first)))
    monkeypatch.setattr(compiler, "processor", lambda: "another")
    keys.append(compiler.key("a", str(first)))
    assert len(set(keys)) == len(keys)
    assert keys[-1] == compiler.key("a", str(first))


def test_a_named_compiler_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(compiler.COMPILER_VARIABLE, "no-such-compiler")
    assert compiler.compiler() is None
    compiler.compiler.cache_clear()
    monkeypatch.setenv(compiler.COMPILER_VARIABLE, "sh")
    assert Path(compiler.compiler() or "").name == "sh"


def test_a_failing_compiler_is_reported_and_leaves_nothing(needs_compiler: None, tmp_path: Path) -> None:
    with pytest.raises(compiler.CannotCompile, match="failed"):
        compiler.build("this is not C", tmp_path / "x.so")
    assert list(tmp_path.iterdir()) == []


def test_without_a_compiler_nothing_is_built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(compiler.COMPILER_VARIABLE, "")
    with pytest.raises(compiler.CannotCompile, match="no C compiler"):
        compiler.build("int x;", tmp_path / "x.so")
