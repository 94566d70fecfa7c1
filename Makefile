# make check      the main job: decide the library's first theorem and write the report
# make test       lint, types and the quick tests
# make test-slow  the tests marked slow
# make test-all   every test (about an hour)
# make docs       the documentation as a site in docs/_build/html; runs the tutorial and the doctests
# make bench      the short benchmark: fails where a ratio to a peer of the same run has halved
# make lock       resolve requirements.lock again (needs pip-tools on the PATH)
# make clean      remove the environment and everything generated
#
# PYTHON chooses the interpreter that the environment is made from.

CHECK = attnverify check sparse-mask --report report

PYTHON ?= python3
VENV = .venv
BIN = $(VENV)/bin
READY = $(VENV)/.ready
PIP = $(BIN)/python -m pip --disable-pip-version-check --no-input
PYTEST = OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2
SPHINX = $(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going
LOCK = pip-compile --all-build-deps --allow-unsafe --generate-hashes --no-emit-find-links --no-emit-index-url \
	--no-emit-trusted-host --strip-extras --extra dev --extra docs --extra parquet -o requirements.lock pyproject.toml

.PHONY: bench check test test-slow test-all docs setup lock clean

check: $(READY)
	$(BIN)/$(CHECK)

test: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(PYTEST) --timeout 120

test-slow: $(READY)
	$(PYTEST) --timeout 600 -m "slow and not exhaustive"

test-all: $(READY)
	$(PYTEST) --timeout 600 -m ""

bench: $(READY)
	$(BIN)/python tests/benchmarks/short.py

docs: $(READY)
	$(SPHINX) -D nb_execution_mode=off -b doctest docs docs/_build/doctest
	$(SPHINX) -b html docs docs/_build/html

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	rm -rf $(VENV)
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --no-deps --require-hashes -r requirements.lock
	$(PIP) install --quiet --no-deps --no-build-isolation -e .
	$(PIP) check
	touch $(READY)

lock:
	CUSTOM_COMPILE_COMMAND="make lock" $(LOCK)

clean:
	rm -rf $(VENV) build dist report docs/_build docs/library .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
