# Everything that a fresh machine needs beside Python ≥ 3.11 and the package registries is set up by these targets.
#   make demo   the main job, on a local EKS made of the real parts
#   make test   all checks and all tests
#   make lab    a local EKS that stays up, to play with by hand
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# The lab finds `aws` for kubectl's exec plugin on PATH, as a user's kubectl does.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export PYTHONPATH := $(CURDIR)/functions:$(CURDIR)

.PHONY: help setup demo lab lab-down test lint unit bench lock clean
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(READY) ## the Python environment (.venv)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "eks-registrar needs Python 3.11 or later; $(PYTHON) is older. Say: make PYTHON=python3.13 …" >&2; exit 1; }
	@echo "setting up $(VENV) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || \
	  { echo "Python's venv module does not work here; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@sed -n '/^uv==/,/^ *# via/p' requirements.lock | $(BIN)/pip install -q --no-deps -r /dev/stdin
	@$(BIN)/uv pip sync -q --compile-bytecode --python $(BIN)/python requirements.lock
	@$(BIN)/uv pip install -q --no-deps --no-build-isolation --python $(BIN)/python -e .
	@touch $@

demo: $(READY) ## the main job, end to end, with timings
	$(BIN)/python -m lab.demo

lab: $(READY) ## a local EKS that stays up, and what to try in it
	$(BIN)/python -m lab up --hints

lab-down: $(READY) ## end the local EKS of `make lab`
	$(BIN)/python -m lab down

test: lint ## all checks and all tests
	$(BIN)/pytest

unit: $(READY) ## the tests that need no control plane
	$(BIN)/pytest tests/unit tests/properties tests/docs

lint: $(READY) ## ruff, mypy, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(READY) ## first figures, printed as a table and written to docs/benchmarks.md
	$(BIN)/python -m bench

lock: ## write the lock files anew (needs $(VENV))
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --generate-hashes -q -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --universal --generate-hashes -q -c requirements.lock -o functions/requirements.lock

clean: ## remove what these targets made here (not the cache of binaries)
	rm -rf $(VENV) .lab .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build *.egg-info functions/*.egg-info
