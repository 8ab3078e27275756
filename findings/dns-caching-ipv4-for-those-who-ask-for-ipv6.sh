#!/bin/sh
# dns-caching 0.2.9 (npm), which puts a cache into Node.js' dns.lookup ('intercept all DNS lookups made using the dns module and cache
#   the results'): a name with addresses of both families, asked for by family, and a name that doesn't exist.
# Expected: as without it: family 6 gives 2001:db8::1 and family 4 192.0.2.1 ('family: The record family. Must be 4, 6, or 0'), with all
#   the addresses of that family; a missing name is asked for once by type: NXDOMAIN is an answer (RFC 2308, 2.1).
# Seen: once somebody asked for family 4, family 6 gives 192.0.2.1 and says that it is of family 4; family 4 with all gives the IPv6
#   address too. The cache keeps one address as 'the active one', of the family that was asked for first, and the way back to the other
#   family is there for IPv4 alone. A missing name is asked for five times by type: four in its own loop, which takes
#   NXDOMAIN for a fault to be tried again, and once more by Node's lookup.
# Costs: sockets and servers that are for IPv6 only get an address that they can't use, and a check of one family sees the other
#   one, until the TTL ends, by who came first since the start; and resolvers behind it count each missing name five times.
# Needs root, for a resolv.conf and a port 53 of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
command -v node >/dev/null || untried "needs node"
npm install --silent --ignore-scripts --prefix "$dir" dns-caching@0.2.9 >"$dir/log" 2>&1 ||
    untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/server.py" <<'END'
"""A server of one name with an address of each family, which notes the questions for another, that doesn't exist."""
import socket, struct, sys

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
DATA = {1: bytes([192, 0, 2, 1]), 28: bytes.fromhex("20010db8") + bytes(11) + b"\1"}
while True:
    query, client = server.recvfrom(4096)
    end = query.index(0, 12) + 5
    kind = struct.unpack(">H", query[end - 4:end - 2])[0]
    gone = query[12:].startswith(b"\4gone")
    if gone:
        with open(sys.argv[1], "a") as asked:
            asked.write(f"{kind}\n")
    data = None if gone else DATA.get(kind)
    record = b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 600, len(data)) + data if data else b""
    header = struct.pack(">5H", 0x8183 if gone else 0x8180, 1, 1 if data else 0, 0, 0)
    server.sendto(query[:2] + header + query[12:end] + record, client)
END
cat >"$dir/try.mjs" <<'END'
// what Node's lookup gives without the cache, and with it
import dns from "node:dns";
import { readFileSync, rmSync } from "node:fs";
import { DnsCacheManager } from "dns-caching";

const lookup = (name, options) => new Promise((done) => dns.lookup(name, options, (error, address) =>
    done(error ? error.code : [address].flat().map((one) => one.address ?? one).join(" "))));
const questions = () => {
    const types = readFileSync("asked", "utf8").trim().split("\n");
    rmSync("asked");
    return ["1", "28"].map((type) => types.filter((one) => one === type).length).join(" and ");
};
const ask = async (which) => {
    for (const [text, options] of [["4", { family: 4 }], ["6", { family: 6 }], ["4, all", { family: 4, all: true }]])
        console.log(`${which}, family ${text}: ${await lookup("one.example", options)}`);
    console.log(`${which}, missing: ${await lookup("gone.example", {})}, questions for A and AAAA: ${questions()}`);
};
await ask("without");
new DnsCacheManager({ logger: { debug() {}, error() {} } }).initialize();
await ask("with");
END
cat >"$dir/run.sh" <<'END'
# in namespaces of its own: the findings, once the server is there
dir=$1
ip link set lo up
printf 'nameserver 127.0.0.54\noptions timeout:5\n' >"$dir/resolv.conf"
mount --bind "$dir/resolv.conf" /etc/resolv.conf
python3 "$dir/server.py" "$dir/asked" & server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do
    getent ahostsv4 one.example >/dev/null && break
    sleep 1
done
cd "$dir" && node try.mjs
END
seen=$(timeout 120 unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
whole="family 4: 192.0.2.1;family 6: 2001:db8::1;family 4, all: 192.0.2.1;missing: ENOTFOUND, questions for A and AAAA: 1 and 1;"
[ "$(echo "$seen" | sed -n 's/^without, //p' | tr '\n' ';')" = "$whole" ] || untried "Node's lookup doesn't work"
last=$(echo "$seen" | sed -n 's/^with, //p' | tr '\n' ';')
wrong="family 4: 192.0.2.1;family 6: 192.0.2.1;family 4, all: 192.0.2.1 2001:db8::1;missing: ENOTFOUND, questions for A and AAAA: 5 and 5;"
[ "$last" = "$wrong" ] || { echo "changed: $last"; exit 1; }
echo "family 6 is an address of family 4, and a missing name is asked for five times"
