#!/usr/bin/env bash
# Runs every example that has an expected.json beside its run.sh, with its local computations and
# without, and compares every value: within 1e-9, relative.  Those of two parties run in garbled
# circuits as well.
set -eu
cd "$(dirname "$0")"
for e in */expected.json; do
	d=$(dirname "$e")
	two=$(("$(grep -o -- '--input' "$d/run.sh" | wc -l)" == 2))
	for option in "" --no-local "--protocol clear" "--protocol yao" "--protocol mixed"; do
		case $option in *yao | *mixed) [ "$two" = 1 ] || continue ;; esac
		# shellcheck disable=SC2086
		"$d/run.sh" --json $option | python3 ../tests/compare.py "$e" "$d $option"
	done
done
