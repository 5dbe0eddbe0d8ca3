#!/usr/bin/env bash
# The three hospitals of this folder on one machine, one process each; options go to `konsil run`.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
konsil=$here/../../konsil
[ -x "$konsil" ] || konsil=konsil
exec "$konsil" run "$here/followup.ksl" --input site="$here/north.csv" --input site="$here/west.csv" \
	--input site="$here/south.csv" "$@"
