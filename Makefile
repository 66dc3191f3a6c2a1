# SPDX-License-Identifier: MIT
# Copyright (c) the smtpauth authors
#
# GNU make. `make help` lists the targets. Everything is built below build/.

VERSION   := 0.1.0
SOVERSION := 0

CC     ?= cc
CXX    ?= c++
AR     ?= ar
CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DESTDIR ?=
BUILD  ?= build

# make V=1 shows the commands.
V ?= 0
Q := $(if $(filter 1,$(V)),,@)
say = @$(if $(filter 1,$(V)),:,printf '  %-4s %s\n' $(1) $@)

STD       := -std=c99
WARNINGS  := -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes
LIB_FLAGS := $(STD) $(WARNINGS) -Iinclude -Ilib -ffreestanding -fvisibility=hidden -ffunction-sections -fdata-sections
POSIX     := -D_POSIX_C_SOURCE=200809L -D_DEFAULT_SOURCE
EX_FLAGS  := $(STD) $(WARNINGS) $(POSIX) -Iinclude

LIB_SRC := $(sort $(wildcard lib/*.c lib/*/*.c))
LIB_OBJ := $(LIB_SRC:%.c=$(BUILD)/static/%.o)
PIC_OBJ := $(LIB_SRC:%.c=$(BUILD)/shared/%.o)
HEADERS := $(wildcard include/smtpauth/*.h)

STATIC := $(BUILD)/libsmtpauth.a
SHARED := $(BUILD)/libsmtpauth.so.$(VERSION)
SONAME := libsmtpauth.so.$(SOVERSION)

# GNU SASL for the host that runs mechanisms of its own; where pkg-config does not find it, that one is not built.
GSASL_HOST := $(shell pkg-config --exists libgsasl 2>/dev/null && echo gsasl_host)

EXAMPLES := stdio tracker mkuser $(GSASL_HOST)
EXAMPLE_BIN := $(EXAMPLES:%=$(BUILD)/examples/%)
DAEMON_SRC  := $(sort $(wildcard examples/submissiond/*.c))
DAEMON_OBJ  := $(DAEMON_SRC:%.c=$(BUILD)/%.o)
DAEMON      := $(BUILD)/examples/submissiond/submissiond
EXPLAIN_SRC := $(sort $(wildcard examples/explain/*.c))
EXPLAIN_OBJ := $(EXPLAIN_SRC:%.c=$(BUILD)/%.o)
EXPLAIN     := $(BUILD)/examples/explain/explain
SEND_SRC    := $(sort $(wildcard examples/send/*.c))
SEND_OBJ    := $(SEND_SRC:%.c=$(BUILD)/%.o)
SEND        := $(BUILD)/examples/send/send

# TLS for submissiond and send: OpenSSL where pkg-config finds it; without it they run without TLS.
OPENSSL_CFLAGS = $(shell pkg-config --cflags openssl 2>/dev/null)
OPENSSL_LIBS   = $(shell pkg-config --libs openssl 2>/dev/null)
HAVE_OPENSSL   = $(shell pkg-config --exists openssl 2>/dev/null && echo -DHAVE_OPENSSL)

TESTS    := $(patsubst tests/%.c,%,$(sort $(wildcard tests/test_*.c)))
TEST_BIN := $(TESTS:%=$(BUILD)/tests/%)

# What must not lie on the stack is looked for in the library as it is used. A sanitizer compiles another one, whose frames hold
# copies that the library never made: nothing would be proven by it, so make sanitize leaves these out.
STACK_TESTS := $(BUILD)/tests/test_crypto_wipe $(BUILD)/tests/test_sasl_client_wipe
SANITIZED_BIN := $(filter-out $(STACK_TESTS),$(TEST_BIN))

HARNESS_SRC := $(filter-out $(wildcard tests/test_*.c) tests/apart.c,$(wildcard tests/*.c))
HARNESS_OBJ := $(HARNESS_SRC:%.c=$(BUILD)/%.o)

FUZZ_SRC := $(filter-out tests/fuzz/libfuzzer%,$(sort $(wildcard tests/fuzz/*.c)))
FUZZ_OBJ := $(FUZZ_SRC:%.c=$(BUILD)/%.o)
FUZZ_BIN := $(BUILD)/tests/fuzz_walk

SCRIPTED_HOST := $(BUILD)/tests/scripted_host
SASL_CLIENT   := $(BUILD)/tests/sasl_client
CLANG    ?= clang
FUZZ_SECONDS ?= 60
FUZZ_TARGETS ?= $(patsubst tests/fuzz/%.c,%,$(sort $(wildcard tests/fuzz/libfuzzer*.c)))

.PHONY: all lib examples run docs check check-unit bench fuzz interop sanitize lint install uninstall clean help deps-check deps-interop
.SUFFIXES:
.DELETE_ON_ERROR:

all: lib examples

lib: $(STATIC) $(BUILD)/libsmtpauth.so $(BUILD)/smtpauth.pc

examples: $(EXAMPLE_BIN) $(DAEMON) $(EXPLAIN) $(SEND)

$(BUILD)/static/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(LIB_FLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/shared/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(LIB_FLAGS) -fPIC $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(STATIC): $(LIB_OBJ)
	@rm -f $@
	$(call say,AR)
	$(Q)$(AR) rcs $@ $^

$(SHARED): $(PIC_OBJ)
	$(call say,LD)
	$(Q)$(CC) -shared -Wl,-soname,$(SONAME) -Wl,--no-undefined -Wl,-z,relro -Wl,-z,now $(CFLAGS) $(LDFLAGS) -o $@ $^

$(BUILD)/libsmtpauth.so: $(SHARED)
	$(Q)ln -sf $(notdir $(SHARED)) $(BUILD)/$(SONAME)
	$(Q)ln -sf $(SONAME) $@

$(BUILD)/smtpauth.pc: smtpauth.pc.in Makefile
	@mkdir -p $(@D)
	$(Q)sed -e 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@INCLUDEDIR@|$(INCLUDEDIR)|; s|@VERSION@|$(VERSION)|' $< > $@

$(BUILD)/examples/%: examples/%.c $(STATIC)
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(EX_FLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP $< $(LDFLAGS) $(STATIC) $(EX_LIBS) -o $@

$(BUILD)/examples/mkuser: EX_LIBS = -lcrypt
$(BUILD)/examples/gsasl_host: EX_LIBS = $(shell pkg-config --cflags --libs libgsasl)

$(BUILD)/examples/submissiond/%.o: examples/submissiond/%.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(EX_FLAGS) $(HAVE_OPENSSL) $(OPENSSL_CFLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/examples/explain/%.o: examples/explain/%.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(EX_FLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(EXPLAIN): $(EXPLAIN_OBJ) $(STATIC)
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ -o $@

$(DAEMON): $(DAEMON_OBJ) $(STATIC)
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(OPENSSL_LIBS) -lcrypt -o $@

$(BUILD)/examples/send/%.o: examples/send/%.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(EX_FLAGS) $(HAVE_OPENSSL) $(OPENSSL_CFLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(SEND): $(SEND_OBJ) $(STATIC)
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(OPENSSL_LIBS) -o $@

$(BUILD)/tests/%.o: tests/%.c | deps-check
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(EX_FLAGS) -Itests $(TEST_FLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(BUILD)/tests/fuzz/%.o: tests/fuzz/%.c
	@mkdir -p $(@D)
	$(call say,CC)
	$(Q)$(CC) $(EX_FLAGS) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(FUZZ_BIN): $(FUZZ_OBJ) $(STATIC)
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ -o $@

$(SCRIPTED_HOST): $(BUILD)/tests/host/scripted_host.o $(HARNESS_OBJ) $(STATIC)
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ -lcmocka -o $@

$(SASL_CLIENT): $(BUILD)/tests/host/sasl_client.o $(BUILD)/tests/mechanism_pairs.o $(STATIC)
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ -o $@

# Without the harness, which fixes nonces.
$(BUILD)/tests/test_nonce: $(BUILD)/tests/test_nonce.o $(STATIC)
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ -lcmocka -o $@

$(filter-out $(BUILD)/tests/test_nonce,$(TEST_BIN)): $(BUILD)/tests/%: $(BUILD)/tests/%.o $(HARNESS_OBJ) $(STATIC)
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ -lcmocka $(TEST_LIBS) -o $@

# The only tests that reach a private part; OpenSSL is there to compare with.
$(BUILD)/tests/test_crypto% $(BUILD)/tests/fixed_nonce% $(BUILD)/tests/test_sasl_client_keys% $(BUILD)/tests/test_sasl_client_wipe% $(BUILD)/tests/test_providers%: TEST_FLAGS := -Ilib
$(STACK_TESTS): $(BUILD)/tests/apart.o
$(STACK_TESTS): TEST_LIBS := -pthread
$(BUILD)/tests/test_crypto_openssl: TEST_LIBS = $(shell pkg-config --libs libcrypto)

-include $(LIB_OBJ:.o=.d) $(PIC_OBJ:.o=.d) $(DAEMON_OBJ:.o=.d) $(EXPLAIN_OBJ:.o=.d) $(SEND_OBJ:.o=.d) $(EXAMPLE_BIN:=.d) $(wildcard $(BUILD)/tests/*.d $(BUILD)/tests/bench/*.d $(BUILD)/tests/host/*.d) $(FUZZ_OBJ:.o=.d)

# Speed, never asserted.
BENCH_BIN := $(BUILD)/tests/bench/crypto $(BUILD)/tests/bench/data

$(BUILD)/tests/bench/crypto.o: TEST_FLAGS := -Ilib
$(BUILD)/tests/bench/crypto: TEST_LIBS = $(shell pkg-config --libs libcrypto)

$(BENCH_BIN): %: %.o $(BUILD)/tests/bench/bench.o $(STATIC)
	$(call say,LD)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $^ $(TEST_LIBS) -o $@

# ---- running it ----

run: $(DAEMON) $(BUILD)/examples/mkuser
	@examples/submissiond/try $(DAEMON)

# ---- reference ----

# docs/replies.md from the catalogue; `make check` fails when it is stale.
docs: $(EXPLAIN)
	@$(EXPLAIN) --markdown > docs/replies.md.new
	@mv docs/replies.md.new docs/replies.md

# ---- tests ----

deps-check:
	@tests/install-deps check

deps-interop:
	@tests/interop/install

check: deps-check
	@$(MAKE) --no-print-directory all $(TEST_BIN) $(FUZZ_BIN) $(SCRIPTED_HOST) $(SASL_CLIENT)
	@BUILD=$(BUILD) CC="$(CC)" CXX="$(CXX)" tests/run $(TEST_BIN)

bench: deps-check
	@$(MAKE) --no-print-directory $(BENCH_BIN)
	@for b in $(BENCH_BIN); do $$b || exit 1; done

interop: deps-check deps-interop
	@$(MAKE) --no-print-directory examples $(SASL_CLIENT)
	@tests/interop/run $(BUILD)

# The same unit tests, but STACK_TESTS, under AddressSanitizer and UndefinedBehaviorSanitizer, in a build folder of their
# own, and with the plain C scanner in place of SSE2.
sanitize: deps-check
	@$(MAKE) --no-print-directory BUILD=$(BUILD)/sanitize CPPFLAGS=-U__SSE2__ \
	    CFLAGS="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer" check-unit

check-unit:
	@$(MAKE) --no-print-directory $(SANITIZED_BIN) $(FUZZ_BIN) $(EXAMPLE_BIN) $(DAEMON) $(EXPLAIN) $(SEND)
	@for t in $(SANITIZED_BIN); do $$t || exit 1; done
	@$(FUZZ_BIN) 60

# libFuzzer for a minute each, one after another; what it finds lies in $(BUILD)/fuzz/.
fuzz:
	@mkdir -p $(BUILD)/fuzz
	@echo 'int LLVMFuzzerTestOneInput(void); int LLVMFuzzerTestOneInput(void) { return 0; }' | \
	    $(CLANG) -fsanitize=fuzzer,address,undefined -x c - -o $(BUILD)/fuzz/probe 2>/dev/null || \
	    { echo "clang's fuzzer is not there: apt-get install clang-14 libclang-rt-14-dev"; exit 1; }
	@$(MAKE) --no-print-directory $(FUZZ_TARGETS:%=fuzz-%)

fuzz-%:
	@mkdir -p $(BUILD)/fuzz/corpus/$*
	$(Q)$(CLANG) $(EX_FLAGS) -Ilib -Itests -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
	    $(LIB_SRC) tests/mechanism_pairs.c tests/fuzz/$*.c -o $(BUILD)/fuzz/$*
	$(Q)$(BUILD)/fuzz/$* -dict=tests/fuzz/$*.dict -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -print_final_stats=1 \
	    -artifact_prefix=$(BUILD)/fuzz/$*- $(BUILD)/fuzz/corpus/$*

lint:
	@tests/lint

# ---- installing it ----

install: lib
	install -d $(DESTDIR)$(LIBDIR)/pkgconfig $(DESTDIR)$(INCLUDEDIR)/smtpauth
	install -m 644 $(HEADERS) $(DESTDIR)$(INCLUDEDIR)/smtpauth
	install -m 644 $(STATIC) $(DESTDIR)$(LIBDIR)
	install -m 755 $(SHARED) $(DESTDIR)$(LIBDIR)
	ln -sf $(notdir $(SHARED)) $(DESTDIR)$(LIBDIR)/$(SONAME)
	ln -sf $(SONAME) $(DESTDIR)$(LIBDIR)/libsmtpauth.so
	sed -e 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@INCLUDEDIR@|$(INCLUDEDIR)|; s|@VERSION@|$(VERSION)|' \
	    smtpauth.pc.in > $(DESTDIR)$(LIBDIR)/pkgconfig/smtpauth.pc

uninstall:
	rm -f $(HEADERS:include/smtpauth/%=$(DESTDIR)$(INCLUDEDIR)/smtpauth/%) $(DESTDIR)$(LIBDIR)/libsmtpauth.a \
	    $(DESTDIR)$(LIBDIR)/libsmtpauth.so $(DESTDIR)$(LIBDIR)/$(SONAME) $(DESTDIR)$(LIBDIR)/$(notdir $(SHARED)) \
	    $(DESTDIR)$(LIBDIR)/pkgconfig/smtpauth.pc
	-rmdir $(DESTDIR)$(INCLUDEDIR)/smtpauth

clean:
	rm -rf $(BUILD)

help:
	@echo "make            library (static, shared) and examples, below $(BUILD)/"
	@echo "make run        start submissiond on 127.0.0.1:5870 and try it"
	@echo "make docs       write docs/replies.md from the catalogue"
	@echo "make check      build and run all tests (about a minute)"
	@echo "make interop    real mail programs against the examples"
	@echo "make sanitize   unit tests under ASan and UBSan"
	@echo "make fuzz       libFuzzer under ASan and UBSan, a minute for each target"
	@echo "make bench      speed of hashes against OpenSSL's, of message data against memcpy's"
	@echo "make lint       gcc, clang, -fanalyzer, clang-tidy, clang-format over the sources"
	@echo "make install    to PREFIX ($(PREFIX)), honouring DESTDIR, LIBDIR, INCLUDEDIR; also uninstall"
	@echo "make clean      remove $(BUILD)/"
