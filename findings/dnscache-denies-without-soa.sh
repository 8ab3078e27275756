#!/bin/sh
# dnscache 1:1.05-15+b2 (Debian 12, djbdns): negative answers to its clients, which may be caches themselves.
# Expected: the SOA of the zone is in them, with the time that is left: 'it MUST add the cached SOA record to the authority section of
#   the response' (RFC 2308, 6), and the AA bit is not set, since dnscache is no authority (RFC 1035, 4.1.1), as it isn't in the
#   others.
# Seen: no SOA, for NXDOMAIN and NODATA, and AA is set in the NXDOMAIN, and only there.
# Costs: caches behind it should not keep answers without a SOA (RFC 2308, 5), so each client asks for each missing name each time;
#   nobody behind it can tell whose zone denied the name; and a reader that goes by AA takes a cache's word for the authority's.
# Needs root, for port 53 in a network of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -n true 2>/dev/null || untried "needs root and network namespaces"
dig -v >"$dir/log" 2>&1 || untried "needs dig of Debian's bind9-dnsutils"
(cd "$dir" && apt-get -q download dnscache=1:1.05-15+b2 && dpkg -x dnscache*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's dnscache can't be had: $(tail -n 1 "$dir/log")"

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
mkdir -p "$dir/settings/ip" "$dir/settings/servers"
touch "$dir/settings/ip/127"
echo 127.0.0.54 >"$dir/settings/servers/@"
head -c 128 /dev/urandom >"$dir/seed"
cat >"$dir/run.sh" <<'EOF'
# in a network of its own: the statuses, flags and counts of dnscache's answers
dir=$1
ip link set lo up
python3 "$dir/server.py" 127.0.0.54 53 >"$dir/asked" & server=$!
cd "$dir/settings"
env ROOT="$dir/settings" IP=127.0.0.53 IPSEND=0.0.0.0 CACHESIZE=1000000 FORWARDONLY=1 UID=0 GID=0 \
    "$dir/usr/sbin/dnscache" <"$dir/seed" >"$dir/cache.log" 2>&1 & cache=$!
trap 'kill $server $cache' EXIT
ask() {
    dig +tries=1 +time=1 @127.0.0.53 "$@" |
        sed -n 's/.*status: \([A-Z]*\),.*/\1/p; s/.*;; flags: \([a-z ]*\);.*ANSWER: \([0-9]*\), AUTHORITY: \([0-9]*\),.*/(\1) \2 \3/p' | xargs
}
for try in 1 2 3 4 5 6 7 8 9 10; do
    [ -n "$(ask host.example)" ] && break
    sleep 1
done
ask host.example
ask gone.example
ask host.example TXT
EOF
seen=$(unshare -n bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "status, flags, answers and records of the authority:"
echo "$seen"
case "$seen" in "NOERROR ("*") 1 0"*) ;; *) untried "dnscache does not answer";; esac
[ "$seen" = "NOERROR (qr rd ra) 1 0
NXDOMAIN (qr aa rd ra) 0 0
NOERROR (qr rd ra) 0 0" ] || { echo "changed: the answers are others"; exit 1; }
echo "negative answers have no SOA, and NXDOMAIN is said with authority"
