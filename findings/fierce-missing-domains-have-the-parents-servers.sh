#!/bin/sh
# fierce 1.6.0 (PyPI, with dnspython 1.16.0), which maps the hosts of a domain by its DNS ('NS', 'SOA', 'Zone' and then its names): a domain that
#   doesn't exist (NXDOMAIN), and one whose servers fail (SERVFAIL).
# Expected: 'Failed to lookup NS/SOA, Domain does not exist' and a status other than 0, which it has for the former; 'NS: failure' for the latter.
# Seen: both have the name servers and the SOA of the top level domain, given as their own: 'NS: ns.nic.tld.', 'SOA: ns.nic.tld. (...)',
#   and status 0. Where a question has no answer, for whatever reason, it is asked again for the name without its first label, which is meant
#   for hosts below a zone; as every top level domain has both records, the message above is only for when these fail as well. The names to
#   be tried are all asked for then, one NXDOMAIN or SERVFAIL each, and a transfer of the domain is asked of the top level domain's server.
# Costs: of a list of domains all exist and have servers, the mistyped, the expired and the broken ones as well; the registry's servers are in
#   the report as who runs them.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install fierce==1.6.0 dnspython==1.16.0 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/server.py" <<'END'
"""A resolver that knows tld and works.tld, fails for fails.tld, and denies all other names."""
import socket, struct


def wire(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


RECORDS = {}
for zone, server in (("tld", "ns.nic.tld"), ("works.tld", "ns.works.tld")):
    RECORDS[zone, 2] = wire(server)
    RECORDS[zone, 6] = wire(server) + wire("host." + server) + struct.pack(">5I", 1, 7200, 3600, 1209600, 300)
    RECORDS[server, 1] = bytes([127, 0, 0, 55])
RECORDS["www.works.tld", 1] = bytes([127, 0, 0, 56])
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
while True:
    query, client = server.recvfrom(4096)
    labels, end = [], 12
    while query[end]:
        labels.append(query[end + 1:end + 1 + query[end]].decode().lower())
        end += 1 + query[end]
    kind = struct.unpack(">H", query[end + 1:end + 3])[0]
    data = RECORDS.get((".".join(labels), kind), b"")
    status = 0 if data else 2 if labels[-2:] == ["fails", "tld"] else 3
    record = b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data if data else b""
    server.sendto(query[:2] + struct.pack(">5H", 0x8180 | status, 1, bool(data), 0, 0) + query[12:end + 5] + record, client)
END
cat >"$dir/run.sh" <<'END'
# in namespaces of its own: what fierce says of three domains
dir=$1
ip link set lo up
echo 'nameserver 127.0.0.54' >"$dir/resolv.conf"
mount --bind "$dir/resolv.conf" /etc/resolv.conf
python3 "$dir/server.py" & server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do
    getent ahostsv4 www.works.tld >/dev/null && break
    sleep 1
done
for domain in works.tld gone.tld fails.tld; do
    status=0
    said=$("$dir/venv/bin/fierce" --domain $domain --subdomains www mail) || status=$?
    echo "$domain: $(echo "$said" | sed -n 's/^\(NS\|SOA\|Found\): /\1 /p; s/^\(Failed\)/\1/p' | xargs), status $status"
done
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in
"works.tld: NS ns.works.tld. SOA ns.works.tld. (127.0.0.55) Found www.works.tld. (127.0.0.56), status 0
"*) ;;
*) untried "the domain that works isn't found: $(tail -n 1 "$dir/log")" ;;
esac
case "$seen" in
*"
gone.tld: NS ns.nic.tld. SOA ns.nic.tld. (127.0.0.55), status 0
fails.tld: NS ns.nic.tld. SOA ns.nic.tld. (127.0.0.55), status 0") ;;
*) echo "changed: a domain that is missing or fails has other servers, or none"; exit 1 ;;
esac
echo "a domain that doesn't exist has name servers"
