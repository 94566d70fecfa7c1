"""The checker of complete lists accepts what was found and rejects what was changed."""

import copy
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from verify.claim import canonical, claim_from_data
from verify.landscape import landscape
from verify.recheck import recheck


def certificate(tmp: Path, objective: str, **parameters: str) -> dict[str, Any]:
    claim = {"every": "stationary point", "satisfies": "0 < 1"}
    data = {"id": "x", "parameters": parameters, "objective": {"minimise": objective}, "claim": claim}
    result = landscape(claim_from_data(data), certificates=tmp, budget=20)
    assert result.certificate is not None
    return json.loads(Path(result.certificate).read_text())  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    objective = "sum((softmax([q*k, -q*k/2]) - [3/4, 1/4])**2) + q**2/100 + k**2/80"
    return certificate(tmp_path_factory.mktemp("two"), objective, q="[-4, 4]", k="[-4, 4]")


def changed(data: dict[str, Any], change: Callable[[dict[str, Any]], None]) -> bool:
    """Whether a certificate is accepted after a change, with its hash made right again."""
    other = copy.deepcopy(data)
    change(other)
    other["sha256"] = sha256(canonical(other["claim"]).encode()).hexdigest()
    return recheck(other).accepted


def points(data: dict[str, Any]) -> list[Any]:
    return data["claim"]["instance"]["points"]  # type: ignore[no-any-return]


def test_accepts_what_was_found(two: dict[str, Any]) -> None:
    assert recheck(two).accepted
    assert len(points(two)) == 3
    assert "these are all" in two["claim"]["statement"]


def restate(data: dict[str, Any]) -> None:
    from verify.recheck.landscape import statement

    data["claim"]["statement"] = statement(points(data), data["claim"]["instance"]["undecided"]["boxes"])


def drop_point(data: dict[str, Any]) -> None:
    """Leave out a point, its box, and every mention of the box."""
    points(data).pop()
    last = len(points(data))
    number = next(n for n, box in enumerate(data["evidence"]["boxes"]) if box["point"] == last)
    data["evidence"]["cover"] = [-2 if node == ["box", number] else node for node in data["evidence"]["cover"]]
    data["evidence"]["boxes"][number] = data["evidence"]["boxes"][number - 1]
    restate(data)


def drop_only_the_point(data: dict[str, Any]) -> None:
    points(data).pop()
    restate(data)


def twice(data: dict[str, Any]) -> None:
    points(data).append(points(data)[0])
    restate(data)


def wrong_index(data: dict[str, Any]) -> None:
    points(data)[0]["index"] += 1


def wrong_kind(data: dict[str, Any]) -> None:
    points(data)[0]["kind"] = "degenerate"


def wrong_value(data: dict[str, Any]) -> None:
    points(data)[0]["value"][0] = "1/7"


def moved(data: dict[str, Any]) -> None:
    points(data)[0]["at"]["q"][0] = "1/1000"


def wider_domain(data: dict[str, Any]) -> None:
    data["claim"]["instance"]["source"]["parameters"][0][1] = "[-4, 9/2]"


def other_objective(data: dict[str, Any]) -> None:
    source = data["claim"]["instance"]["source"]
    source["objective"]["minimise"] = source["objective"]["minimise"].replace("/80", "/81")


def less_undecided(data: dict[str, Any]) -> None:
    data["evidence"]["cover"][0] = -3
    del data["evidence"]["cover"][1:]


def empty_cover(data: dict[str, Any]) -> None:
    data["evidence"]["cover"] = []


def shorter_cover(data: dict[str, Any]) -> None:
    data["evidence"]["cover"].pop()


def longer_cover(data: dict[str, Any]) -> None:
    data["evidence"]["cover"].append(-1)


def whole_domain_empty(data: dict[str, Any]) -> None:
    data["evidence"]["cover"] = [-2]


def whole_domain_in_a_box(data: dict[str, Any]) -> None:
    data["evidence"]["cover"] = [["box", 0]]


def narrowed_to_nothing(data: dict[str, Any]) -> None:
    data["evidence"]["cover"] = [["to", ["1", "1"], ["1", "1"]], -1]


def narrowed_to_a_point(data: dict[str, Any]) -> None:
    data["evidence"]["cover"] = [["to", ["0", "0"], ["0", "0"]], ["box", 0]]


def huge_box(data: dict[str, Any]) -> None:
    data["evidence"]["boxes"][0]["radius"] = ["5", "5"]
    data["evidence"]["cover"] = [["box", 0]]


def smaller_root(data: dict[str, Any]) -> None:
    data["evidence"]["root"][1][0] = "3"


def refuted(data: dict[str, Any]) -> None:
    data["verdict"] = "refuted"


CHANGES = [
    drop_point, drop_only_the_point, twice, wrong_index, wrong_kind, wrong_value, moved, wider_domain, other_objective,
    less_undecided, empty_cover, shorter_cover, longer_cover, whole_domain_empty, whole_domain_in_a_box,
    narrowed_to_nothing, narrowed_to_a_point, huge_box, smaller_root, refuted,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_rejects_what_was_changed(two: dict[str, Any], change: Callable[[dict[str, Any]], None]) -> None:
    assert not changed(two, change)


def test_every_empty_box_must_be_empty(two: dict[str, Any]) -> None:
    """Calling a box with a point empty is rejected, wherever it is."""
    places = [n for n, node in enumerate(two["evidence"]["cover"]) if isinstance(node, list) and node[0] == "box"]
    assert places
    for place in places:

        def say_empty(data: dict[str, Any], place: int = place) -> None:
            data["evidence"]["cover"][place] = -1

        inside = changed(two, say_empty)
        # A box may touch a region without holding its point; most do not.
        assert not inside or len(places) > 3


def test_outside_points_and_degenerate_points(tmp_path: Path) -> None:
    data = certificate(tmp_path, "(x - 1)**2*(x + 1)**2 + y**4", x="[-9/10, 2]", y="[-1, 1]")
    kinds = [point["kind"] for point in points(data)]
    assert kinds.count("degenerate") >= 1

    def say_strict(other: dict[str, Any]) -> None:
        for point in points(other):
            point["kind"] = "strict minimum"

    assert recheck(data).accepted
    assert not changed(data, say_strict)


def test_a_list_with_holes_is_not_called_complete(tmp_path: Path) -> None:
    data = certificate(tmp_path, "1/x + x", x="[-2, 2]")

    def say_complete(other: dict[str, Any]) -> None:
        other["claim"]["instance"]["undecided"] = {"boxes": 0, "volume": "0"}
        restate(other)

    assert recheck(data).accepted
    assert not changed(data, say_complete)
