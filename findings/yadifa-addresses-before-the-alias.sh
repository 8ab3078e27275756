#!/bin/sh
# yadifa 2.6.4-1 (Debian 12), an authoritative server, and glibc 2.36 (libc6, Debian 12), asking it: an alias within its zone.
# Expected: the alias first and then what it leads to, as the algorithm adds them: 'copy the CNAME RR into the answer section of the
#   response, change QNAME to the canonical name in the CNAME RR, and go back to step 1' (RFC 1034, 4.3.2), and as BIND, Knot, NSD and
#   PowerDNS do; and that a program gets the address, as of a name without an alias.
# Seen: the address comes first, then the aliases: what is found last is put in front of the list of the section, as its way to give
#   several addresses in changing order. glibc reads the answer once from the top, passes over records of other names than the one it is
#   at, and so over the address: getaddrinfo says 'No address associated with hostname' (EAI_NODATA) for a name that has one. Node.js and
#   dnspython find it. Of a name that is no alias all is well.
# Costs: names that are aliases are down for programs that ask it directly, or by a forwarder that passes answers on as they are, and for
#   them alone: dig shows the address, in an answer that nobody looks at the order of, and in every log it is a NOERROR with an address.
# Needs root, for a resolv.conf and a port 53 of its own. The package is unpacked in the folder, not installed.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
(cd "$dir" && apt-get -q download yadifa=2.6.4-1 && dpkg -x yadifa*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's yadifa can't be had: $(tail -n 1 "$dir/log")"

cat >"$dir/example.zone" <<'END'
$ORIGIN example.
$TTL 300
@ IN SOA ns.example. admin.example. 1 7200 900 1209600 300
@ IN NS ns.example.
ns IN A 192.0.2.1
host IN A 192.0.2.2
www IN CNAME host.example.
far IN CNAME www.example.
END
cat >"$dir/yadifad.conf" <<END
<main>
    daemonize off
    logpath "$dir"
    pidfile "$dir/pid"
    datapath "$dir"
    keyspath "$dir"
    xfrpath "$dir"
    listen 127.0.0.54 port 53
    uid 0
    gid 0
</main>
<zone>
    domain example
    file example.zone
    type master
</zone>
END
cat >"$dir/ask.py" <<'END'
"""What glibc says of a name, and the types of the answer in their order."""
import socket, struct, sys, time

def answer(name):
    query = struct.pack(">6H", 7, 0x0100, 1, 0, 0, 0) + b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    query += b"\0" + struct.pack(">HH", 1, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(2)
        asker.sendto(query, ("127.0.0.54", 53))
        reply = asker.recv(4096)
    at, types = len(query), []
    for _ in range(struct.unpack_from(">H", reply, 6)[0]):
        while reply[at] and reply[at] < 192:
            at += 1 + reply[at]
        at += 2 if reply[at] else 1
        kind, _, _, length = struct.unpack_from(">HHIH", reply, at)
        at, types = at + 10 + length, types + [{1: "A", 5: "CNAME"}[kind]]
    return types

for _ in range(20):
    try:
        answer("host.example")
        break
    except OSError:
        time.sleep(0.5)
for name in "host.example", "www.example", "far.example":
    try:
        address = socket.getaddrinfo(name, 80, socket.AF_INET)[0][4][0]
    except socket.gaierror as problem:
        address = problem.strerror
    print(f"{name}: {' '.join(answer(name))}; glibc: {address}")
END
cat >"$dir/run.sh" <<'END'
# in namespaces of its own: the server, and what it and glibc say
dir=$1
trap 'kill $server 2>/dev/null; wait $server' EXIT
ip link set lo up
printf 'nameserver 127.0.0.54\n' >"$dir/resolv.conf"
mount --bind "$dir/resolv.conf" /etc/resolv.conf
LD_LIBRARY_PATH="$dir/usr/lib/$(uname -m)-linux-gnu" "$dir/usr/sbin/yadifad" -c "$dir/yadifad.conf" >"$dir/log" 2>&1 & server=$!
python3 "$dir/ask.py" 2>>"$dir/log"
END
seen=$(unshare -mn sh "$dir/run.sh" "$dir") || true
echo "$seen"
case "$seen" in
    "host.example: A; glibc: 192.0.2.2"*) ;;
    *) untried "yadifa can't be run: $(tail -n 1 "$dir/log")";;
esac
[ "$seen" = "host.example: A; glibc: 192.0.2.2
www.example: A CNAME; glibc: No address associated with hostname
far.example: A CNAME CNAME; glibc: No address associated with hostname" ] || { echo "changed: aliases have another answer"; exit 1; }
echo "an alias of YADIFA's has no address for programs"
