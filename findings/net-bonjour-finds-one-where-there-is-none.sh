#!/bin/sh
# libnet-bonjour-perl 0.96-2.1 with libnet-dns-perl 1.36-1+deb12u1 (Debian 12, Net::Bonjour), which finds services of a domain by 'traditional
#   DNS' (DNS-SD, RFC 6763): a kind of service that the domain has one of, and one that it has none of, whose name is NXDOMAIN.
# Expected: one entry, and none: 'Returns an array of ... Entry objects for the last discovery', and no PTR record is no instance
#   (RFC 6763, 4).
# Seen: one entry for either. Of the kind that isn't there it is called '0' and has no address and no port, and discover() says 1.
#   Where the question has no answer the function for it returns 0, as for a number, and its caller takes a list, which has then one
#   element.
# Costs: 'is there a printer here?' is yes in every domain, also while the server fails, as the domain that has none looks like one that has one; a program
#   that goes through the entries, as in its manual, connects to nothing, and a count of services has one too many for each kind.
# The packages are unpacked in the folder, not installed. Needs root, for a resolv.conf and a port 53 of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
(cd "$dir" && apt-get -q download libnet-bonjour-perl=0.96-2.1 libnet-dns-perl=1.36-1+deb12u1 &&
    for package in ./*.deb; do dpkg -x "$package" .; done) >"$dir/log" 2>&1 ||
    untried "Debian's packages can't be had: $(tail -n 1 "$dir/log")"
cat >"$dir/server.py" <<'END'
"""A resolver of a domain with one web server, 'page', and no printer."""
import socket, struct


def wire(name):
    return b"".join(bytes([len(label)]) + label for label in name.encode().split(b".")) + b"\0"


records = {
    ("_http._tcp.office.example", 12): wire("page._http._tcp.office.example"),
    ("page._http._tcp.office.example", 33): struct.pack(">3H", 0, 0, 80) + wire("www.office.example"),
    ("page._http._tcp.office.example", 16): b"\6path=/",
    ("www.office.example", 1): bytes([192, 0, 2, 1]),
}
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
print("ready", flush=True)
while True:
    query, client = server.recvfrom(4096)
    at, labels = 12, []
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += 1 + query[at]
    name, (kind,) = ".".join(labels), struct.unpack(">H", query[at + 1:at + 3])
    data = records.get((name, kind), b"")
    record = b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data if data else b""
    known = any(other == name for other, _ in records)
    server.sendto(query[:2] + struct.pack(">5H", 0x8180 if known else 0x8183, 1, bool(data), 0, 0) + query[12:at + 5] + record, client)
END
cat >"$dir/look.pl" <<'END'
use strict; use warnings; use Net::Bonjour;
for my $service (qw(http ipp)) {
    my $found = Net::Bonjour->new;
    $found->service($service, "tcp");
    $found->domain("office.example");
    print "$service: ", $found->discover, " found\n";
    print "    '", $_->name, "' at ", $_->address // "no address", ", port ", $_->port // "none", "\n" for $found->entries;
}
END
cat >"$dir/run.sh" <<'END'
dir=$1
ip link set lo up
printf 'nameserver 127.0.0.54\n' >"$dir/resolv.conf"
mount --bind "$dir/resolv.conf" /etc/resolv.conf
python3 "$dir/server.py" >"$dir/asked" & server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do
    grep -q ready "$dir/asked" && break
    sleep 1
done
perl -I "$dir/usr/share/perl5" "$dir/look.pl"
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in "http: 1 found
    'page' at 192.0.2.1, port 80
ipp: "*) ;;
*) untried "the service that is there isn't found: $(tail -n 1 "$dir/log")";; esac
case "$seen" in *"
ipp: 1 found
    '0' at no address, port none") ;;
*) echo "changed: no service is none"; exit 1;; esac
echo "a service that isn't there is found, and called 0"
