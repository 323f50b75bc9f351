# make demo   install into .venv and run the bundled newsroom through the whole line
# make test   install into .venv with the development tools and run every check
# make torture  kill a watching daemon 200 times and compare its store with the newsroom's truth (half an hour; KILLS=50)
# make soak   let a daemon watch through a network full of faults, and compare likewise (two hours; SECONDS=120)
# make stops  stop a daemon 100 times as its engine is killed, starts or hangs (ten minutes; STOPS=10)
# make rules  show the days left of each site rule, and what the rules are worth on the saved pages
#
# Needs Python 3.11 or newer with its venv module, and the package index; no root, no account, no server.
# Another interpreter: make demo PYTHON=/path/to/python3.12

VENV := .venv
RUN := $(VENV)/bin/python
INSTALL := $(RUN) -m pip --disable-pip-version-check install --quiet
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))

# The first interpreter on the PATH that is new enough, unless the caller names one.
ifndef PYTHON
PYTHON := $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	"$$p" -c '$(NEW_ENOUGH)' 2>/dev/null && { echo "$$p"; break; }; done)
endif

.DEFAULT_GOAL := help
.PHONY: help demo test torture soak stops rules clean
KILLS := 200
STOPS := 100
SECONDS := 7200
.DELETE_ON_ERROR:

help:
	@sed -n 's/^# make /make /p' Makefile

demo: $(VENV)/.installed
	$(VENV)/bin/presswatch demo

test: $(VENV)/.installed-dev
	$(RUN) tests/checks.py

torture: $(VENV)/.installed-dev
	$(RUN) tests/torture.py --kills $(KILLS)

soak: $(VENV)/.installed-dev
	$(RUN) tests/soak.py --seconds $(SECONDS)

stops: $(VENV)/.installed-dev
	PRESSWATCH_TEST_STOPS=$(STOPS) $(RUN) -m pytest -q -n 0 tests/test_daemon_stop.py

rules: $(VENV)/.installed
	$(RUN) benchmarks/site_rules.py

clean:
	rm -rf $(VENV) demo .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache

# Stamps: installed again only when pyproject.toml changed. The newer pip is for dependency groups (25.1). Of 6,000 modules
# the tests load a part, which Python compiles as it loads them.
$(VENV)/.installed: pyproject.toml | $(RUN)
	$(INSTALL) --upgrade 'pip>=25.1'
	$(INSTALL) --editable .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(RUN)
	$(INSTALL) --upgrade 'pip>=25.1'
	$(INSTALL) --no-compile --editable . --group dev
	@touch $@ $(VENV)/.installed

$(RUN):
	@"$(PYTHON)" -c '$(NEW_ENOUGH)' 2>/dev/null || { \
		echo "presswatch needs Python 3.11 or newer, and none was found$(if $(PYTHON), as $(PYTHON)): name one, as in  make demo PYTHON=/path/to/python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "$(PYTHON) comes without its venv module: install it (Debian, Ubuntu: apt-get install python3-venv) or name another Python with PYTHON=" >&2; exit 1; }
	"$(PYTHON)" -m venv --clear $(VENV)
