#!/bin/sh
# Everything that can be said about the sources without running them. Builds in build/lint-* (or
# $LINT_BUILD/lint-*), so a second run is short. Usage: lint.sh [STEP …]; the steps are the functions
# below that take no arguments, all of them by default.
#
# clang-format is not among them: tables are aligned by hand.
set -u
cd "$(dirname "$0")/../.."

jobs=$(nproc 2>/dev/null || echo 2)
base=${LINT_BUILD:-build}
work=$base/lint
mkdir -p "$work"

tracked() {
    git ls-files -- "$@" 2>/dev/null | while read -r file; do [ -f "$file" ] && echo "$file"; done
}

layers() { tests/lint/layers.sh; }

selftest() { tests/lint/selftest.sh; }

build_with() { # gcc or clang
    make -s -k -j"$jobs" CC="$1" DEVELOPER=1 BUILD="$base/lint-$1" "$base/lint-$1/ticketly" \
        "$base/lint-$1/run-tests" "$base/lint-$1/bench"
}

gcc_build() { build_with gcc; }

clang_build() { build_with clang; }

# What make would run for one file, for tools that need to know.
command_of() { # OBJECT
    make -n -B CC=clang BUILD=$base/lint-clang "$base/lint-clang/$1" | grep -- ' -c -o ' | tail -n 1
}

headers() {
    flags=$(command_of core/status.o | sed 's/^clang //; s/ -MMD .*//')
    tracked '*.h' >"$work/headers"
    failed=0
    while read -r header; do
        # an own file that includes it twice: it needs nothing before it and bears repetition
        printf '#include "%s"\n#include "%s"\n' "$header" "$header" >"$work/header.c"
        eval "clang $flags -Werror -fsyntax-only $work/header.c" || {
            echo "$header:1: A header compiles alone."
            failed=1
        }
    done <"$work/headers"
    return "$failed"
}

tidy() {
    tracked 'core/*.c' 'data/*.c' 'ui/*.c' 'tests/*.c' >"$work/sources"
    {
        echo '['
        while read -r source; do
            command=$(command_of "${source%.c}.o" | sed 's/ -MMD -MP//; s/[\\"]/\\&/g')
            [ "$source" = core/error.c ] ||
                command="$command -include tests/lint/analyzer.h -Wno-unused-value"
            printf '%s{"directory": "%s", "file": "%s", "command": "%s"}\n' \
                "${comma:-}" "$PWD" "$source" "$command"
            comma=,
        done <"$work/sources"
        echo ']'
    } >"$work/compile_commands.json"
    # two files a run: the longest ones should not come last in one process
    xargs -P"$jobs" -n2 clang-tidy --quiet -p "$work" <"$work/sources" 2>"$work/tidy.err" || {
        grep -v 'warnings\{0,1\} \(generated\|treated\)' "$work/tidy.err"
        return 1
    }
}

spaces() {
    tracked '*.c' '*.h' '*.sh' Makefile .ci/packages .ci/run >"$work/texts"
    if xargs grep -nH '[[:space:]]$' <"$work/texts" | sed 's/:[^:]*$/: ends in a space./'; then :; fi
    ! xargs grep -q '[[:space:]]$' <"$work/texts" || return 1
    grep -v Makefile "$work/texts" >"$work/tabless"
    if xargs grep -nH "$(printf '\t')" <"$work/tabless"; then
        echo "Sources are laid out with spaces."
        return 1
    fi
}

manual() {
    [ -f assets/ticketly.1 ] || return 0
    mandoc -T lint -W warning assets/ticketly.1
}

docs() {
    [ -x tests/lint/docs.sh ] || return 0
    TICKETLY=$base/lint-gcc/ticketly tests/lint/docs.sh
}

units() { tests/lint/units.sh; }

[ $# -gt 0 ] || set -- layers selftest gcc_build clang_build headers tidy spaces manual docs units
result=0
for step in "$@"; do
    start=$(date +%s)
    if "$step" >"$work/said" 2>&1; then
        verdict=clean
    else
        verdict='NOT CLEAN'
        result=1
        cat "$work/said"
    fi
    printf 'lint: %-12s %s (%d s)\n' "$step" "$verdict" $(($(date +%s) - start))
done
exit "$result"
