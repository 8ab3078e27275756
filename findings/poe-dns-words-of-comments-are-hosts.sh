#!/bin/sh
# libpoe-component-client-dns-perl 1:1.054-2 with libpoe-perl 2:1.3700-1 and libnet-dns-perl 1.36-1+deb12u1 (Debian 12,
#   POE::Component::Client::DNS), the resolver of IRC bots and servers in Perl: a hosts file that has a comment behind a line.
# Expected: 'Text from a "#" character until the end of the line is a comment, and is ignored' (hosts(5)), so that the names of the line are its own
#   and old.example is asked for in the DNS; and names are found in any case (RFC 4343, 3), as glibc finds both.
# Seen: each word of the comment is a name of the line's address: old.example, which moved away, has the address of new.example, without a
#   question to the server, and so have '#', 'was' and 'until'. Comments are passed over where they have a line for themselves only. NEW.example
#   isn't found in the file, and the server is asked.
# Costs: an administrator's note is an answer: the name that the note says is gone, or is elsewhere, goes to the address beside it in these programs
#   alone, whatever the DNS says, and its question is in no log of a resolver; ping and every other program have it right.
# The packages are unpacked in the folder, not installed. Needs root, for a resolv.conf, a hosts file and a port 53 of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
(cd "$dir" && apt-get -q download libpoe-component-client-dns-perl=1:1.054-2 libpoe-perl=2:1.3700-1 libio-pipely-perl=0.006-1 \
    libposix-strptime-perl=0.13-2+b1 libnet-dns-perl=1.36-1+deb12u1 && for package in ./*.deb; do dpkg -x "$package" .; done) >"$dir/log" 2>&1 ||
    untried "Debian's packages can't be had: $(tail -n 1 "$dir/log")"
cat >"$dir/server.py" <<'END'
"""A resolver that has 192.0.2.99 for each name."""
import socket, struct

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
print("ready", flush=True)
while True:
    query, client = server.recvfrom(4096)
    end = query.index(0, 12) + 5
    record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + bytes([192, 0, 2, 99])
    server.sendto(query[:2] + struct.pack(">5H", 0x8180, 1, 1, 0, 0) + query[12:end] + record, client)
END
cat >"$dir/look.pl" <<'END'
use strict; use warnings; use Socket (); use POE qw(Component::Client::DNS);
my @names = qw(new.example old.example until NEW.example);
my %found;
my $resolver = POE::Component::Client::DNS->spawn(Timeout => 5);
POE::Session->create(inline_states => {
    _start => sub { for my $name (@names) { $resolver->resolve(event => "found", host => $name, context => $name) } },
    found => sub { my $packet = $_[ARG0]{response}; $found{$_[ARG0]{host}} = $packet ? ($packet->answer)[0]->address : "none" },
});
POE::Kernel->run;
for my $name (@names) {
    my $address = Socket::inet_aton($name);
    print "$name: glibc ", ($address ? Socket::inet_ntoa($address) : "none"), ", POE $found{$name}\n";
}
END
cat >"$dir/run.sh" <<'END'
dir=$1
ip link set lo up
printf 'nameserver 127.0.0.54\noptions timeout:2 attempts:2\n' >"$dir/resolv.conf"
printf 'hosts: files dns\n' >"$dir/nsswitch.conf"
printf '127.0.0.1 localhost\n192.0.2.1 new.example # was old.example until May\n' >"$dir/hosts"
for file in resolv nsswitch; do mount --bind "$dir/$file.conf" /etc/$file.conf; done
mount --bind "$dir/hosts" /etc/hosts
python3 "$dir/server.py" >"$dir/asked" & server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do
    grep -q ready "$dir/asked" && break
    sleep 1
done
perl -I "$dir/usr/share/perl5" -I "$(echo "$dir"/usr/lib/*/perl5/5.*)" "$dir/look.pl"
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in "new.example: glibc 192.0.2.1, POE 192.0.2.1
old.example: glibc 192.0.2.99, "*) ;;
*) untried "the hosts file isn't read: $(tail -n 1 "$dir/log")";; esac
[ "$seen" = "new.example: glibc 192.0.2.1, POE 192.0.2.1
old.example: glibc 192.0.2.99, POE 192.0.2.1
until: glibc 192.0.2.99, POE 192.0.2.1
NEW.example: glibc 192.0.2.1, POE 192.0.2.99" ] || { echo "changed: comments or the case are read in another way"; exit 1; }
echo "the words of a comment are names of the address before it"
