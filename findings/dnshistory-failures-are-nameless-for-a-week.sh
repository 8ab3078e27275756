#!/bin/sh
# dnshistory 1.3-3 (Debian 12), which keeps the names of the addresses in web and other logs ('dolookups') and puts them into the logs
#   ('dotranslate'): an address whose name server fails (SERVFAIL) in the first run, and works from then on.
# Expected: the next run looks it up: the first said of it 'Name could not be looked up at this time; Try again later', and a failure is kept
#   for five minutes at most by what asks the DNS itself (RFC 9520, 3.2). An address without a name (NXDOMAIN) is left alone for seven days,
#   'the time in seconds before a stored DNS value is deemed "old"' (dnshistory(1), -t).
# Seen: it isn't asked for again for a week, as the one that has no name. It is in the history as NONAME of 1970-01-01, since there was no
#   time to note; but the time of the last look-up, which the week is counted from, is noted before the look-up is made, whatever comes of it.
# Costs: who runs it each night over the day's log has addresses for seven days of logs after one bad minute of a resolver, and no other run
#   mends it; the statistics made of these logs count them as hosts without a name.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
(cd "$dir" && apt-get -q download dnshistory=1.3-3 libpcre3=2:8.39-15 libdb5.3=5.3.28+dfsg2-1 && for package in ./*.deb; do dpkg -x "$package" .; done) \
    >"$dir/log" 2>&1 || untried "Debian's dnshistory can't be had: $(tail -n 1 "$dir/log")"
cat >"$dir/server.py" <<'END'
"""192.0.2.1 is host1.example, 192.0.2.2 fails until there is a file 'works' and is host2.example then, and the others have no names."""
import os, socket, struct, sys

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
while True:
    query, client = server.recvfrom(4096)
    number, end = query[13:13 + query[12]], 12
    while query[end]:
        end += 1 + query[end]
    status, data = 3, b""
    if number == b"2" and not os.path.exists(f"{sys.argv[1]}/works"):
        status = 2
    elif number in (b"1", b"2"):
        status, data = 0, b"\5host" + number + b"\7example\0"
    record = b"\xc0\x0c" + struct.pack(">HHIH", 12, 1, 60, len(data)) + data if data else b""
    print(number.decode(), flush=True)
    server.sendto(query[:2] + struct.pack(">5H", 0x8180 | status, 1, bool(data), 0, 0) + query[12:end + 5] + record, client)
END
for number in 1 2 3; do
    echo "192.0.2.$number - - [$(date +%d/%b/%Y:%H:%M:%S) +0000] \"GET / HTTP/1.1\" 200 10 \"-\" \"-\""
done >"$dir/access.log"
cat >"$dir/run.sh" <<'END'
# in namespaces of its own: for each run, what was asked for, what it said, and the history
dir=$1
ip link set lo up
printf 'nameserver 127.0.0.54\noptions timeout:1 attempts:1\n' >"$dir/resolv.conf"
mount --bind "$dir/resolv.conf" /etc/resolv.conf
: >"$dir/asked"
python3 "$dir/server.py" "$dir" >>"$dir/asked" & server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do
    getent hosts 192.0.2.1 >/dev/null && break
    sleep 1
done
export LD_LIBRARY_PATH="$dir/usr/lib/$(uname -m)-linux-gnu:$dir/lib/$(uname -m)-linux-gnu" TZ=UTC
history=$dir/usr/bin/dnshistory
run() {
    : >"$dir/asked"
    "$history" -v "$@" -d "$dir/names.db" -f "$dir/access.log" >"$dir/said" 2>&1
    echo "$1: asked for $(sort -u "$dir/asked" | xargs | sed 's/^$/none/'), said '$(grep -o 'Try again later' "$dir/said" | head -n 1)'"
}
run -L
touch "$dir/works"
run -L
"$history" -S -d "$dir/names.db" 192.0.2.1 192.0.2.2 192.0.2.3 | sed 's/:.*,/ /' | xargs -L 1
"$history" -T -d "$dir/names.db" -f "$dir/access.log" | cut -d ' ' -f 1 | xargs
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in
"-L: asked for 1 2 3, said 'Try again later'
"*) ;;
*) untried "the addresses aren't looked up: $(tail -n 1 "$dir/log")" ;;
esac
case "$seen" in
*"
-L: asked for none, said ''"*"192.0.2.2 1970-01-01 NONAME"*"host1.example 192.0.2.2 192.0.2.3") ;;
*) echo "changed: what failed is asked for again"; exit 1 ;;
esac
echo "an address whose server failed once has no name, and isn't asked for again"
