"""Attacks on claim files and theorems: verdicts, expectations, which settings are drawn."""

import pytest

from verify.attack import Attack, attacked, theorem_family
from verify.catalogue import find
from verify.errors import InvalidInput

CLAIM = """
id = "planted"
expect = "{}"
[parameters]
x = "real[2]"
[claim]
every = "point"
satisfies = "{}"
"""


@pytest.fixture
def file(tmp_path):
    def write(satisfies, expect="proved"):
        path = tmp_path / "planted.toml"
        path.write_text(CLAIM.format(expect, satisfies))
        return str(path)

    return write


def test_a_false_claim_comes_with_a_rechecked_certificate(file, tmp_path):
    verdict = attacked(file("x[0]*x[1] <= 3"), Attack(6, certificates=tmp_path / "found"))
    assert (verdict.verdict, verdict.level, verdict.expected) == ("refuted", "exact", "proved")
    assert list((tmp_path / "found").glob("*.json"))
    assert not verdict.as_expected


def test_a_search_that_finds_nothing_is_supported_and_meets_no_expectation(file):
    verdict = attacked(file("x[0]**2 + x[1]**2 >= 2*x[0]*x[1]", "refuted"), Attack(0.7))
    assert (verdict.verdict, verdict.level, verdict.expected) == ("supported", "sampled", None)
    assert int(verdict.effort["examples"]) > 0


def test_a_false_theorem_of_the_library_is_refuted():
    verdict = attacked("softmax-lipschitz", Attack(15, given={"form": "difference"}, vary=["constant"]))
    assert verdict.verdict == "refuted"
    assert verdict.values["setting constant"] in ("1/4", "1/2", "3/4")  # nearer to 1, which is true, than the least


def test_whole_numbers_vary_and_given_settings_do_not():
    theorem = find("attention-lipschitz")
    assert set(theorem_family(theorem, {}).choices) == {"T"}
    assert not theorem_family(theorem, {"T": "2"}).choices
    assert set(theorem_family(theorem, {"T": "2"}, ["form"]).choices) == {"form"}


@pytest.mark.parametrize(("id", "vary"), [("sparse-mask", []), ("attention-lipschitz", ["nothing"])])
def test_what_cannot_be_attacked_is_said(id, vary):
    with pytest.raises(InvalidInput):
        attacked(id, Attack(1, vary=vary))


@pytest.mark.slow
@pytest.mark.parametrize("id", ["attention-lipschitz", "heads-budget", "no-positions", "rademacher-sides"])
def test_true_theorems_survive(id):
    assert attacked(id, Attack(8)).verdict != "refuted"
