#!/usr/bin/env bash
# Runs every example that has an expected.json beside its run.sh, with its local computations and
# without, and compares every value: within 1e-9, relative.
set -eu
cd "$(dirname "$0")"
for e in */expected.json; do
	d=$(dirname "$e")
	for option in "" --no-local "--protocol clear"; do
		# shellcheck disable=SC2086
		"$d/run.sh" --json $option | python3 ../tests/compare.py "$e" "$d $option"
	done
done
