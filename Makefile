# make run: the dashboard with a real study in it.  make test: everything, a real browser included.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# A tenth of pip's processor time. pip itself where uv does not come in, or its index is another.
UV := uv==0.13.9
INSTALL = { $(BIN)/python -m pip install --quiet $(UV) \
  && VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet -r $(1) 2>/dev/null; } \
  || $(BIN)/python -m pip install --quiet -r $(1)
# Files side by side, the tests of one after the other: what they share is made once. In the order
# of tests/conftest.py: left alone, xdist begins with those of the most tests, not of the longest.
AT_ONCE ?= -n 2 --dist loadfile --no-loadscope-reorder
TOGETHER = -j 2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Images often forbid compiled modules to be kept: each process would compile all it imports again,
# 3 of the 5 s that a server or a command takes to start.
export PYTHONDONTWRITEBYTECODE :=
# What comes up first is the first; empty in the environment counts as not set, as in the program.
EXAMPLES := examples/atlantis/study:examples/digits/study
PEERS := cka dash panel seaborn streamlit vizro
PROPERTIES := tests/faults/test_bad_input.py tests/core/io/test_anything.py tests/dashboard/state/test_view.py

.PHONY: help lock run test check lint types core unit js browser bench peers nightly others chromium redis clean

help:  ## what can be made
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

run: $(VENV)/run.stamp  ## the dashboard on http://127.0.0.1:8050 (HOST, PORT and STUDY change that)
	@STUDY="$${STUDY:-$(EXAMPLES)}" $(BIN)/python -m dashboard

# Two at a time, of two workers each: a core alone waits for mypy, for the last file of each kind of
# tests, for a browser. As one is done the next in this order begins: `core`, which needs nothing
# else, while programs of others are installed, then `unit` and `browser` beside each other, which
# wait for servers and browsers. What each says is said in one piece, where make can.
test: $(VENV)/test.stamp  ## everything CI runs: format, lint, types, tests, browser tests
	@echo "Each tells what it found when it is done: lint, types, the tests of core, of scripts, all others" >&2
	@$(MAKE) --no-print-directory $(TOGETHER) WHOLE=yes lint types others core unit js browser

check: test  ## the same

lint: $(VENV)/test.stamp  ## format, lint, import contracts, Dockerfile and compose.yaml
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports --no-logo >/dev/null || $(BIN)/lint-imports
	@$(BIN)/hadolint Dockerfile
	@$(BIN)/check-jsonschema --quiet --builtin-schema vendor.compose-spec compose.yaml

types: $(VENV)/test.stamp  ## types
	@$(BIN)/mypy

core: $(VENV)/test.stamp  ## core's tests as if Dash and Plotly were not there, and how much of it they run
	@$(BIN)/python -m pytest -q -p tests.lines_run -p tests.core_alone $(AT_ONCE) tests/core tests/cases

unit: $(VENV)/test.stamp redis  ## the other tests without a browser
	@$(BIN)/python -m pytest -q $(AT_ONCE) --ignore=tests/core --ignore=tests/cases --ignore=tests/browser

js:  ## tests of the scripts that need no browser
	@node=$$(sh tests/js/find_node.sh) && { said=$$("$$node" --test tests/js/*.test.js 2>&1) \
	  || { echo "$$said"; exit 1; }; }

browser: $(VENV)/test.stamp chromium  ## tests in Chromium
	@$(BIN)/python -m pytest -q $(AT_ONCE) tests/browser

bench: $(VENV)/test.stamp chromium peers  ## what 7, 45, 196 and 1,000 tasks cost, beside its peers: docs/benchmarks (an hour)
	@$(BIN)/python -m benchmarks.peers

peers: $(addprefix .cache/peers/,$(addsuffix /stamp,$(PEERS)))  ## what make bench compares with, each in an environment of its own

.cache/peers/%/stamp: benchmarks/peers/pyproject.toml | $(VENV)/bin/python
	@$(BIN)/python -m pip install --quiet $(UV)
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python .cache/peers/$*
	@VIRTUAL_ENV=.cache/peers/$* $(BIN)/uv pip install --quiet --compile-bytecode --group $<:$*
	@touch $@

nightly: $(VENV)/test.stamp  ## 2,000 cases of each property, 2,000 simulated studies of each kind, 10,000 made-up addresses, all faults
	@$(BIN)/python -m pytest -q --hypothesis-profile=nightly $(PROPERTIES)
	@ADDRESSES=10000 $(BIN)/python -m pytest -q tests/faults/test_clients.py
	@ALL_FAULTS=1 $(BIN)/python -m pytest -q tests/faults/test_running.py
	@SIMULATED=2000 $(BIN)/python -m pytest -q tests/simulation

lock: $(VENV)/run.stamp  ## requirements.lock anew from requirements-redis.txt: what is deployed, with hashes
	@$(BIN)/python -m pip install --quiet $(UV)
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
	  --custom-compile-command "make lock" requirements-redis.txt --output-file requirements.lock

# Programs of others, one after the other: the system installs one at a time. In a whole run all
# that may install one (node is the third) waits for these.
js chromium redis: $(if $(WHOLE),others)

others:
	@sh tests/dashboard/jobs/find_redis.sh >/dev/null
	@sh tests/browser/find_chromium.sh >/dev/null

chromium:
	@sh tests/browser/find_chromium.sh >/dev/null

redis:
	@sh tests/dashboard/jobs/find_redis.sh >/dev/null

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Transfer Atlas needs Python 3.11 or newer; say which: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { rm -rf $(VENV); echo "No virtual environment could be made: install Python's venv module (Debian: apt-get install python3-venv)" >&2; exit 1; }

$(VENV)/run.stamp: requirements.txt constraints.txt | $(VENV)/bin/python
	@echo "Installing what the dashboard needs into $(VENV) (once)" >&2
	@$(call INSTALL,requirements.txt)
	@touch $@

$(VENV)/test.stamp: requirements-dev.txt requirements-cluster.txt requirements-mlflow.txt requirements-redis.txt requirements-s3.txt $(VENV)/run.stamp
	@echo "Installing the test tools into $(VENV) (once)" >&2
	@$(call INSTALL,requirements-dev.txt)
	@touch $@

clean:  ## the virtual environment, caches and results away
	rm -rf $(VENV) .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis
