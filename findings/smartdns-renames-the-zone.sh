#!/bin/sh
# smartdns 40+dfsg-1 (Debian 12), a forwarder for homes and small networks: the SOA of a negative answer.
# Expected: the SOA as the server gave it: its owner is the name of the zone that denies (RFC 2308, 3: 'the SOA record of the zone'), as
#   stubby 1.6.0, systemd-resolved 252 and Unbound 1.17.1 of the same Debian give it on.
# Seen: of questions for addresses the owner is the name that was asked for: 'gone.a.b.example. SOA ns.example. ...', in NXDOMAIN and in
#   NODATA. For other types it is right. Its documentation does not tell.
# Costs: a name that does not exist is the apex of a zone in the same answer. What takes the zone from there, as monitors and passive DNS
#   do, sees one zone for each mistyped name; and a client that looks for its zone by the SOA (dynamic updates, ACME) updates one that
#   isn't there.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d)
server= forwarder=
trap 'kill $server $forwarder 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
dig -v >"$dir/log" 2>&1 || untried "needs dig of Debian's bind9-dnsutils"
(cd "$dir" && apt-get -q download smartdns=40+dfsg-1 && dpkg -x smartdns*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's smartdns can't be had: $(tail -n 1 "$dir/log")"

cat >"$dir/server.py" <<'EOF'
"""A server that answers by the name's first label."""
import socket, struct, sys

CODES = {b"servfail": 2, b"gone": 3, b"refused": 5}
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind((sys.argv[1], int(sys.argv[2])))
data = b"\2ns\7example\0\1h\7example\0" + struct.pack(">5I", 1, 7200, 3600, 1209600, 300)
soa = b"\7example\0" + struct.pack(">HHIH", 6, 1, 300, len(data)) + data
address = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 300, 4) + bytes([192, 0, 2, 1])
while True:
    query, client = server.recvfrom(4096)
    end = query.index(0, 12) + 5
    label = query[13:13 + query[12]]
    print(label.decode(), flush=True)
    code = CODES.get(label, 0)
    there, denied = code == 0 and query[end - 3] == 1, code in (0, 3)
    header = query[:2] + struct.pack(">5H", 0x8180 | code, 1, there, denied and not there, 0)
    server.sendto(header + query[12:end] + (address if there else soa if denied else b""), client)
EOF
cat >"$dir/smartdns.conf" <<EOF
bind 127.0.0.1:5431
server 127.0.0.1:5432
dualstack-ip-selection no
cache-persist no
log-file $dir/smartdns.log
EOF
python3 "$dir/server.py" 127.0.0.1 5432 >"$dir/asked" 2>"$dir/log" & server=$!
"$dir/usr/sbin/smartdns" -f -c "$dir/smartdns.conf" -p "$dir/pid" >"$dir/log" 2>&1 & forwarder=$!
soa() { # the owner of the SOA that a port gives for a name
    dig +noall +authority +tries=1 +time=1 @127.0.0.1 -p "$1" "$2" "$3" | awk '$4 == "SOA" { print $1 }'
}
for try in 1 2 3 4 5 6 7 8 9 10; do
    [ -n "$(soa 5431 gone.example A)" ] && break
    sleep 1
done
straight=$(soa 5432 gone.a.b.example A) denied=$(soa 5431 gone.a.b.example A) empty=$(soa 5431 host.example AAAA)
echo "owner of the SOA: the server says $straight; smartdns says $denied (NXDOMAIN) and $empty (NODATA)"
[ "$straight" = example. ] || untried "the server does not answer"
[ -n "$denied$empty" ] || untried "smartdns gives no SOA: $(tail -n 1 "$dir/log")"
[ "$denied" = gone.a.b.example. ] && [ "$empty" = host.example. ] || { echo "changed: $denied and $empty"; exit 1; }
echo "the owner of the SOA is the name that was asked for"
