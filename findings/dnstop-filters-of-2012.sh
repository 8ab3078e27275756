#!/bin/sh
# dnstop 20120611-2+b4 (Debian 12.12): its filter 'unknown-tlds', and a filter whose name is misspelled.
# Expected: 'queries for TLDs that are bogus' (dnstop(8)): .corp is one; .dev and .app are TLDs with millions of domains. A filter that
#   does not exist, as 'refuse' for 'refused' or the 'nxdomain' that one would guess, is an error.
# Seen: .dev and .app are bogus, as is every TLD since 2012: the list is in the program. A filter that does not exist is none: all is
#   counted, without a word, with status 0.
# Costs: 'leaked queries for bogus names' are mostly good ones, and hosts are blamed for them; numbers under a filter that was
#   misspelled are those of all traffic.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
dpkg-query -W dnstop 2>/dev/null || untried "needs Debian's package dnstop"

python3 - "$dir/four.pcap" <<'EOF'
import struct, sys


def packet(number, response, labels, code=0):
    name = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    flags = 0x8180 | code if response else 0x0100
    dns = struct.pack(">6H", number, flags, 1, 0, 0, 0) + name + struct.pack(">HH", 1, 1)
    ports, hosts = (53, 4000), ((192, 0, 2, 53), (192, 0, 2, 1))
    step = 1 if response else -1
    udp = struct.pack(">4H", *ports[::step], 8 + len(dns), 0) + dns
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0) + b"".join(map(bytes, hosts[::step]))
    frame = b"\2" * 12 + b"\x08\0" + ip + udp
    return struct.pack("<IIII", number, 0, len(frame), len(frame)) + frame


with open(sys.argv[1], "wb") as file:
    file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    for number, (tld, code) in enumerate(((b"com", 5), (b"dev", 0), (b"app", 0), (b"corp", 3)), 1):
        file.write(packet(number, False, (b"host", tld)) + packet(number, True, (b"host", tld), code))
EOF
count() { dnstop "$@" "$dir/four.pcap" 2>&1 || echo "status $?"; }
tlds() { count -Q -f "$1" | awk '/^Query Name/ { table++ } table == 1 && $1 ~ /^(com|dev|app|corp)$/ { print $1 }' | sort | xargs; }
codes() { count -R -f "$1" | awk '$1 ~ /^(Noerror|Nxdomain|Refused|status)$/ { print $1, $2 }' | sort | xargs; }
bogus=$(tlds unknown-tlds) refused=$(codes refused) refuse=$(codes refuse)
echo "TLDs of com, dev, app and corp that are bogus: $bogus; filter refused: $refused; filter refuse: $refuse"
[ "$refused" = "Refused 1" ] || untried "the filter does not work: $(count -R -f refused | head -n 1)"
[ "$bogus" = "app corp dev" ] || { echo "changed: bogus are $bogus"; exit 1; }
[ "$refuse" = "Noerror 2 Nxdomain 1 Refused 1" ] || { echo "changed: a misspelled filter gives $refuse"; exit 1; }
echo "TLDs since 2012 are bogus, and a misspelled filter is none"
