# Return Risk: every task, one line each. `make help` lists them.
# Two need nothing but git, make and Python 3.11 or later: `make repro` and `make test`.

VENV ?= .venv
PYTHON ?= python3
LINES ?= 1000000 5000000
PORT ?= 5000
SECONDS_EACH ?= 10
export PYTHON VENV

# Stages call `python`, and DVC is called by people and by tests: all find the environment's own first.
export PATH := $(abspath $(VENV))/bin:$(PATH)
export VIRTUAL_ENV := $(abspath $(VENV))
# Runs can be repeated: no order of a set or a dict hangs on chance.
export PYTHONHASHSEED := 0
CORES := $(shell getconf _NPROCESSORS_ONLN)
export OMP_NUM_THREADS ?= $(CORES)
# Nothing that is done here is reported to anyone.
export DVC_NO_ANALYTICS := true
export MLFLOW_DISABLE_TELEMETRY := true
export DO_NOT_TRACK := true

READY := $(VENV)/.ready
.DEFAULT_GOAL := help
.PHONY: help env repro serve test check format lock bench bench-serving bench-products screenshots docs ui metrics champion history rollback clean need-git

help: ## what can be done here
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

env: $(READY) ## make the Python environment from the lock (the others do it when needed)

$(READY): requirements.lock .ci/environment
	@.ci/environment "$(VENV)"
	@touch $@

# DVC tells versions of data by git's commits, so the folder has to be a clone.
need-git:
	@command -v git >/dev/null 2>&1 || { \
	  printf '\nsetup: stopped\nexpected: git\n   found: no such command\n     fix: install it (Debian: apt-get install git)\n\n' >&2; \
	  exit 1; }
	@why=$$(git rev-parse --is-inside-work-tree 2>&1) || { \
	  printf '\nsetup: stopped\nexpected: a git clone of this project, which DVC needs\n   found: %s\n     fix: %s\n\n' "$$why" \
	    'clone the project instead of downloading it, or here: git init && git add . && git commit -m "Start"' >&2; \
	  exit 1; }

repro: need-git $(READY) ## run the pipeline on what params.yaml says; does nothing when nothing changed
	@dvc repro
	@python -m training.summary

serve: $(READY) ## the service for the checkout, on this machine (RETURN_RISK_…: docs/reference/settings.md); ends with Ctrl-C
	@exec python -m serving

test: $(READY) ## all tests
	@OMP_NUM_THREADS=1 python -m pytest -n "$(CORES)" --dist loadfile

check: $(READY) ## format, lint, strict types, import contracts; parameters, stage deps and docs against the code
	@ruff format --check --quiet . || { echo 'fix: make format' >&2; exit 1; }
	@ruff check --quiet .
	@mypy
	@lint-imports --no-cache --no-logo
	@python -m tests.checks

format: $(READY) ## format the code, mend what ruff can mend, write the deps of dvc.yaml and docs/reference
	@ruff check --fix --quiet . || true
	@ruff format --quiet .
	@python -m tests.checks --write

lock: $(READY) ## write requirements.lock anew from pyproject.toml (UPGRADE=1 also takes later versions)
	@uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --custom-compile-command 'make lock' --quiet $(if $(UPGRADE),--upgrade) -o requirements.lock

bench: $(READY) ## time and memory of each stage, against the bare lightgbm.train (LINES="1000000 5000000")
	@python -m tests.benchmarks $(LINES)

bench-serving: $(READY) ## the service under load, its steps, drivers, parity, stores, on what `make repro` left (SECONDS_EACH=10)
	@python -m tests.benchmarks.drivers
	@python -m tests.benchmarks.stores
	@python -m tests.benchmarks.serving --seconds "$(SECONDS_EACH)"
	@python -m tests.benchmarks.parity

bench-products: $(READY) ## the product pages over 100,000 products: tables, searches, product pages
	@python -m tests.benchmarks.product_page

screenshots: $(READY) ## the pictures of README.md and docs, from the last product report (needs chromium)
	@python -m tests.serving.products.web.screenshots reports/products serving/products/screenshots

# README.md and what it leads to, laid out as in the project: links and pictures stay as they are.
docs: $(READY) ## README and docs as a site in site/html, to be opened from the disk and searched without a network
	@rm -rf site && mkdir -p site/source
	@tar cf - README.md CONTRIBUTING.md CHANGELOG.md docs serving/products/screenshots | tar xf - -C site/source
	@zensical build --strict --clean
	@echo "open site/html/index.html"

ui: $(READY) ## MLflow's pages about runs and models, on this machine only (PORT=5000)
	@mlflow ui --backend-store-uri "$${MLFLOW_TRACKING_URI:-sqlite:///mlflow.db}" --host 127.0.0.1 --port "$(PORT)"

metrics: $(READY) ## the table of metrics of the last run
	@python -m training.summary

champion: $(READY) ## the model that scores now
	@python -m training.champion show

history: $(READY) ## every change of the champion: who, when, from, to and why
	@python -m training.champion history

rollback: $(READY) ## give the alias champion back to the model before (WHY="a reason")
	@python -m training.champion rollback --why "$(WHY)"

clean: ## remove what runs and tools wrote, but not DVC's cache, MLflow's records and the environment
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
	@rm -rf data/raw data/truth data/validated features/matrix features/state training/split.json training/bundle training/baselines.json
	@rm -rf site .cache
	@git clean -fdXq reports
