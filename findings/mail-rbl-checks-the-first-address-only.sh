#!/bin/sh
# libmail-rbl-perl 1.10-3 (Debian 12, Mail::RBL, with which mtpolicyd asks), with libnet-dns-perl 1.36-1+deb12u1: is a host on a blocklist?
# Expected: 'In the case of a hostname, all the IP addresses will be looked up and checked against the list. If any of the addresses is in
#   the list, the host will be considered in the list as a whole' (Mail::RBL(3pm)): a host of two addresses, one of which is listed, is
#   on the list.
# Seen: it is where the listed address is the first in the answer, and isn't where it is the second; the list isn't asked for that.
#   What gethostbyname gives is the address' length and then all addresses, and one element of it is taken.
# Costs: resolvers turn the order of an answer round, so a relay or a spammer's web site with one bad address of two is listed in every second
#   run and clean in the others, and of a large pool nearly always clean; the answer is a plain undef, as of a host that the list
#   was asked about in full.
# The package is unpacked in the folder, not installed. Needs root, for a resolv.conf and a port 53 of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
perl -MNet::DNS -MNetAddr::IP -e 1 2>/dev/null || untried "needs Debian's libnet-dns-perl and libnetaddr-ip-perl"
(cd "$dir" && apt-get -q download libmail-rbl-perl=1.10-3 && dpkg -x libmail-rbl-perl*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's libmail-rbl-perl can't be had: $(tail -n 1 "$dir/log")"
cat >"$dir/server.py" <<'END'
"""A resolver that knows two hosts, of the same two addresses in either order, and a list that has one of these."""
import socket, struct

ADDRESSES = {
    b"\5first\7example": ["192.0.2.66", "192.0.2.1"],
    b"\6second\7example": ["192.0.2.1", "192.0.2.66"],
    b"\00266\0012\0010\003192\4list\7example": ["127.0.0.2"],
}
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
print("ready", flush=True)
while True:
    query, client = server.recvfrom(4096)
    end = query.index(0, 12)
    name, kind = query[12:end].lower(), query[end + 2]
    found = ADDRESSES.get(name, []) if kind == 1 else []
    code = 0 if name in ADDRESSES else 3
    answers = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + socket.inet_aton(one) for one in found)
    server.sendto(query[:2] + struct.pack(">5H", 0x8180 | code, 1, len(found), 0, 0) + query[12:end + 5] + answers, client)
END
cat >"$dir/look.pl" <<'END'
use strict; use warnings; use Mail::RBL;

my $list = Mail::RBL->new("list.example");
for my $host (qw(192.0.2.66 192.0.2.1 first.example second.example)) {
    print "$host: ", $list->check($host) ? "on the list" : "not on the list", "\n";
}
END
cat >"$dir/run.sh" <<'END'
# in namespaces of its own: what the module says of two addresses, and of two hosts that have both
dir=$1
ip link set lo up
printf 'nameserver 127.0.0.54\noptions timeout:1 attempts:2\n' >"$dir/resolv.conf"
printf 'hosts: dns\n' >"$dir/nsswitch.conf"
mount --bind "$dir/resolv.conf" /etc/resolv.conf
mount --bind "$dir/nsswitch.conf" /etc/nsswitch.conf
python3 "$dir/server.py" >"$dir/ready" & server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do
    grep -q ready "$dir/ready" && break
    sleep 1
done
perl -I "$dir/usr/share/perl5" "$dir/look.pl"
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in "192.0.2.66: on the list
192.0.2.1: not on the list
first.example: on the list
"*) ;;
*) untried "the list isn't asked for an address";; esac
echo "$seen" | grep -q '^second.example: not on the list' || { echo "changed: the second address is checked too"; exit 1; }
echo "a host whose second address is listed is not on the list"
