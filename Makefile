# make run     the broker, the sample replayed into it, both channels on this terminal, and a page to look at
#              (FOR=10: for 10 seconds)
# make test    all tests but the long ones (make test-long: kills, crowds and simulated runs by the hundred;
#              make test-uncompiled: the broker's with Python in the kernel's place); make lint, make types: ruff, mypy
# make fuzz    looks for input that breaks a decoder, for 60 seconds (FOR=600: for 600); make fuzz-kernel: the
#              compiled kernel under sanitizers, held against Python (gcc; SEED=7: from that one); make hostile: sends
#              a broker a million hostile messages, and checks its counters (MESSAGES=20000: as many); then lives
#              beside bad neighbours, each for ten seconds (FOR=600: for 600), and fails below its floors
# make chaos   kills, stops and cuts everything, and sets the clock, while half a million frames pass, and fails
#              if anything is lost and not reported (SEEDS=20: as many runs; SEED=7: from that one on;
#              FRAMES=60000: as many); make soak: ten minutes at 50,000 frames/s; make chaos-store: kills a store
#              a thousand times in mid-stream, and fails if it counts anything twice or not at all (KILLS=50);
#              make chaos-nats: kills brokers that share a work queue of NATS, and the servers that lead it, a
#              hundred times each, and fails if a record is missing or there twice (KILLS=10)
# make simulate  a thousand runs of all loops in one process, on a network and a time that are made up, from
#              seeds (SEEDS=100000: as many; SEED=7: from that one on; FAULT=NAME: with a fault put back),
#              by a process a core (JOBS=1: by one)
# make testbed  the containers: a real resolver, real authoritative servers, and all of nxcast (FULL=1: with
#              Prometheus, and packets as a second sensor); make testbed-down ends it, make testbed-test tests it
# make test-real  the tests with Debian's resolvers at their own defaults, and programs that ask them, as root
#              (python -m testbed.defaults DIRECTORY records them)
# make bench   throughput, latency and memory on this machine; fails where a question misses its bar
# make findings  runs the scripts of findings/, each with a line of its own; needs the network
# make evaluate  how much of what is planted in streams each question finds, and what else it reports
#              (ASK=dead: one question; minutes)
# make vendor  puts what the page draws with (uPlot) into consumers/page/static, from npm by its lock file and hash
# make wheel   the wheel for this platform, with completions and man pages, in build/dist
# make lock    pins the newest versions that pyproject.toml allows

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
FOR ?= 0
MESSAGES ?= 1000000
FRAMES ?= 500000
SEED ?= 0
# One more than two a core, since tests wait for sockets and programs half of their time.
WORKERS ?= $(shell echo $$(( 2 * $$(getconf _NPROCESSORS_ONLN) + 1 )))
ROOMS := broker consumers process producers schemas telemetry transport
# Where it is set, each worker compiles all tests again, and each program that they start all of nxcast.
unexport PYTHONDONTWRITEBYTECODE
UV := uv==0.13.9
ATHERIS := atheris==3.0.0
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml

.PHONY: run test test-long test-uncompiled test-real lint types fuzz fuzz-kernel hostile chaos chaos-store chaos-nats soak simulate testbed testbed-test testbed-down bench evaluate \
	findings vendor wheel lock clean

run: .venv/run.stamp
	@$(BIN)/python testbed/run.py --for $(FOR)

# Tests start programs by the hundred: compiled once, also where the environment would keep nothing.
test test-long test-uncompiled test-real: export PYTHONDONTWRITEBYTECODE =
# Each worker would read the tests of tests/real, with a browser and clients that they need, and run none.
test: .venv/tests.stamp
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --ignore=tests/real

test-long: .venv/dev.stamp
	$(BIN)/python -m pytest -n $(WORKERS) --dist load -m long $$(grep -rl pytest.mark.long tests --include='*.py')

# But for two tests that say where each setting comes from: here one comes from the environment.
test-uncompiled: .venv/dev.stamp
	NXCAST_COMPILED=false $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder tests/broker/test_*.py \
		--deselect tests/broker/test_settings.py::test_each_setting_tells_where_it_came_from \
		--deselect tests/broker/test_security.py::test_the_start_line_says_who_comes_in

test-real: .venv/dev.stamp
	TESTS_START=real $(BIN)/python -m pytest -m real tests/real

lint: .venv/dev.stamp
	$(BIN)/ruff check
	$(BIN)/ruff format --check

