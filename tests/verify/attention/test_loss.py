"""The squared loss of a variant: every variant is derived, by its inputs and its own parameters."""

import json

import pytest

from verify.attention import variant, variants
from verify.attention._loss import squared_loss
from verify.cli import main
from verify.derivation import derive
from verify.errors import InvalidInput


@pytest.mark.parametrize("name", variants())
def test_every_variant_is_derived(name):
    about, loss, parameters, parts = squared_loss(variant(name), {})
    derivation = derive(loss, parameters, definitions=parts, second_order=False)
    assert {"q", "k", "v"} <= set(derivation.parameters)
    assert about["formula"] == variant(name).formula


def test_declared_constants_are_numbers():
    assert "gamma" in squared_loss(variant("sagan"), {})[2]
    assert "tau" not in squared_loss(variant("elastic"), {})[2]


@pytest.mark.parametrize(
    ("name", "sizes", "text"),
    [("rope", {"d": 3}, "multiple of 2"), ("sdp", {"heads": 2}, "known: n"), ("sdp", {"T": 99}, "from 1 to 12"),
     ("sagan", {"n": 1, "T": 2}, "as many queries")],
)  # fmt: skip
def test_wrong_sizes_are_answered(name, sizes, text):
    with pytest.raises(InvalidInput, match=text):
        squared_loss(variant(name), sizes)


def test_the_command_derives_and_compares(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["derive", "luong-dot", "--set", "T=2", "--json", "--no-scalars", "--no-hessian"])
    data = json.loads(capsys.readouterr().out)
    assert stop.value.code in (0, None)
    assert set(data["gradient"]) == {"q", "k", "v"}
    assert data["check"]["entries"]
