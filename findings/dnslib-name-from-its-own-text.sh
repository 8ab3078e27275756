#!/bin/sh
# dnslib 0.9.26 (PyPI): names with octets above 127, which 'any binary string whatever can be used as the label of' (RFC 2181,
#   11); applications do use UTF-8 there, and scanners anything.
# Expected: a message with such a name is read; str() of a name and DNSLabel() of that text are the same name: '\195\191' is two
#   octets (RFC 1035, 5.1), as for dnspython 2.9.2 (PyPI), and as dnslib itself has it for '\000'.
# Seen: octets that are no UTF-8 are 'Invalid label', and the whole message is an error. Those that are print as
#   \195\191.example., and that text is read as xn--2ba5e.example.: the numbers are taken for characters, and IDNA is done to
#   them. A label with a dot prints without its backslash, and is two.
# Costs: a proxy, a server or a log reader built on it asks for, or counts, another name than the one that it saw; answers to some
#   questions can't be read at all.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install dnslib==0.9.26 dnspython==2.9.2 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.py" <<'END'
import sys

import dns.message
import dns.name
import dnslib

def message(label):
    head = bytes.fromhex("0001 8183 0001 0000 0000 0000")
    return head + bytes([len(label)]) + label + b"\7example\0\0\1\0\1"

def by_dnslib(octets):
    try:
        text = str(dnslib.DNSRecord.parse(octets).q.qname)
    except dnslib.DNSError as error:
        return str(error), None
    return text, dnslib.DNSLabel(text).label

def by_dnspython(octets):
    text = dns.message.from_wire(octets).question[0].name.to_text()
    return text, dns.name.from_text(text).labels[:-1]

labels = [b"\0", b"\xc3\xbf", b"a.b", b"\xff"]
seen = [by_dnslib(message(label)) for label in labels]
other = [by_dnspython(message(label))[1] for label in labels]
for label, (text, again) in zip(labels, seen):
    print(f"the label {label}: text {text}, read again: {again}")
if other != [(label, b"example") for label in labels] or seen[0][1] != (b"\0", b"example"):
    sys.exit(print("not tried: dnspython reads other names") or 2)
if [again for _, again in seen[1:]] != [(b"xn--2ba5e", b"example"), (b"a", b"b", b"example"), None]:
    sys.exit(print(f"changed: {seen}") or 1)
print("the name is another one")
END
"$dir/venv/bin/python" "$dir/try.py"
