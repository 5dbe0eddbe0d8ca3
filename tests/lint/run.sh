#!/usr/bin/env bash
# House rules that a grep can check: which floor may include which, what is banned, how long things
# are, and that what is generated from a table is current.
set -u
cd "$(dirname "$0")/../.."
bad=0

complain() {
	[ -n "$2" ] || return 0
	printf '%s\n%s\n\n' "$1" "$2"
	bad=1
}

sources() { git ls-files -- '*.c' '*.h' '*.def' | grep -v '^tests/vectors/'; }
library() { sources | grep -E '^(runtime|protocols|circuits|compiler)/'; }

# Includes point down: 0 runtime/base, 1 runtime/code runtime/net, 2 circuits, 3 compiler protocols
# (which do not see each other), 4 runtime.
floors=$(library | xargs awk '
function floor(dir) {
	if (dir ~ /^runtime\/base/) return 0
	if (dir ~ /^runtime\/(code|net)/) return 1
	if (dir ~ /^circuits/) return 2
	if (dir ~ /^(compiler|protocols)/) return 3
	return 4
}
/^#[ \t]*include "/ {
	dir = FILENAME; sub(/\/[^\/]*$/, "", dir)
	path = $0; sub(/^[^"]*"/, "", path); sub(/".*/, "", path)
	to = dir
	while (path ~ /^\.\.\//) { sub(/^\.\.\//, "", path); if (!sub(/\/[^\/]*$/, "", to)) to = "." }
	target = (to == "." ? "" : to "/") path
	sub(/\/[^\/]*$/, "", target)
	if (floor(target) > floor(dir) || (floor(target) == 3 && floor(dir) == 3 &&
	    substr(target, 1, 4) != substr(dir, 1, 4)))
		print "  " FILENAME ":" FNR ": " $0
}')
complain "Includes that point up:" "$floors"

complain "Banned functions:" "$(library | xargs grep -nE \
	'(^|[^A-Za-z_0-9])(rand|srand|random|strcpy|strcat|sprintf|gets|alloca|malloc|calloc|realloc|strdup)\(' |
	grep -v '^runtime/base/mem\.c:' | grep -vE '^[^:]+:[0-9]+: \*|/\*.*\(' | head -20)"
complain "exit or printing in a library:" "$(library | grep -vE '^runtime/(cmd_|main\.c|bench_)' | xargs grep -nE \
	'(^|[^A-Za-z_0-9])(_?exit|abort|printf|puts|perror)\(' | grep -vE '^[^:]+:[0-9]+: \*' | head -20)"
complain "memcmp in files that hold secrets:" "$(git ls-files 'protocols/*.c' 'runtime/net/*.c' 'runtime/base/*.c' |
	xargs grep -nE '(^|[^_])memcmp\(' | head)"
complain "Unfinished work:" "$(git ls-files -- '*.c' '*.h' '*.def' '*.ksl' '*.md' '*.sh' '*.py' Makefile | grep -v '^tests/lint/' |
	xargs grep -nE '\b(TOD[O]|FIXM[E]|XX[X]|HAC[K])\b|not (yet )?implemente[d]' | head)"
complain "Lines over 100 columns:" "$(sources | grep -E '\.[ch]$' | xargs awk '
	length($0) > 100 { print "  " FILENAME ":" FNR }' | head)"
complain "Files over 600 lines:" "$(sources | grep -E '\.[ch]$' | xargs wc -l | awk '$2 != "total" && $1 > 600 { print "  " $2, $1 }')"
complain "Functions over 70 lines:" "$(library | grep '\.c$' | xargs awk '
	FNR == 1 { open = 0 }
	/^\{/ { open = FNR }
	/^\}/ { if (open && FNR - open > 71) print "  " FILENAME ":" open ": " FNR - open - 1; open = 0 }')"
complain "File names that stand twice:" "$(library | sed 's|.*/||' | sort | uniq -d)"
complain "Files that do not say what they are:" "$(library | xargs awk 'FNR == 1 && $0 !~ /^\/\*/ { print "  " FILENAME }')"

for check in tests/lint/check_*.sh; do
	[ -e "$check" ] || continue
	out=$("$check" 2>&1) || complain "$check:" "$out"
done
[ "$bad" = 0 ] && echo "lint: clean"
exit "$bad"
