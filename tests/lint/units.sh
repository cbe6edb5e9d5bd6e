#!/bin/sh
# Holds the units, alarm rules and settings in assets/ against what they promise: the units are understood by
# systemd and keep the service away from the machine (exposure 1.5 or better), the rules speak of metrics that
# there are, and what assets/deploy has for others can be read by them. Usage: units.sh
set -u
cd "$(dirname "$0")/../.." || exit
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
wrong=0
limit=15 # tenths
units=$(echo assets/*.service assets/*.socket assets/*.timer assets/deploy/*.service)
rules="assets/ticketly-alerts.yml assets/deploy/ticketly-cluster-alerts.yml"

say() {
    echo "$1"
    wrong=1
}

# systemd wants programs to be there: stand-ins for ours
mkdir "$work/units"
printf '#!/bin/sh\n' >"$work/ticketly"
chmod +x "$work/ticketly"
for unit in $units; do
    sed "s|/usr/local/bin/ticketly|$work/ticketly|" "$unit" >"$work/units/${unit##*/}"
done
if ! systemd-analyze verify --man=no "$work"/units/* >"$work/said" 2>&1 ||
    grep "^$work" "$work/said" >/dev/null; then
    say "systemd-analyze verify does not like the units:"
    sed "s|$work/units|assets|" "$work/said"
fi

# installed elsewhere, they start what is there
if ! make -s install-units DESTDIR="$work/root" PREFIX=/opt/box >"$work/said" 2>&1; then
    say "make install-units fails:"
    cat "$work/said"
fi
for unit in $units; do
    installed=$work/root/opt/box/lib/systemd/system/${unit##*/}
    sed 's|/usr/local/bin/|/opt/box/bin/|' "$unit" | cmp -s - "$installed" &&
        ! grep -q /usr/local "$installed" || say "$unit: is not installed as it should be."
    [ "$(stat -c %a "$installed")" = 644 ] || say "$unit: is installed with a mode other than 644."
done

for unit in assets/*.service assets/deploy/*.service; do
    if ! systemd-analyze security --offline=true --no-pager --threshold=$limit "$unit" \
        >"$work/said" 2>&1 || grep "^/.*:[0-9]*:" "$work/said" >/dev/null; then
        say "$unit: is more exposed than $((limit / 10)).$((limit % 10)), or is not understood:"
        grep -v '✓' "$work/said"
    fi
done

# the rules: well-formed, and every metric they name stands in the table of metrics.c
sed -n 's/^ *X([A-Z_]*, *"\([a-z_]*\)", *"\([a-z]*\)".*/ticketly_\1 \2/p' ui/http/metrics.c |
    awk '{ print $1 } $2 == "histogram" { print $1 "_bucket"; print $1 "_sum"; print $1 "_count" }' \
        >"$work/metrics"
[ -s "$work/metrics" ] || say "ui/http/metrics.c: no table of metrics found."
for file in $rules; do
    for metric in $(grep -v '^ *\(- alert\|summary\|description\|#\)' "$file" | grep -o '\bticketly_[a-z_]*' | sort -u); do
        grep -qx "$metric" "$work/metrics" || say "$file: the service has no metric $metric."
    done
done
# others' metrics: those of Patroni stand in its source; `tests/cluster/facts.sh alarms` asks all of them, running
api=/usr/lib/python3/dist-packages/patroni/api.py
for metric in $(grep -o '\bpatroni_[a-z_]*' assets/deploy/ticketly-cluster-alerts.yml | sort -u); do
    [ ! -f $api ] || grep -q "$metric" $api || say "ticketly-cluster-alerts.yml: Patroni has no metric $metric."
done
for code in $(sed -n 's/.*_total{code[=~]*"\([a-z_|]*\)".*/\1/p' assets/ticketly-alerts.yml |
    tr '|' ' '); do
    grep -q "\"$code\"," core/status.h ||
        say "assets/ticketly-alerts.yml: there is no code $code."
