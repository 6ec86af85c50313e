# The two commands, and the ones behind them. `make run` and `make test` work from a bare clone.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WORKERS ?= 2
.DEFAULT_GOAL := help
.PHONY: help setup run test check look messages bench bench-peers chaos attack screenshots clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(READY): requirements.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing: apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $(READY)

setup: $(READY) ## Set up .venv
	@$(BIN)/python scripts/messages.py compile

run: setup ## Serve a living demo on http://127.0.0.1:8000
	@exec $(BIN)/hospes up --demo

test: setup check ## All checks and all tests
	$(BIN)/python -m pytest -n $(WORKERS) --dist=loadgroup --no-loadscope-reorder -m "not long"

check: setup ## Lint, types, walls, lengths, translations
	@$(BIN)/mypy & types=$$!; $(MAKE) --no-print-directory look; looked=$$?; wait $$types && exit $$looked

look:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/python scripts/lengths.py
	$(BIN)/python scripts/messages.py check

messages: setup ## Bring the translation catalogues up to date with the code
	$(BIN)/python scripts/messages.py update

bench: setup ## Measure against the database's own speed
	$(BIN)/python -m benchmarks

bench-peers: setup ## The same beside django-helpdesk, installed in its own environment
	$(BIN)/python -m benchmarks --peers

chaos: setup ## Kill processes while mail pours in; count what is left
	$(BIN)/python -m pytest -m long -k chaos -n 0

attack: setup ## The long hostile-input tests
	$(BIN)/python -m pytest -m long -k "not chaos"

screenshots: setup ## Take the pictures in docs/images
	$(BIN)/python scripts/screenshots.py

clean: ## Remove the environment and the demo's data
	rm -rf $(VENV) var
