#!/bin/sh
# BIND 1:9.18.49-1~deb12u3 (Debian 12): QryUDP of its statistics, 'UDP queries received' in the file of 'rndc stats', for ten questions each
#   that are answered well, don't exist, fail again and again, and are for a zone that the client may not see.
# Expected: ten more each time, as 'IPv4 requests received' (Requestv4) and the opcode QUERY have it: a query is received whatever it is
#   answered with.
# Seen: ten for NOERROR and NXDOMAIN. Of ten that get SERVFAIL it is one: those that the failure was kept for (servfail-ttl) aren't in it; of ten
#   REFUSED none. The counter is raised where a database for the name has been found, for the sake of counters for each zone, and both
#   are answered before that. QrySERVFAIL and the status' own counter have all.
# Costs: the rate of UDP queries falls while clients repeat what fails, just when it rises; the share of failures in it, QrySERVFAIL / QryUDP,
#   is above one, 10 of 1 below, and UDP against TCP is a ratio of the good ones. A flood of refused questions isn't in it at all.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -n true 2>/dev/null || untried "needs root and namespaces"
command -v named >/dev/null || untried "needs Debian's bind9"

cat >"$dir/named.conf" <<END
options { directory "$dir"; listen-on { 127.0.0.1; }; listen-on-v6 { none; }; pid-file none; session-keyfile none; dnssec-validation no;
    recursion yes; forwarders port 5300 { 127.0.0.1; }; forward only; servfail-ttl 30; };
controls { };
statistics-channels { inet 127.0.0.1 port 8053 allow { 127.0.0.1; }; };
zone "open.test" { type primary; file "zone"; };
zone "closed.test" { type primary; file "zone"; allow-query { none; }; };
END
cat >"$dir/zone" <<'END'
$TTL 300
@ SOA ns host 1 7200 3600 1209600 300
@ NS ns
ns A 192.0.2.1
END
cat >"$dir/server.py" <<'END'
"""A server that fails."""
import socket

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 5300))
while True:
    query, client = server.recvfrom(4096)
    server.sendto(query[:2] + b"\x81\x82\0\1\0\0\0\0\0\0" + query[12:query.index(0, 12) + 5], client)
END
cat >"$dir/ask.py" <<'END'
"""Ten questions for each name, one after the other, and what the counters have more."""
import json, socket, struct, time, urllib.request

asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asker.settimeout(5)


def ask(name):
    question = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0" + struct.pack(">HH", 1, 1)
    asker.sendto(struct.pack(">6H", 7, 0x0100, 1, 0, 0, 0) + question, ("127.0.0.1", 53))
    return asker.recv(4096)[3] & 15


def counters():
    statistics = json.load(urllib.request.urlopen("http://127.0.0.1:8053/json/v1/server"))
    own = statistics["nsstats"]
    failed = own.get("QrySERVFAIL", 0)
    return own.get("Requestv4", 0), statistics["opcodes"]["QUERY"], own.get("QryUDP", 0), failed


for _ in range(50):
    try:
        ask("ns.open.test")
        break
    except OSError:
        time.sleep(0.1)
for name in "ns.open.test", "gone.open.test", "fails.example", "ns.closed.test":
    before = counters()
    status = {ask(name) for _ in range(10)}
    requests, queries, udp, failed = (after - first for after, first in zip(counters(), before))
    print(f"{name} {status}: Requestv4 {requests}, QUERY {queries}, QryUDP {udp}, QrySERVFAIL {failed}")
END
cat >"$dir/run.sh" <<'END'
# in a network of its own
dir=$1
ip link set lo up
python3 "$dir/server.py" 2>"$dir/log" & server=$!
named -g -c "$dir/named.conf" >>"$dir/log" 2>&1 & named=$!
trap 'kill $server $named; wait $named' EXIT
python3 "$dir/ask.py" 2>>"$dir/log"
END
seen=$(unshare -n sh "$dir/run.sh" "$dir" 2>/dev/null) || untried "BIND doesn't answer: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in
    "ns.open.test {0}: Requestv4 10, QUERY 10, QryUDP 10, QrySERVFAIL 0
gone.open.test {3}: Requestv4 10, QUERY 10, QryUDP 10, QrySERVFAIL 0
"*) ;;
    *) untried "good answers aren't counted";;
esac
[ "$(echo "$seen" | tail -n 2)" = "fails.example {2}: Requestv4 10, QUERY 10, QryUDP 1, QrySERVFAIL 10
ns.closed.test {5}: Requestv4 10, QUERY 10, QryUDP 0, QrySERVFAIL 0" ] || { echo "changed: the counts are others"; exit 1; }
echo "what fails was never received"
