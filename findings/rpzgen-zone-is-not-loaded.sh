#!/bin/sh
# rpzgen 0.1.4 (PyPI), 'a generator for Response Policy Zones', and BIND 1:9.18.49-1~deb12u3 (Debian 12), whose format RPZ is.
# Expected: BIND loads the zone that is generated.
# Seen: BIND does not load it: the zone's NS is ns1 of the zone itself, which has no address ('has no address records'; a policy
#   zone needs none, which is why they name localhost). With localhost in its place it is loaded.
# Costs: the resolver runs without a policy and resolves all names of the list; only its log tells.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v named-checkzone >/dev/null || untried "needs Debian's bind9-utils"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install rpzgen==0.1.4 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
echo plain.example >"$dir/list"
"$dir/venv/bin/rpzgen" -u -z rpz.test -i "$dir/list" -o "$dir/zone" >"$dir/log" 2>&1 || untried "no zone is made"
grep -q '^plain\.example.*CNAME' "$dir/zone" || untried "the name is not in the zone"
named-checkzone rpz.test "$dir/zone" >"$dir/checked" 2>&1 && loaded=yes || loaded=no
cat "$dir/checked"
sed 's/ns1\.rpz\.test\.$/localhost./' "$dir/zone" >"$dir/mended"
named-checkzone rpz.test "$dir/mended" >"$dir/log" 2>&1 || untried "BIND does not load the zone with another NS either"
[ $loaded = no ] || { echo "changed: BIND loads it"; exit 1; }
echo "BIND does not load it"
