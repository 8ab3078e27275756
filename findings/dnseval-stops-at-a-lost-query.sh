#!/bin/sh
# dnsdiag 2.10.0 (PyPI; so is 2.0.2 of Debian 12): dnseval, which 'lets you compare DNS servers based on performance (latency) and reliability
#   (packet loss)', with ten queries for each server ('-c, --count: Number of requests to send').
# Expected: ten queries, and of a server that leaves one of the ten without an answer, 10 % lost, whichever of them it was.
# Seen: 100 % lost where it was the first, and one query sent; 50 % for the second, 20 % for the fifth, 10 % for the tenth: the first that
#   isn't answered in time ends the measurement of that server, and the share is of those that were sent.
# Costs: of two servers that lose the same the one that does so later is ten times better; a resolver that has to look up a name first, and
#   misses the time once, is dead ('No Response'), while one that stops answering after the ninth query has lost 10 %. Averages are of
#   the queries before the first that was lost, so that a failing server is measured least.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); server=
trap 'kill $server 2>/dev/null || true; wait $server 2>/dev/null || true; rm -rf "$dir"' EXIT
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || untried "needs Python 3.11"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install dnsdiag==2.10.0 dnspython==2.9.2 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/server.py" <<'END'
"""Answers all questions of a name but one: the one whose number is the name's first label."""
import collections, socket, struct

asked = collections.Counter()
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 5477))
print("ready", flush=True)
while True:
    query, client = server.recvfrom(4096)
    end = query.index(0, 12) + 5
    label = query[13:13 + query[12]]
    asked[label] += 1
    print(label.decode(), flush=True)
    if asked[label] != int(label):
        address = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 300, 4) + bytes([192, 0, 2, 1])
        server.sendto(query[:2] + struct.pack(">5H", 0x8180, 1, 1, 0, 0) + query[12:end] + address, client)
END
python3 "$dir/server.py" >"$dir/asked" 2>"$dir/log" &
server=$!
for try in 1 2 3 4 5 6 7 8 9 10; do
    [ -s "$dir/asked" ] && break
    sleep 1
done
echo 127.0.0.1 >"$dir/servers"
for lost in 99 1 2 5 10; do
    "$dir/venv/bin/dnseval" --skip-warmup -p 5477 -c 10 -w 1 -f "$dir/servers" $lost.example >"$dir/out" 2>&1 || true
    share=$(grep -o '%[0-9]*' "$dir/out" | tail -n 1)
    echo "query $lost not answered: $(grep -c "^$lost\$" "$dir/asked") queries, lost $share" | tee -a "$dir/seen"
done
[ "$(head -n 1 "$dir/seen")" = "query 99 not answered: 10 queries, lost %0" ] || untried "dnseval can't be run: $(tail -n 1 "$dir/out")"
[ "$(tail -n 4 "$dir/seen")" = "query 1 not answered: 1 queries, lost %100
query 2 not answered: 2 queries, lost %50
query 5 not answered: 5 queries, lost %20
query 10 not answered: 10 queries, lost %10" ] || { echo "changed: other shares are lost"; exit 1; }
echo "one query of ten is lost, which may be all of them"
