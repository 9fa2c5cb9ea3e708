# Everything lives in include/demo/; a target here is its name there. `make help` explains them.

.DEFAULT_GOAL := help
.PHONY: help run up trigger stop status erp sandbox env compose-native install lock test test-fast test-slow lint soak bench bench-backlog bench-limit pictures clean

START := sh include/demo/start.sh

# Read by include/demo; a variable given to make (make run COUPA_ERP_AIRFLOW_PORT=8081) reaches it, too.
export CONF SOAK_SEED SOAK_INVOICES SOAK_GRAIN SOAK_MONITORING BENCH_INVOICES BENCH_CONTENDERS BENCH_REPEATS BENCH_SETTINGS BENCH_BACKLOG

help: ## This list
	@echo "Coupa invoices into the ERP, as an Airflow DAG. Needs Python 3.11 or 3.12 and make; the rest comes by itself."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  Ports: COUPA_ERP_AIRFLOW_PORT (8080), COUPA_ERP_TRYTON_PORT (8069), COUPA_ERP_SANDBOX_PORT (8090),"
	@echo "  as variables (make run COUPA_ERP_AIRFLOW_PORT=8081) or in .env. Everything is kept in .run/."

run: ## The demo: Coupa sandbox, Tryton and Airflow, sixty invoices carried over, the books compared
	@$(START) run

up: ## Airflow alone, for your own Coupa and ERP: connections from the environment or .env (see .env.example)
	@$(START) up

trigger: ## Start a run and wait for its end: make trigger CONF='{"max_invoices": 5}'
	@$(START) trigger

stop: ## End exactly what `make run` or `make up` started; the data stays
	@$(START) stop

status: ## What is running, and where
	@$(START) status

erp: ## Tryton alone, with its PostgreSQL and its seeded companies
	@$(START) erp

sandbox: ## The Coupa sandbox alone
	@$(START) sandbox

test: ## Everything: ruff, mypy, pytest
	@$(START) test

test-fast: ## The pure tests: no server, seconds
	@$(START) test-fast

test-slow: ## Beyond `make test`: a crash and an act between any two calls, whole machines killed
	@$(START) test-slow

lint: ## ruff and mypy alone
	@$(START) lint

soak: ## Faults, kills and people while 500 invoices are exported, then both books judged (SOAK_SEED=, SOAK_INVOICES=, SOAK_GRAIN=, SOAK_MONITORING=)
	@$(START) soak

pictures: ## The README's pictures, taken anew of what `make run` left running (needs Chromium)
	@$(START) pictures

env: ## .env out of .env.example, with new secrets, for docker compose
	@$(START) env

compose-native: ## docker-compose.yaml with its profile demo, as processes without Docker (needs redis-server), until Ctrl-C
	@$(START) compose-native

bench: ## What an invoice costs here, beside the floor of its picture (BENCH_INVOICES=, BENCH_CONTENDERS=, BENCH_REPEATS=)
	@$(START) bench

bench-backlog: ## Ten thousand invoices of everyday size, watched while they drain (BENCH_BACKLOG=)
	@$(START) bench-backlog

bench-limit: ## The package at Coupa's 25 requests a second: requests and 429s by the second, two minutes
	@$(START) bench-limit

install: ## The environments alone
	@$(START) install

lock: ## Resolve requirements*.txt anew into requirements/*.lock
	@$(START) lock

clean: ## Stop, then delete .run/: environments, databases, logs, secrets
	@$(START) clean
