# `make demo` and `make test` set up all they need in .venv; `make help` lists the rest.
PYTHON ?= python3
PORT ?= 8765
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo test check format bench pictures lock clean

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

demo: $(VENV)/demo.stamp $(if $(filter django,$(DIRECTORY)),$(VENV)/django.stamp) ## the main job on this machine, no accounts needed
	@$(BIN)/python -m bot demo --port $(PORT) $(if $(DIRECTORY),--directory $(DIRECTORY))

# Tests start Python many times: what it compiled once it keeps.
test: export PYTHONDONTWRITEBYTECODE :=
test: $(VENV)/dev.stamp ## style, types and all tests
	$(MAKE) --no-print-directory check
	$(BIN)/python -m pytest -n 3 --dist loadscope $(ARGS)

check: $(VENV)/dev.stamp ## style and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/dev.stamp ## lay out the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/dev.stamp ## measure, beside a baseline in the same run (docs/performance.md)
	$(BIN)/python -m tests.bench $(ARGS)

pictures: $(VENV)/dev.stamp ## take the pictures in docs/images anew
	LOCKSMITH_PICTURES=$(CURDIR)/docs/images $(BIN)/python -m pytest -q tests/browser

lock: ## pin the dependencies anew (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --upgrade \
	    --extra sandbox --extra mysql pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --upgrade \
	    --group pyproject.toml:django -o requirements-django.lock
	uv pip compile -q --universal --python-version 3.12 --generate-hashes --no-header --upgrade \
	    --group pyproject.toml:django6 -c requirements.lock -o requirements-django6.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
	    --extra sandbox --extra mysql --extra dev -c requirements.lock -c requirements-django.lock \
	    pyproject.toml -o requirements-dev.lock

clean: ## remove the environment and the demo's data
	rm -rf $(VENV) .demo .demo-django .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	    || { echo "Locksmith needs Python 3.11 or newer; name one: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	    || { echo "Python's venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }

$(VENV)/demo.stamp: requirements.lock | $(VENV)/bin/pip
	@echo "Setting up (once) …"
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

$(VENV)/django.stamp: requirements-django.lock | $(VENV)/demo.stamp
	@echo "Setting up Django (once) …"
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements-django.lock
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock | $(VENV)/bin/pip
	@echo "Setting up (once) …"
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@
