#!/usr/bin/env bash
# Runs every libFuzzer target for a time: tests/fuzz/run.sh SECONDS_EACH
set -eu
cd "$(dirname "$0")/../.."
make --no-print-directory -j"$(nproc)" CC=clang SAN=1 FUZZER=1 fuzzers
for f in build/clang-san-fuzz/fuzz/fuzz_*; do
	case "$f" in *.d) continue ;; esac
	name=$(basename "$f" | sed 's/fuzz_//')
	found="build/clang-san-fuzz/fuzz/found/$name"
	mkdir -p "$found"
	echo "== $name"
	"$f" -max_total_time="${1:-60}" -rss_limit_mb=4096 -artifact_prefix="$found/" "$found" "tests/fuzz/corpus/$name"
done
