#!/bin/sh
# unbound 1.17.1-2+deb12u4 (Debian 12): unbound-control stats of a server that denies and refuses names by its configuration
#   (local-zone always_nxdomain and always_refuse), as blocklists are.
# Expected: num.cachehits, 'queries that were successfully answered using a cache lookup', doesn't have them: nothing was looked up,
#   nothing is in a cache, and a refusal is no success.
# Seen: each of them is a cache hit, and the log (log-replies) says 'from cache' of each.
# Costs: the hit rate that one graphs, and sizes the caches by, is that of the blocklist: the more clients ask for blocked
#   names, or are refused, the better the cache looks.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); server=
trap 'kill $server 2>/dev/null || true; wait $server 2>/dev/null || true; rm -rf "$dir"' EXIT
dpkg-query -W unbound 2>/dev/null || untried "needs Debian's unbound"
cat >"$dir/unbound.conf" <<END
server:
    directory: "$dir"
    chroot: ""
    username: ""
    pidfile: ""
    interface: 127.0.0.1
    port: 5448
    num-threads: 1
    use-syslog: no
    extended-statistics: yes
    module-config: "iterator"
    local-zone: "blocked.example." always_nxdomain
    local-zone: "refused.example." always_refuse
remote-control:
    control-enable: yes
    control-interface: $dir/control
    control-use-cert: no
END
unbound -c "$dir/unbound.conf" -d >"$dir/log" 2>&1 &
server=$!
cat >"$dir/ask.py" <<'END'
import socket, sys, time

client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.settimeout(1)
client.connect(("127.0.0.1", 5448))
for label in (b"blocked", b"refused") * 5:
    for _ in range(30):
        try:
            client.send(b"\0\1\1\0\0\1\0\0\0\0\0\0\7" + label + b"\7example\0\0\1\0\1")
            client.recv(512)
            break
        except OSError:
            time.sleep(0.1)
    else:
        sys.exit(2)
END
python3 "$dir/ask.py" || untried "the server doesn't start: $(tail -n 1 "$dir/log")"
stats=$(unbound-control -c "$dir/unbound.conf" stats_noreset) || untried "no statistics"
of() { echo "$stats" | sed -n "s/^$1=//p"; }
seen="$(of total.num.queries) $(of num.answer.rcode.NXDOMAIN) $(of num.answer.rcode.REFUSED) $(of total.num.cachehits)"
kept=$(of msg.cache.count)
echo "queries, denied, refused, cache hits: $seen; messages in the cache: $kept"
case $seen in
"10 5 5 10") echo "what a configuration denies or refuses is a cache hit" ;;
"10 5 5 "*) echo "changed: $seen"; exit 1 ;;
*) untried "the names aren't denied and refused" ;;
esac
