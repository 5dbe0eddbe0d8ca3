# Konsil: `make demo` runs the main job, `make test` all tests; both install what is missing.
#   make [konsil]   make demo   make test   make lint   make deps   make install PREFIX=   make clean
#   make soak   make fuzz FUZZ_SECONDS=60   make reference
# CC=clang chooses the compiler; SAN=1 builds with AddressSanitizer and UBSan, into its own folder.

SHELL    := /bin/bash
CC       ?= gcc
ifeq ($(origin CC),default)
CC       := gcc
endif
PREFIX   ?= /usr/local
SAN      ?= 0
FUZZ_SECONDS ?= 60

BUILD    := build/$(notdir $(CC))$(if $(filter 1,$(SAN)),-san)$(if $(FUZZER),-fuzz)
WARN     := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror
comma    := ,
OPT      := $(if $(filter 1,$(SAN)),-O1 -fsanitize=address$(comma)undefined -fno-sanitize-recover=all -fno-omit-frame-pointer,-O2)
CFLAGS   += -std=gnu11 -g $(OPT) $(WARN) -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE -MMD -MP
ifeq ($(SAN),1)
CFLAGS   := $(if $(FUZZER),-fsanitize=fuzzer-no-link) $(filter-out -D_FORTIFY_SOURCE=2,$(CFLAGS)) -fsanitize=address,undefined -fno-sanitize-recover=all
endif
LDFLAGS  += -pie -Wl,-z,relro,-z,now $(if $(filter 1,$(SAN)),-fsanitize=address$(comma)undefined)
LDLIBS   := -lnng -lsodium -lcrypto -lgmp -lcjson -linih -lcsv -lunistring -lprotobuf-c \
            -lm -lpthread

FLOORS   := runtime/base runtime/code runtime/net circuits compiler protocols runtime/import runtime
SRCS     := $(filter-out runtime/main.c,$(foreach d,$(FLOORS),$(wildcard $(d)/*.c)))
OBJS     := $(SRCS:%.c=$(BUILD)/%.o) $(BUILD)/runtime/import/onnx.pb-c.o
LIB      := $(BUILD)/libkonsil.a
TESTS    := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
STD      := $(wildcard circuits/std/*.ksl)

.PHONY: all demo test unit replays fuzzers lint deps install clean soak fuzz reference
.SECONDARY:
all: konsil

konsil: $(BUILD)/konsil
	@cp -f $< $@

$(BUILD)/konsil: $(BUILD)/runtime/main.o $(LIB)
	@echo "  LD   $@"
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(LIB): $(OBJS)
	@rm -f $@
	@ar rcs $@ $^

$(BUILD)/%.o: %.c | deps
	@mkdir -p $(@D)
	@echo "  CC   $<"
	@$(CC) $(CFLAGS) -c -o $@ $<

# protobuf-c makes the reader of ONNX files from our description of them.
ONNX     := $(BUILD)/runtime/import/onnx.pb-c
$(ONNX).c $(ONNX).h &: runtime/import/onnx.proto | deps
	@mkdir -p $(@D)
	@echo "  GEN  $(ONNX).c"
	@protoc-c --proto_path=$(<D) --c_out=$(@D) $<

$(ONNX).o: $(ONNX).c
	@echo "  CC   $<"
	@$(CC) $(filter-out $(WARN),$(CFLAGS)) -c -o $@ $<

$(patsubst %.c,$(BUILD)/%.o,$(wildcard runtime/import/*.c)): CFLAGS += -I$(BUILD)/runtime/import
$(patsubst %.c,$(BUILD)/%.o,$(wildcard runtime/import/*.c)): | $(ONNX).h

$(BUILD)/tests/%: tests/unit/%.c $(LIB) | deps
	@mkdir -p $(@D)
	@echo "  CC   $<"
	@$(CC) $(CFLAGS) -Itests -o $@ $< $(LIB) $(LDFLAGS) -lcmocka $(LDLIBS)

# These run the executable itself.
$(BUILD)/tests/test_run $(BUILD)/tests/test_roles $(BUILD)/tests/test_join $(BUILD)/tests/test_join_roles $(BUILD)/tests/test_join_ledger $(BUILD)/tests/test_language $(BUILD)/tests/test_bench $(BUILD)/tests/test_import: | $(BUILD)/konsil
$(BUILD)/tests/test_run $(BUILD)/tests/test_roles $(BUILD)/tests/test_join $(BUILD)/tests/test_join_roles $(BUILD)/tests/test_join_ledger $(BUILD)/tests/test_language $(BUILD)/tests/test_bench $(BUILD)/tests/test_import: tests/unit/command.h

# Loops over vectors: gcc's -O2 leaves most of them scalar.
KERNELS  := runtime/base/ring runtime/base/ring_matmul runtime/base/ring_matmul_avx2 \
            runtime/base/ring_matmul_avx512 runtime/base/ring_matmul_ifma \
            runtime/base/plain_64 runtime/base/plain_128 runtime/base/bitplane \
            protocols/additive_64 protocols/additive_128 protocols/gmw_64 protocols/gmw_128 \
            protocols/gilboa protocols/rep_product protocols/rep_trunc \
            protocols/rep_num_64 protocols/rep_num_128
$(KERNELS:%=$(BUILD)/%.o): CFLAGS += $(if $(filter 1,$(SAN)),,-O3)

# The standard library is embedded with .incbin.
$(BUILD)/circuits/std.o: $(STD)

unit: $(TESTS)

# Every consumer of bytes has a fuzz target: libFuzzer's with `make fuzz`; `make test` replays the
# corpus and a fixed number of mutations through tests/fuzz/replay.c.
FUZZ     := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
REPLAYS  := $(FUZZ:%=$(BUILD)/fuzz/replay_%)
$(BUILD)/fuzz/replay_%: tests/fuzz/fuzz_%.c tests/fuzz/replay.c $(LIB) | deps
	@mkdir -p $(@D)
	@echo "  CC   $<"
	@$(CC) $(CFLAGS) -o $@ $(filter %.c,$^) $(LIB) $(LDFLAGS) $(LDLIBS)

$(BUILD)/fuzz/fuzz_%: tests/fuzz/fuzz_%.c $(LIB) | deps
	@mkdir -p $(@D)
	@echo "  CC   $<"
	@$(CC) $(CFLAGS) -fsanitize=fuzzer -o $@ $< $(LIB) $(LDFLAGS) $(LDLIBS)

replays: $(REPLAYS)
fuzzers: $(FUZZ:%=$(BUILD)/fuzz/fuzz_%)

demo: konsil
	@examples/lung/run.sh

test: deps
	@tests/run.sh

lint: deps
	@tests/lint/run.sh

soak: konsil
	@tests/soak.sh

fuzz: deps
	@tests/fuzz/run.sh $(FUZZ_SECONDS)

# What R says of the data sets in tests/reference/data; needs R and its packages survival and MASS.
reference:
	@cd tests/reference && Rscript data.R && for f in *.ksl; do Rscript $${f%.ksl}.R || exit 1; done

install: konsil
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 755 konsil $(DESTDIR)$(PREFIX)/bin/konsil
	install -m 644 runtime/konsil.1 $(DESTDIR)$(PREFIX)/share/man/man1/konsil.1

deps:
	@tests/deps.sh

clean:
	rm -rf build konsil

-include $(OBJS:.o=.d) $(TESTS:=.d) $(BUILD)/runtime/main.d
