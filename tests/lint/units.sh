#!/bin/sh
# Holds the units and alarm rules in assets/ against what they promise: the units are understood by
# systemd and keep the service away from the machine (exposure 1.5 or better), and the rules speak of
# metrics that the service has. Usage: units.sh
set -u
cd "$(dirname "$0")/../.." || exit
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
wrong=0
limit=15 # tenths

say() {
    echo "$1"
    wrong=1
}

# systemd wants programs to be there: stand-ins for ours
mkdir "$work/units"
printf '#!/bin/sh\n' >"$work/ticketly"
chmod +x "$work/ticketly"
for unit in assets/*.service assets/*.socket assets/*.timer; do
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
for unit in assets/*.service assets/*.socket assets/*.timer; do
    installed=$work/root/opt/box/lib/systemd/system/${unit##*/}
    sed 's|/usr/local/bin/|/opt/box/bin/|' "$unit" | cmp -s - "$installed" &&
        ! grep -q /usr/local "$installed" || say "$unit: is not installed as it should be."
    [ "$(stat -c %a "$installed")" = 644 ] || say "$unit: is installed with a mode other than 644."
done

for unit in assets/*.service; do
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
for metric in $(grep -o 'ticketly_[a-z_]*' assets/ticketly-alerts.yml | sort -u); do
    grep -qx "$metric" "$work/metrics" ||
        say "assets/ticketly-alerts.yml: the service has no metric $metric."
done
for code in $(sed -n 's/.*_total{code[=~]*"\([a-z_|]*\)".*/\1/p' assets/ticketly-alerts.yml |
    tr '|' ' '); do
    grep -q "\"$code\"," core/status.h ||
        say "assets/ticketly-alerts.yml: there is no code $code."
done
python3 - assets/ticketly-alerts.yml <<'EOP' || wrong=1
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
if command -v promtool >/dev/null; then
    promtool check rules assets/ticketly-alerts.yml >"$work/said" 2>&1 || say "$(cat "$work/said")"
fi
exit "$wrong"
