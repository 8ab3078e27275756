#!/bin/sh
# BIND 1:9.18.49-1~deb12u3, PowerDNS 4.7.3-2, Knot 3.2.6-1 and NSD 4.6.1-1 (Debian 12), each with one zone that has a CNAME loop: one
#   -> two -> one.
# Expected: one zone, one status. RFC 1034, 3.6.2: 'CNAME loops [should be] signalled as an error'; or the zone is not loaded.
# Seen: SERVFAIL from BIND, with both CNAMEs in it and AA set, and from PowerDNS, empty; NOERROR with both CNAMEs from Knot and NSD. None
#   says a word of it before it is asked.
# Costs: a zone that moves from NSD or Knot to BIND begins to have server failures for a name that was 'good', by an authority, of a
#   zone that is whole; resolvers take the server for broken and ask the next one, and whoever counts SERVFAIL per server
#   sees a fault of servers where it is one of the zone.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d)
servers=
trap 'kill $servers 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
dpkg-query -W bind9 bind9-dnsutils pdns-server pdns-backend-bind knot nsd 2>/dev/null ||
    untried "needs Debian's bind9, bind9-dnsutils, pdns-server, pdns-backend-bind, knot and nsd"

printf '$TTL 300\n@ SOA ns h 1 7200 3600 1209600 300\n@ NS ns\nns A 127.0.0.1\none CNAME two\ntwo CNAME one\n' >"$dir/loop.example.zone"
mkdir "$dir/knot" "$dir/nsd" "$dir/pdns"
cat >"$dir/named.conf" <<EOF
options {
  directory "$dir"; pid-file none; session-keyfile none; recursion no;
  listen-on port 5404 { 127.0.0.1; }; listen-on-v6 { none; };
};
controls { };
zone "loop.example" { type primary; file "loop.example.zone"; };
EOF
cat >"$dir/pdns/pdns.conf" <<EOF
launch=bind
bind-config=$dir/pdns/zones
local-address=127.0.0.1
local-port=5405
socket-dir=$dir/pdns
security-poll-suffix=
EOF
echo "zone \"loop.example\" { type master; file \"$dir/loop.example.zone\"; };" >"$dir/pdns/zones"
cat >"$dir/knot/knot.conf" <<EOF
server:
    rundir: $dir/knot
    listen: 127.0.0.1@5406
database:
    storage: $dir/knot
zone:
  - domain: loop.example
    storage: $dir
EOF
cat >"$dir/nsd/nsd.conf" <<EOF
server:
  username: ""
  zonesdir: "$dir"
  database: ""
  ip-address: 127.0.0.1@5408
  pidfile: "$dir/nsd/pid"
  xfrdfile: "$dir/nsd/xfrd"
  xfrdir: "$dir/nsd"
  zonelistfile: "$dir/nsd/zonelist"
zone:
  name: loop.example
  zonefile: loop.example.zone
EOF
named -g -c "$dir/named.conf" >"$dir/named.log" 2>&1 & servers="$!"
pdns_server --config-dir="$dir/pdns" --daemon=no --guardian=no >"$dir/pdns.log" 2>&1 & servers="$servers $!"
knotd -c "$dir/knot/knot.conf" >"$dir/knot.log" 2>&1 & servers="$servers $!"
nsd -d -c "$dir/nsd/nsd.conf" >"$dir/nsd.log" 2>&1 & servers="$servers $!"
ask() { # status and count of answers
    dig +norecurse +tries=1 +time=1 @127.0.0.1 -p "$1" "$2.loop.example" A 2>&1 |
        sed -n 's/.*status: \([A-Z]*\),.*/\1/p; s/.*ANSWER: \([0-9]*\),.*/\1/p' | xargs
}
for port in 5404 5405 5406 5408; do
    for try in 1 2 3 4 5 6 7 8 9 10; do
        [ "$(ask $port ns)" = "NOERROR 1" ] && break
        sleep 1
    done
    [ "$(ask $port ns)" = "NOERROR 1" ] || untried "the server of port $port does not answer: $(tail -qn 1 "$dir"/*.log)"
done
words=$(grep -i 'cname' "$dir"/*.log || true)
seen="BIND $(ask 5404 one), PowerDNS $(ask 5405 one), Knot $(ask 5406 one), NSD $(ask 5408 one)"
echo "status and CNAMEs: $seen; of CNAMEs the logs said before: ${words:-nothing}"
[ "$seen" = "BIND SERVFAIL 2, PowerDNS SERVFAIL 0, Knot NOERROR 2, NSD NOERROR 2" ] || { echo "changed: $seen"; exit 1; }
echo "one zone, and two of four servers fail"
