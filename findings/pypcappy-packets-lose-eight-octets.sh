#!/bin/sh
# pypcappy 0.0.7 (PyPI), a 'Pure Python3 PcapNg reader': the packets of a pcapng file, as dumpcap and Wireshark write it.
# Expected: the octets that were captured, as python-pcapng 2.1.1 (PyPI) has them: in an Enhanced Packet Block they begin behind its five
#   numbers, twenty octets into its body, and 'Captured Packet Length' is the fourth of the five (draft-ietf-opsawg-pcapng, 4.3).
# Seen: all packets lack their first eight octets and have what stands behind them in the block instead, the padding and the options. Places
#   are counted from the block's beginning, and what is read has the block's type and length, eight octets, taken off already; so the length
#   is taken from the packet's own first five octets, which is nearly always more than there is, and nothing raises.
# Costs: what a program takes for a frame begins within the sender's address: the type of the frame, at octet 12, is read from the IP header,
#   so no packet is one of IPv4 or IPv6, and a capture of DNS has no DNS in it; who looks for a pattern in the octets finds it, eight
#   octets before where it is.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install pypcappy==0.0.7 python-pcapng==2.1.1 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.py" <<'END'
import pathlib, struct, sys

import pcapng
from pypcappy import PcapNgFile

def block(kind, body):
    body += bytes(-len(body) % 4)
    return struct.pack("<II", kind, 12 + len(body)) + body + struct.pack("<I", 12 + len(body))

def frame(name):
    """A question for a name of a TLD, in Ethernet, IPv4 and UDP."""
    question = struct.pack(">6H", 7, 0x100, 1, 0, 0, 0) + bytes([len(name)]) + name + b"\7example\0\0\1\0\1"
    udp = struct.pack(">4H", 40000, 53, 8 + len(question), 0) + question
    header = struct.pack(">BBHHHBBH4B4B", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0, 192, 0, 2, 1, 192, 0, 2, 53)
    return bytes.fromhex("021b213c4d5e021b213c4d5f0800") + header + udp

frames = [frame(b"dead"), frame(b"wpad-1")]
path = pathlib.Path(sys.argv[1]) / "capture.pcapng"
path.write_bytes(block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)) + block(1, struct.pack("<HHI", 1, 0, 0)) + b"".join(
    block(6, struct.pack("<5I", 0, 0, 0, len(one), len(one)) + one) for one in frames))
with path.open("rb") as file:
    others = [one.packet_data for one in pcapng.FileScanner(file) if isinstance(one, pcapng.blocks.EnhancedPacket)]
seen = [one.data for one in PcapNgFile(str(path)).packets]
for one, other in zip(frames, seen):
    print(f"{len(one)} octets, frame type {one[12:14].hex()}: {len(other)} octets, frame type {other[12:14].hex()}")
if others != frames or len(seen) != len(frames):
    sys.exit(print("not tried: the file is not read") or 2)
if [other[:len(one) - 8] for one, other in zip(frames, seen)] != [one[8:] for one in frames]:
    sys.exit(print("changed: packets begin elsewhere") or 1)
print("a packet begins with its ninth octet")
END
"$dir/venv/bin/python" "$dir/try.py" "$dir"
