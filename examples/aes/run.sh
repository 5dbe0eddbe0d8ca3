#!/usr/bin/env bash
# The key server and the client on one machine, one process each; options go to `konsil run`.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
konsil=$here/../../konsil
[ -x "$konsil" ] || konsil=konsil
exec "$konsil" run "$here/aes.ksl" \
	--input server="$here/server.json" \
	--input client="$here/client.json" "$@"
