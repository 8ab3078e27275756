#!/bin/sh
# dnsdist 1.7.3-2 (Debian 12) with a packet cache: the questions and responses of its listening address (dnsdist_frontend_queries and
#   dnsdist_frontend_responses of its metrics, showBinds, the API's frontends), after ten questions each for a name that is there, one whose
#   server fails, and one that a rule denies.
# Expected: ten more of both each time: 'Amount of queries received by this frontend' and 'Amount of responses sent by this frontend', as the
#   client got ten responses.
# Seen: ten questions each; of responses one for the name that is there, one for the failure, and ten for the rule: what the cache answers isn't
#   counted. The counter is raised for answers of servers and of rules, and where the cache answers it is not, though cache-hits and
#   frontend-noerror or frontend-servfail are.
# Costs: questions less responses, the usual measure of what a listener drops, is nine in ten lost with a cache that works well, and rises when
#   it works better, or a failing name is asked for again and again. An alarm on it goes off where nothing is lost, or never.
# The package is unpacked in the folder, not installed. Needs root, for a network of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -n true 2>/dev/null || untried "needs root and namespaces"
(cd "$dir" && apt-get -q download dnsdist=1.7.3-2 && dpkg -x dnsdist*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's dnsdist can't be had: $(tail -n 1 "$dir/log")"
ldd "$dir/usr/bin/dnsdist" | grep 'not found' >"$dir/log" && untried "needs libraries: $(tr -d '\t\n' <"$dir/log")"

cat >"$dir/dnsdist.conf" <<'END'
setLocal("127.0.0.1:53")
setSecurityPollSuffix("")
newServer{address="127.0.0.1:5300", healthCheckMode="up"}
getPool(""):setCache(newPacketCache(1000))
addAction("denied.example.", RCodeAction(DNSRCode.NXDOMAIN))
webserver("127.0.0.1:8083")
setWebserverConfig({apiKey="key", acl="127.0.0.0/8"})
END
cat >"$dir/server.py" <<'END'
"""A server that fails names that begin with 'fail', and has an address for all others."""
import socket, struct

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 5300))
ADDRESS = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 300, 4) + bytes([192, 0, 2, 1])
while True:
    query, client = server.recvfrom(4096)
    fails = query[13:17] == b"fail"
    header = query[:2] + struct.pack(">5H", 0x8182 if fails else 0x8180, 1, not fails, 0, 0)
    server.sendto(header + query[12:query.index(0, 12) + 5] + (b"" if fails else ADDRESS), client)
END
cat >"$dir/ask.py" <<'END'
"""Ten questions for each name, each answered before the next, and what the counters have more."""
import re, socket, struct, time, urllib.request

asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asker.settimeout(2)


def ask(name):
    question = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0" + struct.pack(">HH", 1, 1)
    asker.sendto(struct.pack(">6H", 7, 0x0100, 1, 0, 0, 0) + question, ("127.0.0.1", 53))
    return asker.recv(4096)[3] & 15


def counters():
    request = urllib.request.Request("http://127.0.0.1:8083/metrics", headers={"X-API-Key": "key"})
    metrics = urllib.request.urlopen(request).read().decode()
    names = "frontend_queries", "frontend_responses", "cache_hits"
    return [sum(int(value) for value in re.findall(rf"^dnsdist_{name}(?:{{.*}})? (\d+)", metrics, re.MULTILINE)) for name in names]


for _ in range(50):
    try:
        ask("ready.example")
        break
    except OSError:
        time.sleep(0.2)
for name in "host.example", "fails.example", "denied.example":
    before = counters()
    status = [ask(name) for _ in range(10)]
    time.sleep(1)  # a response is counted after it was sent
    queries, responses, hits = (after - first for after, first in zip(counters(), before))
    print(f"{name}: got {len(status)} with status {set(status)}, queries {queries}, responses {responses}, cache_hits {hits}")
END
cat >"$dir/run.sh" <<'END'
# in a network of its own
dir=$1
ip link set lo up
python3 "$dir/server.py" 2>"$dir/log" & server=$!
"$dir/usr/bin/dnsdist" --supervised --disable-syslog -C "$dir/dnsdist.conf" >>"$dir/log" 2>&1 & dnsdist=$!
trap 'kill $server $dnsdist; wait $dnsdist' EXIT
python3 "$dir/ask.py" 2>>"$dir/log"
END
seen=$(unshare -n sh "$dir/run.sh" "$dir" 2>/dev/null) || untried "dnsdist doesn't answer: $(tail -n 1 "$dir/log")"
echo "$seen"
[ "$(echo "$seen" | grep -c 'got 10 with status {[023]}, queries 10')" = 3 ] || untried "the questions aren't counted"
[ "$(echo "$seen" | sed 's/.*queries 10, //')" = "responses 1, cache_hits 9
responses 1, cache_hits 9
responses 10, cache_hits 0" ] || { echo "changed: other responses are counted"; exit 1; }
echo "what the cache answers was never sent"
