#!/bin/sh
# NSD 4.6.1-1, Knot 3.2.6-1 and BIND 1:9.18.49-1~deb12u3 (Debian 12), each with the same two zones on one server.
# Expected: the status of an answer is a matter of the zones: c.one.example. is a CNAME for gone.two.example., which
#   the server's other zone does not have. Any server says the same.
# Seen: NSD follows the CNAME into the other zone and says NXDOMAIN, with the SOA of two.example.; BIND and Knot stop
#   at the zone's end and say NOERROR with the CNAME alone.
# Costs: a stream of NXDOMAIN responses has c.one.example. with one operator and not with another, for one question
#   and one set of zone files, and its SOA is of a zone above neither; resolvers ask two.example. only in the second case.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d)
servers=
trap 'kill $servers 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
dpkg-query -W nsd knot bind9 bind9-dnsutils 2>/dev/null || untried "needs Debian's nsd, knot, bind9 and bind9-dnsutils"

for zone in one two; do
    cat >"$dir/$zone.example" <<END
\$ORIGIN $zone.example.
@ 300 SOA ns h 1 7200 3600 1209600 300
@ 300 NS ns
ns 300 A 127.0.0.1
END
done
echo "c 300 CNAME gone.two.example." >>"$dir/one.example"
cat >"$dir/nsd.conf" <<END
server:
  ip-address: 127.0.0.1@5402
  username: ""
  chroot: ""
  database: ""
  zonesdir: "$dir"
  pidfile: "$dir/nsd.pid"
  xfrdfile: "$dir/xfrd"
  zonelistfile: "$dir/zones"
remote-control:
  control-enable: no
zone:
  name: one.example
  zonefile: one.example
zone:
  name: two.example
  zonefile: two.example
END
cat >"$dir/knot.conf" <<END
server:
  listen: 127.0.0.1@5403
  rundir: $dir
database:
  storage: $dir
template:
  - id: default
    storage: $dir
    file: "%s"
    zonefile-sync: -1
zone:
  - domain: one.example
  - domain: two.example
END
cat >"$dir/named.conf" <<END
options {
  directory "$dir"; pid-file none; session-keyfile none; recursion no;
  listen-on port 5401 { 127.0.0.1; }; listen-on-v6 { none; };
};
controls { };
zone "one.example" { type primary; file "one.example"; };
zone "two.example" { type primary; file "two.example"; };
END
named -g -c "$dir/named.conf" >"$dir/named.log" 2>&1 & servers="$servers $!"
nsd -d -c "$dir/nsd.conf" >"$dir/nsd.log" 2>&1 & servers="$servers $!"
knotd -c "$dir/knot.conf" >"$dir/knot.log" 2>&1 & servers="$servers $!"

status() { # of the answer of a server at a port to a question by name
    dig +norecurse +tries=20 +time=1 @127.0.0.1 -p "$1" "$2" A | sed -n 's/.*status: \([A-Z]*\),.*/\1/p'
}
for port in 5401 5402 5403; do
    for try in 1 2 3 4 5 6 7 8 9 10; do
        [ "$(status $port ns.one.example)" = NOERROR ] && break
        sleep 1
    done
    [ "$(status $port gone.two.example)" = NXDOMAIN ] || untried "the server at port $port does not serve the zones"
done
found="BIND $(status 5401 c.one.example), NSD $(status 5402 c.one.example), Knot $(status 5403 c.one.example)"
dig +norecurse +noall +answer +authority @127.0.0.1 -p 5402 c.one.example A
echo "$found"
[ "$found" = "BIND NOERROR, NSD NXDOMAIN, Knot NOERROR" ] || { echo "changed: $found"; exit 1; }
echo "one question, the same zones: NXDOMAIN from NSD, NOERROR from BIND and Knot"
