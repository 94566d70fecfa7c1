"""Threads are limited where the user has not said otherwise."""

from __future__ import annotations

import os

from verify import machine


def test_there_is_a_core() -> None:
    assert 1 <= machine.cores() <= (os.cpu_count() or 1)


def test_what_the_user_has_set_stays(monkeypatch) -> None:
    first, *others = machine.THREAD_VARIABLES
    monkeypatch.setenv(first, "7")
    for name in others:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    machine.single_threaded()
    assert os.environ[first] == "7"
    assert {os.environ[name] for name in others} == {"1"}
