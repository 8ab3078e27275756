#!/bin/sh
# tshark 4.0.17-0+deb12u3 (Debian 12): three DNS answers in one TCP segment, as JSON and as the usual line.
# Expected: three answers in the JSON.
# Seen: 'dns' stands three times in one JSON object. Python, jq and JavaScript all keep the last of equal keys, so two
#   of three answers are gone without an error; the usual line names the last one only, with the last one's status.
# Costs: resolvers that ask by TCP keep connections and send several questions, and answers share segments:
#   counts made from '-T json' lack most of them. '--no-duplicate-keys' mends it.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
dpkg-query -W tshark 2>/dev/null || untried "needs Debian's package tshark"

python3 - "$dir/three.pcap" <<'END'
import struct, sys

def answer(number, host, rcode):
    name = bytes([len(host)]) + host + b"\7example\0"
    message = struct.pack(">6H", number, 0x8400 | rcode, 1, 0, 0, 0) + name + struct.pack(">HH", 1, 1)
    return struct.pack(">H", len(message)) + message

def packet(second, payload):
    tcp = struct.pack(">HHIIBBHHH", 53, 4000, 1, 1, 0x50, 0x18, 9999, 0, 0) + payload
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0) + bytes([192, 0, 2, 53, 192, 0, 2, 1])
    frame = b"\2" * 12 + b"\x08\0" + ip + tcp
    return struct.pack("<IIII", second, 0, len(frame), len(frame)) + frame

with open(sys.argv[1], "wb") as file:
    file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    file.write(packet(1, answer(1, b"a", 3) + answer(2, b"b", 2) + answer(3, b"c", 3)))
END
tshark -n -r "$dir/three.pcap" 2>/dev/null
fields=$(tshark -n -r "$dir/three.pcap" -T fields -e dns.qry.name 2>/dev/null)
kept=$(tshark -n -r "$dir/three.pcap" -T json 2>/dev/null | python3 -c '
import json, sys
layers = json.load(sys.stdin)[0]["_source"]["layers"]
print(*[one["dns.id"] for one in ([layers["dns"]] if isinstance(layers["dns"], dict) else layers["dns"])])')
echo "fields: $fields; ids that a JSON parser keeps: $kept"
[ "$fields" = a.example,b.example,c.example ] || untried "tshark does not find the three messages"
[ "$kept" = 0x0003 ] || { echo "changed: JSON keeps $kept"; exit 1; }
echo "of three answers in one segment a JSON parser keeps the last"
