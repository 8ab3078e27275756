#!/bin/sh
# dnscode 1.7.3.post1 (PyPI), which makes zone files for BIND and NSD from a program: records of the zone itself, whose name is '@', as its
#   helpers (new_A, new_MX, new_TXT and so on) have it by default, read by dnspython 2.7.0 (PyPI), which it brings.
# Expected: '@' is the zone's own name (RFC 1035, 5.1: 'A free standing @ is used to denote the current origin'), as in its records without a
#   helper, and in the SOA beside them: example.com has an address, a mail server and a policy.
# Seen: they are of the name '@.example.com.', a label '@' below it: a helper puts the origin behind each name that doesn't end with a dot,
#   before '@' is looked at. Targets aren't treated so: host='example.com' of its README is example.com.example.com.
# Costs: the domain has no address and takes no mail, and, as its policy is gone too, anybody may send in its name; the file is loaded
#   without a complaint wherever the NS were named in full. Who reads the file sees the '@' and the domain, and thinks it right.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install dnscode==1.7.3.post1 dnspython==2.7.0 fqdn==1.5.1 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.py" <<'END'
import sys

import dns.zone
import dnscode

zone = dnscode.Zone(origin="example.com")
zone.new_SOA("@", mname="ns1.example.net.", rname="admin.example.net.")
zone.new_NS(name="example.com.", host="ns1.example.net.")
zone.new_A(host="192.0.2.1")
zone.new_MX(host="mail.example.net.")
zone.new_TXT(text="v=spf1 -all")
zone.new_A(name="www", host="192.0.2.2")
zone.add(dnscode.CNAME(name="alias", host="example.com"))
zone.add(dnscode.Record(rtype="CAA", data='0 issue "ca.example.net"'))
zone.save_file(f"{sys.argv[1]}/zone")
with open(f"{sys.argv[1]}/zone") as file:
    read = dns.zone.from_file(file, origin="example.com.", relativize=False)
seen = {}
for name, _, data in read.iterate_rdatas():
    seen.setdefault(str(name), []).append(data.rdtype.name)
for name, types in seen.items():
    print(f"{name} {' '.join(types)}")
target = read.find_rdataset("alias.example.com.", "CNAME")[0].to_text()
print(f"the alias is of {target}")
if seen["www.example.com."] != ["A"] or "SOA" not in seen["example.com."]:
    sys.exit(print("not tried: the zone is written otherwise") or 2)
apex, below = sorted(seen["example.com."]), sorted(seen.get("\\@.example.com.", []))
if (apex, below, target) != (["CAA", "NS", "SOA"], ["A", "MX", "TXT"], "example.com.example.com."):
    sys.exit(print(f"changed: {seen}, {target}") or 1)
print("the zone's own address, mail server and policy are of a name below it")
END
"$dir/venv/bin/python" "$dir/try.py" "$dir"
