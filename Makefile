# Ticketly. `make help` lists the targets.
#
#   DEVELOPER=1                     warnings are errors
#   SANITIZE=address,undefined      with any target; builds beside the plain build
#   CC=clang                        with any target; gcc and clang build without a warning

CC ?= cc
PKG_CONFIG ?= pkg-config
PREFIX ?= /usr/local
VERSION := 0.1
JOBS := $(shell nproc)

# V=1 shows the commands
QUIET := $(if $(V),,@)

LIBRARIES := ncursesw sqlite3 libqrencode libsodium jansson inih libutf8proc libpng libmicrohttpd libcurl libpq
TEST_LIBRARIES := cunit vterm zbar

space := $(empty) $(empty)
comma := ,
BUILD := build/$(notdir $(firstword $(CC)))$(if $(SANITIZE),-$(subst $(comma),-,$(SANITIZE)))

CPPFLAGS_ALL := -D_GNU_SOURCE -DTICKETLY_VERSION='"$(VERSION)"' -I. -include core/banned.h
WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wformat=2 $(if $(findstring clang,$(CC)),,-Wno-format-truncation) -Wvla -Wwrite-strings -Wimplicit-fallthrough $(if $(DEVELOPER),-Werror)
# OpenSSF Compiler Options Hardening Guide for C and C++
HARDENING := -fstack-protector-strong -fstack-clash-protection -fcf-protection=full \
	-fno-delete-null-pointer-checks -fno-strict-overflow -fno-strict-aliasing -fPIE \
	$(if $(findstring clang,$(CC)),,-ftrivial-auto-var-init=zero) # clang 14 has it under another name
HARDENING_LINK := -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,nodlopen -Wl,--as-needed
ifdef SANITIZE
OPTIMIZE := -O1 -g -fno-omit-frame-pointer -fsanitize=$(SANITIZE) -fno-sanitize-recover=all
LINK_MODE := -fsanitize=$(SANITIZE)
else
OPTIMIZE := -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
LINK_MODE :=
endif
LIBRARY_FLAGS := $(shell $(PKG_CONFIG) --cflags $(LIBRARIES) 2>/dev/null)
CFLAGS_ALL = -std=c17 -pthread $(OPTIMIZE) $(WARNINGS) $(HARDENING) $(CPPFLAGS_ALL) \
	$(LIBRARY_FLAGS) $(CFLAGS)
LDFLAGS_ALL = -pthread $(LINK_MODE) $(HARDENING_LINK) $(LDFLAGS)
LDLIBS_ALL := $(shell $(PKG_CONFIG) --libs $(LIBRARIES) 2>/dev/null) -lm
TEST_LDLIBS := $(shell $(PKG_CONFIG) --libs $(TEST_LIBRARIES) 2>/dev/null) -lutil

