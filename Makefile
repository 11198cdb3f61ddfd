# The front door: `make help` lists what it opens. Needs GNU make.
#
# Everything that is built goes to dist/ (laid out as it is installed; docs/build.md) and build/.

PREFIX  ?= /usr/local
DESTDIR ?=
NODE    ?= node
NPM     ?= npm
# yes: glexec is installed set-uid root.
GLEXEC_SETUID ?= no
export NODE

# One line a file; V=1 shows whole commands, as in the kernel's build.
QUIET = $(if $(filter 1,$(V)),,@printf '  %-6s %s\n' $(1) $(2);)

LIB   := dist/lib/eyrie
NAMES := eyrie condor_starter condor_procd

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory --no-builtin-rules

all: programs start native cache helpers man etc share ## build everything into dist/ (the default)

# -- what the build needs -----------------------------------------------------------------------

build/prerequisites.%: scripts/prerequisites.sh
	@mkdir -p build
	@scripts/prerequisites.sh $*
	@touch $@

# npm writes this file last, so it tells that an installation went through. nodedir: node-gyp
# takes node's headers from node's own installation when they are there, not from the network.
NPM_DONE := node_modules/.package-lock.json
$(NPM_DONE): package-lock.json | build/prerequisites.build
	@prefix=$$(dirname "$$(dirname "$$($(NODE) -p process.execPath)")"); \
	if [ -e "$$prefix/include/node/node_api.h" ]; then export npm_config_nodedir="$$prefix"; fi; \
	$(NPM) ci --no-audit --no-fund --loglevel=error
	@touch $@

# -- the programs -------------------------------------------------------------------------------

SOURCES := $(shell find src -name '*.ts' ! -name '*.test.ts')
LOADER  := $(LIB)/loader.cjs

