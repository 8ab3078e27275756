#!/bin/sh
# dpkt 1.9.8 (PyPI): a pcapng file of two interfaces, one in microseconds and one in nanoseconds, as mergecap writes it
#   of two captures, and dumpcap of two cards.
# Expected: each packet's time by the resolution of its own interface (if_tsresol, draft-ietf-opsawg-pcapng, 4.2).
# Seen: all packets by the resolution of the first: 2023 becomes the year 55,840, without an error. scapy 2.8.0
#   reads both right.
# Costs: in a merged capture one site's packets are nowhere near the other's, so look-ups and answers don't meet, and what is
#   sorted or cut by time loses one of the two sites.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install dpkt==1.9.8 scapy==2.8.0 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"

"$dir/venv/bin/python" - "$dir/merged.pcapng" <<'END'
import struct, sys
import dpkt
from scapy.utils import rdpcap

def block(kind, body):
    body += bytes(-len(body) % 4)
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size

def interface(exponent):
    return block(1, struct.pack("<HHI", 1, 0, 65535) + struct.pack("<HHB3xHH", 9, 1, exponent, 0, 0))

def packet(number, ticks):
    data = b"\2" * 12 + b"\x08\0" + bytes([0x45, 0, 0, 20]) + bytes(16)
    return block(6, struct.pack("<5I", number, ticks >> 32, ticks & 0xFFFFFFFF, len(data), len(data)) + data)

second = 1_700_000_000
with open(sys.argv[1], "wb") as file:
    file.write(block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)) + interface(6) + interface(9))
    file.write(packet(0, second * 10**6) + packet(1, second * 10**9))
with open(sys.argv[1], "rb") as file:
    found = [int(time) for time, _ in dpkt.pcapng.Reader(file)]
other = [int(packet.time) for packet in rdpcap(sys.argv[1])]
print(f"dpkt: {found}; scapy: {other}")
if other != [second, second]:
    sys.exit(print("not tried: scapy doesn't read the file") or 2)
if found != [second, second * 1000]:
    sys.exit(print(f"changed: {found}") or 1)
print("the second interface's packet is of another age")
END
