#!/usr/bin/env bash
# Holds what is generated from the program's tables against what lies in the tree.
# Usage: tests/lint/docs.sh [--write]     with --write puts it there
set -eu
cd "$(dirname "$0")/../.."
program=${TICKETLY:-./ticketly}
mode=${1:-}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
wrong=0

# settle NEW OLD: writes or compares
settle() {
    if [ "$mode" = --write ]; then
        cmp -s "$1" "$2" || cp "$1" "$2"
    elif ! diff -u "$2" "$1"; then
        echo "$2 is not what the program says: run make docs" >&2
        wrong=1
    fi
}

make_part() {
    # settings and environment of this machine do not matter, nor is anything opened
    env -i LANG=C.UTF-8 HOME="$work" PATH="$PATH" "$program" admin docs "$1"
}

for pair in man:ticketly.1 completion:ticketly.bash ini:ticketly.ini; do
    make_part "${pair%%:*}" >"$work/part"
    settle "$work/part" "assets/${pair##*:}"
done

for part in commands settings keys status serve door; do
    make_part "$part" >"$work/$part.md"
    grep -q "^<!-- generated: $part -->\$" README.md || {
        echo "README.md has no place for $part" >&2
        wrong=1
    }
done
awk -v work="$work" '
    /^<!-- generated: [a-z]+ -->$/ {
        print
        file = work "/" $3 ".md"
        print ""
        while ((getline line < file) > 0) print line
        print ""
        skip = 1
        next
    }
    /^<!-- end -->$/ { skip = 0 }
    !skip { print }
' README.md >"$work/README.md"
settle "$work/README.md" README.md

if command -v mandoc >/dev/null; then
    mandoc -Tlint -W style assets/ticketly.1 || wrong=1
fi
exit $wrong
