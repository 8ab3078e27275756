#!/bin/sh
# libnet-nslookup-perl 2.04-4 with libnet-dns-perl 1.36-1+deb12u1 (Debian 12, Net::Nslookup): one name, asked for at the servers of three
#   providers one after the other, each provider's servers in a list, as one compares them.
# Expected: each list's own answer: 'server ... should be an IP address, or a reference to an array of IP addresses', and 'that server(s) will
#   be used for lookups'.
# Seen: all three answers are the first provider's, and the other servers aren't asked anything. Resolvers are kept for the next call by the text
#   of what was given, which of a reference is the place of the array in memory; a 'my @servers' of a loop is at the same place in each
#   round, with other servers in it, and what is kept there is asked. An address that is given alone, as a text, is right.
# Costs: a check whether all servers of a zone say the same, or whether a change has come to every resolver, compares the first with itself and is
#   always content; answers of one server are logged as another's. It depends on where Perl puts an array: a script that makes each list
#   anew and keeps it is right.
# The packages are unpacked in the folder, not installed. Needs root, for a port 53 in a network of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
(cd "$dir" && apt-get -q download libnet-nslookup-perl=2.04-4 libnet-dns-perl=1.36-1+deb12u1 &&
    for package in ./*.deb; do dpkg -x "$package" .; done) >"$dir/log" 2>&1 ||
    untried "Debian's packages can't be had: $(tail -n 1 "$dir/log")"
cat >"$dir/server.py" <<'END'
"""Three servers, 127.0.0.61 to 63, each of which has an address for the name that ends with its own last number."""
import select, socket, struct

servers = {}
for last in 61, 62, 63:
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((f"127.0.0.{last}", 53))
    servers[server] = last
print("ready", flush=True)
while True:
    for server in select.select(list(servers), [], [])[0]:
        query, client = server.recvfrom(4096)
        print(servers[server], flush=True)
        end = query.index(0, 12) + 5
        record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + bytes([192, 0, 2, servers[server]])
        server.sendto(query[:2] + struct.pack(">5H", 0x8180, 1, 1, 0, 0) + query[12:end] + record, client)
END
cat >"$dir/look.pl" <<'END'
use strict; use warnings; use Net::Nslookup;
for my $last (61, 62, 63) {
    print "127.0.0.$last: ", scalar nslookup(host => "www.example", server => "127.0.0.$last"), "\n";
}
for my $last (61, 62, 63) {
    my @servers = ("127.0.0.$last");
    print "list of @servers: ", scalar nslookup(host => "www.example", server => \@servers), "\n";
}
END
cat >"$dir/run.sh" <<'END'
dir=$1
ip link set lo up
python3 "$dir/server.py" >"$dir/asked" & server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do
    grep -q ready "$dir/asked" && break
    sleep 1
done
perl -I "$dir/usr/share/perl5" "$dir/look.pl"
echo "asked: $(grep -v ready "$dir/asked" | xargs)"
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in "127.0.0.61: 192.0.2.61
127.0.0.62: 192.0.2.62
127.0.0.63: 192.0.2.63
list of 127.0.0.61: 192.0.2.61
"*) ;;
*) untried "servers that are given alone aren't asked: $(tail -n 1 "$dir/log")";; esac
case "$seen" in *"
list of 127.0.0.62: 192.0.2.61
list of 127.0.0.63: 192.0.2.61
asked: 61 62 63 61 61 61") ;;
*) echo "changed: each list is asked"; exit 1;; esac
echo "the servers of the first list are asked for all"
