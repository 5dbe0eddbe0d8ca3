#!/usr/bin/env bash
# Builds with gcc, with gcc and the sanitizers, and with clang, and runs the unit tests of each; replays
# the fuzz corpus; checks examples, reference values and the README.  There are as many tests at a time
# as processors.  Ends with the tests that kept a processor longest, the names of those that failed, and
# "N passed, M failed".
set -u
cd "$(dirname "$0")/.."
jobs=$(nproc)
log=$(mktemp -d "${TMPDIR:-/tmp}/konsil-test.XXXXXX")
# Whatever still runs when a build has failed ends, too.
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$log"' EXIT
n=0
TIMEFORMAT='%U %S'

# Says how it all went; fails if anything did.
totals() {
	cat "$log"/*.count 2>/dev/null | sort -k3,3nr | awk '
		{ name = substr($0, index($0, $4)) }
		NR <= 20 { printf "%8.1f s  %s\n", $3, name }
		$2 > 0 { bad = bad "  FAILED  " name "\n" }
		{ passed += $1; failed += $2; seconds += $3 }
		END {
			printf "%8.1f s  of a processor in all\n%s", seconds, bad
			print passed + 0 " passed, " failed + 0 " failed"
			exit (failed > 0 || passed == 0)
		}'
}

build() {
	echo "== build: $*"
	if ! make --no-print-directory -j"$jobs" "$@" >"$log/build" 2>&1; then
		cat "$log/build"
		echo "0 1 0 build: $*" >"$log/build.count"
		totals
		exit 1
	fi
}

# What is built next is built beside the tests, as one of them.
build_ahead() {
	nice make --no-print-directory -k "$@" >/dev/null 2>&1 &
	ahead=$!
}

# A cmocka binary is as many tests as its own summary says, anything else is one.  A binary that ends
# without its summary, or not with 0, has failed whatever it says.  All that there is to say goes out at
# once, so that tests which end together do not mix.
report() {
	local name=$1 file=$2 status=$3 seconds ok bad
	# The shell's word of a test that a signal has ended may stand before the times.
	seconds=$(awk 'END { printf "%.1f", $1 + $2 }' "$file.time")
	case $name in
	*/test_*)
		ok=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test(s)\.$/\1/p' "$file.out")
		bad=$(sed -n 's/^\[  FAILED  \] \([0-9]*\) test(s), listed below:$/\1/p' "$file.out" | tail -1)
		bad=${bad:-0}
		if [ "$bad" = 0 ] && { [ "$status" != 0 ] || [ "${ok:-0}" = 0 ]; }; then
			bad=1
		fi
		ok=${ok:-$(grep -c '^\[       OK \]' "$file.out")}
		;;
	*) ok=$((status == 0)) bad=$((status != 0)) ;;
	esac
	{
		if [ "$bad" != 0 ]; then
			# What failed, also if a sanitizer has much to say behind it.
			grep -E '^\[ +(ERROR|LINE|FAILED)' "$file.out" | head -10
			grep -v -E '^\[ (RUN|      OK)' "$file.out" | tail -40
		fi
		printf '  %-52s %4d passed %s\n' "$name" "$ok" \
			"$([ "$bad" = 0 ] || echo "$bad FAILED (status $status)")"
	} >"$file.said"
	cat "$file.said"
	echo "$ok $bad $seconds $name" >"$file.count"
}

# In the background, so that the trap is heard and ends the test with its shell.
one() {
	local name=$1 file=$2
	shift 2
	trap 'kill $(jobs -p) 2>/dev/null; exit 1' TERM
	{ time { timeout 1800 "$@" >"$file.out" 2>&1 & wait $!; }; } 2>"$file.time"
	report "$name" "$file" $?
}

# check NAME COMMAND...: as soon as a processor is free.
check() {
	while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do
		wait -n
	done
	n=$((n + 1))
	one "$1" "$log/$n" "${@:2}" &
}

# units BUILD [TEST...]: its unit tests, but for those named, which are begun already or left out.
units() {
	local t name
	for t in "build/$1"/tests/test_*; do
		name=$(basename "$t")
		case " ${*:2} " in
		*" $name "*) ;;
		*) [ "${t%.d}" != "$t" ] || check "$t" "$t" ;;
		esac
	done
}

export CMOCKA_MESSAGE_OUTPUT=stdout
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1
# They take longest, so that they come first.
long="test_matrix test_language test_constant_time test_functions"

build konsil unit CC=gcc
build_ahead build/gcc-san/konsil unit replays CC=gcc SAN=1
for t in $long; do
	check "build/gcc/tests/$t" "build/gcc/tests/$t"
done
# shellcheck disable=SC2086
units gcc $long
wait "$ahead" 2>/dev/null
build build/gcc-san/konsil unit replays CC=gcc SAN=1
build_ahead build/clang/konsil unit CC=clang
for t in $long; do
	check "build/gcc-san/tests/$t" "build/gcc-san/tests/$t"
done
check "examples" examples/check.sh
# shellcheck disable=SC2086
units gcc-san $long
for t in build/gcc-san/fuzz/replay_*; do
	[ "${t%.d}" != "$t" ] || check "$t" "$t" "tests/fuzz/corpus/$(basename "$t" | sed 's/replay_//')"
done
for f in tests/reference/*.ksl; do
	check "reference $(basename "$f" .ksl)" python3 tests/reference/run.py "$(basename "$f" .ksl)"
done
check "lint" tests/lint/run.sh
check "import" python3 tests/onnx/run.py
check "README" python3 tests/readme.py
check "random statements" python3 tests/random_statements.py 1 150
check "random expressions" python3 tests/random_expressions.py 1 150
check "random roles" python3 tests/random_roles.py 1 100
check "random layers and trees" python3 tests/random_ml.py 1 100
check "random statistics" python3 tests/random_statistics.py 1 90
wait "$ahead" 2>/dev/null
build build/clang/konsil unit CC=clang
# What takes longest has run twice.
units clang test_matrix test_language test_functions test_gmw
wait
totals
