#!/bin/sh
# pcapfix 1.1.7-2 (Debian 12), which repairs damaged captures: sound ones, in which nothing was seen for two days, and in which a packet
#   follows one that is four seconds younger, as where captures were put together or a clock was set.
# Expected: 'Your pcap file looks proper. Nothing to fix!', as for the same packets an hour apart: neither the format
#   (draft-ietf-opsawg-pcap, 5) nor the manual page has such limits.
# Seen: 'SUCCESS: 1 Corruption(s) fixed!' of both, and files that end there. A header whose time is before the last one's, or more than a day
#   after it, counts as damaged, and the next good one is looked for by the same last time, so none is found.
# Costs: captures of rare things, as a zone's failing names, or of a small site over a weekend, lose all after the first quiet day, by a
#   tool that is run so that nothing gets lost, and says that it has succeeded.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
(cd "$dir" && apt-get -q download pcapfix=1.1.7-2 && dpkg -x pcapfix*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's pcapfix can't be had: $(tail -n 1 "$dir/log")"

cat >"$dir/capture.py" <<'END'
"""Writes a capture of six NXDOMAINs a second apart, with so many seconds more after the third; or tells the times in a capture."""
import struct, sys

START = 1_700_000_000

def packet(label):
    message = struct.pack(">6H", 7, 0x8183, 1, 0, 0, 0) + bytes([len(label)]) + label + b"\7example\0" + struct.pack(">HH", 1, 1)
    udp = struct.pack(">4H", 53, 4000, 8 + len(message), 0) + message
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0) + bytes([192, 0, 2, 53]) + bytes([192, 0, 2, 1])
    total = sum(struct.unpack(">10H", ip))
    total = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
    return bytes.fromhex("020000000001 020000000002 0800") + ip[:10] + struct.pack(">H", total) + ip[12:] + udp

if len(sys.argv) == 2:
    octets, at, times = open(sys.argv[1], "rb").read(), 24, []
    while at + 16 <= len(octets):
        seconds, _, length, _ = struct.unpack_from("<4I", octets, at)
        at, times = at + 16 + length, times + [seconds - START]
    print(*times)
else:
    with open(sys.argv[1], "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for number in range(6):
            data = packet(b"name%d" % number)
            time = START + number + (int(sys.argv[2]) if number > 2 else 0)
            file.write(struct.pack("<4I", time, 5, len(data), len(data)) + data)
END
fixed() {
    python3 "$dir/capture.py" "$dir/capture.pcap" "$1"
    rm -f "$dir/fixed.pcap"
    said=$("$dir/usr/bin/pcapfix" -o "$dir/fixed.pcap" "$dir/capture.pcap" 2>&1 | tr '\r' '\n' | grep -oE 'Nothing to fix|SUCCESS' | tail -n 1) || true
    [ -e "$dir/fixed.pcap" ] || cp "$dir/capture.pcap" "$dir/fixed.pcap"
    echo "$said, $(python3 "$dir/capture.py" "$dir/fixed.pcap")"
}
hour=$(fixed 3600); days=$(fixed 172800); back=$(fixed -5)
echo "seconds from the first packet on, of six packets a second apart"
echo "an hour's gap after the third: $hour"
echo "two days' gap: $days"
echo "four seconds back: $back"
[ "$hour" = "Nothing to fix, 0 1 2 3603 3604 3605" ] || untried "pcapfix doesn't take the capture: $hour"
[ "$days/$back" = "SUCCESS, 0 1 2/SUCCESS, 0 1 2" ] || { echo "changed: $days; $back"; exit 1; }
echo "what comes after a quiet day, or a step back, is cut off, as a repair"
