#!/usr/bin/env bash
# Builds with gcc, with gcc and the sanitizers, and with clang; runs every test; replays the fuzz
# corpus; checks the README's example.  Ends with "N passed, M failed".
set -u
cd "$(dirname "$0")/.."
jobs=$(nproc)
passed=0
failed=0
log=$(mktemp -d "${TMPDIR:-/tmp}/konsil-test.XXXXXX")
trap 'rm -rf "$log"' EXIT

build() {
	echo "== build: $*"
	if ! make --no-print-directory -j"$jobs" "$@" >"$log/build" 2>&1; then
		cat "$log/build"
		echo "0 passed, 1 failed"
		exit 1
	fi
}

# A cmocka binary: counts its tests by its own summary.
run() {
	local name out ok bad
	name="$1"
	out="$log/out"
	timeout "${2:-300}" "$name" >"$out" 2>&1
	local status=$?
	ok=$(grep -c '^\[       OK \]' "$out")
	bad=$(grep -c '^\[  FAILED  \] [A-Za-z]' "$out")
	if [ "$status" != 0 ]; then
		[ "$bad" -gt 0 ] || bad=1
		# What failed, also if a sanitizer has much to say behind it.
		grep -E '^\[ +(ERROR|LINE|FAILED)' "$out" | head -10
		grep -v -E '^\[ (RUN|      OK)' "$out" | tail -40
	elif [ "$ok" = 0 ]; then
		bad=1
	fi
	passed=$((passed + ok))
	failed=$((failed + bad))
	printf '  %-52s %4d passed %s\n' "$name" "$ok" "$([ "$bad" = 0 ] || echo "$bad FAILED (status $status)")"
}

# Any other check: one test.
check() {
	local what="$1"
	shift
	if timeout 600 "$@" >"$log/out" 2>&1; then
		passed=$((passed + 1))
		printf '  %-52s    1 passed\n' "$what"
	else
		failed=$((failed + 1))
		tail -30 "$log/out"
		printf '  %-52s    1 FAILED\n' "$what"
	fi
}

export CMOCKA_MESSAGE_OUTPUT=stdout
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1

build konsil unit CC=gcc
# What is built next is built beside the tests, which keep one processor busy.
nice make --no-print-directory -k build/gcc-san/konsil unit replays CC=gcc SAN=1 >/dev/null 2>&1 &
ahead=$!
for t in build/gcc/tests/test_*; do
	case "$t" in *.d) ;; *) run "$t" ;; esac
done
wait "$ahead"
build build/gcc-san/konsil unit replays CC=gcc SAN=1
nice make --no-print-directory -k build/clang/konsil CC=clang >/dev/null 2>&1 &
ahead=$!
for t in build/gcc-san/tests/test_*; do
	case "$t" in *.d) ;; *) run "$t" 1500 ;; esac
done
for t in build/gcc-san/fuzz/replay_*; do
	case "$t" in *.d) ;; *) check "$t" "$t" "tests/fuzz/corpus/$(basename "$t" | sed 's/replay_//')" ;; esac
done
wait "$ahead"
build build/clang/konsil CC=clang
check "lint" tests/lint/run.sh
check "examples" examples/check.sh
for f in tests/reference/*.ksl; do
	check "reference $(basename "$f" .ksl)" python3 tests/reference/run.py "$(basename "$f" .ksl)"
done
check "import" python3 tests/onnx/run.py
check "README" python3 tests/readme.py
check "random statements" python3 tests/random_statements.py 1 150
check "random expressions" python3 tests/random_expressions.py 1 150
check "random roles" python3 tests/random_roles.py 1 100
check "random layers and trees" python3 tests/random_ml.py 1 100
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
