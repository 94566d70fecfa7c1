"""Points on kinks: the only stationary ones in a box, their kinds, and what must not pass."""

import copy
import json
from collections.abc import Callable
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from flint import fmpq

from verify.claim import canonical, claim_from_data
from verify.errors import AttnverifyError
from verify.expr.ball import precision
from verify.expr.tape import Tape, trace
from verify.landscape import landscape
from verify.recheck import recheck
from verify.recheck.enclosures import Box
from verify.recheck.kinked_points import (
    KINK_MINIMUM,
    KINK_STATIONARY,
    exact_gradient,
    index_and_kind,
    kinks,
    near,
    pieced,
    require_only,
)
from verify.recheck.landscape import box_around, statement

Data = dict[str, Any]


def tape_of(objective: str, *names: str) -> Tape:
    claim = claim_from_data(
        {
            "id": "x",
            "parameters": dict.fromkeys(names, "real"),
            "objective": {"minimise": objective},
            "claim": {"every": "stationary point", "satisfies": "0 < 1"},
        }
    )
    assert claim.objective is not None
    return trace(claim.objective, tuple(claim.symbols))


def around(*values: str, reach: str = "0") -> Box:
    return box_around([Fraction(v) for v in values], [Fraction(reach)] * len(values))


def shown(objective: str, point: list[str], weights: list[str], reach: str = "1/4") -> tuple[int, str]:
    tape = tape_of(objective, *"xyz"[: len(point)])
    with precision(128):
        box = around(*point, reach=reach)
        kinked = near(tape, box)
        require_only(kinked, box)
        return index_and_kind(kinked, around(*point), around(*weights))


@pytest.mark.parametrize(
    ("objective", "point", "weights", "expected"),
    [
        ("abs(x)", ["0"], ["1/2"], (0, KINK_MINIMUM)),
        ("abs(x) + x/2", ["0"], ["1/4"], (0, KINK_MINIMUM)),
        ("relu(x) - x/3", ["0"], ["1/3"], (0, KINK_MINIMUM)),
        ("-abs(x)", ["0"], ["1/2"], (0, KINK_STATIONARY)),
        ("abs(x) + y**2", ["0", "0"], ["1/2"], (0, KINK_MINIMUM)),
        ("abs(x) - y**2", ["0", "0"], ["1/2"], (1, KINK_STATIONARY)),
        ("abs(x) - abs(y) + x*y", ["0", "0"], ["1/2", "1/2"], (0, KINK_STATIONARY)),
        ("abs(x) + relu(y) - y/4", ["0", "0"], ["1/2", "1/4"], (0, KINK_MINIMUM)),
        ("(2 + abs(x) + abs(y))**2", ["0", "0"], ["1/2", "1/2"], (0, KINK_MINIMUM)),
        ("abs(x - 1/3) + exp(x - y) - (x - y)", ["1/3", "1/3"], ["1/2"], (0, KINK_MINIMUM)),
    ],
)
def test_what_holds(objective: str, point: list[str], weights: list[str], expected: tuple[int, str]) -> None:
    assert shown(objective, point, weights, reach="1/16") == expected


@pytest.mark.parametrize(
    ("objective", "point", "weights", "reach"),
    [
        # Slopes of one sign: not stationary, with whatever weights.
        ("abs(x) + 2*x", ["0"], ["1/2"], "1/4"),
        ("abs(x) + 2*x", ["0"], ["-1/2"], "1/4"),
        # Slope zero on one side: weights on the boundary.
        ("relu(x)", ["0"], ["0"], "1/4"),
        ("abs(x) + x + x**2", ["0"], ["0"], "1/4"),
        # Not the point, not the weights.
        ("abs(x)", ["1/8"], ["1/2"], "1/4"),
        ("abs(x)", ["0"], ["1/3"], "1/4"),
        # A smooth stationary point in the box besides.
        ("x**2 - abs(x)/4", ["0"], ["1/2"], "1/4"),
        # A flat line along the kink, or a double point on it.
        ("abs(x) + 0*y", ["0", "0"], ["1/2"], "1/4"),
        ("abs(x) + y**4", ["0", "0"], ["1/2"], "1/4"),
        # Two points on one kink; two kinks in the box of which one is met.
        ("abs(x) + (100*y**2 - 1)**2", ["0", "1/10"], ["1/2"], "1/2"),
        ("abs(x) + abs(x - 1/8)", ["0"], ["1/2"], "1/4"),
        # Kinks within kinks, no kink, too many.
        ("abs(abs(x) - x/2)", ["0"], ["1/2"], "1/4"),
        ("x**2", ["0"], [], "1/4"),
        # The kink enters with rate zero.
        ("x**2*abs(x) + y**2", ["0", "0"], ["1/2"], "1/4"),
        ("abs(x)**3", ["0"], ["1/2"], "1/4"),
        ("log(1/8 + x) + 9*abs(x)", ["0"], ["1/18"], "1/4"),
    ],
)
def test_what_does_not(objective: str, point: list[str], weights: list[str], reach: str) -> None:
    with pytest.raises(AttnverifyError):
        shown(objective, point, weights, reach)


