#!/bin/sh
# tshark 4.0.17-0+deb12u3 (Debian 12): fields as CSV ('-T fields -E separator=, -E quote=d'), of names with a quotation mark in them,
#   which a name may have (RFC 2181, 11).
# Expected: a quotation mark within quotation marks is doubled ('must be escaped by preceding it with another double quote',
#   RFC 4180, 2), so that each reader of CSV has the name and the fields after it.
# Seen: it is written as it stands: "say"hi".example".
# Costs: Python's csv reads another name and says nothing; others stop at the line, or have other fields. One such question
#   in the captured traffic is enough, and scanners and broken programs send such every day.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v tshark >/dev/null || untried "needs Debian's tshark"
python3 - "$dir/capture.pcap" <<'END'
import struct, sys

with open(sys.argv[1], "wb") as file:
    file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    for label in b"plain", b'say"hi"', b"a,b":
        message = struct.pack(">6H", 1, 0x0100, 1, 0, 0, 0) + bytes([len(label)]) + label + b"\7example\0\0\1\0\1"
        datagram = struct.pack(">4H", 4000, 53, 8 + len(message), 0) + message
        head = struct.pack(">BBHHHBBH4s4s", 69, 0, 20 + len(datagram), 0, 0, 64, 17, 0, bytes([192, 0, 2, 1]), bytes([192, 0, 2, 53]))
        packet = b"\2" * 12 + b"\x08\0" + head + datagram
        file.write(struct.pack("<IIII", 1_700_000_000, 0, len(packet), len(packet)) + packet)
END
tshark -r "$dir/capture.pcap" -T fields -E separator=, -E quote=d -e dns.qry.name -e dns.qry.type >"$dir/seen.csv" 2>"$dir/log" ||
    untried "the capture isn't read: $(tail -n 1 "$dir/log")"
cat "$dir/seen.csv"
python3 -c '
import csv, sys
for row in csv.reader(open(sys.argv[1])):
    print("read by Python:", row)' "$dir/seen.csv"
[ "$(sed -n 1p "$dir/seen.csv")" = '"plain.example","1"' ] || untried "the plain name is not shown"
[ "$(sed -n 2p "$dir/seen.csv")" = '"say"hi".example","1"' ] || { echo "changed: $(sed -n 2p "$dir/seen.csv")"; exit 1; }
echo "a quotation mark in a name ends the field"
