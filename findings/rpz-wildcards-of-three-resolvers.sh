#!/bin/sh
# BIND 1:9.18.49-1~deb12u3, Unbound 1.17.1-2+deb12u4 and pdns-recursor 4.8.8-1+deb12u1 (Debian 12), each with the same response
#   policy zone (RPZ): *.one.example and *.two.example are said not to exist, ok.one.example and x.y.two.example are excepted.
# Expected: one zone, one policy. A wildcard of a zone does not reach below a name that the zone has, nor to a name between
#   (RFC 4592, 2.2.2 and 3.3.1: the closest encloser): sub.ok.one.example and y.two.example are resolved.
# Seen: BIND resolves both; Unbound has sub.ok.one.example resolved and y.two.example NXDOMAIN; PowerDNS says NXDOMAIN to both.
# Costs: a list from a provider, or one's own, denies other names on each resolver of a mixed pair: what one user can reach the
#   next can't, and the NXDOMAINs that one resolver makes are no measure for another's. An exception needs its own wildcard
#   beside it (ok and *.ok) to be the same in all three.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d)
servers=
trap 'kill $servers 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
dpkg-query -W bind9 bind9-dnsutils unbound pdns-recursor 2>/dev/null ||
    untried "needs Debian's bind9, bind9-dnsutils, unbound and pdns-recursor"

cat >"$dir/rpz" <<'END'
$ORIGIN rpz.test.
$TTL 30
@ SOA localhost. h.localhost. 1 7200 3600 1209600 300
@ NS localhost.
*.one.example CNAME .
ok.one.example CNAME rpz-passthru.
*.two.example CNAME .
x.y.two.example CNAME rpz-passthru.
END
cat >"$dir/root" <<'END'
. 300 SOA ns. h. 1 7200 3600 1209600 300
. 300 NS ns.
ns. 300 A 127.0.0.1
*. 300 A 192.0.2.1
END
options="directory \"$dir\"; pid-file none; session-keyfile none; listen-on-v6 { none; }; dnssec-validation no;"
cat >"$dir/upstream.conf" <<END
options { $options recursion no; listen-on port 5464 { 127.0.0.1; }; };
controls { };
zone "." { type primary; file "root"; };
END
cat >"$dir/named.conf" <<END
options { $options listen-on port 5461 { 127.0.0.1; }; forward only; forwarders { 127.0.0.1 port 5464; };
  response-policy { zone "rpz.test"; } qname-wait-recurse no; };
controls { };
zone "rpz.test" { type primary; file "rpz"; };
END
cat >"$dir/unbound.conf" <<END
server:
  interface: 127.0.0.1@5462
  username: ""
  chroot: ""
  directory: "$dir"
  pidfile: ""
  use-syslog: no
  do-not-query-localhost: no
  module-config: "respip iterator"
remote-control:
  control-enable: no
rpz:
  name: rpz.test.
  zonefile: $dir/rpz
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@5464
END
cat >"$dir/recursor.conf" <<END
local-address=127.0.0.1
local-port=5463
forward-zones-recurse=.=127.0.0.1:5464
dnssec=off
dont-query=
socket-dir=$dir
lua-config-file=$dir/rpz.lua
security-poll-suffix=
setuid=
setgid=
END
echo "rpzFile(\"$dir/rpz\", {})" >"$dir/rpz.lua"
named -g -c "$dir/upstream.conf" >"$dir/upstream.log" 2>&1 & servers="$servers $!"
named -g -c "$dir/named.conf" >"$dir/named.log" 2>&1 & servers="$servers $!"
unbound -d -c "$dir/unbound.conf" >"$dir/unbound.log" 2>&1 & servers="$servers $!"
pdns_recursor --config-dir="$dir" >"$dir/recursor.log" 2>&1 & servers="$servers $!"

status() { # of the answer of a server at a port to a question by name
    dig +tries=20 +time=1 @127.0.0.1 -p "$1" "$2" A | sed -n 's/.*status: \([A-Z]*\),.*/\1/p'
}
for port in 5464 5461 5462 5463; do
    denied=NXDOMAIN; [ $port != 5464 ] || denied=NOERROR
    for try in 1 2 3 4 5 6 7 8 9 10; do
        [ "$(status $port no.one.example)" = $denied ] && break
        sleep 1
    done
    [ "$(status $port no.one.example)$(status $port ok.one.example)" = ${denied}NOERROR ] ||
        untried "the server at port $port does not apply the policy"
done
for name in sub.ok.one.example y.two.example; do
    echo "$name: BIND $(status 5461 $name), Unbound $(status 5462 $name), PowerDNS $(status 5463 $name)"
done >"$dir/seen"
cat "$dir/seen"
[ "$(cat "$dir/seen")" = "sub.ok.one.example: BIND NOERROR, Unbound NOERROR, PowerDNS NXDOMAIN
y.two.example: BIND NOERROR, Unbound NXDOMAIN, PowerDNS NXDOMAIN" ] || { echo "changed: the answers are others"; exit 1; }
echo "one policy zone, three policies"
