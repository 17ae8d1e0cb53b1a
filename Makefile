# Hawser. "make" alone lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/build/tools/go/bin:$(CURDIR)/build/tools/bin:$(PATH)
export GOTOOLCHAIN := local
# One way to compile for everything but the race detector: what one step has compiled serves the next.
export CGO_ENABLED := 0
export GOFLAGS := -buildvcs=false -trimpath

VERSION := $(shell sed -n 's/^\#\# \[\([0-9][^]]*\)\].*/\1/p' CHANGELOG.md | head -n 1)
LDFLAGS := -s -w -X hawser/internal/version.version=$(VERSION)
# The vendor's public keys (see hawser-license keygen), with commas between them: a release trusts them, and them alone, to sign licences.
# Without one it is a development build, which takes no licence and runs as a trial.
ifneq ($(HAWSER_VENDOR_KEY),)
LDFLAGS += -X hawser/licensing.vendorKey=$(HAWSER_VENDOR_KEY)
endif

.PHONY: help demo demo-down dev build vendor web gen check test test-all test-short test-web test-cluster test-browser test-long test-vm bench-failover bench-diskhb bench-insight bench-watch bench-agents bench-pgsql bench-volume watch-many bench-clusters fuzz clean install install-test

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
	go build -ldflags '$(LDFLAGS)' -o build/bin/ ./server/cmd/... ./agent/cmd/... ./cli/cmd/hawser ./licensing/cmd/hawser-ukey ./e2e/sandbox/cmd/... ./e2e/sim/cmd/... ./e2e/stage/cmd/... ./e2e/vm/cmd/...
	@build/bin/hawser-server version >/dev/null # a vendor's key that is none is found here
	@mkdir -p bin && ln -sf ../build/bin/hawser bin/hawser

vendor: ## the vendor's program that issues licences, into build/vendor; never shipped
	@mkdir -p build/vendor
	go build -ldflags '$(LDFLAGS)' -o build/vendor/ ./licensing/cmd/hawser-license

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

test-all: ## as root: what make test leaves out as well, under two hours; writes docs/results/nodes.md
	@ALL=1 scripts/test

test-short: ## unit tests of the Go code, under a minute, no root
	go test -short ./...

test-web: ## types, lint, tests and build of the console
	cd web && npm ci --no-audit --no-fund --loglevel=error && npm run check
	@mkdir -p build && touch build/web.stamp # check has built it

test-cluster: build ## as root: the tests on real nodes that make test has (RUN=name of a test, any)
	scripts/test-cluster $(if $(RUN),-run '$(RUN)')

test-browser: build ## tests in a browser against the true server on simulated nodes
	scripts/test-browser

test-long: build ## repeats of every fault on real nodes; writes docs/results/faults.md
	scripts/test-long

test-vm: build ## SBD, watchdogs, DRBD and the mirror in virtual machines, as root; not part of make test; writes docs/results/vm.md (RUN=name of a test)
	RUN='$(RUN)' scripts/test-vm

bench-failover: build ## outage seen by a client: Hawser, stock pcs, tuned peer; writes build/bench/failover.json (ROUNDS=60; ADD=FILE adds to what earlier runs have measured); TRACE=1 draws where the time goes, in docs/results
	TRACE='$(TRACE)' COLUMN='$(COLUMN)' ADD='$(ADD)' scripts/bench-failover "$(or $(ROUNDS),60)"

bench-diskhb: build ## the disk heartbeat on real nodes: stalls, membership, cost; writes build/bench/diskhb.json (ROUNDS=3)
	scripts/bench-diskhb "$(or $(ROUNDS),3)"

bench-insight: build ## a simulated cluster of 32 nodes and 500 resources: state, what-if, why, revert; writes build/bench/insight.json (ROUNDS=5)
	scripts/bench-insight "$(or $(ROUNDS),5)"

bench-watch: install-test ## detection by events: cost of 200 watched resources, time from a kill to the report; writes build/bench/watch.json (ROUNDS=60)
	scripts/bench-watch "$(or $(ROUNDS),60)"

bench-agents: ## as root: ocf:hawser:IPaddr2 and Filesystem against the stock ones: time, processes; writes build/bench/agents.json (ROUNDS=20)
	scripts/bench-agents "$(or $(ROUNDS),20)"

bench-pgsql: ## as root: ocf:hawser:pgsql against ocf:heartbeat:pgsql: start, monitor, stop, recovery; writes build/bench/pgsql.json (ROUNDS=20)
	scripts/bench-pgsql "$(or $(ROUNDS),20)"

bench-volume: ## as root: the mirror against a plain loop device on the same disk; writes build/bench/volume.json (ROUNDS=5)
	scripts/bench-volume "$(or $(ROUNDS),5)"

watch-many: build ## detection by events on real nodes, as root: what is no failure and processes that are killed, many times over (COUNT=1000 SEED=; ADD=FILE adds to earlier runs); writes docs/results/watch-nodes.md
	ADD='$(ADD)' scripts/watch-many "$(or $(COUNT),1000)" "$(SEED)"

bench-clusters: build ## a hundred simulated clusters on one server, in a browser: paint, change, cost; writes build/bench/clusters.json (ROUNDS=5)
	scripts/bench-clusters "$(or $(ROUNDS),5)"

fuzz: ## every fuzz target for MINUTES (10); writes docs/results/fuzz.md (RUN=names of targets)
	RUN='$(RUN)' scripts/fuzz "$(or $(MINUTES),10)"

clean: ## remove what was built
	rm -rf build bin
