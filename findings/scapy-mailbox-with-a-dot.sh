#!/bin/sh
# scapy 2.8.0 (PyPI): a DNS message read, one header field changed, written again.
# Expected: what was not touched keeps its octets. The SOA's mailbox is john\.doe.example.com. (RFC 1035, 8: the mail
#   address john.doe@example.com), so a label of eight octets, 'john.doe'.
# Seen: scapy holds names as text without escapes, so it writes two labels, 'john' and 'doe': another name, in a
#   message of the same length that every program reads.
# Costs: captures made anonymous or given other ids with scapy have other names than the originals, in no count seen.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install scapy==2.8.0 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"

"$dir/venv/bin/python" - <<'END'
import struct, sys
from scapy.layers.dns import DNS

def name(*labels):
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"

zone, mailbox = name(b"example", b"com"), name(b"john.doe", b"example", b"com")
soa = name(b"ns", b"example", b"com") + mailbox + struct.pack(">5I", 1, 7200, 3600, 1209600, 300)
octets = (
    struct.pack(">6H", 7, 0x8403, 1, 0, 1, 0)
    + name(b"nx", b"example", b"com") + struct.pack(">HH", 1, 1)
    + zone + struct.pack(">HHIH", 6, 1, 300, len(soa)) + soa
)
message = DNS(octets)
shown = message.ns[0].rname
message.id = 8
message.ns[0].ttl = 60
written = bytes(message)
print(f"read {mailbox}; shown {shown}; written {written[-20 - len(mailbox):-20]}")
if mailbox in written:
    sys.exit(print("changed: the mailbox is written as it was read") or 1)
if name(b"john", b"doe", b"example", b"com") not in written:
    sys.exit(print("changed: the mailbox is written in another way") or 1)
print("the label 'john.doe' is written as two, 'john' and 'doe'")
END
