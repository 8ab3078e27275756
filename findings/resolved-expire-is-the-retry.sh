#!/bin/sh
# systemd-resolved 252.39-1~deb12u2 (Debian 12): its stream of questions and answers (io.systemd.Resolve.Monitor over varlink, which
#   'resolvectl monitor --json=short' shows): the SOA record of an answer, and of an NXDOMAIN.
# Expected: 'refresh', 'retry', 'expire' and 'minimum' are the fields of these names of the record (RFC 1035, 3.3.13), as in the same
#   object's 'raw', which has the record as it is on the wire: 7200, 3600, 1209600 and 300.
# Seen: 'refresh' 7200, no 'retry', 'expire' 3600, 'minimum' 300: what is called the expiry is the time between tries, and the expiry is in
#   'raw' alone. One line of the code that makes the object puts the one field under the other's name. The other types are right.
# Costs: who keeps SOA records of the stream, or checks them, has zones that are given up an hour after their primary fails instead of two
#   weeks, alarms on all of them (RFC 1912, 2.2 wants 2 to 4 weeks), and no sign of a zone that is wrong: an expiry of a minute is never seen.
# Needs root, for a network and a /run of its own. The package is unpacked in the folder, not installed.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
package=systemd-resolved
(cd "$dir" && apt-get -q download $package=252.39-1~deb12u2 && dpkg -x $package*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's $package can't be had: $(tail -n 1 "$dir/log")"

cat >"$dir/server.py" <<'END'
"""A server of example.: its SOA where that is asked for, and NXDOMAIN with it for all else."""
import socket, struct

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("198.51.100.10", 53))
data = b"\2ns\7example\0" + b"\1h\7example\0" + struct.pack(">5I", 1, 7200, 3600, 1209600, 300)
soa = b"\7example\0" + struct.pack(">HHIH", 6, 1, 300, len(data)) + data
while True:
    query, client = server.recvfrom(4096)
    end, there, edns = query.index(0, 12) + 5, query[12:21] == b"\7example\0", query[11]
    opt = b"\0" + struct.pack(">HHIH", 41, 1232, 0, 0) if edns else b""
    header = query[:2] + struct.pack(">5H", 0x8580 | (0 if there else 3), 1, there, not there, edns)
    server.sendto(header + query[12:end] + soa + opt, client)
END
cat >"$dir/watch.py" <<'END'
"""Follows the stream, asks the stub for a zone's SOA and for a missing name, and prints what the stream has of the SOA."""
import base64, json, socket, struct, time


def ask(name, kind):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(2)
        question = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0" + struct.pack(">HH", kind, 1)
        asker.sendto(struct.pack(">6H", 7, 0x0100, 1, 0, 0, 0) + question, ("127.0.0.53", 53))
        return asker.recv(4096)


for _ in range(20):
    try:
        ask("ready.example", 1)
        break
    except OSError:
        time.sleep(0.5)
stream = socket.socket(socket.AF_UNIX)
stream.connect("/run/systemd/resolve/io.systemd.Resolve.Monitor")
stream.sendall(json.dumps({"method": "io.systemd.Resolve.Monitor.SubscribeQueryResults", "more": True}).encode() + b"\0")
stream.settimeout(10)
seen = b""
for name, kind in ("", 0), ("example", 6), ("gone.example", 1):
    if name:
        ask(name, kind)
    while b"\0" not in seen:
        seen += stream.recv(65536)
    message, seen = seen.split(b"\0", 1)
    if name:
        record = json.loads(message)["parameters"]["answer"][0]
        raw = struct.unpack(">5I", base64.b64decode(record["raw"])[-20:])
        fields = "; ".join(f"{field} {record['rr'].get(field)}" for field in ("refresh", "retry", "expire", "minimum"))
        print(f"{name}: {fields}; raw {' '.join(map(str, raw[1:]))}")
END
cat >"$dir/run.sh" <<'END'
# in a network of its own
dir=$1
ip link set lo up && ip link add here type veth peer name there || exit
ip addr add 198.51.100.10/24 dev here; ip link set here up; ip link set there up; ip route add default via 198.51.100.1
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/resolve /run/systemd/resolved.conf.d
printf '[Resolve]\nDNS=198.51.100.10\nLLMNR=no\nMulticastDNS=no\n' >/run/systemd/resolved.conf.d/one.conf
for file in passwd group; do cp /etc/$file "$dir/$file"; done
echo 'systemd-resolve:x:990:990::/:/usr/sbin/nologin' >>"$dir/passwd"
echo 'systemd-resolve:x:990:' >>"$dir/group"
for file in passwd group; do mount --bind "$dir/$file" /etc/$file; done
chown 990:990 /run/systemd/resolve
python3 "$dir/server.py" 2>"$dir/log" & server=$!
"$dir/lib/systemd/systemd-resolved" >"$dir/resolved.log" 2>&1 & resolved=$!
trap 'kill $server $resolved; wait $resolved' EXIT
python3 "$dir/watch.py" 2>>"$dir/log"
END
seen=$(timeout 120 unshare -mn sh "$dir/run.sh" "$dir" 2>/dev/null) ||
    untried "systemd-resolved does not answer: $(tail -qn 1 "$dir/log" "$dir/resolved.log")"
echo "$seen"
[ "$(echo "$seen" | grep -c 'raw 7200 3600 1209600 300$')" = 2 ] || untried "the records aren't there"
[ "$seen" = "example: refresh 7200; retry None; expire 3600; minimum 300; raw 7200 3600 1209600 300
gone.example: refresh 7200; retry None; expire 3600; minimum 300; raw 7200 3600 1209600 300" ] || { echo "changed: the fields are others"; exit 1; }
echo "the expiry is the time between tries"
