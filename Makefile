# Return Risk: every task, one line each. `make help` lists them.
# Two need nothing but git, make and Python 3.11 or later: `make repro` and `make test`.

VENV ?= .venv
PYTHON ?= python3
LINES ?= 1000000 5000000
PORT ?= 5000
SECONDS_EACH ?= 10
MAPPING ?= data/mappings/my-shop.yaml
export PYTHON VENV

# Stages, users and tests call `python` and `dvc`: this path makes them those of the environment.
export PATH := $(abspath $(VENV))/bin:$(PATH)
export VIRTUAL_ENV := $(abspath $(VENV))
# Reproducible runs: the order of sets doesn't change from run to run.
export PYTHONHASHSEED := 0
CORES := $(shell getconf _NPROCESSORS_ONLN)
export OMP_NUM_THREADS ?= $(CORES)
# Threads that wait for each other sleep: beside other programs those that spin take the very cores that they wait for.
export OMP_WAIT_POLICY ?= passive
# No telemetry.
export DVC_NO_ANALYTICS := true
export MLFLOW_DISABLE_TELEMETRY := true
export DO_NOT_TRACK := true

READY := $(VENV)/.ready
NODE := $(VENV)/node/.ready
.DEFAULT_GOAL := help
.PHONY: help env quick search experiment repro mapping serve understand compare-runs tables level level-history level-undo retrain retrain-if-needed outcomes quality erase readout fairness-log dossier letter learn-policy install-policy clients test fuzz check format lock audit pin-images bench bench-serving bench-products screenshots demo-screenshots docs ui compare metrics champion history promote shadow rollback clean need-git

help: ## this list of tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

env: $(READY) ## make the Python environment from the lock (the others do it when needed)

$(READY): requirements.lock .ci/environment
	@.ci/environment "$(VENV)"
	@touch $@

# Linters of the OpenAPI and the compiler of TypeScript. Their scripts of installation are not run: see .ci/node/.npmrc.
$(NODE): .ci/node/package.json .ci/node/package-lock.json .ci/node/.npmrc $(READY)
	@rm -rf "$(VENV)/node" && cp -R .ci/node "$(VENV)/node"
	@cd "$(VENV)/node" && npm ci --prefer-offline --loglevel=error --no-progress >/dev/null || { \
	  printf '\nsetup: stopped\nexpected: to download the packages of .ci/node/package-lock.json\n   found: what npm printed above\n     fix: %s\n\n' \
	    'check the network, and the registry that npm is set to; then run it again' >&2; \
	  exit 1; }
	@touch $@

# DVC identifies versions of data by git commits, so the folder has to be a clone.
need-git:
	@command -v git >/dev/null 2>&1 || { \
	  printf '\nsetup: stopped\nexpected: git\n   found: no such command\n     fix: install it (Debian: apt-get install git)\n\n' >&2; \
	  exit 1; }
	@why=$$(git rev-parse --is-inside-work-tree 2>&1) || { \
	  printf '\nsetup: stopped\nexpected: a git clone of this project, which DVC needs\n   found: %s\n     fix: %s\n\n' "$$why" \
	    'clone the project instead of downloading it, or here: git init && git add . && git commit -m "Start"' >&2; \
	  exit 1; }

quick: $(READY) ## try parameters on a sample of the last run (S="model.num_leaves=20 linear.share=0.3")
	@python -m training.search.quick $(S)

search: $(READY) ## search the ranges of params.yaml on folds of the backtest, and go on where it stopped (TRIALS=30 JOBS=1 SAMPLE=lines)
	@python -m training.search $(if $(TRIALS),--trials "$(TRIALS)") $(if $(SAMPLE),--lines "$(SAMPLE)") --jobs "$(or $(JOBS),1)"

experiment: need-git $(READY) ## run the pipeline with other parameters, up to the candidate, without the product review (S="model.num_leaves=20")
	@dvc exp run $(foreach each,$(S),-S $(each)) register
	@python -m training.compare

repro: need-git $(READY) ## run the pipeline with params.yaml: only the stages whose inputs changed (STRICT=1: fail where the gate refuses)
	@dvc repro --keep-going
	@python -m training.champion challenge --first
	@python -m training.summary
	@$(if $(STRICT),python -m training.gate --last)

mapping: $(READY) ## write a first mapping from a shop's files and try it (FILES="a.csv b.csv" MAPPING=data/mappings/my-shop.yaml)
	@python -m data.draft $(FILES) --mapping "$(MAPPING)"

