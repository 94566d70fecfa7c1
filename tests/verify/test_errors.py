"""Errors say where, what, and what to write instead."""

from __future__ import annotations

import pickle

import pytest

from verify.errors import AttnverifyError, InvalidInput, Location, Rejected, Undecidable


@pytest.mark.parametrize(
    ("location", "text"),
    [
        (Location(), ""),
        (Location(file="a.toml"), "a.toml"),
        (Location(file="a.toml", line=3), "a.toml:3"),
        (Location(file="a.toml", key="claim.every", line=3, text="evry"), "a.toml:3, key 'claim.every', at 'evry'"),
        (Location(key="id"), "key 'id'"),
        (Location(line=0, text=""), "0, at ''"),
    ],
)
def test_a_location_names_what_is_known(location: Location, text: str) -> None:
    assert str(location) == text


def test_a_long_text_is_cut() -> None:
    shown = str(Location(text="x" * 1000))
    assert len(shown) < 80
    assert shown.endswith("...'")


def test_the_message_has_place_problem_and_fix_in_this_order() -> None:
    error = InvalidInput("no such key", fix="write 'every'", where=Location(file="a.toml", line=7))
    assert str(error) == "a.toml:7: no such key; write 'every'"
    assert str(InvalidInput("no such key")) == "no such key"


def test_locating_fills_in_only_what_is_missing() -> None:
    error = InvalidInput("bad", fix="good", where=Location(key="claim", text="inner"))
    located = error.located(file="a.toml", line=2, text="outer", key="other")
    assert located.where == Location(file="a.toml", key="claim", line=2, text="inner")
    assert (located.problem, located.fix) == ("bad", "good")
    assert error.where.file is None


@pytest.mark.parametrize("kind", [InvalidInput, Undecidable, Rejected])
def test_every_error_of_the_package_has_one_base(kind: type[Exception]) -> None:
    assert issubclass(kind, AttnverifyError)
    assert not issubclass(kind, ValueError)


def test_errors_survive_the_way_back_from_a_worker() -> None:
    assert str(pickle.loads(pickle.dumps(Rejected("no")))) == "no"
    assert str(pickle.loads(pickle.dumps(InvalidInput("no")))) == "no"
