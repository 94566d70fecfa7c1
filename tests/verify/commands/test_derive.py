"""The command: text, LaTeX and JSON for models and claim files; errors name what to do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from verify import derivation as derivation_module
from verify import models
from verify.cli import app, main
from verify.derivation import DerivationMismatch
from verify.errors import InvalidInput
from verify.expr.latex import to_mathml

CLAIM = """
id = "mask-weight"
title = "One mask weight"
[parameters]
a = "real"
w = "real[2]"
[definitions]
residual = "a*w - [1, 2]"
[objective]
minimise = "sum(residual**2)/4 + sum(w**2)/200"
[claim]
every = "local minimum"
satisfies = "sum(residual**2) < 2"
"""


def run(*args: str) -> Result:
    return CliRunner().invoke(app, ["derive", *args], catch_exceptions=False)


def output(*args: str) -> str:
    result = run(*args)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_text_names_every_part() -> None:
    text = output("baseline", "--set", "n=3")
    for part in ("6 parameters: v 2, W 2×2", "data: X 3×2, y 3", "L = (1/6) ‖r‖²", "∇_v L = (1/3) Hᵀ r    [2]",
                 "Hessian", "Critical points", "compared with SymPy on scalars", "derived: gradient"):  # fmt: skip
        assert part in text


@pytest.mark.parametrize("name", models.names())
def test_json_is_one_object_whose_formulas_convert(name: str) -> None:
    data = json.loads(output(name, "--json"))
    model = models.build(name)
    assert data["name"] == name
    assert data["parameters"] == {k: list(s.shape) for k, s in model.parameters.items()}
    assert list(data["gradient"]) == list(model.parameters)
    assert len(data["hessian"]) == len(model.parameters) * (len(model.parameters) + 1) // 2
    assert data["check"]["points"] == 2
    lines = [data["loss"], *data["gradient"].values(), *data["hessian"], *data["definitions"], *data["critical_points"]]
    for line in lines:
        to_mathml(line["latex"])
    for latex in (data["scalars"] or {"latex": []})["latex"]:
        to_mathml(latex)


def test_latex_lines_convert() -> None:
    text = output("free-mask", "--latex", "--set", "p=1", "m=1")
    equations = [line.split(r"\[", 1)[1].rsplit(r"\]", 1)[0] for line in text.splitlines() if line.startswith(r"\[")]
    assert len(equations) > 15
    for equation in equations:
        to_mathml(equation)


def test_sizes_may_be_given_in_every_way() -> None:
    same = [output("M0", *args, "--no-check", "--no-hessian").split("derived")[0] for args in (
        ("--set", "n=3", "--set", "p=4"), ("--set", "n=3", "p=4"), ("n=3", "p=4"), ("--set", "n=3,p=4"))]  # fmt: skip
    assert len(set(same)) == 1
    assert "W 2×4" in same[0]


def test_large_models_are_compared_with_differences() -> None:
    text = output("self-attention", "T=8", "d=8", "hidden=8", "n=2", "--no-hessian")
    assert "264 parameters" in text
    assert "compared with central differences in balls" in text


def test_claim_files(tmp_path: Path) -> None:
    path = tmp_path / "claim.toml"
    path.write_text(CLAIM)
    data = json.loads(output(str(path), "--json"))
    assert data["name"] == "mask-weight"
    assert data["loss"]["text"] == "L = (1/4) ‖residual‖² + (1/200) ‖w‖²"
    assert data["gradient"]["a"]["text"] == "∇_a L = (1/2) residualᵀ w"
    assert data["check"]["exact"]
    assert data["scalars"]["variables"] == ["a", "w_0", "w_1"]


def test_ridge_is_added() -> None:
    assert "(1/20) ‖W‖²" in output("baseline", "--ridge", "0.1", "--no-hessian")


def test_scalars_only_if_short_or_asked_for() -> None:
    assert "Scalars" in output("baseline", "--no-hessian")
    assert "Scalars" not in output("baseline", "--no-scalars", "--no-hessian")
    assert "Scalars" not in output("content-mask", "--no-hessian")
    assert "zero iff" in output("content-mask", "--scalars", "--no-hessian")


def test_the_list_shows_every_model() -> None:
    assert all(name in output("--list") for name in models.names())


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["basline"], "did you mean 'baseline'?"),
        (["baseline", "--set", "n"], "is not NAME=SIZE"),
        (["baseline", "n=1", "n=2"], "gives 'n' twice"),
        (["baseline", "n=1.5"], "positive whole number"),
        (["baseline", "k=3"], "its sizes are"),
        (["baseline", "--ridge", "x"], "not a number"),
        (["missing.toml"], "cannot read"),
        (["some/where"], "there is no file"),
        (["M3", "T=100000", "n=1000"], "entries"),
        (["M3", "n=8", "T=8", "d=8", "--scalars"], "parameters"),
    ],
)
def test_wrong_input_is_refused(args: list[str], message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        run(*args)
    assert message in str(caught.value)


def test_wrong_input_exits_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    for args in (["derive", "basline"], ["derive"], ["derive", "baseline", "--nope"]):
        with pytest.raises(SystemExit) as stop:
            main(args)
        assert stop.value.code == 2
        assert capsys.readouterr().out == ""


def test_claims_without_an_objective_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "point.toml"
    path.write_text('id = "p"\n[parameters]\nw = "real"\n[claim]\nevery = "point"\nsatisfies = "w**2 >= 0"\n')
    with pytest.raises(InvalidInput, match="no objective"):
        run(str(path))
    with pytest.raises(InvalidInput, match="--set applies to models"):
        run(str(path), "n=3")


def test_a_mismatch_is_an_internal_error(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def differ(*_: object, **__: object) -> None:
        raise DerivationMismatch("gradient w[0]: two values")

    monkeypatch.setattr(derivation_module, "cross_check", differ)
    with pytest.raises(SystemExit) as stop:
        main(["derive", "baseline"])
    assert stop.value.code == 1
    assert "internal error" in capsys.readouterr().err


def test_terminals_without_unicode_get_ascii() -> None:
    command = [sys.executable, "-m", "verify.cli", "derive", "baseline", "--no-check", "--no-scalars"]
    done = subprocess.run(command, capture_output=True, env={"PYTHONIOENCODING": "ascii", "PATH": ""}, check=True,
                          cwd=Path(models.__file__).parents[2])  # fmt: skip
    assert b"X W^T" in done.stdout


def test_help_teaches_without_loading_anything_heavy() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from verify.cli import app;"
        "out = CliRunner().invoke(app, ['derive', '--help']).output;"
        "assert 'attnverify derive self-attention' in out and 'Examples' in out;"
        "print([m for m in ('numpy', 'sympy', 'scipy', 'flint') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
