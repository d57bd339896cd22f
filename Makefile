# `make help` is the manual. Every target but help and clean makes the environment first, or only checks it (half a second).
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup demo test check format bench chaos package record-jars clean distclean

PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
BIN := .venv/bin

help: ## show this text
	@echo "supplyline: a shop's raw files to forecasts, reorder points and live alerts"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  ARGS=... goes to the command:   make demo ARGS='--warehouse /data/shop'   make test ARGS='tests/inventory -x'"
	@echo "  PYTHON=... names a Python 3.11  JAVA_HOME=... a Java of 17 to 23  SUPPLYLINE_IVY_SETTINGS=... an Ivy mirror"

setup: ## install packages into .venv and fetch jars into jars/, or repair either; needs Python 3.11 and Java 17
	@$(PYTHON) tools/setup_environment.py
	@$(BIN)/python tools/compile_kernels.py
	@$(BIN)/python tools/archive_classes.py

demo: setup ## run the whole loop on the bundled real data and show what it found
	@$(BIN)/supplyline demo $(ARGS)

test: setup ## every test but the long ones
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

check: setup ## format, lint, and strict types of the library
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: setup ## write what `check` wants to see
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup ## benchmarks against peers; ratios are printed and written to benchmarks/results/
	@$(BIN)/python -m pip install --quiet --no-deps --requirement benchmarks/requirements.txt
	@for file in benchmarks/bench_*.py; do echo "== $$file"; $(BIN)/python $$file $(ARGS) || exit 1; done

chaos: setup ## long kill tests, where nothing may be lost or doubled, and property tests on examples never tried before
	@$(BIN)/python -m pytest -m 'chaos or hypothesis' --hypothesis-profile=default $(ARGS)

package: setup ## dist/supplyline.zip for spark-submit --py-files, and a wheel
	@$(BIN)/python -m supplyline.library_zip dist/supplyline.zip
	@rm -rf build/lib build/bdist.*  # a module removed since would come back
	@$(BIN)/python -m pip wheel --quiet --no-build-isolation --no-deps --wheel-dir dist . && ls dist/*.whl

record-jars: setup ## after a change of conf/jars/ivy.xml: fetch all anew and write the checksums
	@$(BIN)/python -m supplyline.jars --record

clean: ## remove caches and built files; .venv, jars and your tables stay
	rm -rf build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis lib/supplyline.egg-info .venv/.kernels
	find lib jobs streaming tests benchmarks conf tools -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## remove .venv and jars as well
	rm -rf .venv jars
