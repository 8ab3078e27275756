#!/bin/sh
# Knot DNS 3.2.6-1 (Debian 12) with its module mod-stats: response-code, of transfers, updates and notifications that its ACL denies.
# Expected: a counter of response codes counts the codes of responses. NOTAUTH (9; RFC 2136, 2.2, and RFC 8945, 5) is what clients
#   get, so response-code[NOTAUTH] goes up, as there is such a counter.
# Seen: response-code[BADKEY] goes up, an error of TSIG records (17; RFC 8945, 3): no TSIG was in the question or the answer. NOTAUTH
#   stays 0.
# Costs: whoever tries a transfer without any key is counted as somebody with a wrong one, so an operator looks for a
#   secondary whose key is broken; and numbers of the server and of a capture of its traffic never agree.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d)
server=
trap 'kill $server 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
dpkg-query -W knot 2>/dev/null || untried "needs Debian's knot"

printf '@ 300 SOA ns h 1 2 3 4 300\n@ 300 NS ns\nns 300 A 127.0.0.1\n' >"$dir/one.example.zone"
cat >"$dir/knot.conf" <<EOF
server:
    rundir: $dir
    listen: 127.0.0.1@5451
database:
    storage: $dir
mod-stats:
  - id: all
    response-code: on
template:
  - id: default
    storage: $dir
    global-module: mod-stats/all
zone:
  - domain: one.example
EOF
cat >"$dir/ask.py" <<'EOF'
"""Asks without a key for a transfer, an update, a notification and a missing name; prints the codes of the answers."""
import socket, struct


def ask(opcode, kind, name=b"\3one\7example\0"):
    query = struct.pack(">6H", 7, opcode << 11, 1, 0, 0, 0) + name + struct.pack(">HH", kind, 1)
    with socket.create_connection(("127.0.0.1", 5451), 5) as client:
        client.sendall(struct.pack(">H", len(query)) + query)
        length, = struct.unpack(">H", client.recv(2, socket.MSG_WAITALL))
        answer = client.recv(length, socket.MSG_WAITALL)
    return answer[3] & 15, "TSIG or OPT" if answer[10:12] != b"\0\0" else "nothing more"


print(ask(0, 252), ask(5, 6), ask(4, 6), ask(0, 1, b"\4gone\3one\7example\0"))
EOF
knotd -c "$dir/knot.conf" >"$dir/log" 2>&1 & server=$!
for try in 1 2 3 4 5 6 7 8 9 10; do
    knotc -c "$dir/knot.conf" zone-status one.example 2>/dev/null | grep -q 'serial: 1' && break
    sleep 1
done
codes=$(python3 "$dir/ask.py" 2>>"$dir/log") || untried "knotd does not answer: $(tail -n 1 "$dir/log")"
counts=$(knotc -c "$dir/knot.conf" stats mod-stats.response-code | sed -n 's/.*\[\([A-Z]*\)\] = \([1-9].*\)/\1 \2/p' | xargs)
echo "codes on the wire of a transfer, an update, a notification and a missing name: $codes; counted: $counts"
[ "$codes" = "(9, 'nothing more') (9, 'nothing more') (9, 'nothing more') (3, 'nothing more')" ] || untried "the answers are others"
[ "$counts" = "NXDOMAIN 1 BADKEY 3" ] || { echo "changed: $counts"; exit 1; }
echo "NOTAUTH is counted as BADKEY"
