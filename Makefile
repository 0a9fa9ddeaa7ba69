.DEFAULT_GOAL := help
PYTHON ?= .venv/bin/python

.PHONY: help install check test lowest lint types fresh generate docs

help: ## list what there is
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-10s %s\n", $$1, $$2}'

install: ## make .venv with everything a contributor needs
	python3 -m venv .venv && .venv/bin/pip install -e '.[dev]'

check: test lint types fresh ## what CI runs: tests, lint, types, generated texts

test: ## the whole test-suite
	$(PYTHON) -m pytest

lowest: ## what reads, judges and prints, tested with the oldest libraries that pyproject.toml allows
	python3 -m venv build/lowest && build/lowest/bin/pip install -q uv
	build/lowest/bin/uv pip install -q -p build/lowest --resolution lowest-direct '.[tensorboard]'
	build/lowest/bin/uv pip freeze -q -p build/lowest > build/lowest/libraries.txt
	build/lowest/bin/uv pip install -q -p build/lowest -c build/lowest/libraries.txt \
		pytest hypothesis jsonschema junitparser pandas scikit-learn tensorboardX
	build/lowest/bin/python -m pytest tests/events tests/runs tests/statistics tests/detectors tests/report tests/views

lint: ## ruff: lint and format
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

types: ## mypy --strict
	$(PYTHON) -m mypy --strict

fresh: ## are the generated texts up to date?
	$(PYTHON) docs/generate.py --check

generate: ## write the generated texts again
	$(PYTHON) docs/generate.py

docs: ## the documentation as a site, in build/site; a broken link is an error
	$(PYTHON) -m sphinx --fail-on-warning --quiet -b html docs build/site
