"""The plugin collects claim files, examines functions, and imports nothing heavy by itself."""

import subprocess
import sys

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


def test_nothing_heavy_is_imported():
    code = (
        "import sys, verify.pytest_plugin; print(sorted({'numpy', 'sympy', 'scipy', 'hypothesis'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
