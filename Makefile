# The commands of this project. `make demo` and `make test` set up what is missing.
PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help setup demo up test check picture types simulate bench synth lock clean deploy-tools

help: ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 18

setup: .venv/installed ## Install everything into .venv

.venv/installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.13 ..."; exit 1; }
	@echo "Installing into .venv (about a minute the first time)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m ensemble.install
	@touch $@

demo: setup ## Run the shop on the laptop AWS and play six stories
	@$(BIN)/ensemble demo

up: setup ## Run the shop on the laptop AWS until Ctrl-C
	@$(BIN)/ensemble up

check: setup ## Contracts and workflow, lint, types
	@$(BIN)/ensemble check
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

picture: setup ## Draw the README's picture from the stacks
	@$(BIN)/ensemble graph --readme

types: setup ## Generate the event views from the schemas
	@$(BIN)/ensemble types

test: check ## Check, then run all tests
	@$(BIN)/pytest

simulate: setup ## Run 20,000 random schedules with faults, and 500 with all that a Lambda runs
	@$(BIN)/ensemble simulate

bench: setup ## Measure, as ratios in one run
	@$(BIN)/python -m tests.bench

synth: setup ## Synthesize both environments into cdk.out
	@$(BIN)/python app.py

lock: setup ## Renew requirements.txt from pyproject.toml
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile pyproject.toml --group dev --universal --generate-hashes --upgrade --no-header --no-emit-index-url --no-emit-find-links --quiet --output-file requirements.txt

clean: ## Remove what was built and installed
	@rm -rf .venv cdk.out .ensemble node_modules

deploy-tools: setup ## Install the pinned CDK CLI (needed for deploy only)
	@$(BIN)/npm install --no-audit --no-fund --no-package-lock
