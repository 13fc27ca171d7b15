# make serve: install, create the database, load the starter bank, build the index, serve.
# make test:  install what the tests need and run them; make test-slow: those that take long.
PYTHON ?= python3
# What is imported is compiled once, on first use, not in every process of every start.
unexport PYTHONDONTWRITEBYTECODE
VENV := .venv
BIN := $(VENV)/bin
# One process more than cores, because tests also wait: for a browser, a server, a disk.
PROCESSES ?= $(shell cores=$$(nproc); echo $$(( cores < 4 ? cores + 1 : 4 )))
PYTEST := $(BIN)/pytest --numprocesses $(PROCESSES) --dist loadfile --no-loadscope-reorder
PIP := $(BIN)/pip install --disable-pip-version-check --quiet --no-compile --constraint constraints.txt

.PHONY: serve test test-slow lint format benchmark lock clean

serve: $(VENV)/installed
	$(BIN)/qa-service serve

test: $(VENV)/installed-for-tests
	./.ci/install-system-packages
	$(PYTEST) -m "not slow" --cov --cov-report=

test-slow: $(VENV)/installed-for-tests
	./.ci/install-system-packages
	$(PYTEST) -m slow

lint: $(VENV)/installed-for-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry qa_service
	$(BIN)/qa-service corpus check corpus

format: $(VENV)/installed-for-tests
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

benchmark: $(VENV)/installed
	$(BIN)/python -m benchmarks.latency
	$(BIN)/python -m benchmarks.start
	$(BIN)/python -m benchmarks.quality
	$(BIN)/python -m benchmarks.growth --pairs 1000 10000

lock: $(VENV)/installed
	./.ci/lock

clean:
	rm -rf $(VENV) build dist *.egg-info

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "需要 Python 3.11 或更新版本：make PYTHON=python3.11 …"; exit 1; }
	$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "缺少 venv 模块，请先安装 python3-venv 软件包"; exit 1; }

$(VENV)/installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "正在安装依赖，首次约需几分钟…"
	$(PIP) --editable .
	touch $@

$(VENV)/installed-for-tests: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "正在安装依赖，首次约需几分钟…"
	$(PIP) --editable '.[dev]'
	touch $@
