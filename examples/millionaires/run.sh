#!/usr/bin/env bash
# Both on one machine, one process each; options go to `konsil run`.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
konsil=$here/../../konsil
[ -x "$konsil" ] || konsil=konsil
exec "$konsil" run "$here/millionaires.ksl" \
	--input alice="$here/alice.json" \
	--input bob="$here/bob.json" "$@"
