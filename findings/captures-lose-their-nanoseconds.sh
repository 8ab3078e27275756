#!/bin/sh
# dnscap 2.1.1-1, tcpslice 1.5-1, ngrep 1.47+ds1-5+b1 and tcprewrite of tcpreplay 4.4.3-1 (Debian 12): a capture with times in
#   nanoseconds is filtered, cut or changed, and written as a capture again.
# Expected: packets that pass keep their times: the format has a form for nanoseconds (magic number 0xa1b23c4d,
#   draft-ietf-opsawg-pcap, 4), as editcap and mergecap of wireshark-common 4.0.17 write it; or a warning.
# Seen: all four write microseconds, cut off, and say nothing; nor do their manual pages.
# Costs: a question and its answer of the same microsecond have one time, so their order and the latency of a fast server are
#   gone; and a packet no longer equals itself in the first capture, so both halves of a capture can't be joined, and duplicates
#   aren't found, by time. Of one's own work one sees it when it is too late.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
for program in dnscap tcpslice ngrep tcprewrite; do
    command -v $program >/dev/null || untried "needs Debian's dnscap, tcpslice, ngrep and tcpreplay"
done
cat >"$dir/capture.py" <<'END'
import struct, sys

def write(path):
    packets = []
    for ports, flags in ((4000, 53), 0x0100), ((53, 4000), 0x8180):
        message = struct.pack(">6H", 1, flags, 1, 0, 0, 0) + b"\7example\3com\0\0\1\0\1"
        datagram = struct.pack(">4H", *ports, 8 + len(message), 0) + message
        head = struct.pack(">BBHHHBBH4s4s", 69, 0, 20 + len(datagram), 0, 0, 64, 17, 0, bytes([192, 0, 2, 1]), bytes([192, 0, 2, 53]))
        total = sum(struct.unpack(">10H", head))
        total = (total & 0xFFFF) + (total >> 16)
        packets.append(b"\2" * 12 + b"\x08\0" + head[:10] + struct.pack(">H", ~total & 0xFFFF) + head[12:] + datagram)
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1))
        for packet, fraction in zip(packets, (123456001, 123456789)):
            file.write(struct.pack("<IIII", 1_700_000_000, fraction, len(packet), len(packet)) + packet)

def times(path):
    octets, at, found = open(path, "rb").read(), 24, []
    unit = {0xA1B23C4D: 1, 0xA1B2C3D4: 1000}[struct.unpack_from("<I", octets)[0]]
    while at < len(octets):
        _, fraction, size, _ = struct.unpack_from("<IIII", octets, at)
        found.append(f".{fraction * unit:09}")
        at += 16 + size
    return " ".join(found)

print(times(sys.argv[2]) if sys.argv[1] == "times" else write(sys.argv[2]))
END
python3 "$dir/capture.py" write "$dir/first.pcap" >/dev/null
dnscap -r "$dir/first.pcap" -w "$dir/dnscap" >"$dir/log" 2>&1 || untried "dnscap doesn't read the capture"
mv "$dir"/dnscap.2023* "$dir/dnscap.pcap"
tcpslice -w "$dir/tcpslice.pcap" "$dir/first.pcap" >"$dir/log" 2>&1 || untried "tcpslice doesn't read the capture"
ngrep -q -I "$dir/first.pcap" -O "$dir/ngrep.pcap" >"$dir/log" 2>&1 || untried "ngrep doesn't read the capture"
tcprewrite -i "$dir/first.pcap" -o "$dir/tcprewrite.pcap" >"$dir/log" 2>&1 || untried "tcprewrite doesn't read the capture"
changed=
for program in first dnscap tcpslice ngrep tcprewrite; do
    seen=$(python3 "$dir/capture.py" times "$dir/$program.pcap") || untried "what $program wrote isn't read"
    echo "$program: $seen"
    [ $program = first ] || [ "$seen" = ".123456000 .123456000" ] || changed="$changed $program"
done
[ -z "$changed" ] || { echo "changed: other times from$changed"; exit 1; }
echo "question and answer have one time"
