"""What an installation consists of."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from reports.parts import doctor

PYPROJECT = Path(__file__).parents[3] / "pyproject.toml"


def test_every_dependency_is_examined() -> None:
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    needed = {re.split(r"[<>=!~ \[]", text)[0] for text in project["dependencies"]}
    assert {part.name for part in doctor.PARTS if part.kind == doctor.NEEDED} == needed
    for text in project["optional-dependencies"]["parquet"]:
        assert re.split(r"[<>=]", text)[0] in {part.name for part in doctor.PARTS if part.kind == doctor.OPTIONAL}


def test_nothing_is_imported(monkeypatch) -> None:
    monkeypatch.setattr(doctor.importlib, "import_module", lambda name: pytest.fail(f"imported {name}"))
    found = doctor.examine()
    assert found.is_complete
    assert found.machine["cores"].isdigit()


def test_missing_parts_are_named_with_what_they_add(monkeypatch) -> None:
    missing = doctor.Part("no-such-library", "magic", doctor.NEEDED)
    extra = doctor.Part("no-such-extra", "PDF reports", doctor.OPTIONAL, install="pip install x")
    monkeypatch.setattr(doctor, "PARTS", (missing, extra, replace(extra, name="no-such-program", kind=doctor.PROGRAM)))
    found = doctor.examine()
    assert not found.is_complete
    text = "\n".join(found.lines())
    assert "NO  no-such-library  missing" in text
    assert "PDF reports; get it by: pip install x" in text
    assert text.endswith("Missing: no-such-library")
    assert found.to_json()["parts"][0]["usable"] is False


def test_broken_libraries_are_found_by_loading(monkeypatch) -> None:
    part = doctor.Part("click", "the command line", doctor.NEEDED, "broken_module_of_click")
    monkeypatch.setattr(doctor, "PARTS", (part, replace(part, name="pytest", kind=doctor.OPTIONAL),
                                          replace(part, name="msolve", kind=doctor.PROGRAM)))  # fmt: skip
    assert doctor.examine().is_complete
    found = doctor.examine(load=True)
    assert "does not load: ModuleNotFoundError" in found.parts[0].problem
    assert not found.is_complete


def test_the_compiler_and_its_cache_are_told(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(doctor, "compiler", lambda: "/usr/bin/cc")
    monkeypatch.setenv("ATTNVERIFY_CACHE", str(tmp_path))
    found = doctor.examine()
    assert next(part.found for part in found.parts if part.name == "C compiler") == "/usr/bin/cc"
    assert found.machine["compiled code"].startswith(str(tmp_path))
    monkeypatch.setattr(doctor, "compiler", lambda: None)
    monkeypatch.setenv("ATTNVERIFY_CACHE", "")
    found = doctor.examine()
    assert found.is_complete
    assert found.machine["compiled code"] == "not kept"


def test_nothing_heavy_is_loaded() -> None:
    program = "import sys, reports.parts.doctor as d; d.examine(); print(sorted({'numpy', 'scipy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_old_python_is_not_complete(monkeypatch) -> None:
    found = doctor.examine()
    monkeypatch.setattr(sys, "version_info", (3, 9))
    assert not found.is_complete
