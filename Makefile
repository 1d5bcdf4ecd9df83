# Every target makes the virtual environment itself when it is missing or when the pins changed.
.PHONY: demo test check bench clean pins

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Two at a time, whole files each: the tests share no port and no folder. `make test TESTS=tests/pure` for a part.
TESTS ?=
AT_ONCE ?= -n 2 --dist loadfile

$(VENV)/.run: constraints.txt pyproject.toml
	@echo "Making $(VENV) from pinned packages: once, and half a minute on a good line."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.dev: $(VENV)/.run constraints-dev.txt
	@echo "Adding what the tests need."
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r constraints-dev.txt
	touch $@

demo: $(VENV)/.run
	$(BIN)/bonmot demo $(DEMO)

test: $(VENV)/.dev
	$(BIN)/python -m pytest $(AT_ONCE) $(TESTS)

# What CI runs. Depends on `test`, so that `make test check` runs the tests once.
check: $(VENV)/.dev test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.run
	$(BIN)/bonmot bench

# Renew the pins (needs uv); hashes, no download addresses.
pins:
	uv pip compile pyproject.toml --extra build --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 --upgrade -q -o constraints.txt
	uv pip compile pyproject.toml --extra build --extra dev --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --python-version 3.11 -c constraints.txt -q -o constraints-dev.txt

clean:
	rm -rf $(VENV) dist build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
