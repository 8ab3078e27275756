#!/bin/sh
# dnscap 2.1.1-1 (Debian 12), reading what tcpdump 4.99.3-1 of the same Debian wrote with '-i any'.
# Expected: the questions and answers in it, as dnscap shows them of a capture of one interface; or that it can't read the
#   link type, as dnstop and dnsscope say of the same file.
# Seen: nothing, and status 0. tcpdump writes '-i any' as LINUX_SLL2 (276) since 4.99; dnscap knows LINUX_SLL alone.
# Costs: a capture on a router or a host with containers, where '-i any' is what one takes, looks as if there had been no DNS.
#   'tcpdump -i any -y LINUX_SLL' makes one that dnscap reads.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v dnscap >/dev/null && command -v tcpdump >/dev/null || untried "needs Debian's dnscap and tcpdump"
python3 - "$dir" <<'END'
import struct, sys

question = struct.pack(">6H", 1, 0x100, 1, 0, 0, 0) + b"\7example\3com\0\0\1\0\1"
datagram = struct.pack(">4H", 4000, 53, 8 + len(question), 0) + question
head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(datagram), 0, 0, 64, 17, 0, bytes([192, 0, 2, 1]), bytes([192, 0, 2, 53]))
total = sum(struct.unpack(">10H", head))
total = (total & 0xFFFF) + (total >> 16)
packet = head[:10] + struct.pack(">H", ~total & 0xFFFF) + head[12:] + datagram
cooked = {
    "ethernet": (1, b"\2" * 12 + b"\x08\0"),
    "sll": (113, struct.pack(">HHH8sH", 0, 1, 6, b"\2" * 8, 0x800)),
    "sll2": (276, struct.pack(">HHIHBB8s", 0x800, 0, 2, 1, 0, 6, b"\2" * 8)),
}
for name, (link, front) in cooked.items():
    size = len(front + packet)
    with open(f"{sys.argv[1]}/{name}.pcap", "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link))
        file.write(struct.pack("<IIII", 1_700_000_000, 0, size, size) + front + packet)
END
seen=
for link in ethernet sll sll2; do
    count=$(dnscap -r "$dir/$link.pcap" -g 2>&1 | grep -c example.com || true)
    status=0; dnscap -r "$dir/$link.pcap" -g >/dev/null 2>&1 || status=$?
    tcpdump=$(tcpdump -n -r "$dir/$link.pcap" 2>/dev/null | grep -c example.com || true)
    echo "$link: tcpdump shows $tcpdump, dnscap $count, with status $status"
    seen="$seen$tcpdump$count$status "
done
case $seen in
"110 110 100 ") echo "what tcpdump captured on any interface is empty for dnscap" ;;
11*) echo "changed: $seen"; exit 1 ;;
*) untried "the captures aren't read: $seen" ;;
esac
