#!/usr/bin/env bash
# One round of the three clinics on this machine, with the updates of the first; options go to
# `konsil run`.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
konsil=$here/../../konsil
[ -x "$konsil" ] || konsil=konsil
exec "$konsil" run "$here/average.ksl" --input clinic="$here/east.json" \
	--input clinic="$here/north.json" --input clinic="$here/west.json" "$@"
