#!/bin/sh
# Runs one fuzz target from its corpus. Usage: run.sh BUILD NAME RUNS SECONDS
# What it finds new stays in BUILD/fuzz/NAME; an input that breaks something in BUILD/fuzz/NAME-…
set -eu
build=$1 name=$2 runs=$3 seconds=$4
mkdir -p "$build/fuzz/$name"
log=$build/fuzz/$name.log
dictionary=
[ ! -f "tests/fuzz/$name.dict" ] || dictionary=-dict=tests/fuzz/$name.dict
# shellcheck disable=SC2086
if "$build/fuzz-$name" -runs="$runs" -max_total_time="$seconds" -max_len=4096 -timeout=20 \
    -artifact_prefix="$build/fuzz/$name-" $dictionary "$build/fuzz/$name" \
    "tests/fuzz/corpus/$name" >"$log" 2>&1; then
    echo "fuzz: $name: $(grep '^Done' "$log")"
else
    cat "$log" >&2
    echo "fuzz: $name: BROKEN" >&2
    exit 1
fi
