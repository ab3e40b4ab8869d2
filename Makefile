# Every target installs what it needs first; nothing has to be prepared by hand.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PYTHON := .venv/bin/python
SOURCES := jobs cli standin tests bench scripts
# Each worker has a server of its own; more than two want more than two cores.
WORKERS ?= 2

.PHONY: help demo test check fix bench mutation soak fuzz clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## show the whole system at work: generate, redeem under concurrency, count
	@scripts/bootstrap standin
	@$(PYTHON) -m couponry_cli.demo

test: ## run the tests (endpoint: COUPONRY_TEST_URL, else a container, else the stand-in)
	@scripts/bootstrap standin test
	@$(PYTHON) -m pytest --numprocesses $(WORKERS)

check: ## lint, types, import rules, and Microsoft's own compiler on every script
	@scripts/bootstrap standin test dev
	@scripts/check

fix: ## apply what the formatters can repair
	@scripts/bootstrap standin test dev
	@$(PYTHON) scripts/list-release
	@$(PYTHON) -m scripts.reference
	@$(PYTHON) -m scripts.subset
	@$(PYTHON) -m ruff check --fix $(wildcard $(SOURCES))
	@$(PYTHON) -m ruff format $(wildcard $(SOURCES))

bench: ## measure redemption and generation against PostgreSQL's own figures
	@scripts/bootstrap standin test
	@$(PYTHON) -m bench

mutation: ## plant one bug after the other and see which test notices
	@scripts/bootstrap standin test
	@$(PYTHON) -m tests.mutation

soak: ## storm a few campaigns for long, break lines, kill servers, count (SOAK="--attempts 5000")
	@scripts/bootstrap standin test
	@$(PYTHON) -m tests.concurrency.storm $(SOAK)

fuzz: ## send what no client would: packets, texts, lost connections (FUZZ="--minutes 30")
	@scripts/bootstrap standin test
	@$(PYTHON) -m tests.standin.fuzz $(FUZZ)

clean: ## remove what the targets made
	@rm -rf .venv build dist .cache .pytest_cache .hypothesis .ruff_cache .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
