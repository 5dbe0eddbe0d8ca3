#!/usr/bin/env bash
# Both registries on one machine, one process each; options go to `konsil run`.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
konsil=$here/../../konsil
[ -x "$konsil" ] || konsil=konsil
exec "$konsil" run "$here/sorting.ksl" \
	--input site="$here/east.csv" \
	--input site="$here/west.csv" "$@"
