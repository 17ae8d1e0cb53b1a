# Hawser. "make" alone lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/build/tools/go/bin:$(CURDIR)/build/tools/bin:$(PATH)
export GOTOOLCHAIN := local
export GOFLAGS := -buildvcs=false

VERSION := $(shell sed -n 's/^\#\# \[\([0-9][^]]*\)\].*/\1/p' CHANGELOG.md | head -n 1)
LDFLAGS := -s -w -X hawser/internal/version.version=$(VERSION)

.PHONY: help demo demo-down dev build web gen check test test-short test-web test-cluster test-browser test-long test-vm bench-failover bench-diskhb bench-insight bench-clusters fuzz clean install install-test

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: ## as root: three real nodes, a protected PostgreSQL and the console; a second run says where they are
	@scripts/demo up

demo-down: ## as root: end the demo and leave nothing behind
	@scripts/demo down

dev: install ## server, simulated nodes and the console with reload; needs no root once the packages are there (SCENARIO=healthy|node-down|many)
	@scripts/dev "$(or $(SCENARIO),healthy)"

install: ## what building and the demo need: packages (as root), Go, Node
	@scripts/install

install-test:
	@scripts/install test

build: web ## all programs, into build/bin, with the console inside the server
	@mkdir -p build/bin
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o build/bin/ ./server/cmd/... ./agent/cmd/... ./cli/cmd/hawser ./e2e/sandbox/cmd/... ./e2e/sim/cmd/... ./e2e/stage/cmd/...
	@mkdir -p bin && ln -sf ../build/bin/hawser bin/hawser

# The console is built again only when something below web/ or the catalogue has changed.
web: build/web.stamp
build/web.stamp: $(shell git ls-files web internal/words 2>/dev/null) web/package-lock.json
	@mkdir -p build
	cd web && npm ci --no-audit --no-fund --loglevel=error && npm run build >/dev/null
	@touch $@

gen: ## what is generated and committed: OpenAPI, TypeScript types, the command reference
	scripts/gen

check: install-test ## format, lint, import rules, generated files, shell scripts, types
	scripts/check

test: ## everything a contributor must see pass; as root
	@scripts/test

test-short: ## unit tests of the Go code, under a minute, no root
	go test -short ./...

test-web: ## types, lint, tests and build of the console
	cd web && npm ci --no-audit --no-fund --loglevel=error && npm run check
	@mkdir -p build && touch build/web.stamp # check has built it

test-cluster: build ## tests on real nodes in the sandbox, as root (RUN=name of a test)
	scripts/test-cluster $(if $(RUN),-run '$(RUN)')

test-browser: build ## tests in a browser against the true server on simulated nodes
	scripts/test-browser

test-long: build ## repeats of every fault on real nodes; writes docs/results/faults.md
	scripts/test-long

test-vm: build ## SBD and watchdogs in virtual machines, as root; not part of make test; writes docs/results/vm.md (RUN=name of a test)
	RUN='$(RUN)' scripts/test-vm

bench-failover: build ## outage seen by a client: Hawser, stock pcs, tuned peer; writes build/bench/failover.json (ROUNDS=5)
	scripts/bench-failover "$(or $(ROUNDS),5)"

bench-diskhb: build ## the disk heartbeat on real nodes: stalls, membership, cost; writes build/bench/diskhb.json (ROUNDS=3)
	scripts/bench-diskhb "$(or $(ROUNDS),3)"

bench-insight: build ## a simulated cluster of 32 nodes and 500 resources: state, what-if, why, revert; writes build/bench/insight.json (ROUNDS=5)
	scripts/bench-insight "$(or $(ROUNDS),5)"

bench-clusters: build ## a hundred simulated clusters on one server, in a browser: paint, change, cost; writes build/bench/clusters.json (ROUNDS=5)
	scripts/bench-clusters "$(or $(ROUNDS),5)"

fuzz: ## every fuzz target for MINUTES (10); writes docs/results/fuzz.md (RUN=names of targets)
	RUN='$(RUN)' scripts/fuzz "$(or $(MINUTES),10)"

clean: ## remove what was built
	rm -rf build bin
