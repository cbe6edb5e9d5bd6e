#!/usr/bin/env bash
# The whole cluster of assets/deploy on loopback: etcd, three Patroni with PostgreSQL, HAProxy and three nodes, from
# the files that are shipped, with other addresses and less memory. And the hand that breaks it, for tests.
#
#   up                   installs what is missing, starts what does not run, waits until it takes sales
#   down                 ends it all and removes its folder
#   status               one table
#   wait-ready [S] [all] until sales are possible (all: until everybody is there), at most S seconds (60)
#   primary, standbys    pg1, pg2 or pg3; of the standbys those in step first
#   url                  HAProxy's https address, its certificate, then the nodes' addresses
#   uri                  the database's, for --db; the password is in the file that `env` names
#   env                  variables for programs that use it: eval "$(cluster.sh env)"
#   sql [pgN]            psql as superuser at the primary or pgN; further arguments are psql's
#   pid NAME             of Patroni for pgN; `pid postgres pgN` of PostgreSQL
#   kill NAME            SIGKILL to NAME and everything under it; pgN: Patroni and PostgreSQL
#   kill-postgres pgN    … of PostgreSQL only; likewise stop-postgres, cont-postgres
#   kill-agent pgN       … of its Patroni only: PostgreSQL goes on, and nobody can tell it what happens
#   stop NAME, cont NAME SIGSTOP and SIGCONT likewise
#   start NAME           again, after a kill
#   drain nodeN          SIGTERM: it goes when what it has in hand is answered; waits for that
#   log NAME             where its log is
#   metrics              what HAProxy, Patroni and etcd tell Prometheus
#
# NAME is one of etcd pg1 pg2 pg3 node1 node2 node3 haproxy. Settings of the environment: TICKETLY_CLUSTER (its folder;
# user postgres must be able to get there), TICKETLY_CLUSTER_PORT (the first of 60 ports, 21800), TICKETLY_CLUSTER_NODES
# (3), TICKETLY (the program, ./ticketly), TICKETLY_CLUSTER_PARAMETERS ("name=value …" for PostgreSQL),
# TICKETLY_CLUSTER_ENV ("NAME=value …" for nodes, which inherit nothing else), TICKETLY_CLUSTER_LOCK (etcd; etcd3 shows what Patroni 3.0.2 does wrong with it: facts.sh frozen).
set -u
here=$(cd "$(dirname "$0")/../.." && pwd) || exit
state=${TICKETLY_CLUSTER:-${TMPDIR:-/tmp}/ticketly-cluster}
base=${TICKETLY_CLUSTER_PORT:-21800}
node_count=${TICKETLY_CLUSTER_NODES:-3}
ticketly=${TICKETLY:-$here/ticketly}
deploy=$here/assets/deploy
python=/usr/bin/python3 # Debian's, which has Patroni
PATH=$PATH:/usr/sbin:/sbin

# What is lighter than in the file that is shipped, whose values are for a machine of its own. fsync stays.
parameters="shared_buffers=64MB effective_cache_size=256MB max_wal_size=1GB min_wal_size=128MB archive_mode=off
 ${TICKETLY_CLUSTER_PARAMETERS:-}"

fail() {
    echo "cluster: $*" >&2
    exit 1
}

say() { echo "cluster: $*" >&2; }

# --- who and where ---

servers="pg1 pg2 pg3"
nodes=
for ((i = 1; i <= node_count; i++)); do nodes="$nodes node$i"; done
all="etcd $servers $nodes haproxy"

port_of() {
    case $1 in
    etcd) echo "$base" ;;
    etcd-peer) echo $((base + 1)) ;;
    etcd-metrics) echo $((base + 2)) ;;
    pg[123]) echo $((base + 10 + ${1#pg})) ;;
    patroni[123]) echo $((base + 20 + ${1#patroni})) ;;
    node[1-9]) echo $((base + 30 + ${1#node})) ;;
    haproxy) echo $((base + 40)) ;;
    plain) echo $((base + 41)) ;;
    watch) echo $((base + 42)) ;;
    *) fail "there is no $1: etcd, pg1 to pg3, node1 to node$node_count or haproxy." ;;
    esac
}

is_name() { case " $all " in *" $1 "*) ;; *) fail "there is no $1 here: one of $all." ;; esac; }

