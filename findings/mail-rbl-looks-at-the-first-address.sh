#!/bin/sh
# libmail-rbl-perl 1.10-3 with libnetaddr-ip-perl 4.079+dfsg-2+b1 and libnet-dns-perl 1.36-1+deb12u1 (Debian 12, Mail::RBL): is a host, given by
#   its name, on a blocklist? Here one with two addresses, of which the list has one.
# Expected: yes, whichever it is: 'In the case of a hostname, all the IP addresses will be looked up and checked against the list. If any of the
#   addresses is in the list, the host will be considered in the list as a whole' (its manual, where the 'any' is in bold).
# Seen: yes if it is the first of the resolver's answer, and no ('undef') if it is the second, about which the list isn't asked. Of what
#   gethostbyname gives in list context it takes the fifth element, which is the first address; the others stand behind it.
# Costs: servers and glibc turn the order of addresses round, so a host of two addresses is listed now and then, and one of eight hardly ever; a
#   filter lets its mail through, and there is no error. The loop over the addresses is there, so a reader of the source thinks it right.
# The packages are unpacked in the folder, not installed. Needs root, for a resolv.conf and a port 53 of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
(cd "$dir" && apt-get -q download libmail-rbl-perl=1.10-3 libnetaddr-ip-perl=4.079+dfsg-2+b1 libnet-dns-perl=1.36-1+deb12u1 &&
    for package in ./*.deb; do dpkg -x "$package" .; done) >"$dir/log" 2>&1 ||
    untried "Debian's packages can't be had: $(tail -n 1 "$dir/log")"
cat >"$dir/server.py" <<'END'
"""Two hosts with the same two addresses, in either order, and a list that has 192.0.2.7."""
import socket, struct

hosts = {b"first": [(192, 0, 2, 7), (192, 0, 2, 6)], b"second": [(192, 0, 2, 6), (192, 0, 2, 7)], b"7": [(127, 0, 0, 2)]}
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
print("ready", flush=True)
while True:
    query, client = server.recvfrom(4096)
    end = query.index(0, 12) + 5
    label, kind = query[13:13 + query[12]], query[end - 4:end - 2]
    if kind == b"\0\1":
        print(label.decode(), flush=True)
    found = hosts.get(label, []) if kind == b"\0\1" else []
    known = label in hosts
    records = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + bytes(octets) for octets in found)
    flags = 0x8180 if known else 0x8183
    server.sendto(query[:2] + struct.pack(">5H", flags, 1, len(found), 0, 0) + query[12:end] + records, client)
END
cat >"$dir/look.pl" <<'END'
use strict; use warnings; use Mail::RBL;
my $list = Mail::RBL->new("list.example");
print "$_: ", (defined $list->check($_) ? "listed" : "not listed"), "\n" for "192.0.2.6", "192.0.2.7", "first.example", "second.example";
END
cat >"$dir/run.sh" <<'END'
dir=$1
ip link set lo up
printf 'nameserver 127.0.0.54\noptions timeout:2 attempts:2\n' >"$dir/resolv.conf"
printf 'hosts: dns\n' >"$dir/nsswitch.conf"
for file in resolv nsswitch; do mount --bind "$dir/$file.conf" /etc/$file.conf; done
python3 "$dir/server.py" >"$dir/asked" & server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do
    grep -q ready "$dir/asked" && break
    sleep 1
done
perl -I "$dir/usr/share/perl5" -I "$(echo "$dir"/usr/lib/*/perl5/5.*)" "$dir/look.pl"
echo "A questions: $(grep -v ready "$dir/asked" | xargs)"
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in "192.0.2.6: not listed
192.0.2.7: listed
first.example: listed
"*) ;;
*) untried "the list isn't found: $(tail -n 1 "$dir/log")";; esac
[ "$seen" = "192.0.2.6: not listed
192.0.2.7: listed
first.example: listed
second.example: not listed
A questions: 6 7 first 7 second 6" ] || { echo "changed: the second address is looked at"; exit 1; }
echo "a host is listed by its first address only"
