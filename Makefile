# `make` lists the targets. Every one works on a machine that has Go, git and
# make; what else a target needs, it fetches, or it says what it left out.

SHELL       := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS  = -s -w -X lombard.example/lombard/internal/cli.version=$(VERSION)
# On amd64 the experiment compiles the vector kernels of package option in; which
# of them runs is chosen at run time. Elsewhere it changes nothing.
BUILD    = CGO_ENABLED=0 GOEXPERIMENT=simd GOAMD64=v1 $(GO) build -trimpath -ldflags '$(LDFLAGS)'

# The built page is embedded when it is there, the placeholder otherwise; the
# licence notices are collected for every build.
TAGS = -tags notices$(shell test -f web/dist/index.html && echo ,ui)

# Developer tools have a module of their own. golangci-lint takes two minutes
# to compile, so its binary is kept, under its version.
TOOLS        = $(GO) tool -modfile=tools/go.mod
LINT_VERSION = $(shell awk '$$1 == "github.com/golangci/golangci-lint/v2" { print $$2 }' tools/go.mod)
LINT         = bin/golangci-lint-$(LINT_VERSION)

FUZZTIME ?= 20s
CASES    ?= 100000

.PHONY: help
help: ## list the targets
	@awk 'BEGIN { FS = ":.*## " } /^##@ / { printf "\n%s\n", substr($$0, 5) } /^[a-z\/-]+:.*## / { printf "  %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##@ Use

.PHONY: build
build: licenses ## build bin/lombard
	$(BUILD) $(TAGS) -o bin/lombard ./cmd/lombard

.PHONY: demo
demo: build ## build, then run the gold story of 1987–1989
	@if [ -z "$${LOMBARD_DATA_DIR:-}" ]; then LOMBARD_DATA_DIR=$$(mktemp -d "$${TMPDIR:-/tmp}/lombard-demo-XXXXXX"); fi; \
	export LOMBARD_DATA_DIR; \
	bin/lombard run; \
	printf '\nThe program is bin/lombard. This run is kept in a folder of its own; to look again, first:\n  export LOMBARD_DATA_DIR=%s\n' "$$LOMBARD_DATA_DIR" >&2

.PHONY: web
web: ## build the page into web/dist (needs Node 20)
	@cmp -s web/package-lock.json web/node_modules/.lock || { npm --prefix web ci --no-audit --no-fund --loglevel=error && cp web/package-lock.json web/node_modules/.lock; }
	npm --prefix web run -s build -- --logLevel warn

.PHONY: licenses
licenses: ## collect the licences of what the program is made of
	@GOOS= GOARCH= $(GO) run ./cmd/notices $(shell $(GO) env GOOS)

.PHONY: openapi
openapi: ## write the description of the API into build/openapi.json
	@GO="$(GO)" scripts/openapi

.PHONY: web/api
web/api: openapi ## write the page's client of the API from its description
	npm --prefix web run -s api

.PHONY: demo-web
demo-web: ## build everything and serve the page with the gold story loaded
	@$(MAKE) --no-print-directory web
	@$(MAKE) --no-print-directory build
	@if [ -z "$${LOMBARD_DATA_DIR:-}" ]; then LOMBARD_DATA_DIR=$$(mktemp -d "$${TMPDIR:-/tmp}/lombard-demo-XXXXXX"); fi; \
	export LOMBARD_DATA_DIR; \
	job=$$(bin/lombard run --no-progress 2>&1 >/dev/null | sed -n 's/^Job \([0-9a-f-]*\)\..*/\1/p'); \
	printf 'The gold story: http://%s/runs/%s\n' "$${LOMBARD_ADDR:-127.0.0.1:8420}" "$$job"; \
	exec bin/lombard serve

.PHONY: cross
cross: ## build for Linux, macOS and Windows into build/
	@GOOS= GOARCH= $(GO) run ./cmd/notices linux darwin windows
	@for os in linux darwin windows; do for arch in amd64 arm64; do \
		out=build/lombard-$$os-$$arch; if [ $$os = windows ]; then out=$$out.exe; fi; \
		echo "build $$out"; GOOS=$$os GOARCH=$$arch $(BUILD) $(TAGS) -o $$out ./cmd/lombard; \
	done; done

