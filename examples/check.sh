#!/usr/bin/env bash
# Runs every example that has an expected.json beside its run.sh, with its local computations and
# without, and compares every value: within 1e-9, relative.  Those of two parties run in garbled
# circuits as well, and with a third one who only computes; of more the first three compute, or those
# that run.sh names.  Of examples that are dear under the default protocol `make soak` runs it without
# local computations.
set -eu
cd "$(dirname "$0")"

# The parties of a run.sh, as one list: the members of a group by their numbers.
parties() {
	grep -o -- '--input [a-z]*' "$1" | awk '
		{ name[NR] = $2; n[$2]++ }
		END {
			for (i = 1; i <= NR; i++)
				printf "%s%s", name[i], (n[name[i]] > 1 ? "[" seen[name[i]]++ + 0 "]" : "") (i < NR ? "," : "")
		}'
}

for e in */expected.json; do
	d=$(dirname "$e")
	n=$(grep -o -- '--input' "$d/run.sh" | wc -l)
	three="--protocol replicated"
	[ "$n" != 2 ] || three="$three --compute $(parties "$d/run.sh"),helper"
	for option in "" --no-local "--protocol clear" "--protocol yao" "--protocol mixed" "$three" \
	    "$three --no-local"; do
		case $option in
		*yao | *mixed) [ "$n" = 2 ] || continue ;;
		--no-local)
			case $d in
			digits | logistic | survival) [ -n "${KONSIL_SOAK:-}" ] || continue ;;
			esac
			;;
		esac
		# shellcheck disable=SC2086
		"$d/run.sh" --json $option | python3 ../tests/compare.py "$e" "$d $option"
	done
done

# The second network of digits; `make soak` has time for the default protocol, too.
for option in "--protocol clear" "--protocol replicated" ${KONSIL_SOAK:+"--protocol additive"}; do
	# shellcheck disable=SC2086
	digits/run.sh cnn --json $option | python3 ../tests/compare.py digits/cnn.json "digits cnn $option"
done

# Noise: with so great a budget that there is none, values are exact; else they are near, or in range.
for option in "" --no-local "--protocol clear" "--protocol replicated --compute site[0],site[1],site[2]"; do
	# shellcheck disable=SC2086
	voting/run.sh --json -D epsilon=2000 $option |
		python3 ../tests/compare.py voting/exact.json "voting $option"
	# shellcheck disable=SC2086
	voting/run.sh --json $option | python3 -c 'import json, sys
best, valid = (o["value"] for o in json.load(sys.stdin)["outputs"])
assert 0 <= best < 8 and valid == 4, (best, valid)'
	# shellcheck disable=SC2086
	marginals/run.sh --json -D rho=100000 $option |
		python3 ../tests/compare.py marginals/exact.json "marginals $option"
	# shellcheck disable=SC2086
	marginals/run.sh --json $option | python3 marginals/check.py
done
synthetic=$(mktemp)
marginals/run.sh --json --protocol clear | python3 marginals/synthetic.py 2000 1 > "$synthetic"
python3 marginals/check.py "$synthetic"
rm "$synthetic"

# The registry once more, as institutions do it: separate processes that join a session.
dir=$(mktemp -d)
trap 'rm -r "$dir"' EXIT
registry/session.sh "$dir" > /dev/null 2> "$dir/log" || { tail "$dir"/*log >&2; exit 1; }
for party in north west south east coast; do
	python3 ../tests/compare.py registry/session.json "registry, session, $party" \
		< "$dir/$party.result.json"
done

# Federated averaging: from 68 to 79 percent right in four sessions, to 81 in twelve.
rounds=${KONSIL_SOAK:+12}
telemonitoring/rounds.sh "${rounds:-4}" | awk -v n="${rounds:-4}" '
	END { if ($1 != n || $2 < (n == 4 ? .78 : .8)) { print "telemonitoring: " $0; exit 1 } }
	{ print "telemonitoring, round " $1 ": " $2 }'
