# One virtual environment, from a lock with hashes. `make demo` and `make test` need nothing else first.
PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

ifeq ($(shell command -v $(PYTHON)),)
PYTHON := python3
endif

.PHONY: demo test check bench train prove lock clean

demo: $(VENV)/.run
	@$(BIN)/backstop demo

test: $(VENV)/.dev
	$(BIN)/python -m pytest

# All that CI runs.
check: $(VENV)/.dev
	bash .ci/run

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks accuracy
	$(BIN)/python -m benchmarks speed

# The judge's weights, from labelled data (BACKSTOP_DATA) and benchmarks/data. PyTorch is needed for this alone.
train: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet "torch>=2.9"
	$(BIN)/python -m benchmarks.training

# The long proofs.
prove: $(VENV)/.dev
	BACKSTOP_KILLS=300 $(BIN)/python -m pytest tests/crash -s

# New versions of everything, as pyproject.toml allows. The locks hold hashes, and no addresses.
lock: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --universal --upgrade --generate-hashes --no-annotate --no-header -q \
	  pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --universal --upgrade --generate-hashes --no-annotate --no-header -q \
	  pyproject.toml --group dev -o requirements-dev.lock

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-deps -e .
	@touch $@ $(VENV)/.run
