#!/usr/bin/env bash
# The instruction table of runtime/code/BYTECODE.md, made from runtime/code/isa.def.
#   check_isa_table.sh          checks that the page has it as it is now
#   check_isa_table.sh --print  prints it
#   check_isa_table.sh --write  puts it into the page
set -eu
cd "$(dirname "$0")/../.."
page=runtime/code/BYTECODE.md
begin='<!-- instructions: made by check_isa_table.sh --write -->'
end='<!-- end of instructions -->'

# The preprocessor turns each row into strings, awk makes a row of Markdown of them.
rows() {
	${CC:-gcc} -E -P -x c - <<-'EOF'
	#define I(id, name, d, a, b, c, shape, rounds, held2, flags, text) \
		ROW @ name @ #d @ #a @ #b @ #c @ #shape @ #rounds @ #held2 @ #flags @ text
	#include "runtime/code/isa.def"
	EOF
}

table() {
	echo '| instruction | d | a | b | c | lengths | rounds | two parts held | flags | meaning |'
	echo '|---|---|---|---|---|---|---|---|---|---|'
	rows | grep '^ROW ' | awk -F ' *@ *' '
	{
		row = "|"
		for (i = 2; i <= 11; i++) {
			cell = $i
			for (j = 12; i == 11 && j <= NF; j++)
				cell = cell " @ " $j
			gsub(/^"|" *$/, "", cell)
			gsub(/\|/, "\\|", cell)
			if (i == 2) cell = "`" cell "`"
			if (i == 10 && cell == "0") cell = ""
			row = row " " cell " |"
		}
		print row
	}'
}

in_page() {
	sed -n "/^$begin\$/,/^$end\$/p" "$page" | sed '1d;$d'
}

case "${1:-}" in
--print)
	table
	;;
--write)
	new=$(mktemp)
	{ sed "/^$begin\$/q" "$page"; table; sed -n "/^$end\$/,\$p" "$page"; } >"$new"
	cat "$new" >"$page"
	rm -f "$new"
	;;
*)
	if ! diff <(table) <(in_page) >/dev/null; then
		echo "$page: the instruction table is not that of isa.def; run tests/lint/check_isa_table.sh --write" >&2
		exit 1
	fi
	;;
esac
