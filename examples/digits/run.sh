#!/usr/bin/env bash
# Two hospitals have the images of this folder, the owner a network, mlp.onnx or (run.sh cnn) cnn.onnx:
# all on this machine, a process each.  Other options go to `konsil run`.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
konsil=$here/../../konsil
[ -x "$konsil" ] || konsil=konsil
network=mlp
case ${1:-} in mlp | cnn) network=$1 && shift ;; esac
dir=$(mktemp -d)
trap 'rm -r "$dir"' EXIT

# A hospital's table has a column for each pixel; the label, the last one in the file, stays out of it.
hospital() {
	seq -s, -f p%g 64
	zcat "$here/digits.csv.gz" | sed -n "$1p" | cut -d, -f1-64
}
hospital 1,900 > "$dir/north.csv"
hospital '901,$' > "$dir/south.csv"
"$konsil" import "$here/$network.onnx" --client 'hospital[]' --range 0..16 --whole --result argmax \
	-o "$dir/$network" > "$dir/log"
"$konsil" run "$dir/$network.ksl" --input owner="$dir/$network.json" --input hospital="$dir/north.csv" \
	--input hospital="$dir/south.csv" "$@"
