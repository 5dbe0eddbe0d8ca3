#!/usr/bin/env bash
# The hospital and the atlas on one machine, one process each; options go to `konsil run`.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
konsil=$here/../../konsil
[ -x "$konsil" ] || konsil=konsil
exec "$konsil" run "$here/regrid.ksl" \
	--input hospital="$here/hospital.json" \
	--input atlas="$here/atlas.json" "$@"