programs: $(LOADER)
$(LOADER): $(SOURCES) $(wildcard scripts/build/*.mjs) package.json $(NPM_DONE)
	$(call QUIET,BUNDLE,$(LIB))$(NODE) scripts/build/bundle.mjs $(LIB)
	@touch $@

# -- native -------------------------------------------------------------------------------------

CC        ?= cc
C_FLAGS   := -std=gnu11 -Wall -Wextra -Werror -O2 -fstack-protector-strong -D_FORTIFY_SOURCE=2
LD_STATIC := -static -Wl,-z,relro,-z,now,-z,noexecstack -s

start: $(NAMES:%=dist/bin/%)
dist/bin/%: native/start/start.c native/start/snapshot_key.h | build/prerequisites.build
	@mkdir -p $(@D)
	$(call QUIET,CC,$@)$(CC) $(C_FLAGS) -DNODE_BUILT_WITH="\"$$($(NODE) -p process.execPath)\"" $(LD_STATIC) -o $@ $<

build/snapshot-key: native/start/snapshot_key.c native/start/snapshot_key.h | build/prerequisites.build
	@mkdir -p $(@D)
	$(call QUIET,CC,$@)$(CC) $(C_FLAGS) -o $@ $<

native: | build/prerequisites.build
	@$(MAKE) -C native all

# -- the code caches and the start-up snapshots -----------------------------------------------------------------------------

cache: build/code-cache
build/code-cache: $(LOADER) scripts/build/code-cache.sh build/snapshot-key | native
	@scripts/build/code-cache.sh dist
	@touch $@

# -- the rest of the layout ---------------------------------------------------------------------

MAN_PAGES := $(wildcard docs/man/*.1) $(wildcard docs/man/*.8)
man: $(foreach page,$(MAN_PAGES),dist/share/man/man$(subst .,,$(suffix $(page)))/$(notdir $(page)))
dist/share/man/man1/%: docs/man/% ; @install -D -m 644 $< $@
dist/share/man/man8/%: docs/man/% ; @install -D -m 644 $< $@

GLEXEC_HELPERS := $(wildcard scripts/glexec/condor_glexec_*)
helpers: $(GLEXEC_HELPERS:scripts/glexec/%=dist/libexec/condor/%)
dist/libexec/condor/%: scripts/glexec/% ; @install -D -m $$(if [ -x $< ]; then echo 755; else echo 644; fi) $< $@

ETC := $(shell find etc -type f)
etc: $(ETC:etc/%=dist/etc/eyrie/%)
dist/etc/eyrie/%: etc/% ; @install -D -m $$(if [ -x $< ]; then echo 755; else echo 644; fi) $< $@

COMPLETIONS := $(wildcard docs/completion/*.bash)
share: dist/share/doc/eyrie/README.md dist/share/doc/eyrie/LICENSE dist/share/doc/eyrie/control-protocol.md \
	$(COMPLETIONS:docs/completion/%.bash=dist/share/bash-completion/completions/%)
dist/share/doc/eyrie/%: % ; @install -D -m 644 $< $@
dist/share/doc/eyrie/%: docs/% ; @install -D -m 644 $< $@
dist/share/bash-completion/completions/%: docs/completion/%.bash ; @install -D -m 644 $< $@

# -- using it -----------------------------------------------------------------------------------

run: all ## build, then run the example job etc/examples/hello.ad
	@dist/bin/eyrie run --verbose etc/examples/hello.ad

check: types lint format shellcheck ## types, lint, format, shell scripts

TOOLS := node_modules/.bin
types: $(NPM_DONE)
	$(TOOLS)/tsc
lint: $(NPM_DONE)
	$(TOOLS)/eslint --max-warnings 0
format: $(NPM_DONE)
	$(TOOLS)/prettier --check --log-level warn $(FORMATTED)
shellcheck: build/prerequisites.test
	shellcheck $$(grep -rlE '^#!(/usr)?/bin/(env )?(ba|da)?sh' .ci scripts etc test native)

FORMATTED := src scripts test eslint.config.mjs tsconfig.json .prettierrc.json
reformat: $(NPM_DONE) ## write every source file in the house's format
	$(TOOLS)/prettier --write --log-level warn $(FORMATTED)

pool: build/prerequisites.pool ## install HTCondor 23.9 and 25.14 for the pool tests (root, Debian)
	@scripts/pool/install.sh

# Looked for each time: what is in build/ may be older than the machine.
guest: ## fetch the kernel of the guest that has cgroup v2's controllers (Debian)
	@scripts/prerequisites.sh guest
	@scripts/guest/install.sh

# An ordinary user cannot install the pools and QEMU, and skips their tests.
test: all check ## everything `check` does, then every test; as root with the pools and the guest
	@[ "$$(id -u)" -ne 0 ] || $(MAKE) pool guest
	@$(NODE) scripts/test.mjs --again

bench: bench-hand ## beside HTCondor and bubblewrap, as root in pools as well (CONDOR_ROOT= names another HTCondor)
	@[ "$$(id -u)" -ne 0 ] || $(MAKE) bench-pool bench-procd

bench-hand: all ## command to result and memory, by hand
	@$(NODE) scripts/bench/bench.mjs

bench-pool: all pool ## HTCondor's starter and ours in pools: latency, throughput, transfer, memory
	@$(NODE) scripts/bench/pool.mjs

bench-procd: all pool ## HTCondor's procd and ours: snapshots, usage, killing, memory
	@$(NODE) scripts/bench/procd.mjs

install: all ## install below DESTDIR/PREFIX, with a code cache for this machine's node
	@GLEXEC_SETUID=$(GLEXEC_SETUID) scripts/build/install.sh dist "$(DESTDIR)$(PREFIX)"

clean: ## remove dist/ and build/
	rm -rf dist build

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile
	@echo '  variables: PREFIX=$(PREFIX) DESTDIR=$(DESTDIR) NODE=$(NODE) CC=$(CC) GLEXEC_SETUID=$(GLEXEC_SETUID)'

.PHONY: all programs start native cache helpers man etc share run pool guest test bench bench-hand bench-pool bench-procd install clean help
.PHONY: check types lint format shellcheck reformat