def test_pieces() -> None:
    tape = tape_of("relu(x)*3 + abs(x)", "x")
    relu, bent = kinks(tape)
    if tape.steps[relu].op == "abs":
        relu, bent = bent, relu
    for sides, x, expected in (
        ({relu: 1, bent: 1}, ["2"], 4), ({relu: -1, bent: -1}, ["2"], -1), ({relu: -1, bent: 1}, ["-5"], 1),
    ):  # fmt: skip
        assert exact_gradient(pieced(tape, sides), [fmpq(Fraction(v).numerator) for v in x]) == [expected]
    assert pieced(tape, {relu: 0, bent: 0}).inputs == 3
    with pytest.raises(AttnverifyError, match="rational"):
        exact_gradient(tape_of("exp(x)", "x"), [fmpq(1)])
    assert exact_gradient(tape_of("exp(x) + tanh(x) + sigmoid(x)", "x"), [fmpq(0)]) == [fmpq(9, 4)]


# --- in certificates --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wedge(tmp_path_factory: pytest.TempPathFactory) -> Data:
    claim = {"every": "stationary point", "satisfies": "0 < 1"}
    data = {"id": "x", "parameters": {"x": "[-2, 2]", "y": "[-2, 2]"}, "claim": claim}
    made = claim_from_data({**data, "objective": {"minimise": "x**2 - abs(x) + abs(y) + x*y/8"}})
    result = landscape(made, certificates=tmp_path_factory.mktemp("wedge"), budget=20)
    assert result.decided
    return json.loads(Path(str(result.certificate)).read_text())  # type: ignore[no-any-return]


def accepted(data: Data, change: Callable[[Data], Any]) -> bool:
    other = copy.deepcopy(data)
    change(other)
    instance = other["claim"]["instance"]
    other["claim"]["statement"] = statement(instance["points"], instance["undecided"]["boxes"])
    other["sha256"] = sha256(canonical(other["claim"]).encode()).hexdigest()
    return recheck(other).accepted


def bent(data: Data, number: int = 0) -> Data:
    return data["evidence"]["kinks"][number]  # type: ignore[no-any-return]


def point(data: Data, number: int = 0) -> Data:
    return data["claim"]["instance"]["points"][bent(data, number)["point"]]  # type: ignore[no-any-return]


def test_accepts_what_was_found(wedge: Data) -> None:
    assert accepted(wedge, lambda data: None)
    kinds = [entry["kind"] for entry in wedge["claim"]["instance"]["points"]]
    assert sorted(kinds) == [KINK_STATIONARY, KINK_MINIMUM, KINK_MINIMUM] or len(kinds) == 3


@pytest.mark.parametrize("kind", [KINK_MINIMUM, KINK_STATIONARY, "strict minimum", "saddle", "degenerate"])
def test_false_kinds(wedge: Data, kind: str) -> None:
    for number in range(len(wedge["evidence"]["kinks"])):
        right = kind == point(wedge, number)["kind"]
        assert accepted(wedge, lambda data, n=number: point(data, n).update(kind=kind)) == right  # type: ignore[misc]


@pytest.mark.parametrize(
    "change",
    [
        {"weights": ["0", "1/2"]}, {"weights": ["1/2"]}, {"within": ["1", "1"]}, {"within": ["-1", "0"]}, {"point": 99},
        {"low": ["-2", "-2"], "high": ["2", "2"]}, {"low": ["1", "1"], "high": ["2", "2"]}, {"low": ["0"]},
    ],
)  # fmt: skip
def test_changed_boxes(wedge: Data, change: Data) -> None:
    assert not accepted(wedge, lambda data: bent(data).update(change))


def test_other_changes(wedge: Data) -> None:
    assert not accepted(wedge, lambda data: data["evidence"]["kinks"].pop())
    assert not accepted(wedge, lambda data: data["evidence"]["kinks"].append(bent(data)))
    assert not accepted(wedge, lambda data: data["evidence"].update(kinks=[]))
    assert not accepted(wedge, lambda data: point(data).update(index=1))
    assert not accepted(wedge, lambda data: point(data).update(value=["1", "0"]))

    def forget(data: Data) -> None:
        last = max(entry["point"] for entry in data["evidence"]["kinks"])
        assert last == len(data["claim"]["instance"]["points"]) - 1
        data["claim"]["instance"]["points"].pop()
        data["evidence"]["kinks"] = [entry for entry in data["evidence"]["kinks"] if entry["point"] != last]

    assert not accepted(wedge, forget)

    def bend(data: Data) -> None:
        data["claim"]["instance"]["source"]["objective"]["minimise"] += " + 2*y"

    assert not accepted(wedge, bend)
