#!/usr/bin/env bash
# Ten minutes of what `make test` does in one: programs, parties, rows, extremes and seeds at random
# (fixed start) against protocol clear, with and without sanitizers; then processes over real
# channels, with sites that die.  Ends with "soak: passed" or "soak: FAILED".
#   tests/soak.sh [SECONDS]
set -u
cd "$(dirname "$0")/.."
seconds=${1:-600}
log=$(mktemp "${TMPDIR:-/tmp}/konsil-soak.XXXXXX")
trap 'rm -f "$log"' EXIT
failed=0
step() {
	local what="$1"
	shift
	if "$@" >"$log" 2>&1; then
		echo "  $what: $(grep -iE '^soak: |passed  \]|values as|programs, |programs agree|as the page' "$log" | tail -1)"
	else
		echo "  $what: FAILED (status $?)"
		tail -25 "$log"
		failed=1
	fi
}
export CMOCKA_MESSAGE_OUTPUT=stdout ASAN_OPTIONS=detect_leaks=1
make --no-print-directory -j"$(nproc)" konsil build/gcc/tests/test_matrix build/gcc/tests/test_join \
	build/gcc/tests/test_run CC=gcc >"$log" 2>&1 &&
	make --no-print-directory -j"$(nproc)" build/gcc-san/tests/test_matrix CC=gcc SAN=1 >>"$log" 2>&1 ||
	{ cat "$log"; echo "soak: FAILED (it does not build)"; exit 1; }
echo "soak: $seconds seconds"
step "matrix" env KONSIL_SOAK=$((seconds * 4 / 10)) build/gcc/tests/test_matrix
step "matrix, sanitizers" env KONSIL_SOAK=$((seconds * 4 / 10)) build/gcc-san/tests/test_matrix
end=$((SECONDS + seconds * 2 / 10))
round=0
while [ "$round" = 0 ] || [ "$SECONDS" -lt "$end" ]; do
	round=$((round + 1))
	step "round $round, sites" build/gcc/tests/test_join
	step "round $round, processes" build/gcc/tests/test_run
	step "round $round, examples" env KONSIL_SOAK=1 examples/check.sh
	step "round $round, R" env KONSIL_SOAK=1 tests/reference/run.py
	step "round $round, README" python3 tests/readme.py
	step "round $round, random statistics" python3 tests/random_statistics.py $((round + 1)) 500
	[ "$failed" = 0 ] || break
done
[ "$failed" = 0 ] && echo "soak: passed" || echo "soak: FAILED"
exit "$failed"
