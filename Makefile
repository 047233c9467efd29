# Each command sets up what it needs (.venv, pinned) and is then one call.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
# Bytecode is not compiled at installation but when it is first imported; without it vLLM starts 15 s later each time.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help setup toolchains bfcl eval test test-long report reproduce gate lint layout bench docs demo-model clean

VENV := .venv
# The environment's own Python once there is one: it starts fastest.
PYTHON ?= $(or $(wildcard $(VENV)/bin/python),$(firstword $(foreach name,python3.11 python3.12 python3.13 python3,$(shell command -v $(name)))))

MODEL ?= demo
SUITE ?= $(if $(TASKS),,demo)
# The demo model thinks in tens of tokens; the report's budgets are 1,024 to 32,768.
DEMO_BUDGETS := 8,16,32,48,64,96
DEMO_RUN = $(and $(filter demo,$(MODEL)),$(filter demo,$(SUITE)))
BUDGETS ?= $(if $(filter non-thinking,$(MODE)),,$(if $(DEMO_RUN),$(DEMO_BUDGETS)))
WORKERS ?= 2

# Only what was given is passed on.
option = $(if $($(2)),--$(1) "$($(2))")
options = $(foreach pair,$(1),$(call option,$(word 1,$(subst :, ,$(pair))),$(word 2,$(subst :, ,$(pair)))))
RUN_OPTIONS := limit:LIMIT samples:SAMPLES sandbox:SANDBOX engine:ENGINE base-url:BASE_URL data-dir:DATA_DIR \
	run-dir:RUN_DIR seed:SEED draw-seed:DRAW_SEED family:FAMILY sampling:SAMPLING
LONG_OPTIONS := lengths:LENGTHS samples-per-task:SAMPLES_PER_TASK ruler-prefix:RULER_PREFIX yarn:YARN
JUDGE_OPTIONS := judge-model:JUDGE_MODEL judge-url:JUDGE_URL judge-engine:JUDGE_ENGINE
EVAL_OPTIONS = $(call options,suite:SUITE tasks:TASKS mode:MODE budgets:BUDGETS protocol:PROTOCOL $(RUN_OPTIONS) \
	$(JUDGE_OPTIONS) $(LONG_OPTIONS))
REPRODUCE_OPTIONS = $(call options,format:FORMAT out:OUT $(RUN_OPTIONS) $(LONG_OPTIONS))

help:  ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

define ensure
@$(PYTHON) scripts/setup.py $(1)
endef

setup:  ## the environment in .venv (ENGINE_EXTRA=cpu|gpu), and the system packages where allowed
	$(call ensure,--system)

toolchains:  ## compilers and runtimes for code benchmarks in eight languages, where that is allowed
	$(call ensure)
	@$(VENV)/bin/python -m scripts.toolchains
	@$(VENV)/bin/python -m scripts.bfcl

bfcl:  ## the official checker of BFCL, in a folder of its own
	$(call ensure)
	@$(VENV)/bin/python -m scripts.bfcl

eval:  ## evaluate: MODEL=demo SUITE=demo|TASKS=a,b MODE= FAMILY= SAMPLING= PROTOCOL= BUDGETS= LIMIT= SAMPLES= DRAW_SEED= SANDBOX= ENGINE= BASE_URL= DATA_DIR= RUN_DIR= JUDGE_MODEL= JUDGE_URL= JUDGE_ENGINE= LENGTHS= SAMPLES_PER_TASK= RULER_PREFIX= YARN= ARGS=
	$(call ensure)
	@$(VENV)/bin/qwen3-eval run --model "$(MODEL)" $(EVAL_OPTIONS) --report $(ARGS)

# What tests use beside the environment, then the tests that a marker picks. A worker that dies ends the run: in place of
# it pytest-xdist would start another, and then wait for ever.
define tests
$(call ensure)
@$(VENV)/bin/python -m scripts.toolchains --once
@$(VENV)/bin/python -m scripts.bfcl --once
@$(VENV)/bin/python -m pytest -q -m "$(1)" -n $(WORKERS) --dist loadfile --no-loadscope-reorder \
	--max-worker-restart 0 $(ARGS)
endef

test:  ## all tests but the long ones
	$(call tests,not long)

test-long:  ## what takes long: real engines at length, kills, simulations
	$(call tests,long)

report:  ## HTML report of runs: RUN="results/a results/b" [OUT=reports/x.html]; without RUN the page over all runs
	$(call ensure)
	@$(VENV)/bin/qwen3-eval report $(or $(RUN),--all) $(if $(OUT),--out "$(OUT)")

reproduce:  ## a table of the report, ours beside theirs: TABLE=11|figure2|card:qwen3.5 MODEL= FROM="results/a" FORMAT= OUT= LIMIT= ARGS=--dry-run
	$(call ensure)
	@$(VENV)/bin/qwen3-eval reproduce "$(if $(filter figure% card:%,$(TABLE)),$(TABLE),table$(TABLE:table%=%))" --model "$(MODEL)" \
		$(REPRODUCE_OPTIONS) $(if $(FROM),--from $(FROM)) $(ARGS)

gate:  ## did a run get worse? RUN=results/a BASELINE=results/baselines/x.json [ARGS="--margin 1.0"]
	$(call ensure)
	@$(VENV)/bin/qwen3-eval gate "$(RUN)" --baseline "$(BASELINE)" $(ARGS)

lint:  ## ruff and mypy
	$(call ensure)
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy

layout:  ## the rooms of the house, what each imports, and every import that docs/layout.md forbids
	$(call ensure)
	@$(VENV)/bin/python -m scripts.layout

bench:  ## what a sweep, a request and a grade cost: ARGS=
	$(call ensure)
	@$(VENV)/bin/python -m speed $(ARGS)

docs:  ## write docs/tasks.md and docs/families.md from the tasks and families themselves
	$(call ensure)
	@$(VENV)/bin/python scripts/task_docs.py
	@$(VENV)/bin/python scripts/family_docs.py

demo-model:  ## train the bundled demo model again (under an hour on two cores)
	$(call ensure)
	@$(VENV)/bin/python -m scripts.demo_model.train --out qwen3_eval/demo/model $(ARGS)

clean:  ## remove the environment and caches; results stay
	rm -rf $(VENV) .cache .hypothesis .pytest_cache
	find qwen3_eval tasks tests scripts requirements -name __pycache__ -type d -prune -exec rm -rf {} +
