#!/bin/sh
# dns-srv 0.3.0 (npm), which connects a socket to a service by its SRV records: a service of a first server and a backup, whose priorities
#   are 10 and 20, where the first one's address takes longer to look up.
# Expected: 'A client MUST attempt to contact the target host with the lowest-numbered priority it can reach' (RFC 2782): 127.0.0.11,
#   which listens, as it is where the backup's address takes longer.
# Seen: 127.0.0.12, the backup. The records are put in order, and then all of the targets are looked up at once and their addresses
#   lined up as they come, so the order is that of the resolver's answers: of caches, TTLs and distances.
# Costs: whichever name is in the resolver's cache, or has the nearer servers, gets the clients, so a standby that isn't made for the load
#   has it, now and then, from some networks, and nobody is told, as the connection works. What weights had ordered is undone as
#   well. Where all targets' names come from one cache it goes well, as in a test.
# Needs root, for a resolv.conf and a port 53 of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" dns-srv@0.3.0 >"$dir/log" 2>&1 || untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/server.py" <<'END'
"""Two services, fast.example and slow.example; the addresses of second.fast and first.slow come half a second after the others."""
import socket, struct, sys, threading, time

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))

def labels(query, at=12):
    found = []
    while query[at]:
        found.append(query[at + 1:at + 1 + query[at]])
        at += 1 + query[at]
    return found, at + 1

def answer(query, client):
    name, end = labels(query)
    kind = struct.unpack(">H", query[end:end + 2])[0]
    records = []
    if kind == 33:
        zone = b"".join(bytes([len(label)]) + label for label in name[-2:]) + b"\0"
        records = [struct.pack(">3H", priority, 0, 5269) + bytes([len(host)]) + host + zone
                   for priority, host in ((10, b"first"), (20, b"second"))]
    elif kind == 1:
        records = [bytes([127, 0, 0, 11 if name[0] == b"first" else 12])]
    if name[:2] in ([b"first", b"slow"], [b"second", b"fast"]):
        time.sleep(0.5)
    body = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data for data in records)
    server.sendto(query[:2] + struct.pack(">5H", 0x8180, 1, len(records), 0, 0) + query[12:end + 4] + body, client)

while True:
    threading.Thread(target=answer, args=server.recvfrom(4096), daemon=True).start()
END
cat >"$dir/try.js" <<'END'
// which address the socket is connected to, for each of the services; all addresses listen
const srv = require("dns-srv"), net = require("net");
const connected = (domain) => new Promise((done) => {
    const socket = new net.Socket();
    srv.connect(socket, ["_xmpp-server._tcp"], domain, 5269)
        .on("connect", () => { done(`${domain} ${socket.remoteAddress}`); socket.destroy(); })
        .on("error", (error) => done(`${domain} ${error.message}`));
});
net.createServer((client) => client.on("error", () => {}).end()).listen(5269, "0.0.0.0", async () => {
    for (const domain of ["fast.example", "slow.example"]) console.log(await connected(domain));
    process.exit();
});
END
cat >"$dir/run.sh" <<'END'
# in namespaces of its own: the addresses, once the server is there
dir=$1
ip link set lo up
printf 'nameserver 127.0.0.54\noptions timeout:2\n' >"$dir/resolv.conf"
mount --bind "$dir/resolv.conf" /etc/resolv.conf
python3 "$dir/server.py" & server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do
    getent ahostsv4 first.fast.example >/dev/null && break
    sleep 1
done
cd "$dir" && node try.js
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log" | xargs) || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in "fast.example 127.0.0.11 slow.example "*) ;; *) untried "no service is reached: $(tail -n 1 "$dir/log")";; esac
[ "$seen" = "fast.example 127.0.0.11 slow.example 127.0.0.12" ] || { echo "changed: $seen"; exit 1; }
echo "the backup is connected to, since its address was there first"
