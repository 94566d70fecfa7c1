"""The checker of flat families accepts what was found and rejects what was changed."""

import copy
import json
from collections.abc import Callable
from fractions import Fraction
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from verify.claim import canonical, claim_from_data
from verify.landscape import landscape
from verify.recheck import recheck
from verify.recheck.families import MAXIMA, MINIMA, SADDLES, kind_of_family
from verify.recheck.landscape import statement

Data = dict[str, Any]


def certificate(tmp: Path, objective: str, **parameters: str) -> Data:
    claim = {"every": "stationary point", "satisfies": "0 < 1"}
    data = {"id": "x", "parameters": parameters, "objective": {"minimise": objective}, "claim": claim}
    result = landscape(claim_from_data(data), certificates=tmp, budget=20)
    assert result.certificate is not None
    return json.loads(Path(result.certificate).read_text())  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> Data:
    return certificate(tmp_path_factory.mktemp("swept"), "(a*w - 1)**2/2", a="[-2, 2]", w="[-2, 2]")


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Data:
    """As above, with a step that is not defined everywhere, so that orbits are covered piece by piece."""
    objective = "(a*w - 1)**2/2 + 1/(10 + a*w)/10**6"
    return certificate(tmp_path_factory.mktemp("product"), objective, a="[-2, 2]", w="[-2, 2]")


def outcome(data: Data, change: Callable[[Data], Any]) -> tuple[bool, str]:
    """Whether a certificate is accepted after a change, with statement and hash made right again, and why not."""
    other = copy.deepcopy(data)
    change(other)
    instance = other["claim"]["instance"]
    other["claim"]["statement"] = statement(
        instance["points"], instance["undecided"]["boxes"], len(instance.get("families", []))
    )
    other["sha256"] = sha256(canonical(other["claim"]).encode()).hexdigest()
    found = recheck(other)
    return found.accepted, str(found.reason)


def listed(data: Data) -> list[Data]:
    return data["claim"]["instance"]["families"]  # type: ignore[no-any-return]


def pieces(data: Data) -> list[Data]:
    return data["evidence"]["families"]["pieces"]  # type: ignore[no-any-return]


def test_accepts_what_was_found(product: Data) -> None:
    assert outcome(product, lambda data: None) == (True, "None")
    assert [family["dimension"] for family in listed(product)] == [1, 1]
    assert "2 flat families" in product["claim"]["statement"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("dimension", 2), ("dimension", 0), ("dimension", True), ("index", 1), ("index", True), ("boxes", 3),
        ("kind", SADDLES), ("kind", "strict minimum"), ("symmetries", ["rotation in (a, w)"]), ("symmetries", []),
        ("value", ["1", "0"]), ("value", ["0", "-1"]), ("inside", "no"), ("at", {"a": ["2", "0"], "w": ["1/2", "0"]}),
        ("at", {"a": ["1", "1"], "w": ["1", "1"]}),
    ],
)  # fmt: skip
def test_false_statements_about_a_family(product: Data, key: str, value: Any) -> None:
    assert not outcome(product, lambda data: listed(data)[1].update({key: value}))[0]


def test_a_symmetry_that_does_not_hold(product: Data) -> None:
    def bend(data: Data) -> None:
        data["evidence"]["families"]["symmetries"][0]["matrix"][1][1] = "-1000001/1000000"

    accepted, reason = outcome(product, bend)
    assert not accepted
    assert "not a symmetry" in reason


def test_an_objective_that_is_not_quite_symmetric(product: Data) -> None:
    def bend(data: Data) -> None:
        data["claim"]["instance"]["source"]["objective"]["minimise"] += " + a**2/10**40"

    assert not outcome(product, bend)[0]


def widened(data: Data, number: int, side: int, low: str, high: str) -> None:
    pieces(data)[number]["low"][side], pieces(data)[number]["high"][side] = low, high


def test_a_box_with_a_further_critical_point(product: Data) -> None:
    for number in range(len(pieces(product))):

        def widen(data: Data, number: int = number) -> None:
            widened(data, number, 0, "-2", "2")
            widened(data, number, 1, "-2", "2")

        assert not outcome(product, widen)[0]


def test_symmetries_that_vanish_in_a_box(product: Data) -> None:
    for number, piece in enumerate(pieces(product)):
        along = piece["along"][0]
        accepted, reason = outcome(product, lambda data, n=number, k=along: widened(data, n, k, "-1/2", "2"))  # type: ignore[misc]
        assert not accepted
        assert "independent" in reason or "outside" in reason


@pytest.mark.parametrize(
    "change",
    [
        {"along": []}, {"along": [0, 1]}, {"along": [0, 0]}, {"along": [2]}, {"fields": []}, {"fields": [1]},
        {"fields": [0, 0]}, {"family": 2}, {"family": 0}, {"link": None}, {"link": 99}, {"link": True},
        {"at": ["1", "2"]}, {"at": ["3", "1/3"]}, {"at": ["1"]}, {"within": ["1/8", "1/8"]}, {"within": ["0", "0"]},
        {"low": ["0", "0"]}, {"high": ["-1", "-1"]}, {"low": ["0"]},
    ],
)  # fmt: skip
def test_changed_pieces(product: Data, change: Data) -> None:
    last = next(n for n, piece in enumerate(pieces(product)) if piece["link"] is not None and piece["family"] == 1)
    assert not outcome(product, lambda data: pieces(data)[last].update(change))[0]


