"""Versions and time stamps."""

from __future__ import annotations

from datetime import UTC, datetime

from reports.parts import environment
from verify import __version__


def test_versions_name_this_program_python_and_libraries() -> None:
    found = environment.versions()
    assert found["attnverify"] == __version__
    assert set(found) == {"attnverify", "Python", "system", *environment.NAMED}


def test_stamp_and_now(monkeypatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    assert environment.stamp() is None
    assert environment.now().startswith(str(datetime.now(UTC).year))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert environment.stamp() == environment.now() == "1970-01-01T00:00:00Z"
