#!/bin/sh
# dnstap-read of bind9-dnsutils 1:9.18.49-1~deb12u3 and dnstap-ldns 0.2.1-1 (Debian 12): a dnstap file whose messages came by UDP, TCP, TLS
#   and HTTPS, as dnsdist, Knot Resolver and newer Unbounds write them.
# Expected: DOT and DOH, values of SocketProtocol in dnstap.proto (3 and 4), or 'unknown'; five messages, five documents. The dnstap command
#   0.4.0-4+b4 of the same Debian has them.
# Seen: dnstap-read says UDP of both: of its two transports it takes TCP for the value 2 and UDP for all else. dnstap-ldns -y ends at the
#   first message by TLS, status 1, and the rest of the file is not shown: a value without a name in its own copy of the schema is an
#   error of the frame.
# Costs: encrypted questions, all over TCP, count as plain ones over UDP: just who looks whether clients have moved to DoT or DoH is told
#   that none has; and one client that does so hides all that the others asked after it.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
for package in bind9-dnsutils=1:9.18.49-1~deb12u3 bind9-libs=1:9.18.49-1~deb12u3 dnstap-ldns=0.2.1-1 libldns3=1.8.3-1+b1 libfstrm0=0.6.1-1 \
    libprotobuf-c1=1.4.1-1+b1 golang-github-dnstap-golang-dnstap-cli=0.4.0-4+b4; do
    (cd "$dir" && mkdir "${package%%=*}" && cd "${package%%=*}" && apt-get -q download "$package" && dpkg -x ./*.deb ..) >"$dir/log" 2>&1 ||
        untried "Debian's ${package%%=*} can't be had: $(tail -n 1 "$dir/log")"
done
LD_LIBRARY_PATH="$dir/usr/lib/$(uname -m)-linux-gnu"; export LD_LIBRARY_PATH

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

def frame(label, protocol):
    question = bytes([len(label)]) + label + b"\7example\0" + struct.pack(">HH", 1, 1)
    seen = field(1, 6) + field(2, 1) + field(3, protocol)  # CLIENT_RESPONSE, INET
    seen += field(4, bytes([192, 0, 2, 1])) + field(5, bytes([192, 0, 2, 53])) + field(6, 4000) + field(7, 53)
    seen += field(12, 1_700_000_000) + bytes([13 << 3 | 5]) + struct.pack("<I", 0)
    seen += field(14, struct.pack(">6H", 7, 0x8183, 1, 0, 0, 0) + question)
    dnstap = field(14, seen) + field(15, 1)
    return struct.pack(">I", len(dnstap)) + dnstap

with open(sys.argv[1], "wb") as file:
    file.write(control(2, b"protobuf:dnstap.Dnstap"))
    for label, protocol in (b"udp", 1), (b"tcp", 2), (b"tls", 3), (b"https", 4), (b"udp", 1):
        file.write(frame(label, protocol))
    file.write(control(3))
END
whole=$("$dir/usr/bin/dnstap" -q -r "$dir/file.tap" 2>"$dir/log" | awk '{print $4}' | xargs)
read=$("$dir/usr/bin/dnstap-read" "$dir/file.tap" 2>"$dir/log" | awk '{print $7}' | xargs)
[ "$read" ] || untried "dnstap-read can't be run: $(tail -n 1 "$dir/log")"
status=0
"$dir/usr/bin/dnstap-ldns" -y -r "$dir/file.tap" >"$dir/ldns" 2>"$dir/log" || status=$?
ldns=$(grep -c 'response_message:' "$dir/ldns" || true)
echo "dnstap:      $whole"
echo "dnstap-read: $read"
echo "dnstap-ldns -y: $ldns messages, status $status: $(xargs <"$dir/log")"
[ "$whole" = "UDP TCP DOT DOH UDP" ] || untried "the file isn't read as it was written: $whole"
[ "$ldns" -ge 1 ] || untried "dnstap-ldns can't be run: $(tail -n 1 "$dir/log")"
[ "$read / $ldns $status" = "UDP TCP UDP UDP UDP / 2 1" ] || { echo "changed: $read; $ldns messages"; exit 1; }
echo "what came by TLS and HTTPS is UDP to one reader, and the end of the file to another"
