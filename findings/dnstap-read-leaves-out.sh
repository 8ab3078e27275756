#!/bin/sh
# dnstap-read of bind9-dnsutils 1:9.18.49-1~deb12u3, and the dnstap command 0.4.0-4+b4 (Debian 12), on the same file.
# Expected: three frames, three lines. The second is a refusal that is a DNS header alone, with no question, as
#   servers send for what they can't or won't read (RFC 9619 and RFC 1035 allow QDCOUNT 0).
# Seen: dnstap-read gives two, in both of its forms, says nothing of the third, and ends with 0. dnstap gives three.
# Costs: FORMERR, NOTIMP and REFUSED are the statuses that servers send without a question: just where something is
#   broken the count is wrong, and nobody is told.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
dpkg-query -W bind9-dnsutils golang-github-dnstap-golang-dnstap-cli 2>/dev/null ||
    untried "needs Debian's bind9-dnsutils and golang-github-dnstap-golang-dnstap-cli"

python3 - "$dir/file.tap" <<'END'
import struct, sys

def field(number, value):
    if isinstance(value, int):
        out = bytes([number << 3])
        while value > 127:
            out, value = out + bytes([value & 127 | 128]), value >> 7
        return out + bytes([value])
    return bytes([number << 3 | 2]) + field(0, len(value))[1:] + value

def control(kind, content=b""):
    body = struct.pack(">I", kind) + (struct.pack(">II", 1, len(content)) + content if content else b"")
    return struct.pack(">II", 0, len(body)) + body

def frame(message):
    seen = field(1, 4) + field(2, 1) + field(3, 1)  # RESOLVER_RESPONSE, INET, UDP
    seen += field(4, bytes([192, 0, 2, 1])) + field(5, bytes([192, 0, 2, 53])) + field(6, 4000) + field(7, 53)
    seen += field(12, 1_700_000_000) + bytes([13 << 3 | 5]) + struct.pack("<I", 0) + field(14, message)
    dnstap = field(14, seen) + field(15, 1)
    return struct.pack(">I", len(dnstap)) + dnstap

nxdomain = struct.pack(">6H", 7, 0x8403, 1, 0, 0, 0) + b"\2nx\7example\0" + struct.pack(">HH", 1, 1)
refused = struct.pack(">6H", 8, 0x8005, 0, 0, 0, 0)
with open(sys.argv[1], "wb") as file:
    file.write(control(2, b"protobuf:dnstap.Dnstap"))
    file.write(frame(nxdomain) + frame(refused) + frame(nxdomain) + control(3))
END
dnstap -q -r "$dir/file.tap" 2>/dev/null
all=$(dnstap -q -r "$dir/file.tap" 2>/dev/null | wc -l)
lines=$(dnstap-read "$dir/file.tap" 2>&1 | wc -l)
documents=$(dnstap-read -y "$dir/file.tap" 2>&1 | grep -c 'type: RESOLVER_RESPONSE')
echo "lines of dnstap: $all; of dnstap-read: $lines; documents of dnstap-read -y: $documents"
[ "$all" -eq 3 ] || untried "dnstap gives $all lines"
[ "$lines $documents" = "2 2" ] || { echo "changed: $lines lines and $documents documents"; exit 1; }
echo "dnstap-read leaves out a refusal without a question, silently"
