# What people type. Everything else is in pyproject.toml and .ci/run.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup demo test check unit integration e2e model bench broken crashes mutants profile soak failover alternatives chaos generate lock format
.PHONY: binaries clean

help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(STAMP) ## Make the virtual environment with the locked dependencies

$(STAMP): requirements/dev.txt pyproject.toml
	@$(PYTHON) --version >/dev/null 2>&1 || { echo "Python 3.11 is needed: set PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## Tell the whole story on this machine: control plane, simulator, operator, kubectl (KEEP=1 leaves it running)
	$(BIN)/automix-dev demo $(if $(KEEP),--keep)

binaries: setup ## Find or build the control plane, helm and kstatus (about 15 minutes once, on two cores)
	$(BIN)/automix-dev binaries all

test: setup check binaries ## Run the gates and all tests, two files at a time: most of them wait
	$(BIN)/pytest -n 2 --dist loadfile

unit: setup ## Run the unit tests alone: seconds
	$(BIN)/pytest tests/unit

integration: setup binaries ## Run the tests against a real API server and the simulator
	$(BIN)/pytest tests/integration

e2e: setup binaries ## Run the operator as a process, kill it and break what is around it
	$(BIN)/pytest tests/e2e

model: setup binaries ## Tell the model test 5,000 stories of 60 steps, on two cores (half an hour); EXAMPLES=n for another number
	seq 2 | xargs -P 2 -I@ $(BIN)/pytest tests/model --model-anew --model-examples $$(( $(or $(EXAMPLES),5000) / 2 )) --model-steps 60

chaos: setup binaries ## Break everything around 300 mixes at once, for SECONDS (600), with the chances of SEED
	$(BIN)/pytest tests/e2e/test_chaos.py -s --chaos-seconds $(or $(SECONDS),600) $(if $(SEED),--chaos-seed $(SEED))

broken: setup binaries ## Break the operator on purpose, one way at a time, and see tests fail (10 minutes)
	$(BIN)/python tests/broken_on_purpose.py

crashes: setup binaries ## Kill the operator at every request, crossed with lost, failed and slow answers (half an hour)
	$(BIN)/pytest tests/e2e/test_crash_points.py --all-crashes

mutants: setup ## Put small faults into TARGET (core, zego, simulator; all without it), see unit tests fail, write docs/mutation
	$(BIN)/python tests/mutants.py $(TARGET) --jobs $(or $(JOBS),1)

bench: setup binaries ## Measure the operator beside the baseline for SIZES (1000) objects, at rest for REST seconds (60), and write docs/benchmarks.md
	$(BIN)/python -m benchmarks $(or $(SIZES),1000) $(if $(REST),--rest $(REST))

profile: setup binaries ## Sample what the operator's CPU goes into, for SIZE (1000) objects, and write docs/profile.md
	$(BIN)/python -m benchmarks.profile $(or $(SIZE),1000)

soak: setup binaries ## Change 1,000 mixes over and over for MINUTES (60), and write what memory did to docs/soak.md
	$(BIN)/python -m benchmarks.soak $(or $(MINUTES),60)

failover: setup binaries ## Measure how long nobody acts when the operator that acts ends, TRIALS (10) times each, and write docs/failover.md
	$(BIN)/python -m benchmarks.failover $(or $(TRIALS),10)

alternatives: setup binaries ## Run the operator's tests under every reading of ZEGO's documents (an hour and a half)
	$(BIN)/python tests/alternatives.py

check: setup binaries ## Formatter, linter, types, layers, declared dependencies, generated files
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry operator
	$(BIN)/automix-dev manifests --check

generate: setup binaries ## Write the CRDs, what the charts have of them, values tables, manifests, docs/reference, Argo scripts
	$(BIN)/automix-dev manifests

format: setup ## Format the code and mend what the linter can mend
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

lock: setup ## Raise the locked dependencies to the current releases
	$(BIN)/uv pip compile --upgrade --python-version 3.11 --generate-hashes --no-emit-index-url --quiet pyproject.toml -o requirements/run.txt
	$(BIN)/uv pip compile --upgrade --python-version 3.11 --generate-hashes --no-emit-index-url --quiet pyproject.toml --extra devkit --group dev -o requirements/dev.txt
	$(BIN)/uv pip compile --upgrade --python-version 3.11 --generate-hashes --no-emit-index-url --quiet --group build -o requirements/build.txt

clean: ## Remove the virtual environment and all caches of the checkout
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
