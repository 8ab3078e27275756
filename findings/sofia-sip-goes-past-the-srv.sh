#!/bin/sh
# sofia-sip-bin and libsofia-sip-ua0 1.12.11+20110422.1+1e14eea~dfsg-6 (Debian 12), a SIP stack: sip-dig, which shows by the library
#   where a SIP domain's calls go (RFC 3263).
# Expected: the domain's own address is for domains where 'no SRV records were found' (4.2). Where the server fails nothing was found
#   out: the client tries again or says so. With target '.' the service is 'decidedly not available' (RFC 2782).
# Seen: for a domain whose SRV questions are answered with SERVFAIL, and one whose SRV is '.', it gives the domain's own address, port
#   5060, as for one without any SRV. For one with a server it gives that, port 5070.
# Costs: calls go to the web server that has the domain's address while a part of it (_udp and _tcp may be zones of their own) is ill, or
#   though it says that it takes none; a user sees a call that fails, and no sign of DNS.
# Needs root, for a resolv.conf and a port 53 of its own. The packages are unpacked in the folder, not installed.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
for package in sofia-sip-bin libsofia-sip-ua0; do
    (cd "$dir" && mkdir $package && cd $package && apt-get -q download $package=1.12.11+20110422.1+1e14eea~dfsg-6 && dpkg -x ./*.deb ..) \
        >"$dir/log" 2>&1 || untried "Debian's $package can't be had: $(tail -n 1 "$dir/log")"
done

cat >"$dir/server.py" <<'END'
"""Each domain has an address, 192.0.2.1, and SRV records for SIP over UDP by its name, or a server that fails."""
import socket, struct

SRV = {b"single": struct.pack(">3H", 10, 10, 5070) + b"\3sip\7example\0", b"without": bytes(7)}

def record(kind, data):
    return b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 300, len(data)) + data

def answer(query):
    end = query.index(0, 12) + 5
    name, kind = query[12:end - 5], query[end - 3]
    domain = next((one for one in (b"single", b"without", b"fails", b"plain") if one in name), b"")
    found, code = b"", 0
    if kind == 1 and name:
        found = record(1, bytes([192, 0, 2, 1 if domain else 70]))
    elif domain == b"fails" and kind == 33:
        code = 2
    elif kind == 33 and b"\4_sip\4_udp" in name and domain in SRV:
        found = record(33, SRV[domain])
    elif kind == 33:
        code = 3
    return query[:2] + struct.pack(">5H", 0x8180 | code, 1, bool(found), 0, 0) + query[12:end] + found

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
print("ready", flush=True)
while True:
    query, client = server.recvfrom(4096)
    server.sendto(answer(query), client)
END
cat >"$dir/run.sh" <<'END'
# in namespaces of its own: where calls to each domain go
dir=$1
trap 'kill $server' EXIT
ip link set lo up
printf 'nameserver 127.0.0.54\n' >"$dir/resolv.conf"
mount --bind "$dir/resolv.conf" /etc/resolv.conf
python3 "$dir/server.py" >"$dir/ready" 2>&1 & server=$!
for try in 1 2 3 4 5 6 7 8 9 10; do
    [ -s "$dir/ready" ] && break
    sleep 1
done
export LD_LIBRARY_PATH="$dir/usr/lib/$(uname -m)-linux-gnu"
for domain in single plain fails without; do
    echo "$domain: $(timeout 30 "$dir/usr/bin/sip-dig" "sip:user@$domain.example" 2>>"$dir/log" | awk '$3 == "udp" {print $5, $4}' | xargs)"
done
END
seen=$(unshare -mn sh "$dir/run.sh" "$dir") || true
echo "$seen"
case "$seen" in
    "single: 192.0.2.70 5070
plain: 192.0.2.1 5060"*) ;;
    *) untried "sip-dig can't be run: $(tail -n 1 "$dir/log")";;
esac
case "$seen" in
    *"fails: 192.0.2.1 5060
without: 192.0.2.1 5060") ;;
    *) echo "changed: calls go elsewhere"; exit 1;;
esac
echo "calls go to the domain's own address, past its SRV"
