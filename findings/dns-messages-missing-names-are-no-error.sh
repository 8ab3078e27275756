#!/bin/sh
# dns-messages 1.0.1 (PyPI), 'A Python3 library for parsing and generating DNS messages': the status of answers, and of what it has
#   written itself.
# Expected: NXDOMAIN (3) is RCODE.non_existing_domain, SERVFAIL (2) server_error, REFUSED (5) refused: the last four bits of the header's
#   fourth octet (RFC 1035, 4.1.1), whatever the bits AD and CD before them are (RFC 4035, 3.2). dnspython 2.9.2 (PyPI) has it so.
# Seen: NXDOMAIN, SERVFAIL and FORMERR are no_error, REFUSED and NOTIMP are format_error. With AD, as in a validated answer, NXDOMAIN is
#   nx_rr_set, and so is NOERROR. An answer that it writes as NXDOMAIN, right on the wire, it reads as no_error. The four bits
#   are taken two bits too early: AD, CD and the upper two of the status.
# Costs: a counter or a proxy built on it knows no missing names and no failures at all: each is a good answer without records; a validating
#   resolver's good answers are errors of updates (RFC 2136). Nothing raises, and a test with good answers passes.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install dns-messages==1.0.1 dnspython==2.9.2 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/try.py" <<'END'
"""The status of answers, without and with AD, as both libraries read it."""
import struct

import dns.message, dns.rcode
from dns_messages import RCODE, DnsMessage

QUESTION = b"\4gone\7example\0" + struct.pack(">2H", 1, 1)
for authentic in 0, 0x20:
    for status in 0, 1, 2, 3, 4, 5:
        octets = struct.pack(">6H", 1, 0x8180 | authentic | status, 1, 0, 0, 0) + QUESTION
        right = dns.rcode.to_text(dns.message.from_wire(octets).rcode())
        print(right + (" with AD" if authentic else ""), DnsMessage.from_bytes(octets).rcode.name)
own = DnsMessage(message_id=1, qr=1, rcode=RCODE.non_existing_domain).to_bytes()
print("its own", dns.rcode.to_text(own[3] & 15), DnsMessage.from_bytes(own).rcode.name)
END
seen=$("$dir/venv/bin/python" "$dir/try.py" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
wrong=$(echo "$seen" | grep -e '^NXDOMAIN' -e '^SERVFAIL ' -e '^REFUSED ' -e '^its own' | xargs)
[ "$(echo "$seen" | head -n 1)" = "NOERROR no_error" ] || untried "nothing is read"
[ "$wrong" = "SERVFAIL no_error NXDOMAIN no_error REFUSED format_error SERVFAIL with AD nx_rr_set NXDOMAIN with AD nx_rr_set\
 REFUSED with AD not_auth its own NXDOMAIN no_error" ] || { echo "changed: $wrong"; exit 1; }
echo "missing names and failures are good answers"
