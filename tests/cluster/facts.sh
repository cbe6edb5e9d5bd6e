#!/usr/bin/env bash
# What the databases of the cluster do when something fails, shown with a writer that keeps account (writer.py). The cluster has
# to be up (make cluster). Usage: facts.sh [kill crash frozen zombie standby standbys etcd alarms]; all by default.
# Fails when something that was acknowledged is not there, a zombie acknowledged, or an alarm names a metric that nobody has.
set -u
cd "$(dirname "$0")" || exit
cluster=./cluster.sh
eval "$($cluster env)" || exit
work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT
wrong=0

now() { date +%s.%N; }

since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.1f", b - a }'; }

say() { printf '  %6.1f s  %s\n' "$(since "$begun")" "$1"; }

begin() {
    $cluster wait-ready 90 all || exit
    printf '%s\n' "$1"
    $cluster sql -d ticketly -qc 'DROP TABLE IF EXISTS fact' -c 'SET ROLE ticketly' \
        -c 'CREATE TABLE fact (series text, number bigint, PRIMARY KEY (series, number))' 2>/dev/null || exit
    old=$($cluster primary)
    begun=$(now)
    rm -f "$work"/*
}

writer() { # SERIES URI SECONDS
    ./writer.py "$2" "$1" "$3" >"$work/$1" &
}

sync_now() { $cluster standbys | head -n 1; }

# Waits for the writers, then counts.
finish() {
    # shellcheck disable=SC2046
    wait $(jobs -p)
    $cluster wait-ready 90 all || wrong=1
    ./writer.py "$cluster_uri" --check "$work"/* || wrong=1
    $cluster sql -d ticketly -qc 'DROP TABLE fact'
}

await_other_primary() {
    local other=$old
    until [ -n "$other" ] && [ "$other" != "$old" ]; do
        sleep 0.1
        other=$($cluster primary)
    done
    say "$other is primary"
}

kill_() {
    begin "The primary is lost with its Patroni:"
    writer till "$cluster_uri" 30
    sleep 5
    $cluster kill "$old"
    say "$old killed"
    await_other_primary
    sleep 3
    $cluster start "$old"
    finish
}

crash_() {
    begin "PostgreSQL of the primary crashes, its Patroni lives:"
    writer till "$cluster_uri" 25
    sleep 5
    $cluster kill-postgres "$old"
    say "PostgreSQL of $old killed"
    sleep 2
    finish
}

frozen_() {
    begin "PostgreSQL of the primary is frozen, its Patroni is not:"
    writer till "$cluster_uri" 45
    sleep 5
    $cluster stop-postgres "$old"
    say "PostgreSQL of $old stopped"
    await_other_primary
    sleep 5
    $cluster cont-postgres "$old"
    say "PostgreSQL of $old continued"
    finish
}

# What was acknowledged by the zombie's port after the moment that it was frozen.
zombie_acks() { # FILE PORT SINCE UNTIL
    /usr/bin/python3 -c '
import json, sys
told = json.load(open(sys.argv[1]))
port, since, until = int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])
print(sum(p == port and since < at < until for _, at, p in told["acknowledged"]))' "$@"
}

zombie_() {
    begin "The primary is frozen with its Patroni for 30 s; then PostgreSQL thaws alone, a zombie that takes writes:"
    local port frozen thawed acks
    port=$($cluster sql "$old" -Atc 'SHOW port')
    writer till "$cluster_uri" 65
    # these two only ever speak to the zombie: one has been connected all the time
    writer old-friend "postgresql://ticketly@127.0.0.1:$port/ticketly?sslmode=require&connect_timeout=2" 65
    sleep 5
    $cluster stop "$old"
    frozen=$(now)
    say "$old frozen"
    await_other_primary
    sleep "$(awk -v s="$(since "$frozen")" 'BEGIN { print (s < 30) ? 30 - s : 0 }')"
    $cluster cont-postgres "$old"
    say "PostgreSQL of $old thawed, its Patroni still frozen"
    sleep 3
    say "$old: in recovery: $($cluster sql "$old" -Atc 'SELECT pg_is_in_recovery()'), waits for its standby: $(
        $cluster sql "$old" -Atc "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") commits"
    sleep 7
    $cluster cont "$old"
    thawed=$(now)
    say "Patroni of $old thawed"
    finish_zombie
}

finish_zombie() {
    # shellcheck disable=SC2046
    wait $(jobs -p)
    acks=$(zombie_acks "$work/old-friend" "$port" "$(awk -v f="$frozen" 'BEGIN { print f + 0.5 }')" "$thawed")
    say "$old acknowledged $acks writes while it was a zombie"
    [ "$acks" = 0 ] || wrong=1
    finish
}

standby_() {
    begin "The standby in step is lost:"
    local standby
    standby=$(sync_now)
    writer till "$cluster_uri" 20
    sleep 5
    $cluster kill "$standby"
    say "$standby killed"
    sleep 8
    $cluster start "$standby"
    finish
}

standbys_() {
    begin "Both standbys are lost for 15 s:"
    local standby lost
    lost=$($cluster standbys)
    writer till "$cluster_uri" 50
    sleep 5
    for standby in $lost; do $cluster kill "$standby"; done
    say "$(echo $lost) killed"
    sleep 15
    say "synchronous_standby_names is $($cluster sql "$old" -Atc 'SHOW synchronous_standby_names'), commits that wait: $(
        $cluster sql "$old" -Atc "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")"
    for standby in $lost; do $cluster start "$standby"; done
    say "$(echo $lost) started"
    finish
}

etcd_() {
    begin "etcd is gone for 30 s:"
    writer till "$cluster_uri" 50
    sleep 5
    $cluster kill etcd
    say "etcd killed"
    sleep 30
    say "primary: $($cluster primary); $($cluster status | awk '$2 == "primary"')"
    $cluster start etcd
    say "etcd started"
    finish
}

# Every metric in the alarms is one that somebody here has just told; those of nodes are checked by tests/lint/units.sh.
alarms_() {
    echo "The alarms' metrics:"
    $cluster metrics | sed 's/[ {].*//' | sort -u >"$work/told"
    local metric
    for metric in $(grep -o '\b\(haproxy\|patroni\|etcd\)_[a-z_]*' ../../assets/deploy/ticketly-cluster-alerts.yml |
        sort -u); do
        grep -qx "$metric" "$work/told" && echo "  $metric" && continue
        echo "  $metric: nobody has it"
        wrong=1
    done
}

[ $# -gt 0 ] || set -- kill crash frozen zombie standby standbys etcd alarms
for fact in "$@"; do "${fact}_"; done
exit "$wrong"
