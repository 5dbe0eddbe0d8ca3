#!/usr/bin/env bash
# Five of the institutions as they would do it: each a process of its own, with its own key and table.
# north, west and south compute; east and coast contribute.  east leaves and comes back for its results;
# coast waits for them.  Everything is in one temporary folder, or in $1, which keeps the results.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
konsil=$here/../../konsil
[ -x "$konsil" ] || konsil=konsil
dir=${1:-$(mktemp -d)}
# shellcheck disable=SC2046
trap 'kill $(jobs -p) 2>/dev/null || true; [ $# -gt 0 ] || rm -r "$dir"' EXIT
cp "$here/registry.ksl" "$dir"
cd "$dir"

# At each institution: its table and NAME.key stay, the public key goes to the others.
institution() {
	awk -F, -v inst="$2" 'NR == 1 || $1 == inst' "$here/registry.csv" > "$1.csv"
	"$konsil" keygen "$1" > /dev/null
}
institution north 1
institution west 12
institution south 13
institution east 3
institution coast 11

# The session file is the same everywhere.  Who does not compute is called by nobody: no endpoint.
port=$((10000 + $$ % 7000 * 3))
{
	printf '[study]\nname = registry-2026\nprogram = registry.ksl\nprotocol = replicated\n'
	printf 'compute = north, west, south\ntimeout = 2m\n'
	for name in north west south east coast; do
		printf '\n[party %s]\nis = site\nkey = %s\n' "$name" "$(tail -n 1 "$name.pub")"
		case $name in
		north | west | south)
			printf 'endpoint = tcp://127.0.0.1:%d\n' "$port"
			port=$((port + 1))
			;;
		esac
	done
} > registry.session

join() { "$konsil" join registry.session --as "$1" --key "$1.key" -o . "${@:2}"; }

for name in north west south; do
	join "$name" --input "$name.csv" > "$name.txt" 2> "$name.log" &
done
join coast --input coast.csv > coast.txt 2> coast.log &
join east --input east.csv --leave          # shares of the table go to the three; then nothing runs here
join east --collect                         # and later, the results
for job in $(jobs -p); do
	wait "$job"
done
