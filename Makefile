# Two commands: `make serve` and `make test`. `make help` lists the rest.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
FRONTEND := service/frontend
BUILT := service/muniment_service/static/built/manifest.json

.PHONY: help serve test test-engines pages clients check format docs lock bench clean
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

serve: $(VENV)/.serve pages ## build the dataset if it changed and serve it at http://127.0.0.1:8000 (PORT= to change)
	@$(BIN)/muniment serve --port $(PORT)

test: $(VENV)/.test pages ## run the whole test suite
	@if command -v npm >/dev/null; then $(MAKE) -s clients || echo "The JavaScript clients could not be installed: their tests are skipped."; fi
	$(BIN)/pytest -n auto

test-engines: $(VENV)/.test ## run the tests of the service again, with its data in an Oxigraph server, in Virtuoso and in Jena
	@for engine in oxigraph virtuoso jena; do echo "$$engine:"; TEST_ENGINE=$$engine $(BIN)/pytest -q -n auto tests/service --ignore tests/service/test_static_site.py || exit 1; done

pages: ## build the scripts of the pages (needs Node 20.19 or newer; without it pages work as they do without JavaScript)
	@if command -v npm >/dev/null; then $(MAKE) -s $(BUILT) || echo "The scripts of the pages could not be built: pages work without them."; fi

clients: tests/clients/node_modules/.installed ## install the JavaScript clients of the tests (needs npm)

check: $(VENV)/.test ## format, lint, types, canonical data, docs in step
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/muniment format --check
	$(BIN)/muniment check
	$(BIN)/python docs/generate.py --check
	@if command -v npm >/dev/null; then $(MAKE) -s $(FRONTEND)/node_modules/.installed && npm run --silent --prefix $(FRONTEND) check; fi

format: $(VENV)/.test ## bring code, data and generated parts of the docs into form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/muniment format
	$(BIN)/python docs/generate.py

lock: $(VENV)/.test ## pin the newest versions that fit
	$(BIN)/uv pip compile -q -U --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml requirements.in -o requirements.txt
	$(BIN)/uv pip compile -q -U --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml requirements.in requirements-dev.in -o requirements-dev.txt

bench: $(VENV)/.test ## measure the build and write docs/performance.md
	$(BIN)/python benchmarks/build.py

clean: ## remove what the other targets made
	rm -rf $(VENV) releases $(FRONTEND)/node_modules $(dir $(BUILT)) tests/clients/node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis

tests/clients/node_modules/.installed: tests/clients/package-lock.json
	npm ci --silent --prefix tests/clients
	@touch $@

$(FRONTEND)/node_modules/.installed: $(FRONTEND)/package-lock.json
	npm ci --silent --prefix $(FRONTEND)
	@touch $@

$(BUILT): $(FRONTEND)/node_modules/.installed $(FRONTEND)/vite.config.ts $(shell find $(FRONTEND)/src -type f)
	npm run --silent --prefix $(FRONTEND) build -- --logLevel warn

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.serve: requirements.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.test: requirements-dev.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.serve
