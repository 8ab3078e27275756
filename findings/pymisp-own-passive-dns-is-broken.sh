#!/bin/sh
# pymisp 2.5.34.4 (PyPI): MISP's object 'passive-dns', which says it holds 'Passive DNS records as expressed in' the draft of
#   the Common Output Format.
# Expected: time_first and time_last of such a record, seconds since 1970 as the draft has them, become times; or an error.
# Seen: a number is taken as it stands, for a value of type datetime, and the event that pymisp wrote with it can't be read by
#   pymisp again: '1700000000 is not a valid datetime, the attribute is broken'. A string of the same digits fails at once; '2023' is
#   today's day of that year.
# Costs: records put into MISP's objects as they come fill events and feeds that other tools with pymisp give up on, whole:
#   one such attribute loses the event. datetime.fromtimestamp(..., timezone.utc) before add_attribute mends it.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install pymisp==2.5.34.4 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.py" <<'END'
import sys
from datetime import datetime, timezone

from pymisp import MISPEvent, MISPObject
from pymisp.exceptions import NewAttributeError

COF = {"rrname": "www.example.com", "rrtype": "A", "rdata": "192.0.2.1", "time_first": 1700000000, "time_last": 1700000001}

def read_again(record):
    event, passive, other = MISPEvent(), MISPObject("passive-dns"), MISPEvent()
    event.info = "of a sensor"
    for name, value in record.items():
        passive.add_attribute(name, value)
    event.add_object(passive)
    try:
        other.from_json(event.to_json())
    except NewAttributeError as error:
        return str(error)
    return other.objects[0].get_attributes_by_relation("time_first")[0].value

print(f"{MISPObject('passive-dns').description[:41]}, of type", MISPObject("passive-dns").name)
times = {name: datetime.fromtimestamp(value, timezone.utc) for name, value in COF.items() if name.startswith("time_")}
seen = {"as times": read_again(COF | times), "as COF has them": read_again(COF)}
for form, read in seen.items():
    print(f"{form}: {read}")
if seen["as times"] != times["time_first"]:
    sys.exit(print("not tried: an event with times isn't read") or 2)
if "not a valid datetime" not in str(seen["as COF has them"]):
    sys.exit(print(f"changed: {seen['as COF has them']}") or 1)
print("pymisp takes the times of the format, and can't read what it made of them")
END
"$dir/venv/bin/python" "$dir/try.py"
