#!/bin/sh
# nxdomain 1.0.2 (PyPI), which makes zones for BIND (RPZ) and lists for dnsmasq of lists of names to deny.
# Expected: the names of the list are denied. Upper case is the same name (RFC 4343), and underscores are a part of one
#   (RFC 2181, 11): tools write both. A line of a hosts file may have several names (hosts(5)).
# Seen: a name is what matches a pattern of small letters, digits and hyphens, wherever it begins: for Ads.shop.example it is
#   shop.example, for ad_server.news.example it is news.example. The names themselves are not denied in the zone, nor is the second
#   name of a line. No line is reported.
# Costs: one such line in a list of a million denies the whole site of somebody else, in dnsmasq with all names below it, and
#   in BIND the name that was meant still resolves.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install nxdomain==1.0.2 dnspython==2.9.2 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/hosts" <<'END'
0.0.0.0 plain.example
0.0.0.0 Ads.shop.example
0.0.0.0 ad_server.news.example
0.0.0.0 first.example second.example
END
"$dir/venv/bin/nxdomain" --out "$dir/zone" --format bind --hosts "$dir/hosts" >"$dir/log" 2>&1 || untried "no zone is made"
"$dir/venv/bin/nxdomain" --out "$dir/dnsmasq" --format dnsmasq --hosts "$dir/hosts" >"$dir/log" 2>&1 || untried "no list is made"
zone=$(awk '/ CNAME / {print $1}' "$dir/zone" | LC_ALL=C sort | tr '\n' ' ')
dnsmasq=$(sed 's,address=/\(.*\)/#,\1,' "$dir/dnsmasq" | LC_ALL=C sort | tr '\n' ' ')
echo "denied in the zone: $zone"
echo "denied in dnsmasq: $dnsmasq"
case $zone in *plain.example*) ;; *) untried "the plain name isn't in the zone" ;; esac
[ "$zone|$dnsmasq" = "first.example news.example plain.example shop.example |first.example news.example plain.example shop.example " ] ||
    { echo "changed: other names are denied"; exit 1; }
echo "the parents of two names are denied"
