#!/bin/sh
# monitoring-plugins-standard 2.3.3-5+deb12u2 (Debian 12, for Nagios, Icinga and so on): check_dns -n, 'Expect the DNS server to return
#   NXDOMAIN (i.e. the domain was not found)', as one watches a blocklist, or a name that must not come back.
# Expected: OK for NXDOMAIN alone. A server that fails (SERVFAIL) did not find out, and NOERROR without an address (RFC 2308, 2.2) is
#   of a name that exists.
# Seen: 'DNS OK: ... returns NXDOMAIN', status 0, for all three.
# Costs: the check is green for as long as the resolver or blocklist server is broken, and says an NXDOMAIN in the log that nobody
#   sent; and for a name that somebody registered and gave a mail server only.
# Needs root, for port 53 in a network of its own. The package is unpacked in the folder, not installed.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -n true 2>/dev/null || untried "needs root and network namespaces"
nslookup -version >"$dir/log" 2>&1 || untried "needs nslookup of Debian's bind9-dnsutils"
package=monitoring-plugins-standard
(cd "$dir" && apt-get -q download $package=2.3.3-5+deb12u2 && dpkg -x $package*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's $package can't be had: $(tail -n 1 "$dir/log")"

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
    there, denied = code == 0 and label != b"empty" and query[end - 3] == 1, code in (0, 3)
    header = query[:2] + struct.pack(">5H", 0x8180 | code, 1, there, denied and not there, 0)
    server.sendto(header + query[12:end] + (address if there else soa if denied else b""), client)
EOF
cat >"$dir/run.sh" <<'EOF'
# in a network of its own: what check_dns says, and its status
dir=$1
ip link set lo up
python3 "$dir/server.py" 127.0.0.54 53 >"$dir/asked" & server=$!
trap 'kill $server' EXIT
check() { said=$("$dir/usr/lib/nagios/plugins/check_dns" -s 127.0.0.54 "$@" 2>&1 </dev/null) && code=0 || code=$?; }
for try in 1 2 3 4 5 6 7 8 9 10; do
    check -H host.example
    [ $code = 0 ] && break
    sleep 1
done
echo "host: $code (without -n)"
for name in host gone servfail empty; do
    check -H $name.example -n
    echo "$name: $code $(echo "$said" | sed -n 's/.*returns \([A-Z]*\).*/\1/p')"
done
EOF
seen=$(unshare -n bash "$dir/run.sh" "$dir" 2>"$dir/log" | xargs) || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "status of check_dns -n, and what it says was returned: $seen"
case "$seen" in "host: 0 (without -n) host: 2 gone: 0 NXDOMAIN"*) ;; *) untried "check_dns does not work";; esac
[ "${seen#*gone}" = ": 0 NXDOMAIN servfail: 0 NXDOMAIN empty: 0 NXDOMAIN" ] || { echo "changed: $seen"; exit 1; }
echo "a server failure and a name without an address are NXDOMAIN"
