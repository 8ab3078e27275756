#!/bin/sh
# dpkt 1.9.8 (PyPI): an NXDOMAIN as a validating resolver gets it, with RRSIG and NSEC3 beside the SOA.
# Expected: the message, and records of types that dpkt doesn't know as octets (RFC 3597, 5): their length stands before
#   them.
# Seen: 'RR type 46 is not supported' for the whole message: no name, no status. The same with NSEC, DS, HTTPS, SVCB, CAA and
#   NAPTR; it knows twelve types.
# Costs: com, net, org and the root sign their denials, so a count of failures by a loop that
#   passes over what can't be read has hardly any NXDOMAIN in it, and no error either.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install dpkt==1.9.8 dnspython==2.9.2 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
"$dir/venv/bin/python" - <<'END'
import sys
import dns.message
import dns.rrset
import dpkt

def read(*types):
    response = dns.message.make_response(dns.message.make_query("no-such-name.example.", "MX", want_dnssec=True))
    response.set_rcode(3)
    for name, rrtype, rdata in RECORDS:
        if rrtype in types:
            response.authority.append(dns.rrset.from_text(name, 900, "IN", rrtype, rdata))
    try:
        found = dpkt.dns.DNS(response.to_wire())
    except dpkt.UnpackError as error:
        return str(error)
    return f"{found.qd[0].name}, RCODE {found.rcode}"

NSEC3_NAME = "0p9mhaveqvm6t7vbl5lop2u3t2rp3tom.example."
RECORDS = [
    ("example.", "SOA", "ns.example. host.example. 1 2 3 4 900"),
    ("example.", "RRSIG", "SOA 13 1 900 20301010000000 20201010000000 1 example. AAAA"),
    (NSEC3_NAME, "NSEC3", "1 1 0 - 0p9mhaveqvm6t7vbl5lop2u3t2rp3top NS SOA RRSIG DNSKEY NSEC3PARAM"),
]
seen = [read("SOA"), read("SOA", "RRSIG"), read("SOA", "NSEC3")]
print(seen)
if seen[0] != "no-such-name.example, RCODE 3":
    sys.exit(print("not tried: an unsigned denial isn't read") or 2)
if seen[1:] != ["RR type 46 is not supported", "RR type 50 is not supported"]:
    sys.exit(print(f"changed: {seen}") or 1)
print("a signed denial is no message at all")
END
