# make lab       open JupyterLab on your workspace (ARGS="--no-browser --port 9911" are passed on)
# make demos     serve the gallery of live demos
# make test      install what the tests need and run them all
# make bench     measure against stock tools and print a table
# make lock      resolve the dependencies anew into binder/requirements.txt

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCK := binder/requirements.txt
ARGS ?=
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: install lab demos test bench lock browser servers clean

install: $(VENV)/.installed

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Hurdles needs Python 3.11 or newer; name one with 'make PYTHON=python3.12 ...'."; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || if [ "$$(id -u)" = 0 ]; then \
	    apt-get update -qq && apt-get install -y -qq python3-venv; \
	  else echo "Python lacks its venv module. Install it (Debian: sudo apt-get install python3-venv) and try again."; exit 1; fi
	$(PYTHON) -m venv $(VENV)

# The stamp is older than the lock or the package's metadata when either has changed: then install again.
$(VENV)/.installed: $(LOCK) pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --requirement $(LOCK)
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

$(VENV)/.developer: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --constraint $(LOCK) --editable '.[dev]'
	@touch $@

lab: install
	@$(BIN)/hurdles lab $(ARGS)

demos: install
	@$(BIN)/hurdles demos $(ARGS)

browser:
	@command -v "$${HURDLES_CHROMIUM:-chromium}" >/dev/null || if [ "$$(id -u)" = 0 ]; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium; \
	  else echo "The browser tests need Chromium. Install it (Debian: sudo apt-get install chromium) or name one in HURDLES_CHROMIUM."; exit 1; fi

# The packages that tests use besides Python's: a second kind of sandbox, and a database server.
servers:
	@{ command -v bwrap && ls /usr/lib/postgresql/*/bin/initdb; } >/dev/null 2>&1 || if [ "$$(id -u)" = 0 ]; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq bubblewrap postgresql; \
	  else echo "The tests need bubblewrap and PostgreSQL. Install them (Debian: sudo apt-get install bubblewrap postgresql)."; exit 1; fi

# These tests compute or grade, and run on all processors; those that take longest come first. What starts servers, kernels
# and browsers runs one after the other. So do lessons, which have a budget of time, and attacks that fill the disk.
COMPUTING = $(patsubst %,tests/attacks/test_%.py,nothing_lost elsewhere apart feedback stem) tests/grading \
  $(filter-out tests/notebooks/test_execution.py,$(wildcard tests/notebooks/test_*.py)) $(wildcard tests/test_*.py) \
  tests/data tests/datasets tests/fairness tests/gallery tests/interpretability tests/progress tests/ui

test: $(VENV)/.developer browser servers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hurdles build --check
ifeq ($(ARGS),)
	$(BIN)/pytest --numprocesses auto --dist loadgroup $(COMPUTING); one=$$?; \
	  $(BIN)/pytest $(COMPUTING:%=--ignore %); two=$$?; exit $$((one > two ? one : two))
else
	$(BIN)/pytest $(ARGS)
endif

bench: $(VENV)/.developer browser
	$(BIN)/python -m benchmarks $(ARGS)

# Resolve with the oldest Python that is supported (PYTHON=...): newer ones can install what it can.
lock: $(VENV)/.installed
	rm -rf build/lock && $(PYTHON) -m venv --without-pip build/lock
	$(BIN)/python -m pip --python build/lock install --quiet .
	$(BIN)/python -m pip --python build/lock list --format=freeze --exclude pip --exclude setuptools --exclude hurdles > $(LOCK).new
	mv $(LOCK).new $(LOCK)

clean:
	rm -rf $(VENV) build dist artifacts