serve: $(READY) ## run the service for the checkout on this machine (RETURN_RISK_…: docs/reference/settings.md); ends with Ctrl-C
	@exec python -m serving

tables: $(READY) ## write the shop's tables as they are by now: those of before, and what the events since changed
	@python -m serving.tables

level: need-git $(READY) ## bring state, posteriors and level of the running service up to the tables of now
	@python -m serving.tables --to-train
	@dvc repro features state
	@python -m serving.level
	@python -m serving.renew

level-history: $(READY) ## show how the level of the served scores moved, and why
	@python -m serving.level --history

level-undo: $(READY) ## give back the level of before its last move, and keep it until the next make level (WHY="…")
	@python -m serving.level --undo "$(WHY)"

retrain: need-git $(READY) ## train on tables of now, pass the gate, promote if no worse (or into shadow), and hand model and state to the running service
	@python -m serving.retrain $(if $(WHY),--why "$(WHY)")

retrain-if-needed: need-git $(READY) ## the same where there is a reason: the loss, alarms, new products, age (CHECK=1: only say which)
	@python -m serving.retrain $(if $(CHECK),--check,--if-needed)

outcomes: $(READY) ## join the prediction log with the outcomes known by now, into reports/predictions
	@python -m serving.outcomes

quality: $(READY) ## tell how good the served scores are, from outcomes that are known in part, into serving/var/quality
	@python -m serving.quality

erase: $(READY) ## erase a customer everywhere, and search every file for what is left (CUSTOMER=as the shop names it)
	@python -m serving.rights.erase "$(CUSTOMER)"

readout: $(READY) ## read out the decision log: what the policy earned against the holdout, into reports/experiment.json (TABLES=folder)
	@python -m training.experiment $(if $(TABLES),--tables "$(TABLES)")

fairness-log: $(READY) ## audit what was decided and shown among groups of customers, by the decision log, into reports/fairness_log.json (TABLES=folder)
	@python -m training.audit.fairness_log $(if $(TABLES),--tables "$(TABLES)")

dossier: need-git $(READY) ## write the dossier for auditors on the model of this folder, reports/dossier.md
	@dvc repro --quiet dossier && echo reports/dossier.md

letter: $(READY) ## write to a customer how an order was assessed (BASKET=basket.json LETTER=letter.html LANGUAGE=en|de|zh DECISION=id)
	@python -m serving.letter "$(BASKET)" --out "$(or $(LETTER),letter.html)" --language "$(or $(LANGUAGE),en)" $(if $(DECISION),--decision "$(DECISION)")

learn-policy: $(READY) ## learn from the decision log whom an action helps, and propose a challenger if it surely earns (TABLES=folder)
	@python -m training.learn_policy learn $(if $(TABLES),--tables "$(TABLES)")

install-policy: $(READY) ## hand the registered learned effects to the service, for the challenger of the policy
	@python -m training.learn_policy install

clients: $(READY) $(NODE) ## make the clients of Python and TypeScript from the OpenAPI, into clients/
	@python -m tests.clients clients

test: $(READY) $(NODE) ## run all tests
	@OMP_NUM_THREADS=1 python -m pytest -n "$(CORES)" --dist loadfile --no-loadscope-reorder

fuzz: $(READY) ## read thousands of files in random layouts, whole and damaged (FUZZ_EXAMPLES=5000)
	@FUZZ_EXAMPLES="$${FUZZ_EXAMPLES:-5000}" OMP_NUM_THREADS=1 python -m pytest tests/data/sources/mapped/fuzz -n "$(CORES)" --dist load

check: $(READY) ## check format, lint, strict types, import contracts; parameters, stage deps and docs against the code
	@ruff format --check --quiet . || { echo 'fix: make format' >&2; exit 1; }
	@ruff check --quiet .
	@mypy
	@lint-imports --no-cache --no-logo
	@python -m tests.checks

format: $(READY) ## format the code, apply ruff's fixes, write the deps of dvc.yaml, the style of params.yaml, and docs/reference
	@ruff check --fix --quiet . || true
	@ruff format --quiet .
	@python -m tests.checks --write

lock: $(READY) ## write the locks again, from pyproject.toml and .ci/node (UPGRADE=1 also takes later versions)
	@uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --custom-compile-command 'make lock' --quiet $(if $(UPGRADE),--upgrade) -o requirements.lock
	@cd .ci/node && npm $(if $(UPGRADE),update,install) --package-lock-only --loglevel=error

