#!/bin/sh
# dnslib 0.9.26 (PyPI): a zone file served by its zoneresolver (python3 -m dnslib.zoneresolver, and ZoneResolver in one's own
#   server), as tests, laboratories and small installations do.
# Expected: NXDOMAIN is for names that don't exist (RFC 2308, 2.1); a name that has records of other types only, or names
#   below it, is NOERROR without answers (2.2; RFC 8020, 2), with the SOA, and a wildcard of the zone is one (RFC 4592).
# Seen: NXDOMAIN wherever no record fits: AAAA of a name with an A, MX of the apex, a name with names below it, all names of the
#   wildcard, and names of any other zone, as an authority and without SOA.
# Costs: clients that ask for AAAA first give up, and a resolver that cuts at NXDOMAIN asks for nothing below. A stream of
#   NXDOMAINs from a laboratory with it is none of reality, and tests against it pass for the wrong reason.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install dnslib==0.9.26 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.py" <<'END'
import sys

from dnslib import RCODE, DNSRecord
from dnslib.server import DNSLogger, DNSServer
from dnslib.zoneresolver import ZoneResolver

ZONE = """
$TTL 60
$ORIGIN example.com.
@ IN SOA ns.example.com. h.example.com. 1 7200 3600 1209600 300
@ IN NS ns.example.com.
ns IN A 192.0.2.1
a.between IN A 192.0.2.2
*.wild IN A 192.0.2.3
"""
server = DNSServer(ZoneResolver(ZONE), address="127.0.0.1", port=0, logger=DNSLogger("-request,-reply,-truncated"))
server.start_thread()
port = server.server.server_address[1]

def ask(name, rrtype):
    reply = DNSRecord.parse(DNSRecord.question(name, rrtype).send("127.0.0.1", port, timeout=5))
    return f"{RCODE[reply.header.rcode]} {'authoritative' if reply.header.aa else ''} SOA: {len(reply.auth)}"

first = ask("ns.example.com", "A")
seen = {}
for question in "ns AAAA", "@ MX", "between A", "x.wild A":
    name, rrtype = question.split()
    seen[question] = ask("example.com" if name == "@" else f"{name}.example.com", rrtype)
    print(f"{question}: {seen[question]}")
server.stop()
if not first.startswith("NOERROR"):
    sys.exit(print("not tried: the server does not serve the zone") or 2)
if set(seen.values()) != {"NXDOMAIN authoritative SOA: 0"}:
    sys.exit(print(f"changed: {seen}") or 1)
print("what the zone has is said not to exist")
END
"$dir/venv/bin/python" "$dir/try.py"
