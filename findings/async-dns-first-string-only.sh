#!/bin/sh
# async_dns 2.0.1 (PyPI), a DNS client, resolver and server: TXT records that have more than one string.
# Expected: all strings: TXT-DATA is 'One or more <character-string>s' (RFC 1035, 3.3.14). A policy or a key that is longer than
#   255 octets is cut into several, and 'is the concatenation' of them (RFC 7208, 3.3; RFC 6376, 3.6.2.2). dnspython 2.9.2 (PyPI)
#   has both.
# Seen: the first string, and nothing of the others, as the record's text.
# Costs: an SPF policy without its end, which is where '-all' stands, a DKIM key of 2048 bits that is half a key, and verification
#   tokens that seem to be missing; a resolver built on it passes on the answer without them.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install async_dns==2.0.1 dnspython==2.9.2 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.py" <<'END'
import sys

import dns.message
import dns.rrset
from async_dns.core import DNSMessage

answer = dns.message.make_response(dns.message.make_query("example.", "TXT"))
answer.answer.append(dns.rrset.from_text("example.", 60, "IN", "TXT", '"v=spf1 a:mail.example " "-all"'))
octets = answer.to_wire()
strings = dns.message.from_wire(octets).answer[0][0].strings
read = DNSMessage.parse(octets)
seen = read.an[0].data.data
again = dns.message.from_wire(bytes(read.pack())).answer[0][0].strings
print(f"dnspython: {strings}\nasync_dns: {seen!r}\nwritten again: {again}")
if strings != (b"v=spf1 a:mail.example ", b"-all"):
    sys.exit(print("not tried: dnspython reads other strings") or 2)
if seen != "v=spf1 a:mail.example " or again != (b"v=spf1 a:mail.example ",):
    sys.exit(print(f"changed: {seen!r}, {again}") or 1)
print("the second string is lost")
END
"$dir/venv/bin/python" "$dir/try.py"