##@ Check

.PHONY: check
check: lint generate/check vuln test ## what a reviewer runs

.PHONY: test
test: ## what every change must pass, with a line for each part at the end
	@scripts/test

.PHONY: test/quick
test/quick: ## every Go test once, without the race detector and the faults
	scripts/part quick

.PHONY: test/web
test/web: ## the page: types, logic, and in a browser against the binary
	@scripts/test page browser

.PHONY: test/race
test/race: ## every Go test under the race detector, at full length
	scripts/part race-full

.PHONY: test/long
test/long: ## what is too long for every change: properties and faults in full
	@scripts/test properties faults-full

.PHONY: test/update
test/update: ## rewrite golden files from what the code does now; read the diff
	scripts/update-golden

.PHONY: fuzz
fuzz: ## run every fuzz target for FUZZTIME (20s)
	scripts/fuzz $(FUZZTIME)

.PHONY: fuzz/properties
fuzz/properties: ## the properties of the engine over CASES (100000) examples each; takes hours
	$(GO) test -vet=off -timeout 48h -rapid.checks=$(CASES) ./loan ./vol ./hedge ./market ./option ./backtest

.PHONY: chaos-short
chaos-short: ## crashes, frozen workers and races: the share that every change runs
	scripts/part faults

.PHONY: chaos
chaos: ## all of the faults, at full length; goes on where an earlier call stopped
	scripts/chaos

.PHONY: bench
bench: ## run the benchmarks into build/bench.txt, and print the goals beside them
	@mkdir -p build
	$(GO) test -run '^$$' -bench . -benchmem -timeout 2h ./... | tee build/bench.txt
	@scripts/goals build/bench.txt

.PHONY: bench/goals
bench/goals: ## run only the benchmarks that have a goal, and print it beside each
	@mkdir -p build
	$(GO) test -run '^$$' -timeout 1h -bench '^Benchmark(TenYears|Compute|Columns|EveryHedge|ReadMemory|PollUnderLoad|Memory|History|Start|Cells)$$' ./backtest ./internal/app ./internal/jobs | tee build/goals.txt
	@scripts/goals build/goals.txt

.PHONY: bench/page
bench/page: ## time how long the page keeps a reader waiting, in a browser
	scripts/part smooth

.PHONY: bench-peers
bench-peers: ## time pricing beside QuantLib and numpy, and print the ratios
	@bench/peers/run

.PHONY: bench/diff
bench/diff: ## compare two files of make bench: OLD=… NEW=…
	$(TOOLS) benchstat $(OLD) $(NEW)

.PHONY: lint
lint: $(LINT) ## lint, check the formatting and the API's description
	$(LINT) run ./...
	@scripts/lint-openapi

.PHONY: fmt
fmt: $(LINT) ## format the code
	$(LINT) fmt

.PHONY: fmt/check
fmt/check: $(LINT) ## show what fmt would change, and fail if anything
	$(LINT) fmt --diff

.PHONY: vuln
vuln: ## look for known vulnerabilities in what the code calls
	@scripts/vuln

##@ Maintain

.PHONY: generate
generate: ## write generated files anew
	$(GO) generate ./...

.PHONY: reference
reference: ## write docs/reference, the API's words and the page's pickers anew
	$(GO) generate ./internal/reference

.PHONY: generate/check
generate/check: ## fail if generated files are stale
	@state() { { git status --porcelain; git diff; } | git hash-object --stdin; }; \
	before=$$(state); $(GO) generate ./...; \
	if [ "$$before" != "$$(state)" ]; then \
		echo "Generated files were stale. Commit what make generate writes." >&2; exit 1; \
	fi

.PHONY: install-tools
install-tools: $(LINT) ## compile the developer tools
	$(GO) build -modfile=tools/go.mod -o /dev/null mvdan.cc/gofumpt
	$(GO) build -modfile=tools/go.mod -o /dev/null golang.org/x/vuln/cmd/govulncheck
	$(GO) build -modfile=tools/go.mod -o /dev/null golang.org/x/perf/cmd/benchstat

$(LINT):
	CGO_ENABLED=0 $(GO) build -trimpath -modfile=tools/go.mod -o $@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint
