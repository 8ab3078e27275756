#!/bin/sh
# ruby-rubydns 1.0.3-3 (Debian 12, RubyDNS, with ruby-celluloid 0.16.0-5), 'a high-performance DNS server' to be programmed in Ruby: a name of
#   forty addresses, more than the 512 octets of a UDP answer, asked for by glibc 2.36 and libnet-dns-perl 1.36-1+deb12u1 (Debian 12).
# Expected: a response (QR) that says it was truncated (TC), with the question: then clients ask by TCP (RFC 2181, 9; RFC 1035, 4.1.1: QR is
#   'query (0), or a response (1)'), as the server listens there for, and gives the whole answer. So does every other server.
# Seen: what comes by UDP is a query: TC is set, QR isn't, and there is no question in it. For this case alone it begins a new message, and takes
#   over the id and nothing else. glibc passes over it, waits, asks again, and says 'Temporary failure in name resolution';
#   Net::DNS says 'query timed out'. dig asks by TCP, after 'Warning: query response not set', and so do Unbound and dnspython.
# Costs: names are there until an answer grows by one record, and then such programs can't resolve them, after a time-out, as if the server were
#   down; who looks with dig finds them. With EDNS it is the same: 512 octets are the limit for all.
# The packages are unpacked in the folder, not installed. Needs root, for a resolv.conf and a port 53 of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
ruby -e 'exit RUBY_VERSION.start_with?("3.1.")' 2>/dev/null || untried "needs Debian's ruby 3.1"
(cd "$dir" && apt-get -q download ruby-rubydns=1.0.3-3 ruby-celluloid=0.16.0-5 ruby-celluloid-io=0.16.2-5 ruby-timers=4.1.1-2.1 \
    ruby-nio4r=2.5.8-3 ruby-hitimes=1.3.1-1+b3 libnet-dns-perl=1.36-1+deb12u1 && for package in ./*.deb; do dpkg -x "$package" .; done) >"$dir/log" 2>&1 ||
    untried "Debian's packages can't be had: $(tail -n 1 "$dir/log")"
cat >"$dir/server.rb" <<'END'
require "rubydns"

address = Resolv::DNS::Resource::IN::A
Celluloid.logger.level = Logger::ERROR
RubyDNS.run_server(listen: [[:udp, "127.0.0.1", 53], [:tcp, "127.0.0.1", 53]]) do
  match("few.example", address) { |transaction| transaction.respond!("192.0.2.1") }
  match("many.example", address) { |transaction| (1..40).each { |last| transaction.respond!("192.0.2.#{last}") } }
end
END
cat >"$dir/ask.py" <<'END'
import socket


def of_glibc(name):
    try:
        found = socket.getaddrinfo(name, 80, socket.AF_INET, socket.SOCK_STREAM)
    except socket.gaierror as error:
        return error.strerror
    return f"{len(found)} addresses"


for name in "few.example", "many.example":
    print(f"{name}: glibc {of_glibc(name)}")
query = bytes.fromhex("1234 0100 0001 0000 0000 0000") + b"\4many\7example\0" + bytes.fromhex("0001 0001")
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
    client.settimeout(5)
    client.sendto(query, ("127.0.0.1", 53))
    octets = client.recv(4096)
print("by UDP:", "flags", octets[2:4].hex(), "questions", octets[5], "octets", len(octets))
with socket.create_connection(("127.0.0.1", 53), timeout=5) as client:
    client.sendall(len(query).to_bytes(2, "big") + query)
    octets = client.makefile("rb").read(14)[2:]
print("by TCP:", "flags", octets[2:4].hex(), "questions", octets[5], "answers", octets[7])
END
cat >"$dir/ask.pl" <<'END'
use strict; use warnings; use Net::DNS;
my $resolver = Net::DNS::Resolver->new(udp_timeout => 2, retry => 1);
for my $name ("few.example", "many.example") {
    my $answer = $resolver->send($name, "A");
    print "$name: Net::DNS ", ($answer ? scalar(my @all = $answer->answer) . " addresses" : $resolver->errorstring), "\n";
}
END
cat >"$dir/run.sh" <<'END'
dir=$1
ip link set lo up
printf 'nameserver 127.0.0.1\noptions timeout:1 attempts:2\n' >"$dir/resolv.conf"
printf 'hosts: dns\n' >"$dir/nsswitch.conf"
for file in resolv nsswitch; do mount --bind "$dir/$file.conf" /etc/$file.conf; done
libraries=$(find "$dir/usr" -type d \( -path '*/gems/*/lib' -o -path '*/extensions/*/nio4r-*' -o -path '*/extensions/*/hitimes-*' \) -prune |
    sed 's/^/-I /' | xargs)
ruby $libraries -I "$dir/usr/lib/ruby/vendor_ruby" "$dir/server.rb" >"$dir/log" 2>&1 & server=$!
trap 'kill $server' EXIT
for try in $(seq 60); do
    ss -Hlnt 2>/dev/null | grep -q 127.0.0.1:53 && break
    sleep 0.5
done
python3 "$dir/ask.py"
perl -I "$dir/usr/share/perl5" "$dir/ask.pl"
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/error") || untried "it can't be run: $(tail -n 1 "$dir/error" "$dir/log")"
echo "$seen"
case "$seen" in "few.example: glibc 1 addresses
"*"by TCP: flags 8500 questions 1 answers 40
few.example: Net::DNS 1 addresses
"*) ;;
*) untried "a short answer isn't found either: $(tail -n 1 "$dir/log")";; esac
case "$seen" in *"many.example: glibc Temporary failure in name resolution
by UDP: flags 0200 questions 0 octets 12
"*"many.example: Net::DNS query timed out"*) ;;
*) echo "changed: truncated answers are taken"; exit 1;; esac
echo "a truncated answer is a question, and many programs don't take it"
