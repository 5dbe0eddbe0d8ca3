#!/usr/bin/env bash
# The table of builtins in compiler/LANGUAGE.md is made from compiler/builtins.def:
#   tests/lint/check_builtins.sh --write    puts it there; without it, compares.
set -u
cd "$(dirname "$0")/../.."
page=compiler/LANGUAGE.md

table() {
	echo '| builtin | gives | error |'
	echo '|---|---|---|'
	awk '
	/^\/\* .* \*\/$/ { group = $0; gsub(/^\/\* | \*\/$/, "", group); print "| **" group "** | | |"; next }
	/^[BL]\(/ {
		n = split($0, part, "\"")
		params = part[4]
		gsub(/ /, ", ", params)
		gsub(/\*/, ", ...", params)
		while (match(params, /[a-z]+\?/))
			params = substr(params, 1, RSTART - 1) "[" substr(params, RSTART, RLENGTH - 1) "]" \
			    substr(params, RSTART + RLENGTH)
		text = part[6]
		gsub(/\|/, "\\|", text)
		printf "| `%s(%s)` | %s | %s |\n", part[2], params, text, part[8]
	}' compiler/builtins.def
}

# The page with the text between the two marks replaced.
page() {
	awk -v table="$(table)" '
	/<!-- builtins.def -->/ { print; print table; skip = 1; next }
	/<!-- end -->/ { skip = 0 }
	!skip { print }' "$page"
}

if [ "${1:-}" = --write ]; then
	page >"$page.new" && mv "$page.new" "$page"
else
	page | diff "$page" - || { echo "run tests/lint/check_builtins.sh --write"; exit 1; }
fi
