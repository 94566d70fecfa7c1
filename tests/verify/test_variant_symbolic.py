"""Targets that can be proved about: library variants, variants in files, claim files."""

import json
from pathlib import Path

import pytest

from verify.attention import variant
from verify.cli import main
from verify.errors import InvalidInput
from verify.properties import properties
from verify.variant_proof import prove
from verify.variant_symbolic import subject_of_claim, symbolic_target

CLAIM = """
id = "quadratic"
[parameters]
q = "real[1,2]"
k = "real[3,2]"
v = "real[3,1]"
[definitions]
scores  = "q @ k.T"
grown   = "1 + scores**2"
weights = "grown/{total}"
output  = "weights @ v"
[claim]
every = "point"
satisfies = "sum(weights) == 1"
"""

SOURCE = """
from verify.attention._base import Variant, dot_scores, standard
from verify.expr import functions as F


def attend(setting):
    scores = dot_scores(setting.q, setting.k)
    return standard(setting, scores, row_map=lambda row: F.div(F.exp(row), F.sum(F.exp(row))))


MINE = Variant("mine", "Mine", "here", "softmax(q k') v", attend)
OTHER = 3
"""


@pytest.fixture
def claim(tmp_path):
    def written(total="sum(grown)"):
        path = tmp_path / "mine.toml"
        path.write_text(CLAIM.replace("{total}", total))
        return str(path)

    return written


def test_properties_of_a_claim_file_are_proved(claim):
    subject = subject_of_claim(claim())
    assert prove(subject, properties()["weights-valid"]).verdict == "proved"
    assert prove(subject, properties()["padding-invariant"]).verdict == "undecided"


def test_a_claim_file_with_a_bug_is_refuted(claim):
    subject = subject_of_claim(claim("(sum(grown) + 1/1000)"))
    assert prove(subject, properties()["value-shift"]).verdict == "refuted"


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [('output  = "weights @ v"', "", "output"), ('v = "real[3,1]"', 'v = "real[2,1]"\nw = "real[3,1]"', "shapes"),
     ('q = "real[1,2]"', 'q = "[-1,1][1,2]"', "all reals")],
)  # fmt: skip
def test_a_claim_file_without_attention_is_answered(claim, tmp_path, old, new, text):
    source = CLAIM.replace("{total}", "sum(grown)").replace("weights @ v", "weights @ v").replace(old, new)
    if "real[2,1]" in new:
        source = source.replace("weights @ v", "weights @ w")
    path = tmp_path / "other.toml"
    path.write_text(source)
    with pytest.raises(InvalidInput, match=text):
        subject_of_claim(str(path))


def test_a_variant_in_a_file_is_proved_by_the_command(tmp_path, capsys):
    path = tmp_path / "mine.py"
    path.write_text(SOURCE)
    args = ["variant", f"{path}:MINE", "--properties", "value-shift", "--json", "--certificates", str(tmp_path)]
    with pytest.raises(SystemExit) as stop:
        main(args)
    (one,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert stop.value.code in (0, None)
    assert (one["verdict"], one["level"]) == ("proved", "exact")
    assert (tmp_path / one["certificate"]).exists()


def test_other_objects_are_left_to_the_search(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(SOURCE)
    assert symbolic_target(f"{path}:OTHER") is None
    assert symbolic_target("json:dumps") is None
    assert symbolic_target("sdp").target is not None


def test_a_parameter_named_like_a_symbol_of_a_statement_is_kept_apart(tmp_path):
    path = tmp_path / "clash.toml"
    path.write_text(
        'id = "clash"\n[parameters]\nq = "real[2,2]"\nk = "real[3,2]"\nv = "real[3,1]"\nc = "real[1,2]"\n'
        '[definitions]\nscores = "zeros(2,3) + (k[:, 0]*c[0, 1] - k[:, 1]*c[0, 0])**2"\n'
        'weights = "softmax(scores)"\noutput = "weights @ v"\n[claim]\nevery = "point"\nsatisfies = "1 > 0"\n'
    )
    subject = subject_of_claim(str(path))
    assert prove(subject, properties()["shift-invariant-logits"]).verdict == "refuted"
    assert prove(subject, properties()["value-shift"]).verdict == "proved"


def test_a_claim_file_with_assumptions_is_refused(claim, tmp_path):
    text = Path(claim()).read_text().replace("[claim]", '[assume]\nsmall = "sum(q**2) <= 1"\n\n[claim]')
    path = tmp_path / "assuming.toml"
    path.write_text(text)
    with pytest.raises(InvalidInput, match="assume"):
        subject_of_claim(str(path))


def test_free_scores_do_not_hide_where_a_function_is_undefined(claim, tmp_path):
    text = Path(claim()).read_text()
    path = tmp_path / "partial.toml"
    path.write_text(text.replace('"q @ k.T"', '"1/(q @ k.T)"'))
    found = prove(subject_of_claim(str(path)), properties()["value-shift"])
    assert (found.verdict, "wherever the function is defined" in found.scope) == ("proved", True)
    found = prove(variant("sdp"), properties()["value-shift"])
    assert "defined" not in found.scope