SOURCES := $(sort $(wildcard core/*.c data/*.c data/*/*.c ui/*.c ui/*/*.c))
PROGRAM_SOURCES := $(filter-out ui/main.c,$(SOURCES))
TEST_SOURCES := $(sort $(wildcard tests/*.c tests/unit/*.c tests/door/*.c tests/sync/*.c tests/contract/*.c tests/model/*.c \
	tests/postgres/*.c tests/kiosk/*.c tests/admin/*.c tests/http/*.c tests/fault/*.c tests/support/*.c \
	tests/fuzz/test_*.c tests/fuzz/fuzz*.c))
BENCH_SOURCES := $(sort $(wildcard tests/bench/*.c tests/support/term*.c tests/support/http*.c \
	tests/support/service*.c)) tests/support/nginx.c tests/support/run.c \
	tests/support/line_door.c tests/support/postgres.c
FUZZ_SOURCES := $(sort $(wildcard tests/fuzz/fuzz*.c))
# the simulator needs neither front ends nor lines
SIM_SOURCES := $(sort $(filter-out tests/sim/test_%,$(wildcard tests/sim/*.c)) \
	$(wildcard core/*.c data/sqlite/*.c)) data/copy/copy_page.c data/mark.c data/file.c

TEST_SOURCES += $(filter-out tests/sim/program.c,$(wildcard tests/sim/*.c)) \
	tests/cluster/history.c tests/cluster/checker.c
# the rounds talk to programs, and need a client of them alone
ROUNDS_SOURCES := $(sort $(wildcard tests/cluster/*.c tests/support/service*.c tests/support/http*.c core/*.c)) \
	tests/support/nginx.c tests/support/run.c data/thread.c data/remote/http_client.c

objects = $(patsubst %.c,$(BUILD)/%.o,$(1))

include ui/http/docs/docs.mk

.DEFAULT_GOAL := all

DOCUMENTS := assets/ticketly.ini assets/API.md assets/OPERATING.md assets/ticketly-alerts.yml
UNITS := assets/ticketly.service assets/ticketly.socket assets/ticketly-backup.service \
	assets/ticketly-backup.timer assets/ticketly-kiosk@.service assets/deploy/ticketly-node@.service
DEPLOY := $(filter-out %@.service,$(wildcard assets/deploy/*))

.PHONY: all rounds run test test-quick packages packages-test lint layers format bench \
	bench-http bench-pg fuzz fuzz-build sim sim-faults faults forgery threads threads-quick docs install install-units uninstall \
	cluster cluster-status cluster-down clean help

all: ticketly ## build ./ticketly

# libFuzzer is clang's; what it reports on is built with its hooks, in a folder of its own.
FUZZ_TARGETS := form value json gate key
FUZZ_MODE := CC=clang SANITIZE=fuzzer-no-link,address,undefined

# What needs packages is made by a make of its own: it has to see them when it starts.
SUBMAKE = @$(MAKE) --no-print-directory -j$(JOBS)

run: packages ## install what is missing, build, open the counter (or, without a terminal, a demonstration)
	$(SUBMAKE) ticketly
	@./ticketly --first-run

test: packages-test ## install what is missing, build, pass all tests
	$(SUBMAKE) $(BUILD)/ticketly $(BUILD)/ticketly-plain $(BUILD)/run-tests
	@$(MAKE) --no-print-directory test-quick

test-quick: $(BUILD)/ticketly $(BUILD)/ticketly-plain $(BUILD)/run-tests ## the tests alone; SUITE=plan for those with plan in their name
	@TICKETLY=$(abspath $(BUILD)/ticketly) $(BUILD)/run-tests $(SUITE)

packages:
	@.ci/packages build

packages-test:
	@.ci/packages build test

ticketly: $(BUILD)/ticketly
	@ln -sf $< $@

$(BUILD)/ticketly: $(call objects,ui/main.c $(PROGRAM_SOURCES)) $(DOCS_OBJECTS)
	@echo "  LINK $@"
	$(QUIET)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LDLIBS_ALL)

# Allocation failures are injected by wrapping malloc in our own objects.
$(BUILD)/run-tests: $(call objects,$(TEST_SOURCES) $(PROGRAM_SOURCES)) $(DOCS_OBJECTS)
	@echo "  LINK $@"
	$(QUIET)$(CC) $(LDFLAGS_ALL) -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup \
		-o $@ $^ $(LDLIBS_ALL) $(TEST_LDLIBS)

$(BUILD)/bench: $(call objects,$(BENCH_SOURCES) $(PROGRAM_SOURCES)) $(DOCS_OBJECTS)
	@echo "  LINK $@"
	$(QUIET)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LDLIBS_ALL) $(TEST_LDLIBS)

$(BUILD)/rounds: $(call objects,$(ROUNDS_SOURCES))
	@echo "  LINK $@"
	$(QUIET)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LDLIBS_ALL)

# what it reads of clocks is the simulated time
$(BUILD)/sim: $(call objects,$(SIM_SOURCES))
	@echo "  LINK $@"
	$(QUIET)$(CC) $(LDFLAGS_ALL) -Wl,--wrap=clock_gettime -o $@ $^ $(LDLIBS_ALL)

$(BUILD)/tests/fuzz/driver-%.o: tests/fuzz/driver.c Makefile
	@mkdir -p $(@D)
	@echo "  CC   $< ($*)"
	$(QUIET)$(CC) $(CFLAGS_ALL) -DFUZZ_TARGET=fuzz_$* -MMD -MP -c -o $@ $<

# kept, so that the next run need not make them again
.PRECIOUS: $(BUILD)/tests/fuzz/driver-%.o

$(BUILD)/fuzz-%: $(BUILD)/tests/fuzz/driver-%.o $(call objects,$(FUZZ_SOURCES) $(PROGRAM_SOURCES)) \
		$(DOCS_OBJECTS)
	@echo "  LINK $@"
	$(QUIET)$(CC) $(LDFLAGS_ALL) -fsanitize=fuzzer -o $@ $^ $(LDLIBS_ALL)

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	@echo "  CC   $<"
	$(QUIET)$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

%.d: ; # written beside the objects
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

bench: packages-test ## measure; one JSON line a figure; BENCH=door for one part
	$(SUBMAKE) $(BUILD)/ticketly $(BUILD)/bench
	@TICKETLY=$(abspath $(BUILD)/ticketly) $(BUILD)/bench $(BENCH)

bench-http: ## measure the service beside nginx, with wrk; one JSON line a figure
	@.ci/packages build test bench
	$(SUBMAKE) $(BUILD)/ticketly $(BUILD)/bench
	@TICKETLY=$(abspath $(BUILD)/ticketly) $(BUILD)/bench http

bench-pg: ## measure nodes on PostgreSQL beside pgbench; one JSON line a figure; SECONDS=5 for each turn
	@.ci/packages build test bench cluster
	$(SUBMAKE) $(BUILD)/ticketly $(BUILD)/bench
	@TICKETLY=$(abspath $(BUILD)/ticketly) $(if $(SECONDS),TICKETLY_BENCH_SECONDS=$(SECONDS)) $(BUILD)/bench pg

fuzz: ## throw bytes at what reads them; FUZZ=form for one of them, RUNS=1000000, SECONDS=60
	@.ci/packages build fuzz
	$(SUBMAKE) $(FUZZ_MODE) fuzz-build
	@$(MAKE) --no-print-directory -j2 $(FUZZ_MODE) $(addprefix fuzz-run-,$(or $(FUZZ),$(FUZZ_TARGETS)))

fuzz-build: $(addprefix $(BUILD)/fuzz-,$(FUZZ_TARGETS))

fuzz-run-%:
	@tests/fuzz/run.sh $(BUILD) $* $(or $(RUNS),1000000) $(or $(SECONDS),60)

sim: ## tills, lines, clocks and disks that fail, simulated; TIME=60 (seconds), SEED=7 for one again, TRACE=1
	$(SUBMAKE) $(BUILD)/sim
	@$(BUILD)/sim --time $(or $(TIME),60) $(if $(FROM),--from $(FROM)) $(if $(SEED),--seed $(SEED)) $(if $(TRACE),--trace)

sim-faults: ## plant faults one by one and see the simulator find each
	@tests/sim/faults.sh

rounds: ## break the cluster while 32 tills sell, and check; ROUNDS=50, SEED=7 for one again, FAULT=disk
	@.ci/packages build test cluster
	$(SUBMAKE) $(BUILD)/ticketly $(BUILD)/rounds
	@TICKETLY=$(abspath $(BUILD)/ticketly) $(BUILD)/rounds --rounds $(or $(ROUNDS),50) \
		$(if $(SEED),--seed $(SEED)) $(if $(FAULT),--fault "$(FAULT)") $(if $(STOPPED),--seconds $(STOPPED))

faults: packages-test ## the fault tests in their long form
	$(SUBMAKE) $(BUILD)/ticketly $(BUILD)/run-tests
	@TICKETLY=$(abspath $(BUILD)/ticketly) TICKETLY_LONG=1 $(BUILD)/run-tests fault model http_load kiosk journal
	$(SUBMAKE) rounds ROUNDS=$(or $(ROUNDS),500) STOPPED=20

forgery: packages-test ## ten million forged passes
	$(SUBMAKE) $(BUILD)/ticketly $(BUILD)/run-tests
	@TICKETLY=$(abspath $(BUILD)/ticketly) TICKETLY_LONG=1 $(BUILD)/run-tests forgery

threads: packages-test ## the suites that have threads, under ThreadSanitizer
	$(SUBMAKE) SANITIZE=thread threads-quick

threads-quick: $(BUILD)/ticketly $(BUILD)/run-tests
	@TICKETLY=$(abspath $(BUILD)/ticketly) $(BUILD)/run-tests group_commit contract pg_races http_ remote \
		server framing listen tls log watch v1 idempotency printer spooler site_ring staff_http

lint: layers ## clang-tidy or cppcheck, layers, banned functions, warnings with gcc and clang
	@.ci/packages build test lint
	@tests/lint/lint.sh

cluster: ## the cluster of assets/deploy on loopback: 3 PostgreSQL, etcd, 3 nodes, HAProxy; NODES=0 without nodes
	@.ci/packages build cluster
	$(SUBMAKE) ticketly
	@$(CLUSTER) up
	@$(CLUSTER) status

cluster-status: ## how it does, in one table
	@$(CLUSTER) status

cluster-down: ## end it and remove all of it
	@$(CLUSTER) down

CLUSTER = $(if $(NODES),TICKETLY_CLUSTER_NODES=$(NODES)) TICKETLY=$(abspath ticketly) tests/cluster/cluster.sh

layers: ## check that the includes follow the arrows of the architecture
	@tests/lint/layers.sh

format: ## lay out the sources with clang-format
	clang-format -i $$(git ls-files '*.c' '*.h')

docs: all ## write what is generated: man page, completion, the README's keys and commands
	@tests/lint/docs.sh --write

install: all install-units ## install into PREFIX (/usr/local)
	install -D -m 755 $(BUILD)/ticketly $(DESTDIR)$(PREFIX)/bin/ticketly
	install -D -m 644 assets/ticketly.1 $(DESTDIR)$(PREFIX)/share/man/man1/ticketly.1
	install -D -m 644 assets/ticketly.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/ticketly
	install -D -m 644 assets/programme.csv $(DESTDIR)$(PREFIX)/share/ticketly/programme.csv
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/ticketly $(DOCUMENTS)
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/ticketly/deploy $(DEPLOY)

# they name the program where it is installed
install-units:
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	for unit in $(UNITS); do \
		sed 's|/usr/local/bin/|$(PREFIX)/bin/|' $$unit \
			>$(DESTDIR)$(PREFIX)/lib/systemd/system/$${unit##*/} && \
		chmod 644 $(DESTDIR)$(PREFIX)/lib/systemd/system/$${unit##*/} || exit; \
	done
	install -D -m 644 assets/ticketly.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/ticketly.conf

uninstall: ## take away what install put there; box offices and settings stay
	rm -f $(DESTDIR)$(PREFIX)/bin/ticketly \
		$(DESTDIR)$(PREFIX)/share/man/man1/ticketly.1 \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/ticketly \
		$(DESTDIR)$(PREFIX)/share/ticketly/programme.csv \
		$(addprefix $(DESTDIR)$(PREFIX)/share/doc/ticketly/,$(notdir $(DOCUMENTS))) \
		$(addprefix $(DESTDIR)$(PREFIX)/share/doc/ticketly/deploy/,$(notdir $(DEPLOY))) \
		$(addprefix $(DESTDIR)$(PREFIX)/lib/systemd/system/,$(notdir $(UNITS))) \
		$(DESTDIR)$(PREFIX)/lib/sysusers.d/ticketly.conf
	rmdir $(DESTDIR)$(PREFIX)/share/ticketly $(DESTDIR)$(PREFIX)/share/doc/ticketly/deploy \
		$(DESTDIR)$(PREFIX)/share/doc/ticketly 2>/dev/null || :

clean: ## remove what was built
	rm -rf build ticketly

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
