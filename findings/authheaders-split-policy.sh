#!/bin/sh
# authheaders 0.16.3 (PyPI), which checks DMARC for mailing lists and filters: a policy in two strings of one TXT record, as all
#   are that are longer than 255 octets.
# Expected: the strings together are the policy, with nothing between them (RFC 7489, 6.1, and RFC 7208, 3.3: '"v=spf1 .... first"
#   "second string..."' is read as one). mailauth 4.13.3 (npm) reads it so.
# Seen: they are joined as they are shown, with '" "' between: the address that the cut goes through is
#   'mailto:dma" "rc@example.com', and a policy that is cut is 'rej" "ect', which is none.
# Costs: where the cut falls is a matter of the sender's DNS provider. Reports go nowhere, and forged mail of a
#   domain with 'p=reject' is let through.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" &&
    "$dir/venv/bin/pip" -q install authheaders==0.16.3 dnspython==2.9.2 dkimpy==1.1.8 publicsuffix2==2.20191221 \
        authres==1.2.0 2>"$dir/log" || untried "can't install: $(tail -n 1 "$dir/log")"
"$dir/venv/bin/python" - <<'END'
import sys
import dns.message, dns.resolver
from authheaders.dmarc_lookup import receiver_record

RECORDS = {"whole": '"v=DMARC1; p=reject; rua=mailto:dmarc@example.com"', "rua": '"v=DMARC1; p=reject; rua=mailto:dma" "rc@example.com"',
           "policy": '"v=DMARC1; p=rej" "ect; rua=mailto:dmarc@example.com"'}

class Resolver:
    def resolve(self, name, *_, **__):
        record = RECORDS[name.split(".")[1]]
        message = dns.message.from_text(f"id 1\nflags QR\n;QUESTION\n{name}. IN TXT\n;ANSWER\n{name}. 60 IN TXT {record}\n")
        return dns.resolver.Answer(dns.name.from_text(name), dns.rdatatype.TXT, dns.rdataclass.IN, message)

dns.resolver.default_resolver = Resolver()
seen = []
for name in RECORDS:
    record, _ = receiver_record(f"{name}.example.com")
    seen.append((record.get("p"), record.get("rua")))
    print(f"{name}: policy {record.get('p')}, reports to {record.get('rua')}")
good = ("reject", "mailto:dmarc@example.com")
if seen[0] != good:
    sys.exit(print("not tried: a policy in one string isn't read") or 2)
if seen[1:] != [("reject", 'mailto:dma" "rc@example.com'), ('rej" "ect', "mailto:dmarc@example.com")]:
    sys.exit(print(f"changed: {seen[1:]}") or 1)
print("a policy has the quotation marks of its two strings in it")
END
