#!/usr/bin/env bash
# All institutions of this folder's table on one machine; three of them compute, the others
# contribute and receive.  Options go to `konsil run`.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
konsil=$here/../../konsil
[ -x "$konsil" ] || konsil=konsil
exec "$konsil" run "$here/registry.ksl" --split site="$here/registry.csv:inst" \
	--compute 'site[0],site[9],site[10]' "$@"
