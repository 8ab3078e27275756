#!/bin/sh
# pypcapfile 0.12.0 (PyPI): a capture in big-endian order, as routers and older machines write it, and the same in
# little-endian order.
# Expected: the packet in it, in both: the format has both orders, and its magic number tells which.
# Seen: the big-endian file is recognised ('big') and then read as one without packets: no error.
# Costs: a capture of an incident is taken for one in which nothing happened.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install pypcapfile==0.12.0 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"

"$dir/venv/bin/python" - "$dir" <<'END'
import struct, sys
from pcapfile import savefile

packet = b"\2" * 12 + b"\x08\0" + bytes([0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 53])
packet += struct.pack(">4H", 4000, 53, 8, 0)
counts = {}
for order, sign in ("little", "<"), ("big", ">"):
    head = struct.pack(sign + "IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    with open(f"{sys.argv[1]}/{order}.pcap", "w+b") as file:
        file.write(head + struct.pack(sign + "IIII", 1, 2, len(packet), len(packet)) + packet)
        file.seek(0)
        read = savefile.load_savefile(file)
    counts[order] = len(read.packets)
    print(f"{order}-endian: recognised as {read.header.byteorder}, packets: {counts[order]}")
if counts["little"] != 1:
    sys.exit(print("not tried: the little-endian file is not read") or 2)
if counts["big"] != 0:
    sys.exit(print(f"changed: {counts['big']} packets") or 1)
print("a big-endian capture of one packet is read as one of none")
END
