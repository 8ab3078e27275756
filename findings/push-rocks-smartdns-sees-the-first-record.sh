#!/bin/sh
# @push.rocks/smartdns 7.9.0 (npm), a DNS client for Node.js: checkUntilAvailable, to 'Wait for a specific record to appear', for a
#   name with two TXT records, as a domain with two verifications, or two tokens of ACME (for the domain and its wildcard), has.
# Expected: true for either text: both are records of the name, in no order (RFC 1034, 3.6), and its own getRecordsTxt gives both. For an
#   address, getRecordWithNodeDNS gives it as getRecordsA does.
# Seen: true for the one that comes first in the answer, and false for the other, after all of the tries (50 by default): only
#   the first of the records is compared. getRecordWithNodeDNS, which every second try goes by, gives an address as '1', the first letter
#   of its text, as it takes each record for a list of strings.
# Costs: a certificate or a verification isn't asked for, or fails now and then, as servers turn the order of records around; and a
#   check of addresses by the one method never holds, while the other one finds them.
# Needs root, for a resolv.conf and a port 53 of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
command -v node >/dev/null || untried "needs node"
npm install --silent --ignore-scripts --prefix "$dir" @push.rocks/smartdns@7.9.0 >"$dir/log" 2>&1 ||
    untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/server.py" <<'END'
"""A server of a name with two TXT records, always in the same order, and an address."""
import socket, struct

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
DATA = {16: [b"\5token", b"\5other"], 1: [bytes([192, 0, 2, 1])]}
while True:
    query, client = server.recvfrom(4096)
    end = query.index(0, 12) + 5
    kind = struct.unpack(">H", query[end - 4:end - 2])[0]
    records = DATA.get(kind, [])
    body = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data for data in records)
    server.sendto(query[:2] + struct.pack(">5H", 0x8180, 1, len(records), 0, 0) + query[12:end] + body, client)
END
cat >"$dir/try.mjs" <<'END'
// what it finds of each of the two texts, and of the address
import { Smartdns } from "@push.rocks/smartdns/client";

console.log = () => {};
const dns = new Smartdns({ strategy: "system" });
const lines = [`texts: ${(await dns.getRecordsTxt("one.example")).map((record) => record.value)}`];
for (const text of ["token", "other"])
    lines.push(`${text} available: ${await dns.checkUntilAvailable("one.example", "TXT", text, 4, 10)}`);
const values = async (records) => (await records).map((record) => record.value);
lines.push(`addresses: ${await values(dns.getRecordsA("one.example"))}`);
lines.push(`by Node's resolver: ${await values(dns.getRecordWithNodeDNS("one.example", "A"))}`);
process.stdout.write(lines.join("\n") + "\n", () => process.exit());
END
cat >"$dir/run.sh" <<'END'
# in namespaces of its own: the findings, once the server is there
dir=$1
ip link set lo up
printf 'nameserver 127.0.0.54\noptions timeout:1\n' >"$dir/resolv.conf"
mount --bind "$dir/resolv.conf" /etc/resolv.conf
python3 "$dir/server.py" & server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do
    getent ahostsv4 one.example >/dev/null && break
    sleep 1
done
cd "$dir" && node try.mjs
END
seen=$(timeout 60 unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
[ "$(echo "$seen" | head -n 2 | xargs)" = "texts: token,other token available: true" ] || untried "no record is read"
last=$(echo "$seen" | tail -n 3 | tr '\n' ' ')
[ "$last" = "other available: false addresses: 192.0.2.1 by Node's resolver: 1 " ] || { echo "changed: $last"; exit 1; }
echo "the second text is never available, and an address is its first letter"