is_server() { case $1 in pg[123]) ;; *) fail "$1 is no PostgreSQL: pg1, pg2 or pg3." ;; esac; }

as_postgres() {
    if [ "$(id -u)" -eq 0 ]; then
        setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"
    else
        "$@"
    fi
}

# Makes a folder that the servers own.
server_folder() {
    mkdir -p "$1"
    chmod 700 "$1"
    [ "$(id -u)" -ne 0 ] || chown postgres:postgres "$1"
}

# --- processes ---

started_at() { awk '{ sub(/.*\) /, ""); print $20 }' "/proc/$1/stat" 2>/dev/null; }

# The pid of what we started and is still that; nothing when it is gone.
pid_of() {
    local pid at
    read -r pid at 2>/dev/null <"$state/run/$1" || return 1
    [ -n "$at" ] && [ "$(started_at "$pid")" = "$at" ] && ! is_dead "$pid" && echo "$pid"
}

is_dead() { [ "$(awk '{ sub(/.*\) /, ""); print $1 }' "/proc/$1/stat" 2>/dev/null)" = Z ]; }

# The postmaster of pgN, if its folder is really where it works.
postgres_pid() {
    local pid
    pid=$(head -n 1 "$state/$1/data/postmaster.pid" 2>/dev/null) && [ -n "$pid" ] || return 1
    [ "$(readlink "/proc/$pid/cwd")" = "$(readlink -f "$state/$1/data")" ] && echo "$pid"
}

# A process and all under it.
tree() {
    ps -eo pid=,ppid= | awk -v roots="$*" '
        { parent[$1] = $2 }
        END {
            split(roots, wanted, " ")
            for (i in wanted) in_tree[wanted[i]] = 1
            do {
                grown = 0
                for (p in parent)
                    if (!(p in in_tree) && parent[p] in in_tree) { in_tree[p] = 1; grown = 1 }
            } while (grown)
            for (p in in_tree) print p
        }'
}

roots_of() {
    pid_of "$1"
    case $1 in pg*) postgres_pid "$1" ;; esac
}

# Who is left behind by its father still works in the data folder.
orphans_of() {
    local data
    case $1 in pg*) ;; *) return 0 ;; esac
    # of a folder that is not there nobody is an orphan
    data=$(readlink -e "$state/$1/data") && [ -n "$data" ] || return 0
    find /proc/[0-9]*/cwd -maxdepth 0 -lname "$data" 2>/dev/null | cut -d/ -f3
}

# Stops first, so that nobody starts anybody meanwhile.
signal_tree() { # SIGNAL ROOT …
    local signal=$1 before='' now
    shift
    [ $# -gt 0 ] || return 1
    now=$(tree "$@" | sort -n)
    case " $(echo $now) " in *" 1 "* | *" $$ "*) fail "$* would take this very script along: nothing was sent." ;; esac
    while [ "$now" != "$before" ] && [ "$signal" != CONT ]; do
        # shellcheck disable=SC2086
        kill -STOP $now 2>/dev/null
        before=$now
        now=$(tree "$@" | sort -n)
    done
    # shellcheck disable=SC2086
    [ "$signal" = STOP ] || kill -"$signal" $now 2>/dev/null
    return 0
}

signal_name() { # SIGNAL NAME
    # shellcheck disable=SC2046
    signal_tree "$1" $(roots_of "$2"; orphans_of "$2") || [ "$1" = KILL ] || fail "$2 does not run."
    [ "$1" != KILL ] || await_gone "$2"
}

signal_postgres() { # SIGNAL pgN
    is_server "$2"
    # shellcheck disable=SC2046
    signal_tree "$1" $(postgres_pid "$2") || fail "PostgreSQL of $2 does not run."
}

await_gone() {
    local left=100
    while [ -n "$(roots_of "$1"; orphans_of "$1")" ] && [ $((left--)) -gt 0 ]; do sleep 0.05; done
    rm -f "$state/run/$1"
}

