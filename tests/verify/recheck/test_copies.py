"""Signed permutations: proved identities, and what may not be called a copy."""

import copy
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from flint import fmpq

from verify.claim import Claim, canonical, claim_from_data
from verify.errors import AttnverifyError
from verify.landscape import landscape
from verify.recheck import recheck
from verify.recheck.copies import Motion, motion_from, name_of, require_invariant
from verify.recheck.enclosures import Box

Data = dict[str, Any]


def problem(objective: str, **parameters: str) -> Claim:
    claim = {"every": "stationary point", "satisfies": "0 < 1"}
    return claim_from_data({"id": "x", "parameters": parameters, "objective": {"minimise": objective}, "claim": claim})


FLIP, SWAP, TURN = Motion((0, 1), (-1, -1)), Motion((1, 0), (1, 1)), Motion((1, 0), (-1, 1))


@pytest.mark.parametrize(
    ("objective", "motion"),
    [
        ("(tanh(a)*w - 1)**2", FLIP),
        ("(a*w - 1)**2 + a**2 + w**2", SWAP),
        ("(a**2 + w**2 - 1)**2 + a**2*w**2", TURN),
        ("sum((softmax([a*w, -a*w]) - [1, 0])**2)", FLIP),
    ],
)
def test_what_holds(objective: str, motion: Motion) -> None:
    require_invariant(problem(objective, a="real", w="real"), motion)


@pytest.mark.parametrize(
    ("objective", "motion", "domain"),
    [
        ("(a*w - 1)**2 + a/10**30", FLIP, "real"),
        ("(a*w - 1)**2 + a**2 + 2*w**2", SWAP, "real"),
        ("(a**2*w - 1)**2", FLIP, "real"),
        # True in the domain only.
        ("(abs(a) - a)**2 + w**2", FLIP, "[0, 1]"),
        ("sqrt(a**2) - a + w**2", FLIP, "[0, 1]"),
    ],
)
def test_what_does_not(objective: str, motion: Motion, domain: str) -> None:
    with pytest.raises(AttnverifyError):
        require_invariant(problem(objective, a=domain, w="real"), motion)


def test_malformed_motions() -> None:
    for data in ([[0, 1]], [[0, 1], [0, 1]], [[0, 1], [1, 2]], [[0, 1], [1, True]], [[0, 1], [2, 1]], [[0, 1], [1]], 3):
        with pytest.raises(AttnverifyError):
            motion_from(data, 2)
    assert motion_from([[1, -1], [0, 1]], 2) == TURN
    assert motion_from(TURN.to_json(), 2) == TURN


def test_images_and_names() -> None:
    box = Box((fmpq(1), fmpq(5)), (fmpq(2), fmpq(7)))
    assert TURN.image(box) == Box((fmpq(-7), fmpq(1)), (fmpq(-5), fmpq(2)))
    assert name_of(TURN, ["a", "w"]) == "(a, w) -> (-w, a)"
    assert name_of(Motion((0, 1), (1, -1)), ["a", "w"]) == "w -> -w"


# --- in certificates --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wells(tmp_path_factory: pytest.TempPathFactory) -> Data:
    """Two minima, exchanged by a change of both signs, and a saddle; rational points nowhere but at zero."""
    claim = problem("(v*tanh(q) - 1/2)**2 + v**2/20 + q**2/30", v="[-2, 2]", q="[-2, 2]")
    result = landscape(claim, certificates=tmp_path_factory.mktemp("wells"), budget=20)
    assert result.certificate is not None
    assert [found.symmetry for found in result.copies] == ["(v, q) -> (-v, -q)"]
    return json.loads(Path(result.certificate).read_text())  # type: ignore[no-any-return]


def accepted(data: Data, change: Callable[[Data], Any]) -> bool:
    other = copy.deepcopy(data)
    change(other)
    other["sha256"] = sha256(canonical(other["claim"]).encode()).hexdigest()
    return recheck(other).accepted


def same(data: Data) -> Data:
    return data["claim"]["instance"]["copies"][0]  # type: ignore[no-any-return]


def test_accepts_what_was_found(wells: Data) -> None:
    assert accepted(wells, lambda data: None)
    first, second = same(wells)["of"], same(wells)["copy"]
    assert accepted(wells, lambda data: same(data).update(of=second, copy=first))


@pytest.mark.parametrize(
    "change",
    [
        {"symmetry": "v -> -v"}, {"map": [[0, -1], [1, 1]], "symmetry": "v -> -v"},
        {"map": [[0, 1], [1, 1]], "symmetry": "() -> ()"}, {"map": [[0, -1]]}, {"copy": 99}, {"copy": True}, {"of": -1},
    ],
)  # fmt: skip
def test_false_copies(wells: Data, change: Data) -> None:
    assert not accepted(wells, lambda data: same(data).update(change))


def test_minimum_and_saddle_are_no_copies(wells: Data) -> None:
    kinds = [point["kind"] for point in wells["claim"]["instance"]["points"]]
    saddle = kinds.index("saddle")
    assert not accepted(wells, lambda data: same(data).update(copy=saddle))
    assert not accepted(wells, lambda data: same(data).update(copy=same(data)["of"]))


def test_copies_of_an_objective_that_is_not_quite_symmetric(wells: Data) -> None:
    def bend(data: Data) -> None:
        data["claim"]["instance"]["source"]["objective"]["minimise"] += " + q**3/10**60"

    def bend_without_copies(data: Data) -> None:
        bend(data)
        del data["claim"]["instance"]["copies"]

    assert not accepted(wells, bend)
    assert accepted(wells, bend_without_copies)


def test_families_and_points_are_not_copies_of_each_other(tmp_path: Path) -> None:
    claim = problem("(a*w - 1)**2/2", a="[-2, 2]", w="[-2, 2]")
    result = landscape(claim, certificates=tmp_path, budget=20)
    assert [(found.of, found.copy) for found in result.copies] == [(1, 2)]
    data = json.loads(Path(str(result.certificate)).read_text())
    assert accepted(data, lambda data: None)
    assert not accepted(data, lambda data: same(data).update(of=0))
    identity = {"map": [[0, 1], [1, 1]], "symmetry": "() -> ()"}
    assert not accepted(data, lambda data: same(data).update(identity))
    exchange = {"map": [[1, 1], [0, 1]], "symmetry": "(a, w) -> (w, a)"}
    assert not accepted(data, lambda data: same(data).update(exchange))
