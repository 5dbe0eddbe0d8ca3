#!/usr/bin/env bash
# Both hospitals on one machine, one process each; options go to `konsil run`.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
konsil=$here/../../konsil
[ -x "$konsil" ] || konsil=konsil
exec "$konsil" run "$here/psi-size.ksl" \
	--input east="$here/east.csv" \
	--input west="$here/west.csv" "$@"