# Starts in a session of its own, with its log; no descriptor of ours goes along.
launch() { # NAME COMMAND …
    local name=$1 pid
    shift
    setsid "$@" </dev/null >>"$state/log/$name" 2>&1 9>&- &
    pid=$!
    echo "$pid $(started_at "$pid")" >"$state/run/$name"
}

# await SECONDS WHAT COMMAND …: until the command says yes
await() {
    local end=$((SECONDS + $1)) what=$2
    shift 2
    until "$@"; do
        [ "$SECONDS" -lt "$end" ] || {
            say "$what: it took too long. The logs are in $state/log."
            return 1
        }
        sleep 0.1
    done
}

# --- what the shipped files become ---

secret() { openssl rand -hex 24; }

make_secrets() {
    [ ! -f "$state/secrets/patroni_env" ] || return 0
    mkdir -p "$state/secrets"
    chmod 700 "$state/secrets"
    local word
    while IFS= read -r word; do
        case $word in
        \#* | PATRONI_NAME=* | *CONNECT_ADDRESS=*) ;;
        *_PASSWORD=) echo "$word$(secret)" ;;
        *) echo "$word" ;;
        esac
    done <"$deploy/patroni_env.conf" >"$state/secrets/patroni_env"
    echo "*:*:*:ticketly:$(secret)" >"$state/secrets/pgpass"
    chmod 600 "$state/secrets"/*
}

make_certificate() {
    [ ! -f "$state/tls/ca.crt" ] || return 0
    mkdir -p "$state/tls"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj /CN=ticketly-cluster \
        -addext subjectAltName=DNS:localhost,IP:127.0.0.1 \
        -keyout "$state/tls/key.pem" -out "$state/tls/ca.crt" 2>/dev/null || fail "openssl makes no certificate."
    cat "$state/tls/ca.crt" "$state/tls/key.pem" >"$state/tls/box-office.pem"
    chmod 600 "$state/tls"/*.pem
}

make_etcd() {
    server_folder "$state/etcd"
    sed -e '/^#/d' -e 's|,etcd2=[^,]*,etcd3=.*||' \
        -e "s|etcd1\.box\.internal:2380|127.0.0.1:$(port_of etcd-peer)|; s|0\.0\.0\.0:2380|127.0.0.1:$(port_of etcd-peer)|" \
        -e "s|etcd1\.box\.internal:2379|127.0.0.1:$(port_of etcd)|; s|0\.0\.0\.0:2379|127.0.0.1:$(port_of etcd)|" \
        -e "s|0\.0\.0\.0:2381|127.0.0.1:$(port_of etcd-metrics)|" \
        -e "s|^ETCD_DATA_DIR=.*|ETCD_DATA_DIR=$state/etcd/data|" \
        "$deploy/etcd.conf" >"$state/etcd.env"
}

make_server() { # pgN
    local i=${1#pg} folder=$state/$1 local_auth=peer setting name
    server_folder "$folder"
    cp "$state/tls/ca.crt" "$folder/server.crt"
    cp "$state/tls/key.pem" "$folder/server.key"
    [ "$(id -un)" = postgres ] || [ "$(id -u)" -eq 0 ] || local_auth=scram-sha-256
    sed -e "s|etcd1\.box\.internal:2379|127.0.0.1:$(port_of etcd)|; /etcd[23]\.box\.internal/d" \
        -e "s|^etcd:|${TICKETLY_CLUSTER_LOCK:-etcd}:|" \
        -e "s|0\.0\.0\.0:8008|127.0.0.1:$(port_of "patroni$i")|; s|0\.0\.0\.0:5432|127.0.0.1:$(port_of "$1")|" \
        -e "s|/var/lib/postgresql/15/ticketly|$folder/data|; s|/var/lib/postgresql/patroni.pgpass|$folder/pgpass|" \
        -e "s|/var/run/postgresql|$folder|; s|/etc/patroni/server|$folder/server|; s|10\.20\.0\.0/16|127.0.0.0/8 |" \
        -e "s|\bpeer\b|$local_auth|; s|mode: automatic|mode: off|; s|wal_keep_size: 1GB|wal_keep_size: 128MB|" \
        -e "s|max_slot_wal_keep_size: 16GB|max_slot_wal_keep_size: 2GB|; s|/srv/wal|$state/wal|g" \
        "$deploy/patroni.yml" >"$folder/patroni.yml"
    for setting in $parameters; do
        name=${setting%%=*}
        sed -i -e "/^postgresql:/,/^watchdog:/{/^    $name:/d; s|^  parameters:|&\n    $name: \"${setting#*=}\"|}" \
            "$folder/patroni.yml"
    done
    {
        cat "$state/secrets/patroni_env"
        echo "PATRONI_NAME=$1"
        echo "PATRONI_RESTAPI_CONNECT_ADDRESS=127.0.0.1:$(port_of "patroni$i")"
        echo "PATRONI_POSTGRESQL_CONNECT_ADDRESS=127.0.0.1:$(port_of "$1")"
    } >"$folder/env"
    chmod 600 "$folder/env" "$folder/server.key"
    [ "$(id -u)" -ne 0 ] || chown -R postgres:postgres "$folder"
}

make_node_files() {
    local i
    mkdir -p "$state/node"
    chmod 700 "$state/node"
    sed -e 's|^host=.*|host=127.0.0.1,127.0.0.1,127.0.0.1|' \
        -e "s|^port=.*|port=$(port_of pg1),$(port_of pg2),$(port_of pg3)|" \
        -e "s|/etc/ticketly/ca.crt|$state/tls/ca.crt|" "$deploy/pg_service.conf" >"$state/node/pg_service.conf"
    sed -e "s|/var/lib/ticketly/ticketly.key|$state/node/ticketly.key|" "$deploy/node.ini" >"$state/node/node.ini"
    sed -e "s|log /dev/log local0|log stdout format raw local0|; /^    user /d; /^    group /d" \
        -e "s|/run/haproxy/admin.sock|$state/haproxy.sock|; s|maxconn 20000|maxconn 4000|" \
        -e "s|/etc/haproxy/certs/box-office.pem|$state/tls/box-office.pem|" \
        -e "s|bind :443|bind 127.0.0.1:$(port_of haproxy)|; s|bind :80|bind 127.0.0.1:$(port_of plain)|" \
        -e "s|127\.0\.0\.1:8404|127.0.0.1:$(port_of watch)|" "$deploy/haproxy.cfg" >"$state/haproxy.cfg"
    for i in 1 2 3; do
        if [ "$i" -le "$node_count" ]; then
            sed -i "s|node$i\.box\.internal:8477|127.0.0.1:$(port_of "node$i")|" "$state/haproxy.cfg"
        else
            sed -i "/node$i\.box\.internal/d" "$state/haproxy.cfg"
        fi
    done
}

# --- starting ---

# node_env COMMAND …: with what a node's machine has in /etc/ticketly
node_env() {
    # shellcheck disable=SC2086
    env -i PATH="$PATH" LANG=C.UTF-8 HOME="$state/node" PGSERVICEFILE="$state/node/pg_service.conf" \
        PGPASSFILE="$state/secrets/pgpass" ${TICKETLY_CLUSTER_ENV:-} "$@"
}

start_one() {
    is_name "$1"
    [ -z "$(pid_of "$1")" ] || return 0
    case $1 in
    etcd)
        # shellcheck disable=SC2046
        launch etcd env -i PATH="$PATH" $(cat "$state/etcd.env") "$0" exec-as-postgres etcd
        ;;
    pg*)
        # the environment holds passwords: it is read from its file, not given as arguments
        launch "$1" env -i PATH="$PATH" LANG=C.UTF-8 HOME="$state/$1" "$0" exec-as-postgres bash -c \
            'cd / && set -a && . "$1/env" && exec /usr/bin/patroni "$1/patroni.yml"' - "$state/$1"
        ;;
    node*)
        # shellcheck disable=SC2086
        launch "$1" env -i PATH="$PATH" LANG=C.UTF-8 HOME="$state/node" PGSERVICEFILE="$state/node/pg_service.conf" \
            PGPASSFILE="$state/secrets/pgpass" ${TICKETLY_CLUSTER_ENV:-} "$ticketly" \
            --config "$state/node/node.ini" --db 'postgresql:///?service=ticketly' \
            serve --listen "127.0.0.1:$(port_of "$1")"
        ;;
    haproxy) launch haproxy haproxy -db -f "$state/haproxy.cfg" ;;
    esac
}

drain() {
    local pid
    pid=$(pid_of "$1") || return
    kill -TERM "$pid"
    await 90 "$1 answers what it has in hand" is_gone "$1"
}

is_gone() { [ -z "$(pid_of "$1")" ]; }

check_programs() {
    local missing='' program
    for program in etcd patroni haproxy psql openssl curl; do
        command -v "$program" >/dev/null || missing="$missing $program"
    done
    [ -x /usr/lib/postgresql/15/bin/postgres ] || missing="$missing postgres-15"
    [ -z "$missing" ] || "$here/.ci/packages" cluster || fail "these programs are missing:$missing."
    [ "$node_count" -eq 0 ] || [ -x "$ticketly" ] || fail "there is no $ticketly: run make, or set TICKETLY."
}

check_state() {
    [ "${#state}" -le 80 ] || fail "$state is too long a name for sockets: set TICKETLY_CLUSTER to a shorter one."
    mkdir -p "$state/run" "$state/log" || exit
    state=$(readlink -f "$state")
    echo "$base" >"$state/ticketly-cluster"
    chmod 755 "$state"
    as_postgres test -x "$state" -a -r "$state" ||
        fail "user postgres cannot get to $state: set TICKETLY_CLUSTER to a folder that all can enter."
    server_folder "$state/wal"
}

make_role() {
    local password
    password=$(cut -d: -f5 "$state/secrets/pgpass")
    [ -n "$(sql "$(primary)" -Atc "SELECT 1 FROM pg_roles WHERE rolname = 'ticketly'")" ] ||
        sql "$(primary)" -q <<SQL || return
SET log_min_duration_statement = -1;
SET log_min_error_statement = panic;
CREATE ROLE ticketly LOGIN PASSWORD '$password';
SQL
    [ -n "$(sql "$(primary)" -Atc "SELECT 1 FROM pg_database WHERE datname = 'ticketly'")" ] ||
        sql "$(primary)" -qc "CREATE DATABASE ticketly OWNER ticketly TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'"
}

# libpq asks no other server when one says that it has no such database, as a standby may for a moment.
database_is_everywhere() {
    local name
    for name in $servers; do
        [ "$(sql "$name" -Atc "SELECT 1 FROM pg_database WHERE datname = 'ticketly'" 2>/dev/null)" = 1 ] || return
    done
}

make_box_office() {
    node_env "$ticketly" --config "$state/node/node.ini" --db 'postgresql:///?service=ticketly' admin migrate >&2 ||
        fail "ticketly admin migrate does not make the box office."
    [ -s "$state/node/token" ] || (
        umask 077
        node_env "$ticketly" --config "$state/node/node.ini" --db 'postgresql:///?service=ticketly' \
            admin token add --name cluster --role admin >"$state/node/token"
    ) || fail "ticketly admin token makes no token."
}

up() {
    local begun=$EPOCHREALTIME name
    check_programs
    exec 9>"$state.lock"
    flock 9
    check_state
    make_secrets
    make_certificate
    make_etcd
    for name in $servers; do [ -n "$(pid_of "$name")" ] || make_server "$name"; done
    make_node_files
    start_one etcd
    await 20 etcd etcd_answers || exit
    for name in $servers; do start_one "$name"; done
    await 120 "a primary and a standby in step" has_primary_and_sync || exit
    make_role || exit
    if [ "$node_count" -gt 0 ]; then
        await 60 "the database on all three" database_is_everywhere || exit
        make_box_office
    fi
    for name in $nodes haproxy; do start_one "$name"; done
    wait_ready 60 all || exit
    awk -v a="$begun" -v b="$EPOCHREALTIME" 'BEGIN { printf "cluster: up in %.1f s\n", b - a }' >&2
}

down() {
    [ -d "$state" ] || return 0
    [ -f "$state/ticketly-cluster" ] || fail "$state is not a cluster's folder: it stays."
    exec 9>"$state.lock"
    flock 9
    state=$(readlink -f "$state")
    local name
    for name in haproxy $(cd "$state/run" && ls -d node* 2>/dev/null) $servers etcd; do signal_name KILL "$name"; done
    rm -rf "$state" "$state.lock"
}

# --- asking ---

etcd_answers() { curl -fsm 1 "http://127.0.0.1:$(port_of etcd)/health" 2>/dev/null | grep -q '"health":"true"'; }

patroni_says() { # pgN PATH: whether it answers 200
    curl -fsm 1 -o /dev/null "http://127.0.0.1:$(port_of "patroni${1#pg}")/$2" 2>/dev/null
}

primary() {
    local name
    for name in $servers; do patroni_says "$name" primary && echo "$name" && return; done
    return 1
}

standbys() {
    local name later=''
    for name in $servers; do
        if patroni_says "$name" synchronous; then
            echo "$name"
        elif patroni_says "$name" replica; then
            later="$later $name"
        fi
    done
    for name in $later; do echo "$name"; done
}

has_primary_and_sync() {
    local name
    [ -n "$(primary)" ] || return
    for name in $servers; do patroni_says "$name" synchronous && return; done
    return 1
}

node_is_ready() { curl -fsm 1 -o /dev/null "http://127.0.0.1:$(port_of "$1")/readyz" 2>/dev/null; }

balancer_is_ready() {
    curl -fsm 2 -o /dev/null --cacert "$state/tls/ca.crt" "https://127.0.0.1:$(port_of haproxy)/readyz" 2>/dev/null
}

all_are_there() {
    local name
    [ "$(primary; standbys)" != "" ] && [ "$(standbys | wc -l)" -eq 2 ] || return
    for name in $nodes; do node_is_ready "$name" || return; done
}

wait_ready() { # [SECONDS] [all]
    local limit=${1:-60}
    await "$limit" "a primary and a standby in step" has_primary_and_sync || return
    [ "$node_count" -eq 0 ] || await "$limit" "a node behind HAProxy" balancer_is_ready || return
    [ "${2:-}" != all ] || await "$limit" "everybody" all_are_there
}

sql() { # pgN PSQL-ARGUMENTS …
    local name=$1
    shift
    (
        set -a
        # shellcheck disable=SC1091
        [ "$(id -u)" -eq 0 ] || . "$state/$name/env"
        PGPASSWORD=${PATRONI_SUPERUSER_PASSWORD:-}
        cd / && HOME=/nonexistent as_postgres psql -X -v ON_ERROR_STOP=1 -h "$state/$name" -p "$(port_of "$name")" -U postgres "$@"
    )
}

uri() {
    printf 'postgresql://ticketly@127.0.0.1:%s,127.0.0.1:%s,127.0.0.1:%s/ticketly?' \
        "$(port_of pg1)" "$(port_of pg2)" "$(port_of pg3)"
    echo "target_session_attrs=read-write&connect_timeout=2&sslmode=verify-full&sslrootcert=$state/tls/ca.crt"
}

urls() {
    local name
    echo "https://127.0.0.1:$(port_of haproxy)"
    echo "$state/tls/ca.crt"
    for name in $nodes; do echo "http://127.0.0.1:$(port_of "$name")"; done
}

print_env() {
    echo "export PGPASSFILE='$state/secrets/pgpass' PGSERVICEFILE='$state/node/pg_service.conf'"
    echo "export TICKETLY_STORE_KEY_FILE='$state/node/ticketly.key'"
    echo "cluster_uri='$(uri)' cluster_url='https://127.0.0.1:$(port_of haproxy)'"
    echo "cluster_ca='$state/tls/ca.crt' cluster_token='$state/node/token'"
}

metrics() {
    local port
    for port in watch patroni1 patroni2 patroni3 etcd-metrics; do
        curl -sm 2 "http://127.0.0.1:$(port_of $port)/metrics" | grep -v '^#'
    done
}

# What one of them is and how it does: role, state, measure.
describe() {
    case $1 in
    etcd) etcd_answers && echo "lock answers -" || echo "lock silent -" ;;
    pg*) curl -sm 1 "http://127.0.0.1:$(port_of "patroni${1#pg}")/patroni" | describe_server "$1" ;;
    node*) node_is_ready "$1" && echo "node ready -" || echo "node not-ready -" ;;
    haproxy)
        curl -sm 1 "http://127.0.0.1:$(port_of watch)/;csv" 2>/dev/null | awk -F, '
            $1 == "nodes" && $2 ~ /^node/ { count++; up += $18 ~ /^UP/ }
            END { printf "balancer %s %d/%d-nodes-up\n", NR ? "answers" : "silent", up, count }'
        ;;
    esac
}

describe_server() {
    # shellcheck disable=SC2016
    "$python" -c '
import json, sys, urllib.request
try:
    me = json.load(sys.stdin)
except ValueError:
    print("postgres silent -")
    sys.exit()
role = "primary" if me.get("role") in ("master", "primary") else me.get("role", "?")
note = "timeline=%s" % me.get("timeline", "?")
if me.get("sync_standby"):
    role = "sync-standby"
if "received_location" in me.get("xlog", {}):
    note += " to-replay=%d" % max(0, me["xlog"]["received_location"] - (me["xlog"]["replayed_location"] or 0))
for other in me.get("replication", []):
    note += " %s=%s" % (other["application_name"], other["sync_state"])
if me.get("cluster_unlocked"):
    note += " no-lock"
if me.get("failsafe_mode_is_active"):
    note += " failsafe"
print(role, me.get("state", "?").replace(" ", "-"), note)' 2>/dev/null
}

status() {
    local name role how note pid
    printf '%-8s %-13s %-10s %-16s %8s  %s\n' NAME ROLE STATE ADDRESS PID NOTE
    for name in $all; do
        read -r role how note < <(describe "$name")
        pid=$(pid_of "$name") || pid='' how=down
        case $(awk '{ sub(/.*\) /, ""); print $1 }' "/proc/$pid/stat" 2>/dev/null) in T) how=frozen ;; esac
        printf '%-8s %-13s %-10s %-16s %8s  %s\n' "$name" "$role" "$how" "127.0.0.1:$(port_of "$name")" "${pid:--}" "$note"
    done
}

# --- the verbs ---

verb=${1:-}
[ $# -eq 0 ] || shift
case $verb in
up | down | status | primary | standbys | metrics) ;;
wait-ready | url | uri | env | exec-as-postgres) ;;
sql) ;;
pid | kill | stop | cont | start | log | drain) is_name "$([ "${1:-}" = postgres ] && echo "${2:-}" || echo "${1:-}")" ;;
kill-postgres | stop-postgres | cont-postgres | kill-agent) is_server "${1:-}" ;;
*)
    sed -n '5,/^# NAME/s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
case $verb in up | down | exec-as-postgres) ;; *)
    [ -f "$state/ticketly-cluster" ] || fail "nothing runs in $state: make cluster starts it."
    state=$(readlink -f "$state")
    ;;
esac
case $verb in
up | down | status | primary | standbys | metrics) "$verb" ;;
wait-ready) wait_ready "$@" ;;
url) urls ;;
uri) uri ;;
env) print_env ;;
sql) case ${1:-} in pg[123]) sql "$@" ;; *) sql "$(primary || fail "there is no primary.")" "$@" ;; esac ;;
pid) if [ "$1" = postgres ]; then postgres_pid "$2"; else pid_of "$1"; fi ;;
kill | stop | cont) signal_name "$(echo "$verb" | tr a-z A-Z)" "$1" ;;
kill-postgres | stop-postgres | cont-postgres)
    signal_postgres "$(echo "${verb%-postgres}" | tr a-z A-Z)" "$1"
    ;;
kill-agent) kill -KILL "$(pid_of "$1")" || fail "Patroni of $1 does not run." ;;
start) start_one "$1" ;;
drain) drain "$1" ;;
log) echo "$state/log/$1" ;;
exec-as-postgres)
    if [ "$(id -u)" -eq 0 ]; then
        exec setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"
    fi
    exec "$@"
    ;;
esac
