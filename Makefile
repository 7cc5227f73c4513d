# HOST, PORT, DATA_DIR and every other setting pass through: make run PORT=9000
PYTHON_IN_VENV = .venv/bin/python
CHECKED = run.py server handlers realtime tests bench
# All tests side by side, one process more than processors as they often wait; some of them, named by ARGS, in one process that begins at once.
SIDE_BY_SIDE = $(if $(ARGS),,--numprocesses $(shell echo $$(($$(nproc) + 1))) --dist loadfile --no-loadscope-reorder --max-worker-restart 2)
MEASURED = fanout delay overload large flood idle polls restart bids homes groupbuy verify

# Every process of a test reads the same modules: compiled once, also where the environment says otherwise.
export PYTHONDONTWRITEBYTECODE =

.PHONY: help run test browser check bench clean

help:
	@echo 'make run     the server with demo data, on http://127.0.0.1:8888'
	@echo 'make test    all tests; ARGS="-k bids" for some of them'
	@echo 'make check   types, style, order of imports'
	@echo 'make bench   measurements against their baselines; make bench MEASURED=bids for one'
	@echo 'make clean   removes what the others made, except the data in .data'

run: .venv/packages
	$(PYTHON_IN_VENV) run.py serve --demo

test: browser .venv/sdk/package.json
	$(PYTHON_IN_VENV) -m pytest $(SIDE_BY_SIDE) $(ARGS)

browser:
	@scripts/setup.sh browser

check: .venv/test-packages
	$(PYTHON_IN_VENV) -m mypy $(CHECKED)
	$(PYTHON_IN_VENV) -m flake8 $(CHECKED)
	$(PYTHON_IN_VENV) -m isort --check $(CHECKED)

bench: .venv/test-packages
	@for name in $(MEASURED); do echo "== bench.$$name"; $(PYTHON_IN_VENV) -m bench.$$name $(ARGS) || exit 1; done

clean:
	rm -rf .venv .pytest_cache .mypy_cache .hypothesis .schemathesis build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Stamps: made anew when what is required changes, so that a second start is instant.
.venv/packages: requirements.txt
	@scripts/setup.sh packages requirements.txt
	@touch $@

.venv/test-packages: requirements-dev.txt requirements.txt
	@scripts/setup.sh packages requirements-dev.txt
	@touch $@ .venv/packages

.venv/sdk/package.json: tests/package.json .venv/test-packages
	@scripts/setup.sh sdk
