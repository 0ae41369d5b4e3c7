# make demo      set up, then paint the demo scene in every shipped style
# make test      set up, then lint, type checks and all tests
# make pictures  paint the pictures of the documents anew
# make clean     remove what these made
#
# A fresh machine needs Python 3.11, git and make: the C++ compiler is a Python package too.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --quiet --disable-pip-version-check
SOURCES := $(shell git ls-files 'engine/*.cpp' 'engine/*.h' 2>/dev/null)

# Also holds for the packages that pip gets to build ours.
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt

.PHONY: demo test pictures lint types clean

demo: $(BIN)/python
	@echo "Building and installing pleinair (some minutes the first time)"
	@$(PIP) install .
	@$(BIN)/pleinair demo

test: $(VENV)/tested lint types
	@$(PIP) install --no-deps --force-reinstall .
	@$(BIN)/python -m pytest

pictures: $(BIN)/python
	@$(PIP) install .
	@$(BIN)/python docs/pictures.py

lint: $(VENV)/tested
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(if $(SOURCES),$(BIN)/clang-format --dry-run --Werror $(SOURCES))

types: $(VENV)/tested
	@$(BIN)/mypy

# torch comes first and alone, so that nothing else decides which build of it there is.
$(VENV)/tested: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing what the tests need (torch is the large part)"
	@$(PIP) install "$$(grep '^torch==' constraints.txt)"
	@$(PIP) install ".[test]"
	@touch $@

# Debian keeps venv in a package of its own.
$(BIN)/python:
	@$(PYTHON) -c "import ensurepip" 2>/dev/null || $(MAKE) --silent debian-venv
	@$(PYTHON) -m venv $(VENV)

.PHONY: debian-venv
debian-venv:
	@[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	  || { echo "$(PYTHON) has no venv: install it first (Debian: apt-get install $(PYTHON)-venv)"; exit 1; }
	@apt-get update -qq && apt-get install -y -qq $(PYTHON)-venv

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
