"""The command ``attnverify variant``: records, exit codes, errors."""

import json

import pytest

from verify.cli import main

SOURCE = """
import numpy as np

def double(q, k, v, mask=None):
    return np.broadcast_to(2 * v.mean(-2, keepdims=True), (*q.shape[:-1], v.shape[-1])).astype(q.dtype)

def first(q, k, v, mask=None):
    return np.broadcast_to(v[..., :1, :], (*q.shape[:-1], v.shape[-1])).copy()
"""


def run(capsys, *args):
    with pytest.raises(SystemExit) as stop:
        main(["variant", *map(str, args)])
    return stop.value.code, capsys.readouterr()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(SOURCE)
    return path


def test_a_refuted_property_gives_a_record_a_reproduction_and_code_3(capsys, file):
    code, shown = run(
        capsys, f"{file}:double", "--properties", "convex-hull,dtype-kept", "--json", "--dtype", "float64"
    )
    records = [json.loads(line) for line in shown.out.splitlines()]
    assert code == 3
    assert [one["verdict"] for one in records] == ["refuted", "supported"]
    assert {"target", "property", "level", "dtype", "examples", "witness", "observed", "bound", "seconds"} <= set(
        records[0]
    )
    with pytest.raises(AssertionError):
        exec(records[0]["reproduce"], {})


def test_nothing_refuted_gives_code_0(capsys, file):
    assert run(capsys, f"{file}:first", "--properties", "dtype-kept", "--dtype", "float64")[0] == 0


def test_claims_may_remove_properties(capsys, file):
    code, shown = run(
        capsys, f"{file}:double", "--claims", "-convex-hull", "--properties", "", "--dtype", "float64", "--json",
        "--examples", 0, "--budget", 5,
    )  # fmt: skip
    names = [json.loads(line)["property"] for line in shown.out.splitlines()]
    assert "convex-hull" not in names
    assert "value-shift" in names
    assert code == 3


@pytest.mark.parametrize(
    ("target", "text"),
    [("nowhere.py:f", "no file"), ("sdq", "sdp"), ("json:nothing", "no object"), ("json:dumps", "no input")],
)
def test_wrong_targets_are_answered_with_code_2(capsys, target, text):
    code, shown = run(capsys, target)
    assert code == 2
    assert text in shown.err


def test_help_says_that_code_is_run(capsys):
    code, shown = run(capsys, "--help")
    assert code == 0
    assert "IMPORTS AND RUNS" in shown.out


def test_an_interruption_keeps_what_was_found(capsys, file, monkeypatch):
    from numerics.variants import campaign

    def interrupted(*args, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(campaign, "fuzz", interrupted)
    code, shown = run(
        capsys, f"{file}:double", "--properties", "convex-hull,dtype-kept", "--json", "--dtype", "float64"
    )
    records = [json.loads(line) for line in shown.out.splitlines()]
    assert code == 130
    assert [one["verdict"] for one in records] == ["refuted", "supported"]
    assert "early" in records[1]["reason"]
    assert "interrupted" in shown.err


def test_an_interruption_while_a_record_is_shown_loses_nothing(file):
    from verify.variant_run import run as examine

    lines = []

    def echo(text):
        lines.append(text)
        if len(lines) == 1:
            raise KeyboardInterrupt

    code = examine(
        f"{file}:double", echo=echo, as_json=True, only="convex-hull,dtype-kept", dtype="float64", examples=0
    )
    assert code == 130
    assert {json.loads(line)["property"] for line in lines} == {"convex-hull", "dtype-kept"}


def test_a_function_that_needs_a_batch_axis_is_called_with_one(capsys, tmp_path):
    path = tmp_path / "batched.py"
    path.write_text(
        "import numpy as np\n\ndef double(q, k, v):\n    b, n, d = q.shape\n"
        "    return np.broadcast_to(2 * v.mean(1, keepdims=True), (b, n, v.shape[-1])).copy()\n"
    )
    names = "convex-hull,dtype-kept,permutation-invariant-keys"
    code, shown = run(capsys, f"{path}:double", "--properties", names, "--json", "--dtype", "float64", "--budget", 8)
    records = {one["property"]: one for one in map(json.loads, shown.out.splitlines())}
    assert code == 3
    assert {name: one["verdict"] for name, one in records.items()} == {
        "convex-hull": "refuted", "dtype-kept": "supported", "permutation-invariant-keys": "supported",
    }  # fmt: skip
    with pytest.raises(AssertionError):
        exec(records["convex-hull"]["reproduce"], {})
