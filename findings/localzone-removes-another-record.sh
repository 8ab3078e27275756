#!/bin/sh
# localzone 0.9.8 (PyPI) with dnspython 2.7.0, which manages zone files (lexicon's provider for such files is built on it): a name with two
#   addresses, 10.1.3.1 and 10.2.1.2, one of which is removed, and one whose record is given another address.
# Expected: the record that was asked for is removed: 'hashid: The record's ID'. One whose content is updated keeps its TTL, 300 here, as
#   'content: The new content' is all that is given.
# Seen: 10.1.3.1 is removed instead of 10.2.1.2: both have the ID 5a6633a1, and the first in the zone is taken. The ID is a sum by
#   Fletcher of the record's text in pairs of letters, and texts that differ by +1, -2, +1 at even distances have the same. The TTL of
#   the updated record, where it is the only one, is the zone's, 3600: its own isn't handed on.
# Costs: the server that was to be taken out of the DNS stays, and the one that works goes, and the next call removes the other one too; it
#   is a matter of the addresses' digits, and no error. A record that was to be changed soon is kept by caches twelve times as long.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install localzone==0.9.8 dnspython==2.7.0 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.py" <<'END'
import sys

import localzone

path = f"{sys.argv[1]}/zone"
ZONE = """$ORIGIN example.com.
$TTL 3600
@ IN SOA ns admin 2026010100 86400 7200 2419200 3600
@ IN NS ns
ns IN A 192.0.2.53
www 300 IN A 10.1.3.1
www 300 IN A 10.2.1.2
host 300 IN A 192.0.2.1
"""

def remove(content):
    """What is left of www when the record with the address is removed."""
    with open(path, "w") as file:
        file.write(ZONE)
    with localzone.manage(path, origin="example.com.") as zone:
        (record,) = zone.find_record("A", "www", content)
        zone.remove_record(record.hashid)
        return [left.content for left in zone.find_record("A", "www")]

first, second = remove("10.1.3.1"), remove("10.2.1.2")
with localzone.manage(path, origin="example.com.") as zone:
    ids = {record.content: record.hashid for record in zone.find_record("A", "www")}
    (host,) = zone.find_record("A", "host")
    before = host.ttl
    after = zone.update_record(host.hashid, "192.0.2.2").ttl
print(f"IDs: {ids}")
print(f"left without 10.1.3.1: {first}\nleft without 10.2.1.2: {second}\nTTL before and after an update: {before}, {after}")
if first != ["10.2.1.2"] or before != 300:
    sys.exit(print("not tried: the zone is read otherwise") or 2)
if (second, after) != (["10.2.1.2"], 3600):
    sys.exit(print(f"changed: {second}, {after}") or 1)
print("the address that was to go is there, and the other one is gone")
END
"$dir/venv/bin/python" "$dir/try.py" "$dir"
