"""The checker of complete lists accepts what was found and rejects what was changed."""

import copy
import json
import random
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
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
    """Leave out a point and its box; boxes of the tree inside it are called empty."""
    points(data).pop()
    last = len(points(data))
    data["evidence"]["boxes"] = [box for box in data["evidence"]["boxes"] if box["point"] != last]
    data["evidence"]["levels"] = [level.replace("r", "e") for level in data["evidence"]["levels"]]
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
    data["evidence"]["levels"] = ["0o"]


def empty_cover(data: dict[str, Any]) -> None:
    data["evidence"]["levels"] = []


def shorter_cover(data: dict[str, Any]) -> None:
    data["evidence"]["levels"].pop()


def shorter_level(data: dict[str, Any]) -> None:
    data["evidence"]["levels"][-1] = data["evidence"]["levels"][-1][2:]


def longer_cover(data: dict[str, Any]) -> None:
    data["evidence"]["levels"].append("1e")


def whole_domain_empty(data: dict[str, Any]) -> None:
    data["evidence"]["levels"] = ["3e"]


def whole_domain_in_a_box(data: dict[str, Any]) -> None:
    data["evidence"]["levels"] = ["0r"]


def nothing_left_uncut(data: dict[str, Any]) -> None:
    """Stop after the first cut."""
    data["evidence"]["levels"] = ["0a", "3e3e"]


def unknown_mark(data: dict[str, Any]) -> None:
    data["evidence"]["levels"][0] = "0z"


def unknown_contraction(data: dict[str, Any]) -> None:
    data["evidence"]["levels"][0] = "9a"


def not_a_string(data: dict[str, Any]) -> None:
    data["evidence"]["levels"][0] = ["0", "a"]


def huge_box(data: dict[str, Any]) -> None:
    data["evidence"]["boxes"][0] |= {"low": ["-5", "-5"], "high": ["5", "5"]}
    data["evidence"]["levels"] = ["0r"]


def infinite_box(data: dict[str, Any]) -> None:
    data["evidence"]["boxes"][0] |= {"low": ["-1" + "0" * 400] * 2, "high": ["1" + "0" * 400] * 2}
    data["evidence"]["levels"] = ["0r"]


def box_inside_out(data: dict[str, Any]) -> None:
    box = data["evidence"]["boxes"][0]
    box["low"], box["high"] = box["high"], box["low"]


def boxes_exchanged(data: dict[str, Any]) -> None:
    first, second = data["evidence"]["boxes"][:2]
    first["point"], second["point"] = second["point"], first["point"]


def one_box_for_two_points(data: dict[str, Any]) -> None:
    data["evidence"]["boxes"][1] = data["evidence"]["boxes"][0] | {"point": data["evidence"]["boxes"][1]["point"]}


def moved_box(data: dict[str, Any]) -> None:
    box = data["evidence"]["boxes"][0]
    box["low"], box["high"] = ([str(Fraction(end) + 2) for end in box[key]] for key in ("low", "high"))


def solved_for_what_is_not_quadratic(data: dict[str, Any]) -> None:
    data["evidence"]["solved"] = [0]


def solved_for_everything(data: dict[str, Any]) -> None:
    data["evidence"]["solved"] = [0, 1]


def refuted(data: dict[str, Any]) -> None:
    data["verdict"] = "refuted"


CHANGES = [
    drop_point, drop_only_the_point, twice, wrong_index, wrong_kind, wrong_value, moved, wider_domain, other_objective,
    less_undecided, empty_cover, shorter_cover, shorter_level, longer_cover, whole_domain_empty, whole_domain_in_a_box,
    nothing_left_uncut, unknown_mark, unknown_contraction, not_a_string, huge_box, infinite_box, box_inside_out,
    boxes_exchanged, one_box_for_two_points, moved_box, solved_for_what_is_not_quadratic, solved_for_everything, refuted,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_rejects_what_was_changed(two: dict[str, Any], change: Callable[[dict[str, Any]], None]) -> None:
    assert not changed(two, change)


def test_boxes_with_points_are_not_empty(two: dict[str, Any]) -> None:
    """All boxes in regions called empty, one level at a time: at least one of them holds a point."""
    held = [n for n, level in enumerate(two["evidence"]["levels"]) if "r" in level[1::2]]
    assert held

    def say_empty(data: dict[str, Any]) -> None:
        for n in held:
            data["evidence"]["levels"][n] = data["evidence"]["levels"][n].replace("r", "e")

    assert not changed(two, say_empty)


def test_any_other_mark_is_rejected_or_still_a_proof(two: dict[str, Any]) -> None:
    """Single marks changed at random. Some are: another contraction that suffices, a box called open that is empty."""
    rng = random.Random(1)
    accepted = 0
    for _ in range(24):
        other = copy.deepcopy(two)
        levels = other["evidence"]["levels"]
        n = rng.randrange(len(levels))
        place = rng.randrange(len(levels[n]))
        mark = rng.choice("01234" if place % 2 == 0 else "eroab")
        levels[n] = levels[n][:place] + mark + levels[n][place + 1 :]
        accepted += recheck(other).accepted
    assert 0 < accepted < 20


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


def test_a_machine_that_rounds_otherwise_is_not_trusted(two: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verify.recheck.batch.lanes.trustworthy", lambda: False)
    outcome = recheck(two)
    assert not outcome.accepted
    assert "rounded" in (outcome.reason or "")


def test_without_numpy_the_reason_is_given(two: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "two.json"
    file.write_text(canonical(two))
    code = (
        "import sys; sys.modules['numpy'] = None\n"
        "from pathlib import Path; from verify.recheck import recheck_file\n"
        "outcome = recheck_file(Path(sys.argv[1])); print(outcome.accepted, outcome.reason)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(file)], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("False covers are checked with NumPy")


def test_an_undecided_volume_may_not_be_understated(tmp_path: Path) -> None:
    data = certificate(tmp_path, "1/x + x", x="[-2, 2]")
    stated = Fraction(data["claim"]["instance"]["undecided"]["volume"])

    def say(volume: Fraction) -> Callable[[dict[str, Any]], None]:
        def change(other: dict[str, Any]) -> None:
            other["claim"]["instance"]["undecided"]["volume"] = str(volume)

        return change

    assert changed(data, say(2 * stated))
    assert not changed(data, say(stated / 2))
    assert not changed(data, say(Fraction(0)))
