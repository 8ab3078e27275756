#!/bin/sh
# monitoring-plugins-contrib 42.20230308+deb12u1+b1 (Debian 12, for Nagios, Icinga and so on): check_zone_auth (1.14), 'to check that all
#   authoritative nameservers for a zone have the same NS RRset and the same serial number', for name servers of two addresses.
# Expected: each address is a server of its own for those who ask ('every address', RFC 1034, 5.3.3), as an IPv4 and an IPv6 host or two hosts of one
#   name are: not OK where one fails (SERVFAIL), isn't authoritative for the zone, or has an old serial.
# Seen: 'ZONE OK', status 0, each time, while one of the two addresses fails; and every second time while one is at an old serial. A server's
#   name is given to Net::DNS as a resolver's, which takes its addresses for spares of each other: it begins with one of them by chance, and
#   where that fails it takes the other's answer. The same faults at a server of one address are CRITICAL and a warning.
# Costs: a name server whose IPv6 half lost the zone stays green for as long as the other half works, while the resolvers that ask it there get
#   SERVFAIL. Of one with old data the check is well again at each retry, so that nobody is told (max_check_attempts).
# The package is unpacked in the folder, not installed. Needs root, for port 53 and a resolv.conf in namespaces of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
perl -MNet::DNS::Resolver::Recurse -e 1 2>/dev/null || untried "needs Debian's libnet-dns-perl"
(cd "$dir" && apt-get -q download monitoring-plugins-contrib=42.20230308+deb12u1+b1 && dpkg -x monitoring-plugins-contrib*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's monitoring-plugins-contrib can't be had: $(tail -n 1 "$dir/log")"
cat >"$dir/server.py" <<'END'
"""A resolver and root (.54), and name servers at addresses that are well (.2), failing (.3) or old (.4)."""
import selectors, socket, struct, sys

SERVERS = {"ns1": [int(last) for last in sys.argv[1].split(",")], "ns2": [2]}
A, NS, SOA = 1, 2, 6
selector = selectors.DefaultSelector()
for last in (2, 3, 4, 54):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((f"127.0.0.{last}", 53))
    selector.register(server, selectors.EVENT_READ, last)
print("ready", flush=True)

def records_of(name, kind, serial):
    if kind == A and name != "one":
        return [bytes([127, 0, 0, last]) for last in SERVERS.get(name, [54])]
    if name == "one" and kind == NS:
        return [b"\3" + server.encode() + b"\7example\0" for server in SERVERS]
    if name == "one" and kind == SOA:
        return [b"\3ns1\7example\0\1h\7example\0" + struct.pack(">5I", serial, 7200, 3600, 1209600, 300)]
    return []

while True:
    for key, _ in selector.select():
        query, client = key.fileobj.recvfrom(4096)
        end = query.index(0, 12) + 5
        name, kind = query[13:13 + query[12]].decode().lower(), query[end - 3]
        found = [] if key.data == 3 else records_of(name, kind, 5 if key.data == 4 else 9)
        body = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data for data in found)
        status = 0x8002 if key.data == 3 else 0x8580
        key.fileobj.sendto(query[:2] + struct.pack(">5H", status, 1, len(found), 0, 0) + query[12:end] + body, client)
END
cat >"$dir/run.sh" <<'END'
# in namespaces of its own: the check's status and line, by the addresses of ns1
dir=$1
ip link set lo up
echo 'nameserver 127.0.0.54' >"$dir/resolv.conf"
mount --bind "$dir/resolv.conf" /etc/resolv.conf
for addresses in 2 3 4 2,3 3,2 2,4 2,4 2,4 2,4 2,4 2,4 2,4 2,4 2,4 2,4; do
    rm -f "$dir/ready"
    python3 "$dir/server.py" $addresses >"$dir/ready" & server=$!
    for try in 1 2 3 4 5 6 7 8 9 10; do
        grep -qs ready "$dir/ready" && break
        sleep 1
    done
    status=0
    said=$(perl "$dir/usr/lib/nagios/plugins/check_zone_auth" -Z one.example) || status=$?
    echo "ns1 at 127.0.0.$addresses: status $status, ${said%%; (*}"
    kill $server
    wait $server 2>/dev/null || true
    [ "$addresses $status" = "2,4 0" ] && break
done
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$(echo "$seen" | sed 's/.*: status \([0-9]*\),.*/\1/' | tr '\n' ' ')" in
"0 2 1 0 0 "*"0 "*) echo "a server with one good address is good" ;;
"0 2 1 "*) echo "changed: another status for servers of two addresses"; exit 1 ;;
*) untried "it has another status for servers of one address: $(tail -n 1 "$dir/log")" ;;
esac
