#!/bin/sh
# NSD 4.6.1-1 (Debian 12): 'nsd-control stats' after ten questions for each of A, HTTPS, CAA, URI and TYPE65280, and five of the class HS.
# Expected: 'num.type.X number of queries with this query type' and 'num.class.X number of queries with this query class' (nsd-control(8)):
#   ten of each type, CAA (257, RFC 8659) as HTTPS, under its name or number; nothing of the class CH; and a sum that is num.queries.
# Seen: A has 15 and HTTPS 10, CAA, URI and TYPE65280 are in no line, with 'num.queries=55'. The types are counted in a row of 257 places, whose
#   last is for all above 255, and the list that is printed ends before that one. The classes have four places, and the last
#   is that of CH, so HS is 'num.class.CH=5', as anything above is.
# Costs: every CA asks for CAA before each certificate, and the questions are nowhere: who adds up the types has fewer than the server
#   answered, and an attack or a broken client that asks for such types shows in no type at all. Scans in odd classes are version.bind questions.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -n true 2>/dev/null || untried "needs root and namespaces"
(cd "$dir" && apt-get -q download nsd=4.6.1-1 && dpkg -x nsd*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's nsd can't be had: $(tail -n 1 "$dir/log")"
ldd "$dir/usr/sbin/nsd" | grep 'not found' >"$dir/log" && untried "needs libraries: $(tr -d '\t\n' <"$dir/log")"

cat >"$dir/nsd.conf" <<END
server:
    ip-address: 127.0.0.1
    username: ""
    chroot: ""
    zonesdir: "$dir"
    pidfile: ""
    database: ""
    xfrdfile: "$dir/xfrd.state"
    zonelistfile: "$dir/zone.list"
    xfrdir: "$dir"
    server-count: 1
remote-control:
    control-enable: yes
    control-interface: $dir/control
zone:
    name: example
    zonefile: zone
END
cat >"$dir/zone" <<'END'
$ORIGIN example.
$TTL 300
@ SOA ns host 1 7200 3600 1209600 300
@ NS ns
ns A 192.0.2.1
END
cat >"$dir/ask.py" <<'END'
"""The questions, each answered before the next."""
import socket, struct, sys, time

asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asker.settimeout(2)


def ask(kind, dns_class=1):
    asker.sendto(struct.pack(">6H", 7, 0, 1, 0, 0, 0) + b"\2ns\7example\0" + struct.pack(">HH", kind, dns_class), ("127.0.0.1", 53))
    return asker.recv(4096)


if sys.argv[1:] == ["wait"]:
    for _ in range(50):
        try:
            ask(1)
            break
        except OSError:
            time.sleep(0.1)
else:
    for kind in 1, 65, 257, 256, 65280:
        for _ in range(10):
            ask(kind)
    for _ in range(5):
        ask(1, 4)
END
cat >"$dir/run.sh" <<'END'
# in a network of its own; the first report sets the counters to zero
dir=$1
ip link set lo up
"$dir/usr/sbin/nsd" -d -c "$dir/nsd.conf" >"$dir/log" 2>&1 & server=$!
trap 'kill $server; wait $server' EXIT
python3 "$dir/ask.py" wait 2>>"$dir/log" && "$dir/usr/sbin/nsd-control" -c "$dir/nsd.conf" stats >"$dir/first" 2>>"$dir/log" &&
    python3 "$dir/ask.py" 2>>"$dir/log" && "$dir/usr/sbin/nsd-control" -c "$dir/nsd.conf" stats 2>>"$dir/log"
END
unshare -n sh "$dir/run.sh" "$dir" >"$dir/stats" 2>/dev/null || untried "NSD doesn't answer: $(tail -n 1 "$dir/log")"
seen=$(grep -E '^num\.(queries|type|class)' "$dir/stats" | grep -v '=0$' | sort | xargs)
echo "$seen"
case "$seen" in
    *"num.queries=55"*"num.type.A=15 num.type.HTTPS=10"*) ;;
    *) untried "the questions aren't counted";;
esac
[ "$seen" = "num.class.CH=5 num.class.IN=50 num.queries=55 num.type.A=15 num.type.HTTPS=10" ] || { echo "changed: the counts are others"; exit 1; }
echo "thirty questions have no type, and five another class"
