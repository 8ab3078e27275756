#!/bin/sh
# unbound 1.17.1-2+deb12u4 (Debian 12): 'unbound-control dump_cache' before a restart and 'load_cache' after it.
# Expected: what was in the cache is in it again: 'load_cache: The contents of the cache is loaded from stdin. Uses the same format as
#   dump_cache uses' (unbound-control(8)); the dump has the negative answers, with their time to live.
# Seen: names with an address are answered from the cache again; NXDOMAIN and NODATA are gone, and each is asked anew. load_cache
#   says 'ok', and a second dump has the SOA without the answers that it was there for.
# Costs: the restart that the dump was made for sends all missing names to their servers at once, as a cold cache does, and those who
#   count NXDOMAINs behind it see a burst that no client made; two resolvers 'with the same cache' haven't the same one.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d)
server= resolver=
trap 'kill $server $resolver 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
dpkg-query -W unbound bind9-dnsutils 2>/dev/null || untried "needs Debian's unbound and bind9-dnsutils"

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
cat >"$dir/unbound.conf" <<EOF
server:
  directory: "$dir"
  username: ""
  chroot: ""
  pidfile: ""
  use-syslog: no
  interface: 127.0.0.1@5433
  do-not-query-localhost: no
remote-control:
  control-enable: yes
  control-interface: $dir/control
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@5434
EOF
control() { unbound-control -c "$dir/unbound.conf" "$@"; }
start() {
    unbound -d -c "$dir/unbound.conf" >"$dir/unbound.log" 2>&1 & resolver=$!
    for try in 1 2 3 4 5 6 7 8 9 10; do
        control status >"$dir/log" 2>&1 && return
        sleep 1
    done
    untried "unbound does not start: $(tail -n 1 "$dir/unbound.log")"
}
ask() { # how often the server was asked for a name with an address, one that is missing, and one without the type
    : >"$dir/asked"
    for question in "host.example A" "gone.example A" "empty.example TXT"; do
        dig +tries=1 +time=2 @127.0.0.1 -p 5433 $question >"$dir/dig" 2>&1 || true
    done
    for name in host gone empty; do echo "$name $(grep -c $name "$dir/asked" || true)"; done | xargs
}
python3 "$dir/server.py" 127.0.0.1 5434 >>"$dir/asked" 2>"$dir/log" & server=$!
start
for try in 1 2 3 4 5 6 7 8 9 10; do
    dig +tries=1 +time=1 @127.0.0.1 -p 5433 up.example 2>&1 | grep -q NOERROR && break
    sleep 1
done
first=$(ask) second=$(ask)
control dump_cache >"$dir/dump"
kill $resolver; wait $resolver || true
start
control load_cache <"$dir/dump"
loaded=$(control dump_cache | sed -n 's/^msg \([^ ]*\) .*/\1/p' | xargs)
third=$(ask)
grep '^msg' "$dir/dump"
echo "questions to the server, first: $first; with a cache: $second; after a restart with the dump: $third; messages loaded: $loaded"
[ "$first" = "host 1 gone 1 empty 1" ] && [ "$second" = "host 0 gone 0 empty 0" ] || untried "the cache does not work"
[ "$third" = "host 0 gone 1 empty 1" ] || { echo "changed: $third"; exit 1; }
echo "negative answers are in the dump, and not in the cache that loads it"
