#!/bin/sh
# wrapsrv 1.0.0-1.1 (Debian 12), which runs a command with the host and port of an SRV record: a domain that says it has no such service.
# Expected: 'if there is precisely one SRV RR, and its Target is "." (the root domain), abort' (RFC 2782, usage rules), as wrapsrv
#   'implements the weighted priority client connection algorithm in RFC 2782' and ends with another status where there is no record.
# Seen: the command is run with the host '.' and the port 0, and its status is wrapsrv's.
# Costs: the command looks for an address of the root, a question that no program means, or connects to itself, as many do for port 0
#   and an empty host; and where it ends with 0 (a client that queues), the service that is decidedly not there was reached.
# Needs root, for a resolv.conf and a port 53 of its own. The package is unpacked in the folder, not installed.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
(cd "$dir" && apt-get -q download wrapsrv=1.0.0-1.1 && dpkg -x wrapsrv*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's wrapsrv can't be had: $(tail -n 1 "$dir/log")"

cat >"$dir/server.py" <<'EOF'
"""A server of SRV records: none.example has no such service, gone.example does not exist, any other has one."""
import socket, struct

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
while True:
    query, client = server.recvfrom(4096)
    end = query.index(0, 12) + 5
    target = b"\0\0" + b"\0" if b"\4none" in query else b"\x14\x66\4host\7example\0"
    gone = b"\4gone" in query
    record = b"" if gone else b"\xc0\x0c" + struct.pack(">HHIHHH", 33, 1, 60, 4 + len(target), 0, 0) + target
    header = query[:2] + struct.pack(">5H", 0x8183 if gone else 0x8180, 1, not gone, 0, 0)
    server.sendto(header + query[12:end] + record, client)
EOF
cat >"$dir/run.sh" <<'EOF'
# in namespaces of its own: what the command is run with, and wrapsrv's status
dir=$1
ip link set lo up
printf 'nameserver 127.0.0.54\noptions timeout:1\n' >"$dir/resolv.conf"
mount --bind "$dir/resolv.conf" /etc/resolv.conf
python3 "$dir/server.py" & server=$!
trap 'kill $server' EXIT
run() { "$dir/usr/bin/wrapsrv" "_xmpp-client._tcp.$1.example" echo connect to %h %p && echo "status 0" || echo "status $?"; }
for try in 1 2 3 4 5 6 7 8 9 10; do
    run some 2>&1 | grep -q connect && break
    sleep 1
done
for name in some gone none; do echo "$name: $(run $name 2>/dev/null | xargs)"; done
EOF
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in "some: connect to host.example 5222 status 0
gone: status 1"*) ;; *) untried "wrapsrv does not work: $(tail -n 1 "$dir/log")";; esac
[ "${seen##*none: }" = "connect to . 0 status 0" ] || { echo "changed: ${seen##*none: }"; exit 1; }
echo "a service that the domain says it has not is tried at the root, port 0"
