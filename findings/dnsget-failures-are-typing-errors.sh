#!/bin/sh
# udns-utils 0.4-1+b1 with libudns0 0.4-1+b1 (Debian 12): dnsget, a look-up for scripts: its status where the server fails, and DS records.
# Expected: 'If at least one name was not found, dnsget will exit with return code 100. If some other error occured during name resolution,
#   it will exit with code 99. In case of usage or initialization error, dnsget will return 1' (dnsget(1)): 99 for SERVFAIL, REFUSED, and a
#   server that doesn't answer. And 'the Digest MUST be represented as a sequence of case-insensitive hexadecimal digits' (RFC 4034,
#   5.3), as dnsget has it for SSHFP.
# Seen: 1 for all three, as for a type that doesn't exist; there is no 99 in the program. The digest of a DS is base64, 'DS 12345 8 2
#   AAECAwQF...', as DS goes the way of DNSKEY, whose key is.
# Costs: a script that tells 'try later' (99) from 'mine is wrong' (1) by the manual gives up for good when the server has a bad minute, and
#   never waits; what is compared with the DS in a zone file, or handed on to a registrar, is no digest there.
# The packages are unpacked in the folder, not installed. Needs root, for port 53 in a network of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -n true 2>/dev/null || untried "needs root and network namespaces"
(cd "$dir" && apt-get -q download udns-utils=0.4-1+b1 libudns0=0.4-1+b1 && for package in ./*.deb; do dpkg -x "$package" .; done) \
    >"$dir/log" 2>&1 || untried "Debian's packages can't be had: $(tail -n 1 "$dir/log")"
cat >"$dir/server.py" <<'END'
"""A server that answers by the name's first label: with an address, a DS, or a status."""
import socket, struct

CODES = {b"servfail": 2, b"gone": 3, b"refused": 5}
DATA = {1: bytes([192, 0, 2, 1]), 43: struct.pack(">HBB", 12345, 8, 2) + bytes(range(32))}
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
print("ready", flush=True)
while True:
    query, client = server.recvfrom(4096)
    end = query.index(0, 12) + 5
    code, kind = CODES.get(query[13:13 + query[12]], 0), query[end - 3]
    data = DATA.get(kind, b"") if code == 0 else b""
    record = b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data if data else b""
    server.sendto(query[:2] + struct.pack(">5H", 0x8180 | code, 1, bool(data), 0, 0) + query[12:end] + record, client)
END
cat >"$dir/run.sh" <<'END'
# in a network of its own: the statuses, and the DS
dir=$1
ip link set lo up
python3 "$dir/server.py" >"$dir/ready" & server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do
    grep -q ready "$dir/ready" && break
    sleep 1
done
export LD_LIBRARY_PATH="$(echo "$dir"/usr/lib/*-linux-gnu)"
look() { # WHAT ARGUMENT...: the status of a look-up
    what=$1; shift
    "$dir/usr/bin/dnsget" -o timeout:2 -o attempts:1 "$@" >"$dir/out" 2>>"$dir/errors" && status=0 || status=$?
    echo "$what: $status"
}
look found -n 127.0.0.54 host.example
look missing -n 127.0.0.54 gone.example
look SERVFAIL -n 127.0.0.54 servfail.example
look REFUSED -n 127.0.0.54 refused.example
look 'no answer' -n 127.0.0.99 host.example
look 'no such type' -n 127.0.0.54 -t NOSUCH host.example
"$dir/usr/bin/dnsget" -n 127.0.0.54 -t DS host.example
END
seen=$(unshare -n bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in "found: 0
missing: 100
"*) ;;
*) untried "what is there isn't found: $(tail -n 1 "$dir/log")";; esac
[ "$(echo "$seen" | tail -n 5)" = 'SERVFAIL: 1
REFUSED: 1
no answer: 1
no such type: 1
host.example. DS 12345 8 2 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=' ] || { echo "changed: other statuses, or another DS"; exit 1; }
echo "a failing server is a typing error, and a digest is base64"
