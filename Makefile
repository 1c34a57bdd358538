# The one list of commands. Everything lives in a virtual environment of its own under .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Hundreds of tests start a process of their own: libraries that are compiled anew in each take a second of it.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test fuzz check format docs golden samples calibrate clean

# Install, and investigate the story this project began with.
demo: $(VENV)/.installed
	$(BIN)/calltrace investigate sample_logs/refrigeration-weekend --account "Polar Refrigeration" \
	  --complaint missed-calls --from "2026-02-13 16:00" --to "2026-02-16 09:00" \
	  --claim "our customers rang all weekend and nobody answered"

# Install with the test tools, and pass the tests.
test: $(VENV)/.installed-dev
	$(BIN)/pytest -n auto -q

# Look for inputs that break a law: examples no run has tried yet.
fuzz: $(VENV)/.installed-dev
	$(BIN)/pytest -n auto -q --fuzz 20

# Style, types, the arrows between the rooms, and the generated pages.
check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/reference.py --check

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .

docs: $(VENV)/.installed-dev
	$(BIN)/python tools/reference.py

golden: $(VENV)/.installed-dev
	$(BIN)/pytest -q --update-golden

samples: $(VENV)/.installed-dev
	$(BIN)/python tools/make_samples.py

# Fit the weights of the diagnosis anew on simulated services (most of an hour on two cores).
calibrate: $(VENV)/.installed-dev
	$(BIN)/python tools/calibrate.py fit
	$(BIN)/python tools/calibrate.py page
	$(BIN)/python tools/calibrate_audit.py

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	$(BIN)/python -m compileall -q src
	touch $@

$(VENV)/.installed-dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check --editable ".[dev]"
	$(BIN)/python -m compileall -q src
	touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
