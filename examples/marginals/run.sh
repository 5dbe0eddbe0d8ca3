#!/usr/bin/env bash
# All three sites on one machine, one process each; options go to `konsil run`.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
konsil=$here/../../konsil
[ -x "$konsil" ] || konsil=konsil
exec "$konsil" run "$here/marginals.ksl" \
	--input site="$here/site0.csv" \
	--input site="$here/site1.csv" \
	--input site="$here/site2.csv" "$@"
