#!/bin/sh
# scapy 2.8.0 and python-pcapng 2.1.1 (PyPI): a pcapng file whose interface has an offset of its times.
# Expected: 'if_tsoffset ... specifies an offset (in seconds) that must be added to the timestamp of each packet'
#   (draft-ietf-opsawg-pcapng, 4.2), as tcpdump 4.99.3 and tshark 4.0.17 (Debian 12) do. Both libraries know the option, and read
#   if_tsresol beside it right.
# Seen: the offset is not added: a packet of November 2023 is of 1970-01-01.
# Costs: what is sorted, joined or cut by time has the packets of such an interface nowhere near those of the others, look-ups
#   and answers of two files don't meet, and nothing says so.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install scapy==2.8.0 python-pcapng==2.1.1 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.py" <<'END'
import io, logging, struct, sys
logging.getLogger("scapy").setLevel(logging.ERROR)
from pcapng.scanner import FileScanner
from scapy.utils import PcapNgReader

def block(kind, body):
    body += b"\0" * (-len(body) % 4)
    return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)

def capture(options, stamp):
    packet = struct.pack("<5I", 0, stamp >> 32, stamp & 0xFFFFFFFF, 14, 14) + b"\2" * 14
    return (block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
            + block(1, struct.pack("<HHI", 1, 0, 65535) + options + bytes(4)) + block(6, packet))

TIME = 1_700_000_000
files = {
    "no offset": capture(b"", TIME * 10**6),
    "nanoseconds": capture(struct.pack("<HH4s", 9, 1, b"\x09"), TIME * 10**9),
    "offset": capture(struct.pack("<HHq", 14, 8, TIME), 500_000),
}
with open(sys.argv[1], "wb") as file:
    file.write(files["offset"])
seen = {}
for name, octets in files.items():
    scapy = [float(packet.time) for packet in PcapNgReader(io.BytesIO(octets))]
    plain = [float(each.timestamp) for each in FileScanner(io.BytesIO(octets)) if hasattr(each, "timestamp")]
    seen[name] = scapy + plain
    print(f"{name}: scapy {scapy[0]:.1f}, python-pcapng {plain[0]:.1f}")
if seen["no offset"] != [TIME, TIME] or seen["nanoseconds"] != [TIME, TIME]:
    sys.exit(print("not tried: times without an offset aren't read") or 2)
if seen["offset"] != [0.5, 0.5]:
    sys.exit(print(f"changed: {seen['offset']}") or 1)
END
"$dir/venv/bin/python" "$dir/try.py" "$dir/offset.pcapng"
command -v tcpdump >/dev/null && echo "offset: tcpdump $(tcpdump -tt -r "$dir/offset.pcapng" 2>/dev/null | cut -c1-19)"
echo "the offset of an interface's times is not added"
