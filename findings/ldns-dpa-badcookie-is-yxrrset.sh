#!/bin/sh
# ldns-dpa of ldnsutils 1.8.3-1+b1 (Debian 12), which counts what is in captures of DNS, by status among others: statuses above 15.
# Expected: 'the upper 8 bits of extended 12-bit RCODE' in the OPT record and the four of the header are one number (RFC 6891, 6.1.3):
#   an answer is BADVERS or BADCOOKIE, as tcpdump 4.99.3-1 of the same Debian reads from the same capture.
# Seen: 'rcode' is the header's four bits alone: BADVERS is counted as NOERROR, BADCOOKIE as YXRRSET, a status of updates
#   (RFC 2136), and a filter rcode=NOERROR has BADVERS in it. Neither name is among those that -s lists.
# Costs: servers that ask clients for a cookie, as BIND does with require-server-cookie, look like ones that get updates and refuse them; answers
#   to other versions of EDNS are successes. It reads EDNS otherwise: it filters by edns and its size.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
dpkg-query -W ldnsutils tcpdump 2>/dev/null || untried "needs Debian's ldnsutils and tcpdump"

cat >"$dir/write.py" <<'END'
"""A capture of three answers: NXDOMAIN (3), BADVERS (16), BADCOOKIE (23)."""
import struct, sys

file = bytearray(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
for number, status in enumerate((3, 16, 23)):
    edns = b"\0" + struct.pack(">HHBBHH", 41, 1232, status >> 4, 0, 0, 0)
    message = struct.pack(">6H", number, 0x8180 | status & 15, 1, 0, 0, 1) + b"\3www\7example\0\0\1\0\1" + edns
    datagram = struct.pack(">4H", 53, 4000 + number, 8 + len(message), 0) + message
    header = bytes(12) + b"\x08\0"
    packet = header + struct.pack(">BBHHHBBH8B", 0x45, 0, 20 + len(datagram), 1, 0, 64, 17, 0, 192, 0, 2, 1, 192, 0, 2, 2) + datagram
    file += struct.pack("<IIII", 1767225600 + number, 0, len(packet), len(packet)) + packet
open(sys.argv[1], "wb").write(file)
END
python3 "$dir/write.py" "$dir/answers.pcap"
tcpdump=$(tcpdump -nr "$dir/answers.pcap" 2>/dev/null | sed -n 's/.*: [0-9]* \([A-Za-z]*\) 0\/0\/1.*/\1/p' | xargs)
ldns=$(ldns-dpa -u rcode "$dir/answers.pcap" 2>"$dir/log" | sed -n 's/^rcode = \([A-Z]*\): 1$/\1/p' | sort | xargs)
echo "tcpdump: $tcpdump"
echo "ldns-dpa: $ldns"
[ "$tcpdump" = "NXDomain BadVers BadCookie" ] || untried "tcpdump reads others"
[ -n "$ldns" ] || untried "ldns-dpa reads no answers: $(tail -n 1 "$dir/log")"
[ "$ldns" = "NOERROR NXDOMAIN YXRRSET" ] || { echo "changed: ldns-dpa counts $ldns"; exit 1; }
echo "statuses above 15 are counted as others"