# The editable install is an import hook that mypy does not follow, so it gets the folders under their names.
types: .venv/dev.stamp
	rm -rf build/types
	mkdir -p build/types/nxcast
	ln -s $(addprefix $(CURDIR)/,$(ROOMS) $(wildcard nxcast/*)) build/types/nxcast/
	$(BIN)/mypy
	$(BIN)/mypy testbed bench

fuzz: .venv/fuzz.stamp
	$(BIN)/python -m tests.fuzz --for $(if $(filter-out 0,$(FOR)),$(FOR),60)

fuzz-kernel: .venv/dev.stamp
	$(BIN)/python -m tests.fuzz.sanitized main $(if $(filter-out 0,$(FOR)),$(FOR),60) $(SEED)

hostile: .venv/dev.stamp
	$(BIN)/python -m tests.fuzz.siege --messages $(MESSAGES)
	$(BIN)/python -m tests.fuzz.silent_strangers --for $(if $(filter-out 0,$(FOR)),$(FOR),10)
	$(BIN)/python -m tests.fuzz.neighbours --for $(if $(filter-out 0,$(FOR)),$(FOR),10)

chaos: SEEDS ?= 1
chaos: .venv/dev.stamp
	$(BIN)/python -m testbed.chaos --frames $(FRAMES) --seed $(SEED) --seeds $(SEEDS)

chaos-store: KILLS ?= 1000
chaos-store: .venv/dev.stamp
	$(BIN)/python -m testbed.chaos_store --kills $(KILLS) --seed $(SEED)

chaos-nats: KILLS ?= 100
chaos-nats: .venv/dev.stamp
	$(BIN)/python -m testbed.chaos_nats --kills $(KILLS) --seed $(SEED)

soak: .venv/dev.stamp
	$(BIN)/python -m testbed.soak

simulate: SEEDS ?= 1000
simulate: .venv/dev.stamp
	$(BIN)/python -m testbed.simulation --seeds $(SEEDS) --seed $(SEED) $(if $(JOBS),--jobs $(JOBS)) $(if $(FAULT),--fault $(FAULT))

testbed:
	@$(PYTHON) testbed/containers.py up $(if $(FULL),--full)

testbed-test: .venv/dev.stamp
	$(BIN)/python -m pytest -m containers tests/testbed/test_containers.py tests/testbed/test_containers_nats.py

testbed-down:
	@$(PYTHON) testbed/containers.py down

bench: .venv/dev.stamp
	$(BIN)/python -m bench

findings:
	@mkdir -p build
	@for script in findings/*.sh; do \
		sh "$$script" >build/finding.log 2>&1; \
		case $$? in 0) word=holds;; 2) word="not tried";; *) word=CHANGED;; esac; \
		echo "$$word $$script: $$(tail -n 1 build/finding.log)"; \
	done

evaluate: .venv/dev.stamp
	$(BIN)/python -m bench.evaluate $(ASK)

vendor:
	cd consumers/page && npm ci --ignore-scripts --no-audit --no-fund
	cp consumers/page/node_modules/uplot/dist/uPlot.iife.min.js consumers/page/node_modules/uplot/dist/uPlot.min.css consumers/page/static
	cp consumers/page/node_modules/uplot/LICENSE consumers/page/static/uPlot.LICENSE

wheel: .venv/dev.stamp
	rm -rf build/share build/dist
	$(BIN)/python -m nxcast.share build/share >/dev/null
	$(BIN)/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir build/dist .
	@ls build/dist/*.whl

lock: .venv/dev.stamp
	$(BIN)/pip install --quiet $(UV)
	$(COMPILE) --upgrade -o requirements.lock
	$(COMPILE) --extra serve --constraint requirements.lock -o requirements-serve.lock
	$(COMPILE) --upgrade --extra dev --constraint requirements.lock -o requirements-dev.lock
	$(COMPILE) testbed/docker/nats.in --extra nats --constraint requirements-dev.lock -o testbed/docker/nats.lock

clean:
	rm -rf .venv build *.egg-info .hypothesis .mypy_cache .pytest_cache .ruff_cache

.venv/run.stamp: requirements-serve.lock pyproject.toml $(wildcard kernel/*)
	@echo "setting up .venv (once)"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-serve.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

.venv/dev.stamp: .venv/run.stamp requirements-dev.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

# Once: each of the workers would compile all tests, at the same time.
.venv/tests.stamp: | .venv/dev.stamp
	@printf '%s\n' tests/consumers 'tests --ignore=tests/consumers --ignore=tests/real' \
		| xargs -P 2 -L 1 $(BIN)/python -m pytest --collect-only -q >/dev/null; touch $@

# Where there is no wheel of atheris the fuzzing does without: its mutations are then not guided.
.venv/fuzz.stamp: .venv/dev.stamp
	-@$(BIN)/pip install --quiet --disable-pip-version-check --only-binary :all: $(ATHERIS)
	@touch $@
