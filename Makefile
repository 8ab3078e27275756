# make run     the broker, the sample replayed into it, both channels on this terminal (FOR=10: for 10 seconds)
# make test    all tests; make lint, make types: ruff, mypy
# make bench   throughput, latency and memory on this machine
# make evaluate  how well 'nxcast-consume dga' tells generated names, by family
# make lock    pins the newest versions that pyproject.toml allows

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
FOR ?= 0
UV := uv==0.13.9
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml

.PHONY: run test lint types bench evaluate lock clean

run: .venv/run.stamp
	@$(BIN)/python testbed/run.py --for $(FOR)

test: .venv/dev.stamp
	$(BIN)/python -m pytest

lint: .venv/dev.stamp
	$(BIN)/ruff check
	$(BIN)/ruff format --check

# The editable install is an import hook that mypy does not follow, so it gets the four folders under their names.
types: .venv/dev.stamp
	mkdir -p build/types/nxcast
	touch build/types/nxcast/__init__.pyi
	ln -sfn $(addprefix $(CURDIR)/,broker producers consumers schemas) build/types/nxcast/
	$(BIN)/mypy
	$(BIN)/mypy testbed bench

bench: .venv/dev.stamp
	$(BIN)/python -m bench

evaluate: .venv/dev.stamp
	$(BIN)/python -m bench.evaluate_dga

lock: .venv/dev.stamp
	$(BIN)/pip install --quiet $(UV)
	$(COMPILE) --upgrade -o requirements.lock
	$(COMPILE) --upgrade --extra dev --constraint requirements.lock -o requirements-dev.lock

clean:
	rm -rf .venv build *.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache

.venv/run.stamp: requirements.lock pyproject.toml
	@echo "setting up .venv (once)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

.venv/dev.stamp: .venv/run.stamp requirements-dev.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@
