# Konsil: `make demo` runs the main job, `make test` all tests; both install what is missing.
#   make [konsil]   make demo   make test   make lint   make deps   make install PREFIX=   make clean
#   make soak   make fuzz FUZZ_SECONDS=60
# CC=clang chooses the compiler; SAN=1 builds with AddressSanitizer and UBSan, into its own folder.

SHELL    := /bin/bash
CC       ?= gcc
ifeq ($(origin CC),default)
CC       := gcc
endif
PREFIX   ?= /usr/local
SAN      ?= 0
FUZZ_SECONDS ?= 60

BUILD    := build/$(notdir $(CC))$(if $(filter 1,$(SAN)),-san)
WARN     := -Wall -Wextra -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror
OPT      := $(if $(filter 1,$(SAN)),-O1 -fsanitize=address$(comma)undefined -fno-sanitize-recover=all -fno-omit-frame-pointer,-O2)
comma    := ,
CFLAGS   += -std=gnu11 -g $(OPT) $(WARN) -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE -MMD -MP
ifeq ($(SAN),1)
CFLAGS   := $(filter-out -D_FORTIFY_SOURCE=2,$(CFLAGS)) -fsanitize=address,undefined -fno-sanitize-recover=all
endif
LDFLAGS  += -pie -Wl,-z,relro,-z,now $(if $(filter 1,$(SAN)),-fsanitize=address$(comma)undefined)
LDLIBS   := -lnng -lsodium -lcrypto -lgmp -lcjson -linih -lcsv -lunistring -lm -lpthread

FLOORS   := runtime/base runtime/code runtime/net circuits compiler protocols runtime
SRCS     := $(filter-out runtime/main.c,$(foreach d,$(FLOORS),$(wildcard $(d)/*.c)))
OBJS     := $(SRCS:%.c=$(BUILD)/%.o)
LIB      := $(BUILD)/libkonsil.a
TESTS    := $(patsubst tests/unit/%.c,$(BUILD)/tests/%,$(wildcard tests/unit/test_*.c))
STD      := $(wildcard circuits/std/*.ksl)

.PHONY: all demo test unit lint deps install clean soak fuzz FORCE
all: konsil

konsil: $(BUILD)/konsil
	@cp -f $< $@

$(BUILD)/konsil: $(BUILD)/runtime/main.o $(LIB)
	$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(LIB): $(OBJS)
	@rm -f $@
	@ar rcs $@ $^

$(BUILD)/%.o: %.c | deps
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c -o $@ $<

$(BUILD)/tests/%: tests/unit/%.c $(LIB) | deps
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -Itests -o $@ $< $(LIB) $(LDFLAGS) -lcmocka $(LDLIBS)

# These run the executable itself.
$(BUILD)/tests/test_run $(BUILD)/tests/test_join: | $(BUILD)/konsil
$(BUILD)/tests/test_run $(BUILD)/tests/test_join: tests/unit/command.h

# Loops over vectors: gcc's -O2 leaves most of them scalar.
KERNELS  := runtime/base/ring runtime/base/plain_64 runtime/base/plain_128 protocols/additive_64 \
            protocols/additive_128
$(KERNELS:%=$(BUILD)/%.o): CFLAGS += $(if $(filter 1,$(SAN)),,-O3)

# The standard library is embedded with .incbin.
$(BUILD)/circuits/std.o: $(STD)

unit: $(TESTS)

deps:
	@tests/deps.sh

clean:
	rm -rf build konsil

-include $(OBJS:.o=.d) $(TESTS:=.d) $(BUILD)/runtime/main.d
