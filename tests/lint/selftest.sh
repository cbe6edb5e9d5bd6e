#!/bin/sh
# Plants a violation of each layer rule in a copy of the tree and expects layers.sh to find it, and
# it alone. A rule that finds nothing is no rule.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT INT TERM
failed=0
planted=0

# plant FILE LINE-OF-CODE WORDS-OF-THE-RULE
plant() {
    rm -rf "$copy/tree"
    mkdir -p "$copy/tree/core" "$copy/tree/data/sqlite" "$copy/tree/ui/kiosk" \
        "$copy/tree/ui/admin" "$copy/tree/ui/print" "$copy/tree/ui/qr" "$copy/tree/tests"
    cp "$root"/core/banned.h "$copy/tree/core/"
    echo 'int tk_planted_nothing(void);' >"$copy/tree/core/planted.h"
    printf '%s\n' '#include "core/planted.h"' 'int tk_planted_nothing(void) { return 0; }' \
        >"$copy/tree/core/planted.c"
    : >"$copy/tree/data/sqlite/sqlite_store.h"
    : >"$copy/tree/ui/settings.h"
    [ -z "$1" ] || printf '%s\n' "$2" >>"$copy/tree/$1"
    planted=$((planted + 1))
    if [ -z "$3" ]; then
        "$root/tests/lint/layers.sh" "$copy/tree" >"$copy/said" 2>&1 && return
        echo "selftest: layers.sh objects to what is allowed: $2" >&2
    else
        if ! "$root/tests/lint/layers.sh" "$copy/tree" >"$copy/said" 2>&1 &&
            grep -q "^$1:[0-9]*: .*$3" "$copy/said" && [ "$(wc -l <"$copy/said")" -eq 1 ]; then
            return
        fi
        echo "selftest: layers.sh does not object to this in $1: $2" >&2
    fi
    sed 's/^/    /' "$copy/said" >&2
    failed=1
}

plant '' '' ''
plant core/planted.c '#include "data/sqlite/sqlite_store.h"' 'core includes core only'
plant core/planted.c '#include "ui/settings.h"' 'core includes core only'
plant core/planted.c '#include <unistd.h>' 'no input or output of its own'
plant core/planted.c '#include <sys/socket.h>' 'no input or output of its own'
plant core/planted.c '#include "planted.h"' 'named from the root'
plant core/planted.c '#include <string.h>' ''
plant data/planted.c '#include "ui/session.h"' 'data includes core and data only'
plant data/planted.c '#include "tests/support/test.h"' 'included by tests only'
plant data/planted.c '#include "core/slot.h"' ''
plant ui/kiosk/planted.c '#include "data/keyfile.h"' 'Only ui/main.c and ui/session.c'
plant ui/settings.c '#include "data/keyfile.h"' 'Only ui/main.c and ui/session.c'
plant ui/session.c '#include "data/keyfile.h"' ''
plant ui/kiosk/planted.c '#include "ui/admin/admin.h"' 'do not include each other'
plant ui/admin/planted.c '#include "ui/kiosk/view.h"' 'do not include each other'
plant ui/admin/planted.c '#include "ui/kiosk/kiosk.h"' ''
plant ui/import.c '#include "ui/admin/admin.h"' 'do not include each other'
plant ui/main.c '#include "ui/admin/admin.h"' ''
plant ui/qr/planted.c '#include "ui/settings.h"' 'ui/qr includes core only'
plant ui/kiosk/planted.c '#include "ui/qr/cells.h"' 'is ui/qr/qr.h'
plant ui/kiosk/planted.c '#include "ui/qr/qr.h"' ''
plant ui/kiosk/planted.c '#include "ui/print/spooler.h"' ''
plant ui/print/planted.c '#include "ui/admin/command.h"' 'Front ends do not'
plant ui/kiosk/planted.c '#include <curses.h>' 'one owner: ui/kiosk/terminal.c'
plant ui/kiosk/terminal.c '#include <curses.h>' ''
plant ui/kiosk/planted.c '#include <qrencode.h>' 'one owner: ui/qr/'
plant ui/admin/planted.c '#include <png.h>' 'one owner: ui/qr/'
plant ui/session.c '#include <sodium.h>' 'one owner: core/crypto.c'
plant core/planted.c '#include <jansson.h>' 'one owner: core/json.c'
plant data/planted.c '#include <microhttpd.h>' 'one owner: ui/http/server.c'
plant ui/admin/planted.c '#include <curl/curl.h>' 'one owner: data/remote/http_client.c'
plant ui/admin/planted.c '#include <sqlite3.h>' 'one owner: data/sqlite/'
plant ui/session.c '#include <ini.h>' 'one owner: ui/settings.c'
plant ui/kiosk/planted.c '#include <utf8proc.h>' 'one owner: core/text.c'
plant core/planted.c 'int tk_planted_print(void) { return printf("%d", 1); }' 'calls printf'
plant core/planted.c 'void tk_planted_exit(void) { exit(3); }' 'calls exit'
plant core/planted.c 'long tk_planted_time(void) { return (long)time(NULL); }' 'calls time'
plant core/planted.c 'int (rand)(void); int tk_planted_rand(void) { return (rand)(); }' 'calls rand'
plant core/planted.c 'void *tk_planted_open(void) { return fopen("x", "r"); }' 'calls fopen'
plant core/planted.c 'int socket(int, int, int); int tk_planted(void) { return socket(1, 1, 0); }' \
    'calls socket'
plant ui/kiosk/planted.c 'int f(void) { return office->store->ops->verify(store, 0, 0); }' \
    'talks to a store'
plant ui/admin/planted.c 'int f(void) { return store_apply(store, 0, 0, 0, 0); }' 'talks to a store'

[ "$failed" -eq 0 ] && echo "layers: $planted plants told right"
exit "$failed"