audit: $(READY) ## look up the packages of the lock among the known advisories (needs a network)
	@python -m tests.checks.advisories

pin-images: $(READY) ## write the digests of the images into the container's files (needs docker and a network)
	@python -m tests.checks.image_digests

bench: $(READY) ## measure time and memory of each stage, against lightgbm.train alone (LINES="1000000 5000000")
	@python -m tests.benchmarks $(LINES)

bench-serving: $(READY) ## measure the service with the outputs of `make repro`: load, starts, drivers, parity, stores (SECONDS_EACH=10)
	@python -m tests.benchmarks.drivers
	@python -m tests.benchmarks.stores
	@python -m tests.benchmarks.serving --seconds "$(SECONDS_EACH)"
	@python -m tests.benchmarks.events_beside --seconds "$(SECONDS_EACH)"
	@python -m tests.benchmarks.worker_start
	@python -m tests.benchmarks.parity

bench-products: $(READY) ## measure the product pages over 100,000 products: tables, searches, product pages
	@python -m tests.benchmarks.product_page

screenshots: $(READY) ## make the pictures of README.md and docs from the last product report (needs chromium)
	@python -m tests.serving.products.web.screenshots reports/products serving/products/screenshots
	@python -m tests.serving.products.experiment.screenshots serving/products/screenshots
	@python -m tests.serving.products.model.screenshots serving/products/screenshots

demo-screenshots: $(READY) ## make the pictures of the checkout demo of a service that runs with RETURN_RISK_DEMO=true (SERVICE=http://127.0.0.1:8000; needs chromium)
	@python -m tests.serving.demo.screenshots "$(or $(SERVICE),http://127.0.0.1:8000)" serving/products/screenshots

# The site has README.md and the linked pages in the layout of the project: their links and pictures stay valid.
docs: $(READY) ## build README and docs as a site in site/html, which opens and searches without a network
	@rm -rf site && mkdir -p site/source
	@tar cf - README.md CONTRIBUTING.md CHANGELOG.md docs serving/products/screenshots | tar xf - -C site/source
	@zensical build --strict --clean
	@echo "open site/html/index.html"

ui: $(READY) ## serve MLflow's pages of runs and models, on this machine only (PORT=5000)
	@exec python -m training.ui --port "$(PORT)"

compare: need-git $(READY) ## show all experiments side by side: what each changed, and its headline metrics (AGAINST=main: what differs from it, in Markdown)
	@python -m training.compare $(if $(AGAINST),--markdown "$(AGAINST)")

understand: need-git $(READY) ## learning curve, ablation, effects, calibration and worst slices of the model, into reports/understanding/report.html
	@dvc repro training/understanding/dvc.yaml
	@echo "open reports/understanding/report.html"

nowcast: need-git $(READY) ## how good the scores of late are, while most outcomes are open, into reports/nowcast/report.html
	@dvc repro training/monitoring/dvc.yaml
	@echo "open reports/nowcast/report.html"

compare-runs: need-git $(READY) ## hold two runs against each other: which lines moved, where, why (BEFORE=HEAD AFTER=workspace: folders, revisions, experiments)
	@python -m training.understanding.compare_runs "$(or $(BEFORE),HEAD)" "$(or $(AFTER),workspace)"

metrics: $(READY) ## show the metrics of the last run
	@python -m training.summary

champion: $(READY) ## show the champion: the model that scores now
	@python -m training.champion show

history: $(READY) ## show every change of the champion: who, when, from, to and why
	@python -m training.champion history

promote: $(READY) ## decide whether a candidate becomes champion: that of the last run (VERSION=its number)
	@python -m training.champion challenge $(VERSION)

shadow: $(READY) ## show how the version in shadow stands against the champion (ACT=1: do what follows)
	@python -m serving.shadow $(if $(ACT),--act)

rollback: $(READY) ## make the previous model champion again (WHY="a reason")
	@python -m training.champion rollback --why "$(WHY)"

clean: ## remove the files that runs and tools wrote, except DVC's cache, MLflow's records and the environment
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
	@rm -rf data/raw data/truth data/validated features/matrix features/state training/split.json training/bundle training/baselines.json
	@rm -rf site clients .cache
	@git clean -fdXq reports
