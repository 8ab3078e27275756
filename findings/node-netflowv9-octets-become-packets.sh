#!/bin/sh
# node-netflowv9 0.2.16 (npm), a collector of NetFlow in Node.js: a router of two line cards, which export from one address and port with a
#   Source ID each, and each call their template 256.
# Expected: each card's flows by its own template: the Source ID 'identifies the Exporter Observation Domain', and a template's ID is unique
#   within one (RFC 3954, 5.1 and 5.2), as netflume 0.6.0 (PyPI) has it: 600 octets in 6 packets and 700 octets in 7.
# Seen: the first card's flow has 6 octets in 600 packets. Templates are kept by the exporter's address and port and their ID, and not by
#   the Source ID, which it reads and gives out: the second card's, where packets come before octets, takes the place of the first's.
# Costs: octets, packets, ports and addresses change their places, from the moment on when the other card sends its template, which it does
#   every few minutes, until one's own comes again: a client that asked for six names is a flood of 600 packets. Where templates
#   are of unequal length, flows are lost. No flow looks broken.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" node-netflowv9@0.2.16 >"$dir/log" 2>&1 || untried "can't install: $(tail -n 1 "$dir/log")"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install netflume==0.6.0 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/packets.py" <<'END'
"""Packets of two cards, in hexadecimal: their templates, and then a flow of each; and the flows as netflume has them."""
import socket, struct, sys

import netflume

SOURCE, TARGET, OCTETS, PACKETS = 8, 12, 1, 2
TEMPLATES = {1: (SOURCE, TARGET, OCTETS, PACKETS), 2: (SOURCE, TARGET, PACKETS, OCTETS)}

def packet(card, number, kind, content):
    head = struct.pack(">HHIIII", 9, 1, 1000, 1700000000, number, card)
    return head + struct.pack(">HH", kind, 4 + len(content)) + content

def template(card):
    return packet(card, 1, 0, struct.pack(">HH8H", 256, 4, *(one for field in TEMPLATES[card] for one in (field, 4))))

def flow(card, host, *numbers):
    return packet(card, 2, 256, socket.inet_aton(host) + socket.inet_aton("198.51.100.53") + struct.pack(">II", *numbers))

packets = [template(1), template(2), flow(1, "192.0.2.1", 600, 6), flow(2, "192.0.2.2", 7, 700)]
store = netflume.TemplateStore()
for one in packets:
    print(one.hex())
    for found in netflume.parse_message(one, "192.0.2.254", store)[1]:
        print("netflume:", found["src_addr"], found["octets"], "octets in", found["packets"], "packets", file=sys.stderr)
END
cat >"$dir/try.js" <<'END'
// the flows that the collector has of the packets on its standard input
process.noDeprecation = true;
const collector = require("node-netflowv9")(({ flows }) => flows.forEach((flow) =>
    console.log(`node-netflowv9: ${flow.ipv4_src_addr} ${flow.in_bytes} octets in ${flow.in_pkts} packets`)));
const packets = require("fs").readFileSync(0, "utf8").trim().split("\n").map((one) => Buffer.from(one, "hex"));
collector.listen(0, "127.0.0.1", () => {
    const sender = require("dgram").createSocket("udp4");
    const next = () => packets.length ? sender.send(packets.shift(), collector.server.address().port, "127.0.0.1", () =>
        setTimeout(next, 200)) : process.exit();
    next();
});
END
"$dir/venv/bin/python" "$dir/packets.py" >"$dir/packets" 2>"$dir/netflume" || untried "no packets are made: $(tail -n 1 "$dir/netflume")"
(cd "$dir" && node try.js <packets >seen 2>log) || untried "the collector can't be run: $(tail -n 1 "$dir/log")"
cat "$dir/netflume" "$dir/seen"
[ "$(cut -d ' ' -f 2- "$dir/netflume" | xargs)" = "192.0.2.1 600 octets in 6 packets 192.0.2.2 700 octets in 7 packets" ] ||
    untried "netflume doesn't read the flows"
case "$(xargs <"$dir/seen")" in
*"192.0.2.1 "*"192.0.2.2 700 octets in 7 packets") ;;
*) untried "the collector has no flows" ;;
esac
grep -q "192.0.2.1 6 octets in 600 packets" "$dir/seen" || { echo "changed: the first card's flow is another"; exit 1; }
echo "a card's flow is read by the other card's template"
