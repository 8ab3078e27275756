#!/bin/sh
# nscd 2.36-9+deb12u14 and unscd 0.54-1+b6 (Debian 12), the caches of glibc's look-ups: names whose resolver fails (SERVFAIL, REFUSED).
# Expected: what a program gets does not depend on the cache: 'Temporary failure in name resolution' (EAI_AGAIN), as without it, and
#   the next look-up asks again: nscd.conf's negative time is for 'unsuccessful' look-ups of names, not for broken servers.
# Seen: 'Name or service not known' (EAI_NONAME), and no question for 20 seconds, as for names that don't exist; so with both.
# Costs: while a resolver restarts or one zone's servers have a bad second, programs hear for 20 that the name does not exist:
#   mail bounces at once instead of waiting, jobs give up for good, and no NXDOMAIN was ever sent that one could find.
# Needs root, for a resolv.conf and a port 53 of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
for package in nscd=2.36-9+deb12u14 unscd=0.54-1+b6; do
    (cd "$dir" && mkdir ${package%=*} && cd ${package%=*} && apt-get -q download $package && dpkg -x ./*.deb .) >"$dir/log" 2>&1 ||
        untried "Debian's ${package%=*} can't be had: $(tail -n 1 "$dir/log")"
done

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
cat >"$dir/look.py" <<'EOF'
import socket, sys

for name in ("host", "gone", "servfail", "servfail", "refused", "refused"):
    try:
        outcome = socket.getaddrinfo(f"{name}.example.", 25, socket.AF_INET, socket.SOCK_STREAM)[0][4][0]
    except socket.gaierror as error:
        outcome = {socket.EAI_NONAME: "NONAME", socket.EAI_AGAIN: "AGAIN"}.get(error.errno, error.strerror)
    print(name, outcome, end="; ")
EOF
cat >"$dir/run.sh" <<'EOF'
# in namespaces of its own: the outcomes without a cache, with nscd and with unscd, and how many questions they took
dir=$1 server= cache=
trap 'kill $server $cache' EXIT
ip link set lo up
printf 'nameserver 127.0.0.54\noptions timeout:1 attempts:1\n' >"$dir/resolv.conf"
mount --bind "$dir/resolv.conf" /etc/resolv.conf
mount -t tmpfs tmpfs /run && mkdir -p /run/nscd /var/run/nscd
python3 "$dir/server.py" 127.0.0.54 53 >"$dir/asked" & server=$!
look() {
    : >"$dir/asked"
    outcomes=$(python3 "$dir/look.py")
    echo "$1: $outcomes$(grep -c servfail "$dir/asked") and $(grep -c refused "$dir/asked") questions"
}
start() { # waits until the cache's socket is there
    "$@" >"$dir/cache.log" 2>&1 & cache=$!
    for try in 1 2 3 4 5 6 7 8 9 10; do
        [ -S /var/run/nscd/socket ] && break
        sleep 1
    done
}
for try in 1 2 3 4 5 6 7 8 9 10; do
    python3 "$dir/look.py" | grep -q 'host 192.0.2.1' && break
    sleep 1
done
look without
printf 'enable-cache hosts yes\nnegative-time-to-live hosts 20\npersistent hosts no\nshared hosts no\n' >"$dir/nscd.conf"
start "$dir/nscd/usr/sbin/nscd" -F -f "$dir/nscd.conf"
look nscd
kill $cache; wait $cache; rm -f /var/run/nscd/socket
printf 'enable-cache hosts yes\nnegative-time-to-live hosts 20\n' >"$dir/nscd.conf"
start "$dir/unscd/usr/sbin/nscd" -d -f "$dir/nscd.conf"
look unscd
EOF
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in "without: host 192.0.2.1; gone NONAME; servfail AGAIN; servfail AGAIN; refused AGAIN; refused AGAIN; 2 and 2 questions"*) ;;
*) untried "the look-ups without a cache are others";; esac
[ "$(echo "$seen" | grep -c 'servfail NONAME; servfail NONAME; refused NONAME; refused NONAME; 1 and 1 questions')" = 2 ] ||
    { echo "changed: the caches give other outcomes"; exit 1; }
echo "with a cache a failing resolver's name does not exist, and isn't asked for again"
