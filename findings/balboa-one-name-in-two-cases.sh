#!/bin/sh
# balboa 2.0.0+ds-5+b9 with its backend balboa-backend-rocksdb (Debian 12), a passive DNS database: names in mixed case, new types.
# Expected: names that differ in case are one (RFC 4343, 3): one entry with a count of three, found in any case. A type that was
#   taken in is given out, as in the Common Output Format, which its README says it is modelled after.
# Seen: each spelling is an entry of its own with a count of its own, and a query finds that one alone. Of HTTPS records (RFC 9460)
#   the type is null and the answer has 'errors': 'Expected type RRType, found HTTPS'.
# Costs: sensors that see a resolver which mixes the case of its questions (0x20, as Unbound's use-caps-for-id) fill the database
#   with one-off spellings, and who asks for a name misses nearly all that was seen of it. A strict GraphQL client takes an answer
#   with 'errors' for none.
# The packages are unpacked in the folder, not installed.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d)
backend= frontend=
trap 'kill $backend $frontend 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
for package in balboa=2.0.0+ds-5+b9 balboa-backend-rocksdb=2.0.0+ds-5+b9 librocksdb7.8=7.8.3-2 \
    libgflags2.2=2.2.2-2 libsnappy1v5=1.1.9-3; do
    (cd "$dir" && apt-get -q download $package && dpkg -x ${package%=*}_*.deb .) >"$dir/log" 2>&1 ||
        untried "Debian's ${package%=*} can't be had: $(tail -n 1 "$dir/log")"
done
export LD_LIBRARY_PATH="$dir/usr/lib/$(uname -m)-linux-gnu"

cat >"$dir/feeders.yaml" <<EOF
feeder:
    - name: one
      type: socket
      path: $dir/socket
      input_format: suricata_dns
EOF
cat >"$dir/try.py" <<'EOF'
"""Feeds four answers as Suricata logs them, and asks for them; prints what is found."""
import json, socket, sys, time, urllib.request

ADDRESS = "http://127.0.0.1:5472/query"


def entries(name):
    query = 'query { entries(rrname: "%s") { rrname rrtype count } }' % name
    request = urllib.request.Request(ADDRESS, json.dumps({"query": query}).encode(), {"Content-Type": "application/json"})
    answer = json.load(urllib.request.urlopen(request, timeout=5))
    return [[one["rrname"], one["rrtype"], one["count"]] for one in answer["data"]["entries"]], "errors" in answer


def until(condition):
    for attempt in range(50):
        try:
            found = condition()
        except OSError:
            found = None
        if found:
            return found
        time.sleep(0.2)
    sys.exit("balboa does not answer")


def connected():
    client = socket.socket(socket.AF_UNIX)
    client.connect(sys.argv[1])
    return client


feed = until(connected)
for name, kind, data in (("www.example", "A", "192.0.2.1"), ("wWw.exaMPLe", "A", "192.0.2.1"), ("WWw.EXAMPLe", "A", "192.0.2.1"),
                         ("www.example", "HTTPS", "1 ."), ("last.example", "A", "192.0.2.2")):
    answer = {"rrname": name, "rrtype": kind, "ttl": 60, "rdata": data}
    dns = {"version": 2, "type": "answer", "rcode": "NOERROR", "rrname": name, "rrtype": kind, "answers": [answer]}
    feed.sendall(json.dumps({"timestamp": "2023-11-14T22:13:20.000000+0000", "event_type": "dns", "dns": dns}).encode() + b"\n")
feed.close()
until(lambda: entries("last.example")[0])
print(*entries("www.example"), *entries("wWw.exaMPLe"))
EOF
"$dir/usr/bin/balboa-rocksdb" -d "$dir/database" -p 5471 >"$dir/backend.log" 2>&1 & backend=$!
"$dir/usr/bin/balboa" serve -f "$dir/feeders.yaml" -H 127.0.0.1:5471 -p 5472 -l "$dir/balboa.log" >"$dir/log" 2>&1 & frontend=$!
seen=$(python3 "$dir/try.py" "$dir/socket" 2>>"$dir/log") || untried "it can't be run: $(tail -qn 1 "$dir/log" "$dir/backend.log")"
echo "entries of www.example, errors; and of wWw.exaMPLe: $seen"
case "$seen" in *"'www.example', 'A'"*) ;; *) untried "what was fed is not there";; esac
[ "$seen" = "[['www.example', 'A', 1], ['www.example', None, 1]] True [['wWw.exaMPLe', 'A', 1]] False" ] ||
    { echo "changed: $seen"; exit 1; }
echo "a name is another one in another case, and an HTTPS record has no type"
