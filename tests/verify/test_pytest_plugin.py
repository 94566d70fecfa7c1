"""The plugin collects claim files, examines functions, and imports nothing heavy by itself."""

import subprocess
import sys

import pytest

from verify.pytest_plugin import ClaimFailed, judge
from verify.verdict import Verdict

CLAIM = """
id = "square"
expect = "{}"
[parameters]
x = "real"
[claim]
every = "point"
satisfies = "x**2 >= 0"
"""

SUITE = """
import numpy as np
import pytest

def mean(q, k, v, mask=None):
    return np.broadcast_to(v.mean(-2, keepdims=True), (*q.shape[:-1], v.shape[-1])) * 2

@pytest.mark.attention(dtype="float64", only="convex-hull", examples=0)
def test_mine(attention_properties):
    attention_properties(mean)
"""


def pytest_in(folder, *options):
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def test_claim_files_are_tests(tmp_path):
    (tmp_path / "good.claim.toml").write_text(CLAIM.format("proved"))
    (tmp_path / "bad.claim.toml").write_text(CLAIM.format("refuted"))
    done = pytest_in(tmp_path, "--claim-budget", "10")
    assert "1 failed, 1 passed" in done.stdout
    assert "expected refuted" in done.stdout


def test_the_fixture_reports_violations(tmp_path):
    (tmp_path / "test_mine.py").write_text(SUITE)
    done = pytest_in(tmp_path)
    assert "1 failed" in done.stdout
    assert "convex-hull" in done.stdout


UNDECIDED = """
id = "open"
[parameters]
x = "real"
[claim]
every = "point"
satisfies = "sin(exp(x)) + cos(x*x*x) < 19999/10000"
"""

THEOREM = """
def test_theorem(theorem_verdict):
    assert theorem_verdict("softmax-lipschitz").level == "exact"

def test_instance(theorem_verdict):
    theorem_verdict("softmax-lipschitz", form="difference", constant="1/2")
"""


def test_undecided_is_skipped_unless_strict():
    def verdict(word, expected=None):
        return Verdict(id="one", verdict=word, level=None, scope="", expected=expected, reason="no method applies")

    judge(verdict("proved"), strict=True)
    judge(verdict("undecided", "undecided"), strict=True)
    with pytest.raises(pytest.skip.Exception, match="no method applies"):
        judge(verdict("undecided"), strict=False)
    for wrong in (verdict("undecided"), verdict("refuted"), verdict("undecided", "proved")):
        with pytest.raises(ClaimFailed):
            judge(wrong, strict=True)


@pytest.mark.slow
def test_an_undecided_claim_says_what_to_do(tmp_path):
    (tmp_path / "open.claim.toml").write_text(UNDECIDED)
    done = pytest_in(tmp_path, "--claim-budget", "0.5", "--claim-strict")
    assert "1 failed" in done.stdout
    assert "attnverify attack" in done.stdout


@pytest.mark.slow
def test_theorems_are_judged_like_claims(tmp_path):
    (tmp_path / "test_mine.py").write_text(THEOREM)
    done = pytest_in(tmp_path, "--claim-budget", "15")
    assert "1 failed, 1 passed" in done.stdout
    assert "witness: " in done.stdout


@pytest.mark.slow
def test_workers_share_the_items(tmp_path):
    for number in range(3):
        (tmp_path / f"c{number}.claim.toml").write_text(CLAIM.format("proved"))
    (tmp_path / "broken.claim.toml").write_text("id =")
    done = pytest_in(tmp_path, "-n", "2", "--claim-budget", "10")
    assert "1 failed, 3 passed" in done.stdout
    assert "broken.claim.toml" in done.stdout


def test_an_unrelated_suite_loads_nothing_heavy(tmp_path):
    heavy = "{'numpy', 'sympy', 'scipy', 'flint', 'hypothesis', 'verify.claim', 'numerics', 'torch'}"
    (tmp_path / "test_other.py").write_text(
        f"import sys\n\ndef test_other():\n    assert 'verify.pytest_plugin' in sys.modules\n"
        f"    assert not {heavy} & set(sys.modules)\n"
    )
    done = pytest_in(tmp_path, "-p", "no:hypothesispytest")
    assert "1 passed" in done.stdout, done.stdout


def test_nothing_heavy_is_imported():
    code = (
        "import sys, verify.pytest_plugin; print(sorted({'numpy', 'sympy', 'scipy', 'hypothesis'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
