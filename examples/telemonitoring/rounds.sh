#!/usr/bin/env bash
# Federated averaging as clinics would do it: in each round every clinic trains on its own table, joins
# a session with its update, and adds the step that comes out to its copy of the model.  Prints how
# many days of the test table the model tells right, after each round.  Takes the number of rounds
# (12).  Everything is in one temporary folder; each clinic's files are in a folder of its own.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
konsil=$here/../../konsil
[ -x "$konsil" ] || konsil=konsil
dir=$(mktemp -d)
# shellcheck disable=SC2046
trap 'kill $(jobs -p) 2>/dev/null || true; rm -r "$dir"' EXIT
cd "$dir"

clinics="east north west"
port=$((10000 + $$ % 7000 * 3))
printf '[study]\nname = telemonitoring\nprogram = average.ksl\nprotocol = additive\ntimeout = 2m\n' \
	> study.session
for name in $clinics; do
	mkdir "$name"
	"$konsil" keygen "$name/$name" > /dev/null
	printf '\n[party %s]\nis = clinic\nkey = %s\nendpoint = tcp://127.0.0.1:%d\n' "$name" \
		"$(tail -n 1 "$name/$name.pub")" "$port" >> study.session
	port=$((port + 1))
done
for name in $clinics; do                        # the same model, program and session file everywhere
	python3 "$here/train.py" start "$name/model.json"
	cp "$here/average.ksl" study.session "$name"
done

round() {
	cd "$1"
	python3 "$here/train.py" local model.json "$here/$1.csv" update.json
	"$konsil" join study.session --as "$1" --key "$1.key" --input update.json -o . > join.log 2>&1
	python3 "$here/train.py" apply model.json "$1.result.json"
}

for ((i = 1; i <= ${1:-12}; i++)); do
	pids=
	for name in $clinics; do
		round "$name" &
		pids="$pids $!"
	done
	for pid in $pids; do
		wait "$pid" || { cat ./*/join.log >&2; exit 1; }
	done
	echo "$i $(python3 "$here/train.py" score east/model.json "$here/test.csv")"
done
cmp east/model.json north/model.json
cmp east/model.json west/model.json