def test_left_out_pieces_and_families(product: Data) -> None:
    def without_pieces(data: Data) -> None:
        kept = [piece for piece in pieces(data) if piece["family"] == 0 or piece["link"] is None]
        data["evidence"]["families"]["pieces"] = kept
        listed(data)[1]["boxes"] = 1

    def without_family(data: Data) -> None:
        listed(data).pop()
        data["evidence"]["families"]["pieces"] = [piece for piece in pieces(data) if piece["family"] == 0]

    def without_all(data: Data) -> None:
        del data["claim"]["instance"]["families"]

    for change in (without_pieces, without_family, without_all):
        assert not outcome(product, change)[0]


def test_two_branches_are_not_one_family(product: Data) -> None:
    def merge(data: Data) -> None:
        first = sum(piece["family"] == 0 for piece in pieces(data))
        for piece in pieces(data):
            piece["family"] = 0
            if piece["link"] is None:
                piece["link"] = 0 if piece is not pieces(data)[0] else None
        listed(data).pop()
        listed(data)[0]["boxes"] = len(pieces(data))
        assert first < len(pieces(data))

    accepted, reason = outcome(product, merge)
    assert not accepted
    assert "share" in reason


def test_wrong_graph_direction(product: Data) -> None:
    """Along and across exchanged: the symmetry is independent there too, but the graph leaves the box."""
    refused = 0
    for number, piece in enumerate(pieces(product)):
        sides = [Fraction(b) - Fraction(a) for a, b in zip(piece["low"], piece["high"], strict=True)]
        if sides[piece["along"][0]] < sides[1 - piece["along"][0]]:
            refused += not outcome(
                product, lambda d, n=number: pieces(d)[n].update(along=[1 - pieces(d)[n]["along"][0]])
            )[0]  # type: ignore[misc]
    assert refused > 0


def test_swept_pieces(swept: Data) -> None:
    assert outcome(swept, lambda data: None) == (True, "None")
    assert [piece["swept"] for piece in pieces(swept)] == [True, True]


@pytest.mark.parametrize(
    "change",
    [
        {"swept": False}, {"swept": 1}, {"swept": None}, {"along": []}, {"along": [0, 1]}, {"fields": []},
        {"low": ["0", "1"], "high": ["0", "1"]}, {"low": ["1/2", "1/2"], "high": ["2", "2"]},
        {"low": ["1/2", "0"], "high": ["2", "0"]}, {"low": ["-2", "1"], "high": ["1/2", "1"]},
        {"low": ["5/4", "1"], "high": ["3/2", "1"]},
    ],
)  # fmt: skip
def test_changed_swept_pieces(swept: Data, change: Data) -> None:
    assert not outcome(swept, lambda data: pieces(data)[1].update(change))[0]


def test_sweeping_needs_rescalings_of_an_objective_defined_everywhere(swept: Data, product: Data) -> None:
    def undefined_far_away(data: Data) -> None:
        data["claim"]["instance"]["source"]["objective"]["minimise"] += " + 0*log(a + 10)"

    accepted, reason = outcome(swept, undefined_far_away)
    assert not accepted
    assert "undefined" in reason

    def sweep(data: Data) -> None:
        piece = pieces(data)[-1]
        along = piece["along"][0]
        level = piece["at"][along]
        piece.update(swept=True)
        piece["low"][along] = piece["high"][along] = level

    accepted, reason = outcome(product, sweep)
    assert not accepted
    assert "undefined" in reason


def test_sweeping_by_a_rotation(tmp_path: Path) -> None:
    data = certificate(tmp_path, "(a**2 + w**2 - 1)**2", a="[-2, 2]", w="[-2, 2]")

    def sweep(data: Data) -> None:
        piece = pieces(data)[-1]
        along = piece["along"][0]
        piece.update(swept=True)
        piece["low"][along] = piece["high"][along] = piece["at"][along]

    accepted, reason = outcome(data, sweep)
    assert not accepted
    assert "rescaling" in reason


def test_a_saddle_family_is_no_minimum(tmp_path: Path) -> None:
    data = certificate(tmp_path, "(a*w - 1)**2/2 - v**2", a="[1/2, 2]", w="[1/2, 2]", v="[-1, 1]")
    (family,) = listed(data)
    assert (family["index"], family["kind"]) == (1, SADDLES)
    assert not outcome(data, lambda d: listed(d)[0].update(index=0, kind=MINIMA))[0]


def test_kinds() -> None:
    assert kind_of_family(1, 0, 2) == MINIMA
    assert kind_of_family(1, 1, 2) == MAXIMA
    assert kind_of_family(1, 1, 3) == SADDLES


def test_a_family_listed_twice_is_not_counted_twice(swept: Data) -> None:
    """The parts are all true; that they are different families is not said."""
    other = copy.deepcopy(swept)
    listed(other).append(copy.deepcopy(listed(other)[0]))
    for piece in [piece for piece in pieces(other) if piece["family"] == 0]:
        pieces(other).append({**copy.deepcopy(piece), "family": len(listed(other)) - 1, "link": None})
    instance = other["claim"]["instance"]
    words = statement(instance["points"], instance["undecided"]["boxes"], len(instance["families"]))
    assert f"at most {len(listed(other))} flat families" in words


def test_a_point_of_a_family_is_not_listed_by_itself(swept: Data, product: Data) -> None:
    """(1, 1) is an exact critical point of (a*w - 1)**2/2, but no single one."""

    def single(value: str) -> Callable[[Data], Any]:
        point = {"at": {"a": ["1", "0"], "w": ["1", "0"]}, "value": [value, "0"], "index": 0, "kind": "degenerate"}
        return lambda data: data["claim"]["instance"]["points"].append({**point, "inside": "yes"})

    accepted, reason = outcome(swept, single("0"))
    assert not accepted
    assert "may lie on a family" in reason
    assert not outcome(product, single("1/11000000"))[0]
