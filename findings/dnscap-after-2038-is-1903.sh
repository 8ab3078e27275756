#!/bin/sh
# dnscap 2.1.1-1 and ngrep 1.47+ds1-5+b1 (Debian 12, with libpcap0.8 1.10.3-1): a capture whose packets are of September 2039.
# Expected: 2039: the seconds are 'a 32-bit unsigned integer' (draft-ietf-opsawg-pcap, 5), which lasts until 2106, and both are
#   built for 64 bits. tshark 4.0.17 of the same Debian, Python's dpkt and traceconvert of libtrace-tools say 2039.
# Seen: 1903. dnscap names the file that it writes so, too. tcpslice 1.5-1 has 'problems finding end packet', and tcpdump
#   4.99.3-1 'Error converting time'.
# Costs: what has such a time (a sensor whose clock is wrong today, every sensor in 2038) sorts before all others, and the
#   newest file is the oldest by its name, the first to be cleared away.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v dnscap >/dev/null && command -v ngrep >/dev/null || untried "needs Debian's dnscap and ngrep"
python3 - "$dir/capture.pcap" <<'END'
import struct, sys

message = struct.pack(">6H", 1, 0x0100, 1, 0, 0, 0) + b"\7example\3com\0\0\1\0\1"
datagram = struct.pack(">4H", 4000, 53, 8 + len(message), 0) + message
head = struct.pack(">BBHHHBBH4s4s", 69, 0, 20 + len(datagram), 0, 0, 64, 17, 0, bytes([192, 0, 2, 1]), bytes([192, 0, 2, 53]))
total = sum(struct.unpack(">10H", head))
total = (total & 0xFFFF) + (total >> 16)
packet = b"\2" * 12 + b"\x08\0" + head[:10] + struct.pack(">H", ~total & 0xFFFF) + head[12:] + datagram
with open(sys.argv[1], "wb") as file:
    file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    file.write(struct.pack("<IIII", 2_200_000_000, 1, len(packet), len(packet)) + packet)
END
export TZ=UTC
shown=$(dnscap -r "$dir/capture.pcap" -g 2>&1 | sed -n 's/^\[[0-9]*\] \([0-9]*\).*/\1/p')
dnscap -r "$dir/capture.pcap" -w "$dir/written" >/dev/null 2>&1 || untried "dnscap doesn't read the capture"
named=$(cd "$dir" && echo written.*)
ngrep=$(ngrep -t -q -I "$dir/capture.pcap" 2>&1 | sed -n 's/^U \([0-9]*\).*/\1/p')
command -v tshark >/dev/null && echo "tshark: $(tshark -r "$dir/capture.pcap" -T fields -e frame.time_epoch 2>/dev/null)"
echo "written: 2200000000, $(date -d @2200000000 +%F)"
echo "dnscap shows $shown, and names its file $named; ngrep shows $ngrep"
[ "$shown $named $ngrep" = "1903 written.19030813.163824.000001 1903" ] || { echo "changed: $shown $named $ngrep"; exit 1; }
echo "2039 is 1903"
