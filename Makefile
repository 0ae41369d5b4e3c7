# make demo      set up, then paint the demo scene in every shipped style
# make test      set up, then lint, type checks and all tests
# make web       build the engine's modules for browsers into web/
# make wheels    build a release in dist/, and try what can be tried here
# make site      build the documentation into build/site/
# make fuzz      look for files and pictures that the engine can't stand, for SECONDS=60 each
# make pictures  paint the pictures of the documents anew
# make clean     remove what these made
#
# A fresh machine needs Python 3.11, git and make: the C++ compiler is a Python package too.

PYTHON ?= python3.11
VENV := .venv
TYPESCRIPT := typescript@7
BIN := $(VENV)/bin
PIP := $(BIN)/pip --quiet --disable-pip-version-check
SOURCES := $(shell find engine src web cmake CMakeLists.txt pyproject.toml -type f -not -name '*.pyc' -not -name '*.wasm')
FORMATTED := $(filter engine/%.cpp engine/%.h src/%.cpp src/%.c,$(SOURCES))

# Also holds for the packages that pip gets to build ours.
export PIP_CONSTRAINT := $(CURDIR)/constraints.txt

# The wheel stays, for tests of what users get. By itself pip would keep what has the same version.
install = rm -rf build/wheel && $(PIP) wheel --no-deps --wheel-dir build/wheel . \
  && $(PIP) install "$$(ls $(CURDIR)/build/wheel/pleinair-*.whl)$(1)" \
  && $(PIP) install --force-reinstall --no-deps build/wheel/pleinair-*.whl

qemu = command -v qemu-aarch64 >/dev/null || $(MAKE) --silent debian-package PACKAGE=qemu-user

.PHONY: demo test web wheels site fuzz pictures lint types clean debian-package

demo: $(VENV)/installed
	@$(BIN)/pleinair demo

test: $(VENV)/test-tools $(VENV)/installed lint types
	@$(BIN)/python -m pytest

web: $(VENV)/test-tools
	@PATH=$(CURDIR)/$(BIN):$$PATH cmake -S . -B build/web -G Ninja -Wno-dev \
	  -DPLEINAIR_TARGET=wasm32-freestanding -DCMAKE_SKIP_RPATH=ON \
	  -DPython_EXECUTABLE=$(CURDIR)/$(BIN)/python
	@PATH=$(CURDIR)/$(BIN):$$PATH cmake --build build/web --target web
	@$(BIN)/cmake --install build/web --prefix web

wheels: $(VENV)/installed
	@$(qemu)
	@$(PIP) install "$$(ls $(CURDIR)/build/wheel/pleinair-*.whl)[release]"
	@$(BIN)/python -m release build
	@$(BIN)/python -m release check
	@$(BIN)/python -m release sbom

site: $(VENV)/test-tools
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

SECONDS := 60
fuzz: $(VENV)/test-tools
	@PATH=$(CURDIR)/$(BIN):$$PATH $(BIN)/python -m tests.engine.sanitized $(SECONDS)

pictures: $(VENV)/installed
	@$(BIN)/python -m docs.pictures

lint: $(VENV)/test-tools
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/clang-format --dry-run --Werror $(FORMATTED)

types: $(VENV)/test-tools
	@$(BIN)/mypy

$(VENV)/installed: $(SOURCES) | $(BIN)/python
	@echo "Building and installing pleinair (some minutes the first time)"
	@$(call install)
	@touch $@

# torch comes first and alone, so that nothing else decides which build of it there is.
$(VENV)/test-tools: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing pleinair and what its tests need (torch is the large part)"
	@$(PIP) install "$$(grep '^torch==' constraints.txt)"
	@$(call install,[test])
	@$(qemu) || echo "Without it, tests on other processors are skipped"
	@ls /usr/share/vulkan/icd.d/*.json >/dev/null 2>&1 \
	  || $(MAKE) --silent debian-package PACKAGE="mesa-vulkan-drivers libvulkan1" \
	  || echo "Without it, tests on a GPU are skipped"
	@command -v chromium >/dev/null || $(MAKE) --silent debian-package PACKAGE=chromium \
	  || echo "Without it, tests in a browser are skipped"
	@ls -d /usr/lib/postgresql/*/bin >/dev/null 2>&1 || command -v initdb >/dev/null \
	  || $(MAKE) --silent debian-package PACKAGE=postgresql \
	  || echo "Without it, tests of votes in PostgreSQL are skipped"
	@command -v clang++-19 >/dev/null \
	  || $(MAKE) --silent debian-package \
	    PACKAGE="--no-install-recommends clang-19 libclang-rt-19-dev" \
	  || echo "Without it, tests under sanitizers are skipped"
	@command -v node >/dev/null || $(MAKE) --silent debian-package PACKAGE=nodejs \
	  || echo "Without it, tests of the modules for browsers are skipped"
	@npm install --silent --no-audit --no-fund --prefix $(VENV) $(TYPESCRIPT) \
	  && ln -sf ../node_modules/.bin/tsc $(BIN)/tsc \
	  || echo "Without npm, the types of the modules for browsers are not checked"
	@touch $@ $(VENV)/installed

# Debian keeps venv in a package of its own.
$(BIN)/python:
	@$(PYTHON) -c "import ensurepip" 2>/dev/null \
	  || $(MAKE) --silent debian-package PACKAGE=$(PYTHON)-venv
	@$(PYTHON) -m venv $(VENV)

debian-package:
	@[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	  || { echo "$(PACKAGE) is missing: apt-get install $(PACKAGE), or what it is called here"; exit 1; }
	@apt-get update -qq && apt-get install -y -qq $(PACKAGE) >/dev/null

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
