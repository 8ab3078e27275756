#!/bin/sh
# libpoe-component-client-dns-perl 1:1.054-2 (POE::Component::Client::DNS) and libnet-dns-async-perl 1.07-4 (Net::DNS::Async), with libnet-dns-perl
#   1.36-1+deb12u1 (Debian 12): long answers, by a name server that is given with the question, where resolv.conf has another.
# Expected: that server's answer, short or long: 'nameservers' of a request 'defaults to $resolver's Nameservers', so it is what is asked where
#   it is given; and where the answer came truncated, the same server is asked by TCP (RFC 2181, 9; RFC 7766, 5).
# Seen: a short answer is that server's. A long one is the server's of resolv.conf, which is asked by TCP when UDP was truncated: answers are
#   read by a resolver object that all requests share, whose list of servers is by then that of the request sent last (POE), or is never
#   set (Async), and the question by TCP goes to that list.
# Costs: a check that asks each server of a zone compares, for long answers (DNSKEY, TXT, many addresses), one resolver with itself and finds
#   all the same; names of an inner view (a company's, a blocklist's) are asked for outside; what was learned from one server is
#   written down as another's. With short answers, as in most tests, it is right.
# The packages are unpacked in the folder, not installed. Needs root, for a resolv.conf and a port 53 of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
(cd "$dir" && apt-get -q download libpoe-component-client-dns-perl=1:1.054-2 libpoe-perl=2:1.3700-1 libio-pipely-perl=0.006-1 \
    libposix-strptime-perl=0.13-2+b1 libnet-dns-async-perl=1.07-4 libnet-dns-perl=1.36-1+deb12u1 &&
    for package in ./*.deb; do dpkg -x "$package" .; done) >"$dir/log" 2>&1 ||
    untried "Debian's packages can't be had: $(tail -n 1 "$dir/log")"
cat >"$dir/server.py" <<'END'
"""Two servers, 127.0.0.61 and 62, each with an address of its own for each name; by UDP 'long' is truncated."""
import socket, struct, threading


def answer(query, last, way):
    end = query.index(0, 12) + 5
    label = query[13:13 + query[12]].decode()
    print(f"{label}-{way}-{last}", flush=True)
    whole = label == "short" or way == "tcp"
    record = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + bytes([192, 0, 2, last])
    head = struct.pack(">5H", 0x8180 if whole else 0x8380, 1, whole, 0, 0)
    return query[:2] + head + query[12:end] + (record if whole else b"")


def serve_datagrams(last):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((f"127.0.0.{last}", 53))
        while True:
            query, client = server.recvfrom(4096)
            server.sendto(answer(query, last, "udp"), client)


def serve_streams(last):
    with socket.create_server((f"127.0.0.{last}", 53)) as server:
        while True:
            connection, _ = server.accept()
            message = answer(connection.recv(4096)[2:], last, "tcp")
            connection.sendall(struct.pack(">H", len(message)) + message)
            connection.close()


threads = [threading.Thread(target=serve, args=[last]) for last in (61, 62) for serve in (serve_datagrams, serve_streams)]
for thread in threads:
    thread.start()
print("ready", flush=True)
END
cat >"$dir/poe.pl" <<'END'
use strict; use warnings; use POE qw(Component::Client::DNS);
my %found;
my $resolver = POE::Component::Client::DNS->spawn(Timeout => 5, HostsFile => "/dev/null");
POE::Session->create(inline_states => {
    _start => sub {
        for my $name (qw(short.example long.example)) {
            $resolver->resolve(event => "found", host => $name, context => $name, nameservers => ["127.0.0.62"]);
        }
        $resolver->resolve(event => "found", host => "short.elsewhere.example", context => "other");
    },
    found => sub { my $packet = $_[ARG0]{response}; $found{$_[ARG0]{host}} = $packet ? ($packet->answer)[0]->address : "none" },
});
POE::Kernel->run;
print "POE: $_ at 127.0.0.62 is $found{$_}\n" for qw(short.example long.example);
END
cat >"$dir/async.pl" <<'END'
use strict; use warnings; use Net::DNS::Async;
my $async = Net::DNS::Async->new;
for my $name (qw(short.example long.example)) {
    $async->add({Query => [$name, "A"], Nameservers => ["127.0.0.62"], Callback => sub {
        my $packet = shift;
        print "Async: $name at 127.0.0.62 is ", ($packet ? ($packet->answer)[0]->address : "none"), "\n";
    }});
    $async->await;
}
END
cat >"$dir/run.sh" <<'END'
dir=$1
ip link set lo up
printf 'nameserver 127.0.0.61\n' >"$dir/resolv.conf"
mount --bind "$dir/resolv.conf" /etc/resolv.conf
python3 "$dir/server.py" >"$dir/asked" & server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do
    grep -q ready "$dir/asked" && break
    sleep 1
done
for script in poe async; do perl -I "$dir/usr/share/perl5" -I "$(echo "$dir"/usr/lib/*/perl5/5.*)" "$dir/$script.pl"; done
echo "asked for the long answer: $(grep long "$dir/asked" | sort | uniq -c | xargs)"
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in "POE: short.example at 127.0.0.62 is 192.0.2.62
"*"
Async: short.example at 127.0.0.62 is 192.0.2.62
"*) ;;
*) untried "a short answer isn't found either: $(tail -n 1 "$dir/log")";; esac
case "$seen" in *"
POE: long.example at 127.0.0.62 is 192.0.2.61
"*"
Async: long.example at 127.0.0.62 is 192.0.2.61
asked for the long answer: 2 long-tcp-61 2 long-udp-62") ;;
*) echo "changed: the server that was given is asked by TCP"; exit 1;; esac
echo "long answers are another server's"
