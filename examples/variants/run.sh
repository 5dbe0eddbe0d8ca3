#!/usr/bin/env bash
# Three families and two sites with controls on one machine; options go to `konsil run`.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
konsil=$here/../../konsil
[ -x "$konsil" ] || konsil=konsil
exec "$konsil" run "$here/variants.ksl" \
	--input family="$here/family0.csv" \
	--input family="$here/family1.csv" \
	--input family="$here/family2.csv" \
	--input controls="$here/controls0.csv" \
	--input controls="$here/controls1.csv" "$@"