done
for file in $rules; do
    python3 - "$file" <<'EOP' || wrong=1
import sys
import yaml

name = sys.argv[1]
wrong = []
with open(name, encoding="utf-8") as file:
    rules = [rule for group in yaml.safe_load(file)["groups"] for rule in group["rules"]]
for rule in rules:
    text = rule["expr"]
    if any(text.count(a) != text.count(b) for a, b in ("()", "[]", "{}")):
        wrong.append(f"{rule['alert']}: brackets do not match")
    if "summary" not in rule["annotations"] or "severity" not in rule["labels"]:
        wrong.append(f"{rule['alert']}: says neither what is the matter nor how bad it is")
if len({rule["alert"] for rule in rules}) != len(rules):
    wrong.append("two alarms have the same name")
for line in wrong:
    print(f"{name}: {line}.")
sys.exit(bool(wrong))
EOP
done
if command -v promtool >/dev/null; then
    # shellcheck disable=SC2086
    promtool check rules $rules >"$work/said" 2>&1 || say "$(cat "$work/said")"
fi

# the balancer's settings, with a certificate and names that this machine has
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=lint \
    -keyout "$work/key.pem" -out "$work/crt.pem" 2>"$work/said" || say "$(cat "$work/said")"
cat "$work/crt.pem" "$work/key.pem" >"$work/box-office.pem"
sed -e "s|/etc/haproxy/certs|$work|; s|node[0-9]\.box\.internal|127.0.0.1|; /^    user /d; /^    group /d" \
    assets/deploy/haproxy.cfg >"$work/haproxy.cfg"
haproxy=$(PATH=$PATH:/usr/sbin command -v haproxy) || say "haproxy is missing: .ci/packages lint"
if ! "$haproxy" -c -f "$work/haproxy.cfg" >"$work/said" 2>&1 || grep -q WARNING "$work/said"; then
    say "HAProxy does not like assets/deploy/haproxy.cfg:"
    cat "$work/said"
fi

# Patroni's settings are YAML, and keep what its own rules for times ask for
python3 - assets/deploy/patroni.yml <<'EOP' || wrong=1
import sys
import yaml

with open(sys.argv[1], encoding="utf-8") as file:
    told = yaml.safe_load(file)
dcs = told["bootstrap"]["dcs"]
parameters = dcs["postgresql"]["parameters"]
wrong = []
if dcs["loop_wait"] + 2 * dcs["retry_timeout"] > dcs["ttl"]:
    wrong.append("loop_wait + 2 * retry_timeout is more than ttl")
if not (dcs["synchronous_mode"] is True and dcs["synchronous_mode_strict"] is True):
    wrong.append("commits must wait for a standby")
if "etcd" not in told or "etcd3" in told:
    wrong.append("Patroni 3.0.2 loses sales over etcd3: its older protocol (etcd) must be used")
for name in ("synchronous_commit", "fsync", "full_page_writes"):
    if parameters[name] != "on":
        wrong.append(f"{name} must be on")
for line in told["postgresql"]["pg_hba"]:
    if not line.startswith("local") and not (line.startswith("hostssl") and line.endswith("scram-sha-256")):
        wrong.append(f"pg_hba lets somebody in without TLS or a password: {line}")
for line in wrong:
    print(f"{sys.argv[1]}: {line}.")
sys.exit(bool(wrong))
EOP

# what is read as a shell's settings, and scripts
for file in assets/deploy/etcd.conf assets/deploy/patroni_env.conf tests/cluster/*.sh tests/lint/*.sh; do
    bash -n "$file" 2>"$work/said" || say "$(cat "$work/said")"
done
grep -vn '^#\|^[A-Z0-9_]*=[^ ]*$' assets/deploy/etcd.conf assets/deploy/patroni_env.conf &&
    say "these are no settings of systemd's EnvironmentFile."
if grep -rn '_PASSWORD=.' assets/deploy --include=*.conf; then
    say "a password does not belong into a file that is shipped."
fi
exit "$wrong"
