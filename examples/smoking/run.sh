#!/usr/bin/env bash
# The eight cities of this folder on one machine, one process each; options go to `konsil run`.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
konsil=$here/../../konsil
[ -x "$konsil" ] || konsil=konsil
exec "$konsil" run "$here/smoking.ksl" --input city="$here/beijing.csv" \
	--input city="$here/shanghai.csv" --input city="$here/shenyang.csv" \
	--input city="$here/nanjing.csv" --input city="$here/harbin.csv" \
	--input city="$here/zhengzhou.csv" --input city="$here/taiyuan.csv" \
	--input city="$here/nanchang.csv" "$@"
