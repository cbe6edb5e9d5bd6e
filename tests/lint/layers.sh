#!/bin/sh
# Holds the sources against the arrows of the architecture (DESIGN: ui -> core <- data).
# Prints file:line and the rule that is broken; exit 1 when any is. Usage: layers.sh [TREE]
set -eu
cd "${1:-$(dirname "$0")/../..}"

found=$(mktemp -d)
trap 'rm -rf "$found"' EXIT INT TERM

# --- includes ---

find core data ui tests -name '*.[ch]' -print0 | sort -z |
    xargs -0 grep -Hn '^[[:space:]]*#[[:space:]]*include' |
    sed 's/^\([^:]*\):\([0-9]*\):[^<"]*\([<"]\)\([^>"]*\).*/\1 \2 \3 \4/' |
    awk '
function bad(rule) { printf "%s:%s: includes %s. %s\n", file, line, header, rule }
function below(path, folder) { return index(path, folder) == 1 }
function own(name, place) { owner[name] = owner[name] " " place }

BEGIN {
    own("curses.h", "ui/kiosk/terminal.c"); own("ncurses.h", "ui/kiosk/terminal.c")
    own("qrencode.h", "ui/qr/"); own("png.h", "ui/qr/"); own("sodium.h", "core/crypto.c")
    own("jansson.h", "core/json.c"); own("sqlite3.h", "data/sqlite/"); own("libpq-fe.h", "data/postgres/")
    own("microhttpd.h", "ui/http/server.c"); own("curl.h", "data/remote/http_client.c")
    own("ini.h", "ui/settings.c"); own("utf8proc.h", "core/text.c")
    count = split("assert ctype errno float inttypes iso646 limits math stdalign stdarg stdbool " \
                  "stddef stdint stdio stdlib string strings time wchar malloc", names, " ")
    for (i = 1; i <= count; i++)
        pure[names[i] ".h"] = 1
}

{
    file = $1; line = $2; quoted = $3 == "\""; header = $4
    name = header
    sub(/^.*\//, "", name)
}

below(file, "tests/") { next }

name in owner && !quoted {
    fine = 0
    count = split(owner[name], places, " ")
    for (i = 1; i <= count; i++)
        fine = fine || file == places[i] || (places[i] ~ /\/$/ && below(file, places[i]))
    if (!fine)
        bad("A third-party header has one owner:" owner[name] ".")
    next
}

quoted && header !~ /^(core|data|ui)\/[a-z0-9_\/]+\.h$/ {
    bad("Our headers are named from the root of the tree, and tests are included by tests only.")
    next
}

below(file, "core/") && quoted && !below(header, "core/") {
    bad("core includes core only: arrows point to it.")
    next
}
below(file, "core/") && !quoted && !(header in pure) {
    bad("core has no input or output of its own: it includes pure headers of the C library only.")
    next
}
below(file, "data/") && quoted && below(header, "ui/") {
    bad("data includes core and data only.")
    next
}
below(file, "ui/") && quoted && below(header, "data/") && file != "ui/main.c" &&
    file !~ /^ui\/session(_[a-z]+)?\.c$/ {
    bad("Only ui/main.c and ui/session.c put a store under the box office.")
    next
}

# the front ends: kiosk, admin and qr
!quoted || !below(file, "ui/") || !below(header, "ui/") || file == "ui/main.c" { next }
{
    from = to = ""
    if (match(file, /^ui\/[a-z]+\//)) from = substr(file, 1, RLENGTH)
    if (match(header, /^ui\/[a-z]+\//)) to = substr(header, 1, RLENGTH)
}
from == to { next }
from == "ui/qr/" { bad("A pass is drawn without knowing who shows it: ui/qr includes core only."); next }
to == "ui/qr/" && header != "ui/qr/qr.h" { bad("From outside, ui/qr is ui/qr/qr.h."); next }
to == "" || to == "ui/print/" || to == "ui/report/" || header == "ui/qr/qr.h" { next }
(from == "ui/admin/" || from == "ui/door/") && header == "ui/kiosk/kiosk.h" { next }
{ bad("Front ends do not include each other, and what they share does not include them.") }
' >"$found/includes"

# --- what core calls ---

forbidden='(v?f?printf|v?dprintf|puts|fputs|putchar|putc|fputc|fwrite|perror|fopen|fdopen|freopen|
fread|fgets|getline|open|openat|creat|read|write|stat|lstat|fstat|unlink|rename|mkdir|socket|connect|
bind|listen|accept|send|recv|exit|_exit|_Exit|quick_exit|abort|fork|vfork|execve|execvp|posix_spawnp?|
system|popen|signal|sigaction|kill|raise|time|clock|clock_gettime|gettimeofday|sleep|usleep|nanosleep|
rand|srand|random|getrandom|getentropy|arc4random|randombytes_buf|getenv|setenv|putenv|setlocale|
stdout|stderr|stdin|environ|pthread_create|dlopen)'
forbidden=$(printf '%s' "$forbidden" | tr -d '\n')
for source in core/*.c; do
    object=$found/object.o
    # shellcheck disable=SC2046
    ${CC:-cc} -std=c17 -w -O0 -D_GNU_SOURCE -DTICKETLY_VERSION='"lint"' -I. -include core/banned.h \
        $(pkg-config --cflags jansson libsodium libutf8proc 2>/dev/null) \
        -c -o "$object" "$source" || { echo "$source:1: does not compile." >>"$found/calls"; continue; }
    nm -u "$object" | awk '{ sub(/@.*/, "", $2); print $2 }' | grep -Ex "$forbidden" |
        while read -r symbol; do
            line=$(grep -nw "$symbol" "$source" | head -n 1 | cut -d: -f1)
            echo "$source:${line:-1}: calls $symbol. core does not print, exit, ask the clock," \
                "draw randomness or open anything: that comes in through ports."
        done || :
done >>"$found/calls"

# --- who may talk to a store ---

find core ui -name '*.[ch]' ! -path 'core/box_office*.c' ! -path 'core/admission_*.c' \
    ! -path 'core/door_*.c' ! -path 'core/sync_*.c' ! -path core/store.c ! -path core/store.h \
    -print0 | sort -z |
    xargs -0 grep -nE -- '\bstore->ops\b|\bstore_apply[[:space:]]*\(' /dev/null |
    sed 's/^\([^:]*:[0-9]*\):.*/\1: talks to a store. Front ends call box_office; only it, the use cases of doors, sync and/
         s/and$/and stores that wrap a store call store_ops./' >"$found/stores" || :

cat "$found/includes" "$found/calls" "$found/stores" >&2
! [ -s "$found/includes" ] && ! [ -s "$found/calls" ] && ! [ -s "$found/stores" ]
