#!/bin/sh
# rpzgen 0.1.4 (PyPI), 'a generator for Response Policy Zones', and BIND 1:9.18.49-1~deb12u3 (Debian 12), whose format RPZ is.
# Expected: BIND loads the zone that is generated, and each name of the list is in it, or is reported.
# Seen: BIND does not load it: the zone's NS is ns1 of the zone itself, which has no address ('has no address records'; a policy
#   zone needs none, which is why they name localhost). Names with an underscore (RFC 8552), with a last dot or with a
#   comment behind them are left out without a word.
# Costs: the resolver runs without a policy and resolves all names of the list; only its log tells. With another resolver, which
#   loads the zone, a part of the list isn't denied.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v named-checkzone >/dev/null || untried "needs Debian's bind9-utils"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install rpzgen==0.1.4 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/list" <<'END'
plain.example
_under.score.example
last.dot.example.
with.comment.example # since Monday
END
"$dir/venv/bin/rpzgen" -u -z rpz.test -i "$dir/list" -o "$dir/zone" >"$dir/log" 2>&1 || untried "no zone is made"
names=$(awk '$2 == "CNAME" {print $1}' "$dir/zone" | tr '\n' ' ')
echo "names in the zone: $names"
named-checkzone rpz.test "$dir/zone" >"$dir/checked" 2>&1 && loaded=yes || loaded=no
cat "$dir/checked"
sed 's/ns1\.rpz\.test\.$/localhost./' "$dir/zone" >"$dir/mended"
named-checkzone rpz.test "$dir/mended" >"$dir/log" 2>&1 || untried "BIND does not load the zone with another NS either"
[ "$loaded $names" = "no plain.example " ] || { echo "changed: loaded $loaded, with $names"; exit 1; }
echo "BIND does not load it, and three of four names are not in it"
