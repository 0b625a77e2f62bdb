# Sophia. `make` lists what there is.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help up down status test check fix faults fuzz bench bench-mcp bench-memory bench-memory-learning bench-memory-growth console clean dev provider conformance browser malformed tool-schemas

bin := .venv/bin
uv := $$(command -v .tools/bin/uv || command -v uv)

help: ## List what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-19s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: ## Start Sophia and keep her running (Ctrl-C stops all)
	@./sophia up

down: ## Stop her
	@./sophia down

status: ## Show what runs
	@./sophia status

test: check console provider conformance browser ## Check everything and run all tests
	$(bin)/pytest -n 3 --dist loadfile --no-loadscope-reorder tests

check: dev ## Check form, types, layers and the lock file; run no tests
	$(bin)/ruff format --check .
	$(bin)/ruff check .
	$(bin)/pyright --threads 2
	$(bin)/lint-imports
	@if [ -f tests/contract/test_house.py ]; then $(bin)/pytest -q tests/contract/test_house.py; fi
	$(uv) lock --check --quiet
	@if [ -f web/package.json ]; then scripts/console check; fi

fix: dev ## Put right what can be put right by itself
	$(bin)/ruff check --fix .
	$(bin)/ruff format .

faults: dev ## Kill, fill and hang everything under load; check every operation
	$(bin)/python -m tests.faults.drill $(ARGS)

fuzz: dev ## Send each route of the API a hundred generated requests
	SOPHIA_TEST_EXAMPLES=100 $(bin)/pytest -n 2 tests/contract/test_openapi.py

malformed: dev ## Send 10,000 malformed requests to an MCP server and the gateway
	$(bin)/python -m tests.support.malformed $(ARGS)

bench: dev ## Measure turns against the floor of this machine
	$(bin)/python -m bench.turns

bench-mcp: dev ## Measure tool calls direct, through the gateway and through others'
	$(bin)/python -m bench.mcp

bench-memory: dev ## Measure what AI Memory finds, beside other methods (LOCOMO=folder of the harness)
	$(bin)/python -m bench.memory $(LOCOMO)

bench-memory-learning: dev ## Measure what is learned of talks, by rules and by a scripted model
	$(bin)/python -m bench.memory_learning

bench-memory-growth: dev ## Measure how searches and additions cost as memories grow (SIZES=...)
	$(bin)/python -m bench.memory_growth $(SIZES)

tool-schemas: dev ## Write down anew what tools take and give, after a change that is meant
	$(bin)/python -m tests.support.tools

console: dev ## Build the web console
	@scripts/console must

clean: ## Remove what was built; data and secrets in .sophia stay
	rm -rf dist src/sophia/api/console .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

dev:
	@scripts/bootstrap dev

# The tests of signing in through a provider need one: a certified one, from npm.
provider: dev
	@scripts/console provider

# The tests of MCP run the official conformance suite and the Inspector, from npm.
conformance: dev
	@scripts/console conformance

# The tests of the console need a Chromium; without one they say that they were skipped.
browser:
	@if ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null && \
		! command -v google-chrome >/dev/null && \
		[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing chromium …"; \
		apt-get install -y -q --no-install-recommends chromium >/dev/null || \
			{ apt-get update -q >/dev/null && \
			apt-get install -y -q --no-install-recommends chromium >/dev/null; } || \
			echo "chromium cannot be installed: its tests are skipped."; \
	fi
