#!/bin/sh
# pypdns 2.3.2 (PyPI): a record of Common Output Format with the times of a zone file.
# Expected: `zone_time_first` and `zone_time_last` of the record are those of the line, as `time_first` and `time_last` are
#   (draft-dulaunoy-dnsop-passive-dns-cof: both are optional fields of a record).
# Seen: `zone_time_last` is None, and `zone_time_first` has the value of the line's zone_time_last.
# Costs: a name that a zone file had for years looks as if it had come into the zone on the day that it was last seen there,
#   and nothing says when it left: 'newly registered' is said of old domains.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" || untried "needs python3-venv"
"$dir/venv/bin/pip" install --quiet --disable-pip-version-check pypdns==2.3.2 || untried "pypdns can't be had"
seen=$("$dir/venv/bin/python" - <<'EOF'
from pypdns import PDNSRecord

record = PDNSRecord({
    "rrname": "example.com.", "rrtype": "NS", "rdata": ["ns.example.com."], "time_first": 1, "time_last": 2,
    "zone_time_first": 1000000000, "zone_time_last": 1700000000,
})
print(record.time_first, record.time_last, record.zone_time_first, record.zone_time_last)
EOF
) || untried "pypdns has no such record"
echo "first, last, zone first, zone last: $seen"
[ "$seen" = "1 2 1700000000 None" ] || { echo "changed: not '1 2 1700000000 None'"; exit 1; }
echo "the end of a record in its zone file stands where its beginning should"
