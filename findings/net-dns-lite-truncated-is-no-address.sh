#!/bin/sh
# libnet-dns-lite-perl 0.12-2 (Debian 12, Net::DNS::Lite), a 'drop-in replacement for Socket::inet_aton': a name whose answer comes truncated
#   by UDP, as a long one does, and as servers send it to clients that ask much (response rate limiting).
# Expected: the address, as inet_aton gives it: 'When a DNS client receives a reply with TC set, it should ignore that response, and query
#   again, using a mechanism, such as a TCP connection, that will permit larger replies' (RFC 2181, 9), or an error.
# Seen: undef, 'no such host', and no question by TCP. The flag is read and nobody looks at it; there is no TCP. With a cache, as its manual
#   offers one, the empty answer is kept for ten minutes (CACHE_TTL, since it has no record whose TTL could be less), and the name isn't
#   asked for again. AnyEvent::DNS, which it is made of, asks by TCP.
# Costs: hosts with many addresses never exist for programs built on it; a server that starts to limit its answers
#   makes all of its zone's hosts missing, for one question in some and then, by the cache, for minutes.
# The packages are unpacked in the folder, not installed. Needs root, for a resolv.conf and a port 53 of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
(cd "$dir" && apt-get -q download libnet-dns-lite-perl=0.12-2 liblist-moreutils-perl=0.430-2 liblist-moreutils-xs-perl=0.430-3+b1 \
    libexporter-tiny-perl=1.006000-1 && for package in ./*.deb; do dpkg -x "$package" .; done) >"$dir/log" 2>&1 ||
    untried "Debian's packages can't be had: $(tail -n 1 "$dir/log")"
cat >"$dir/server.py" <<'END'
"""A resolver that has an address for each name, for all but 'short' by TCP only: by UDP it answers with TC and no record."""
import socket, struct, threading

datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
datagrams.bind(("127.0.0.54", 53))
streams = socket.create_server(("127.0.0.54", 53))


def answer(query, way):
    end = query.index(0, 12) + 5
    label = query[13:13 + query[12]].decode()
    print(label, way, flush=True)
    whole = label == "short" or way == "tcp"
    header = query[:2] + struct.pack(">5H", 0x8180 if whole else 0x8380, 1, whole, 0, 0)
    record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + bytes([192, 0, 2, 1])
    return header + query[12:end] + (record if whole else b"")


def serve_streams():
    while True:
        connection, _ = streams.accept()
        message = answer(connection.recv(4096)[2:], "tcp")
        connection.sendall(struct.pack(">H", len(message)) + message)
        connection.close()


threading.Thread(target=serve_streams, daemon=True).start()
print("ready", flush=True)
while True:
    query, client = datagrams.recvfrom(4096)
    datagrams.sendto(answer(query, "udp"), client)
END
cat >"$dir/look.pl" <<'END'
use strict; use warnings;
use Socket (); use Net::DNS::Lite ();

package Cache { sub new { bless {} } sub get { $_[0]{$_[1]} } sub set { $_[0]{$_[1]} = $_[2] } sub remove { delete $_[0]{$_[1]} } }

sub shown { my $address = shift; defined $address ? Socket::inet_ntoa($address) : "none" }
print "Socket: ", join(" ", map { "$_ " . shown(Socket::inet_aton("$_.example.")) } qw(short long)), "\n";
print "Lite: ", join(" ", map { "$_ " . shown(Net::DNS::Lite::inet_aton("$_.example")) } qw(short many)), "\n";
$Net::DNS::Lite::CACHE = Cache->new;
print "with a cache: ", join(" ", map { "$_ " . shown(Net::DNS::Lite::inet_aton("$_.example")) } qw(kept kept kept)), "\n";
END
cat >"$dir/run.sh" <<'END'
# in namespaces of its own: what both look-ups say, and what the server was asked
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
echo "asked: $(sort "$dir/asked" | uniq -c | grep -v ready | xargs)"
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in "Socket: short 192.0.2.1 long 192.0.2.1
Lite: short 192.0.2.1 "*) ;;
*) untried "a whole answer isn't found either: $(tail -n 1 "$dir/log")";; esac
case "$seen" in *"many none
with a cache: kept none kept none kept none
asked: 1 kept udp 1 long tcp 1 long udp 1 many udp "*) ;;
*) echo "changed: a truncated answer is asked for again"; exit 1;; esac
echo "a truncated answer is no address, and stays so"
