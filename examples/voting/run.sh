#!/usr/bin/env bash
# All five sites on one machine, one process each; options go to `konsil run`.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
konsil=$here/../../konsil
[ -x "$konsil" ] || konsil=konsil
exec "$konsil" run "$here/voting.ksl" \
	--input site="$here/site0.json" \
	--input site="$here/site1.json" \
	--input site="$here/site2.json" \
	--input site="$here/site3.json" \
	--input site="$here/site4.json" "$@"
