#!/bin/sh
# Twisted 26.10.0 (PyPI): a zone served by twisted.names (twistd dns --pyzone, and BindAuthority for zone files), records without
#   a TTL of their own.
# Expected: a TTL of a day at most: the zone's default, or MINIMUM as in the days before RFC 2308, which its tracker says it
#   takes. EXPIRE, 'the time when the data isn't authoritative any more' on secondaries (RFC 1035, 3.3.13), is no TTL of a record.
# Seen: the larger of MINIMUM and EXPIRE, so always EXPIRE: two weeks here, and 41 days in a zone as RIPE-203 recommends it.
# Costs: an address that has changed is used for weeks by everybody whose resolver keeps answers that long (a week in
#   BIND and a day in Unbound by default): nobody who looks at the zone finds such a time in its TTLs.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install twisted==26.10.0 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/zone" <<'END'
zone = [
    SOA("example", mname="ns.example", rname="host.example", serial=1, refresh=7200, retry=3600, expire=1209600, minimum=300),
    NS("example", "ns.example"),
    A("ns.example", "192.0.2.1"),
    A("own.example", "192.0.2.2", ttl=60),
]
END
cat >"$dir/try.py" <<'END'
import sys

from twisted.names import authority, dns

zone = authority.PySourceAuthority(sys.argv[1])
ttls = {}
for name in "ns.example", "own.example":
    zone.lookupAddress(name).addCallback(lambda found: ttls.update({str(found[0][0].name): found[0][0].ttl}))
print("TTL:", ttls)
if ttls.get("own.example") != 60:
    sys.exit(print("not tried: the zone isn't read") or 2)
if ttls["ns.example"] != 1209600:
    sys.exit(print(f"changed: a record without a TTL has {ttls['ns.example']} s") or 1)
print("a record without a TTL of its own may be kept for two weeks, the time of EXPIRE")
END
"$dir/venv/bin/python" "$dir/try.py" "$dir/zone"
