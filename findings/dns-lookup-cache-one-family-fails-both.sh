#!/bin/sh
# dns-lookup-cache 1.0.4 (npm), a 'DNS cache to replace NodeJS dns.lookup standard method': a name whose IPv4 address is answered while the
#   question for an IPv6 one fails (SERVFAIL).
# Expected: the address, as from Node.js' dns.lookup and glibc's getaddrinfo. Servers that answer A and fail for AAAA have an RFC of their
#   own (RFC 4074; failures in 4.3), which is about the IPv4 addresses that clients could use and lose in this way.
# Seen: ESERVFAIL, with all: true and without, so an HTTP client that is given this look-up doesn't connect. Where the other question is
#   answered by NXDOMAIN, or has no records, the address is there. Both questions are waited for with Promise.all, and of their errors
#   only 'not found' is taken for an empty list.
# Costs: a machine that has no IPv6 at all loses hosts for which others of the same network have an address, on account of a question whose
#   answer nobody needs; the log says that the server failed for the name, which dig, asked for its address, doesn't find.
# Needs root, for a resolv.conf and a port 53 of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" dns-lookup-cache@1.0.4 >"$dir/log" 2>&1 || untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/server.py" <<'END'
"""A for all names; AAAA is an empty answer for works.example, NXDOMAIN for denies.example and SERVFAIL for fails.example."""
import socket, struct

STATUS = {b"works": 0, b"denies": 3, b"fails": 2}
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
while True:
    query, client = server.recvfrom(4096)
    end = 12
    while query[end]:
        end += 1 + query[end]
    answer = b""
    if query[end + 1:end + 3] == b"\0\1":
        answer = b"\xc0\x0c" + struct.pack(">HHIH4B", 1, 1, 60, 4, 192, 0, 2, 1)
    status = 0 if answer else STATUS.get(query[13:13 + query[12]], 0)
    head = query[:2] + struct.pack(">5H", 0x8180 | status, 1, bool(answer), 0, 0)
    server.sendto(head + query[12:end + 5] + answer, client)
END
cat >"$dir/try.js" <<'END'
// what Node.js' own look-up and the cache's say of each name
const cached = require("dns-lookup-cache").lookup, node = require("dns").lookup;
const found = (lookup, name, options) => new Promise((done) => lookup(name, options,
    (error, all) => done(error ? error.code : typeof all === "string" ? all : all.map(({ address }) => address).join())));
(async () => {
    for (const name of ["works.example", "denies.example", "fails.example"]) {
        console.log(name, await found(node, name, { all: true }), await found(cached, name, { all: true }), await found(cached, name, {}));
    }
    process.exit();
})();
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
    getent ahostsv4 works.example >/dev/null && break
    sleep 1
done
cd "$dir" && node try.js
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "name, Node.js, cache with all: true, cache:"
echo "$seen"
plain="works.example 192.0.2.1 192.0.2.1 192.0.2.1
denies.example 192.0.2.1 192.0.2.1 192.0.2.1
fails.example 192.0.2.1 "
case "$seen" in "$plain"*) ;; *) untried "Node.js finds no addresses, or the cache none at all" ;; esac
[ "$seen" = "${plain}ESERVFAIL ESERVFAIL" ] || { echo "changed: $seen"; exit 1; }
echo "an address is a failure, since there is no other"
