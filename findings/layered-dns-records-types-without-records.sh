#!/bin/sh
# @layered/dns-records 2.3.0 (npm), 'request specific record types with getDnsRecords(hostname, type)': CAA, SRV and PTR records, and a
#   name whose server fails (SERVFAIL), in Node.js.
# Expected: the records of the name, as its resolver 'node-dig' gives them, or an error for a type that it can't ask for ('type: DNS
#   record type: A, AAAA, TXT, CNAME, MX, etc.'); and an error where the server fails, as Node's own resolver has one.
# Seen: [] for all three types, and no question is sent: its own resolver for Node, the one that it takes there, knows seven types, and of
#   any other it gives what it has collected, which is nothing. A server that fails is [] too, as for a name that doesn't exist:
#   what goes wrong is caught and dropped.
# Costs: 'no CAA' is what a check of certificates reads of each domain, so any CA may issue; a service found by SRV isn't there, a
#   reverse name has no PTR; and a domain whose servers are down has no records at all, 'with results in common format'.
# Needs root, for a resolv.conf and a port 53 of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
command -v node >/dev/null || untried "needs node"
command -v dig >/dev/null || {
    (cd "$dir" && apt-get -q download bind9-dnsutils=1:9.18.49-1~deb12u3 bind9-libs=1:9.18.49-1~deb12u3 &&
        for package in ./*.deb; do dpkg -x "$package" .; done) >"$dir/log" 2>&1 || untried "needs dig: $(tail -n 1 "$dir/log")"
    LD_LIBRARY_PATH="$dir/usr/lib/$(uname -m)-linux-gnu"; PATH="$dir/usr/bin:$PATH"; export LD_LIBRARY_PATH PATH
}
npm install --silent --ignore-scripts --prefix "$dir" @layered/dns-records@2.3.0 >"$dir/log" 2>&1 ||
    untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/server.py" <<'END'
"""A server of a name with an address, CAA, SRV and PTR, and of one that fails; it notes the types that it was asked for."""
import socket, struct, sys

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
DATA = {1: bytes([192, 0, 2, 1]), 257: b"\0\5issueca.example", 33: struct.pack(">HHH", 10, 1, 5060) + b"\3sip\7example\0"}
DATA[12] = b"\3sip\7example\0"
while True:
    query, client = server.recvfrom(4096)
    end = query.index(0, 12) + 5
    kind = struct.unpack(">H", query[end - 4:end - 2])[0]
    fails = query[12:].startswith(b"\5fails")
    with open(sys.argv[1], "a") as asked:
        asked.write(f"{kind}\n")
    data = None if fails else DATA.get(kind)
    record = b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data if data else b""
    header = struct.pack(">5H", 0x8182 if fails else 0x8180, 1, 1 if data else 0, 0, 0)
    server.sendto(query[:2] + header + query[12:end] + record, client)
END
cat >"$dir/try.mjs" <<'END'
// how many records it gives by itself and by dig, and what questions it sent for the former
import { existsSync, readFileSync, rmSync } from "node:fs";
import { getDnsRecords } from "@layered/dns-records";

const count = (records) => records.then((found) => found.length, (error) => `error: ${error.message}`);
for (const type of ["A", "CAA", "SRV", "PTR"]) {
    rmSync("asked", { force: true });
    const own = await count(getDnsRecords("one.example", type));
    const asked = existsSync("asked") ? readFileSync("asked", "utf8").trim().split("\n").length : 0;
    console.log(`${type}: ${own} of ${await count(getDnsRecords("one.example", type, "node-dig"))}, questions ${asked}`);
}
console.log(`fails: ${await count(getDnsRecords("fails.example", "A"))}`);
END
cat >"$dir/run.sh" <<'END'
# in namespaces of its own: the findings, once the server is there
dir=$1
ip link set lo up
printf 'nameserver 127.0.0.54\noptions timeout:1\n' >"$dir/resolv.conf"
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
[ "$(echo "$seen" | head -n 1)" = "A: 1 of 1, questions 1" ] || untried "no address is found"
last=$(echo "$seen" | tail -n +2 | tr '\n' ';')
[ "$last" = "CAA: 0 of 1, questions 0;SRV: 0 of 1, questions 0;PTR: 0 of 1, questions 0;fails: 0;" ] || { echo "changed: $last"; exit 1; }
echo "three types have no records, and are not asked for; a failing server has none either"
