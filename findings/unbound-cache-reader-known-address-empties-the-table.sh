#!/bin/sh
# dns-unbound-cache-reader 0.6.0 (PyPI) with fabric 3.2.3, which makes a table of addresses and their names from what Unbound has in its
#   cache: update_dns_table_with_dict, with the names that one has from elsewhere, as leases of DHCP.
# Expected: 'Update the given DNS table with the provided dictionary': what is in the table stays, and the address has its name, the old or
#   the new one, whether it was there before or not.
# Seen: an address that the table doesn't have is added; one that it has, with whatever name, makes a new table of that one alone, and all
#   others are gone. One 'else' is for both: for 'there is no table yet', and for 'the address is in it'.
# Costs: flows whose addresses were known a moment ago have no names any more; which ones are left depends on the order of the
#   dictionary, and the first update, with nothing but new addresses, goes well, as does a test with one.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install dns-unbound-cache-reader==0.6.0 fabric==3.2.3 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.py" <<'END'
import sys

from dns_unbound_cache_reader import update_dns_table, update_dns_table_with_dict

path = f"{sys.argv[1]}/cache"
with open(path, "w") as file:
    lines = [";rrset 300 1 0 8 3", "a.example.\t300\tIN\tA\t192.0.2.1", ";rrset 300 1 0 8 3", "b.example.\t300\tIN\tA\t192.0.2.2"]
    file.write("\n".join(["START_RRSET_CACHE", *lines, "END_RRSET_CACHE", "START_MSG_CACHE", "END_MSG_CACHE", "EOF"]) + "\n")

def update(names):
    return update_dns_table_with_dict(update_dns_table({}, file=path), names)["IP"]

cached = update_dns_table({}, file=path)["IP"]
new, known = update({"192.0.2.3": "c.example"}), update({"192.0.2.1": "a.example"})
print(f"from the cache: {cached}\nwith a new address: {new}\nwith one that it has: {known}")
whole = {"192.0.2.1": "a.example", "192.0.2.2": "b.example"}
if (cached, new) != (whole, whole | {"192.0.2.3": "c.example"}):
    sys.exit(print("not tried: the cache is read otherwise") or 2)
if known != {"192.0.2.1": "a.example"}:
    sys.exit(print(f"changed: {known}") or 1)
print("an address that is known takes all others out of the table")
END
"$dir/venv/bin/python" "$dir/try.py" "$dir"
