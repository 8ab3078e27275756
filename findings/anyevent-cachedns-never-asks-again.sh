#!/bin/sh
# libanyevent-cachedns-perl 0.08-3 (Debian 12, AnyEvent::CacheDNS) with libanyevent-perl 7.170-2+b3: look-ups that fail, or whose server
#   doesn't answer for once.
# Expected: an answer is kept for its TTL, a negative one for the time in its SOA (RFC 2308, 5), and a failure for five
#   minutes at most (RFC 2308, 7.1; RFC 9520, 3.2). Positive answers are, by their TTL.
# Seen: whatever has no record (NXDOMAIN, SERVFAIL, a question that nobody answered) is kept for good: the server works again, and the
#   name is still empty and not asked for, until the process ends. Its documentation says that records are purged after their
#   TTL, and nothing of these. PERL_ANYEVENT_DNS_TTL=60 in the environment mends it.
# Costs: registered as the resolver of a program, as its documentation shows, one lost packet at the first look-up cuts the program
#   off from a host until somebody restarts it.
# Needs root, for port 53 in a network of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -n true 2>/dev/null || untried "needs root and network namespaces"
perl -MAnyEvent::CacheDNS -e 1 2>/dev/null || untried "needs Debian's libanyevent-cachedns-perl"
dig -v >"$dir/log" 2>&1 || untried "needs dig of Debian's bind9-dnsutils"
cat >"$dir/server.py" <<'EOF'
"""A server that fails each name's first question in the way that its first label says, and knows an address after that."""
import socket, struct

CODES = {b"servfail": 2, b"gone": 3}
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
data = b"\2ns\7example\0\1h\7example\0" + struct.pack(">5I", 1, 7200, 3600, 1209600, 0)
soa = b"\7example\0" + struct.pack(">HHIH", 6, 1, 0, len(data)) + data
address = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 1, 4) + bytes([192, 0, 2, 1])
asked = set()
while True:
    query, client = server.recvfrom(4096)
    end = query.index(0, 12) + 5
    label = query[13:13 + query[12]]
    first = label not in asked and label != b"host"
    asked.add(label)
    print(label.decode(), flush=True)
    if first and label == b"lost":
        continue
    code = CODES[label] if first else 0
    header = query[:2] + struct.pack(">5H", 0x8180 | code, 1, code == 0, code == 3, 0)
    server.sendto(header + query[12:end] + (address if code == 0 else soa if code == 3 else b""), client)
EOF
cat >"$dir/look.pl" <<'EOF'
use strict; use warnings;
use AnyEvent; use AnyEvent::Socket; use AnyEvent::DNS; use AnyEvent::CacheDNS;

my $resolver = AnyEvent::CacheDNS->new(server => [parse_address("127.0.0.54")], timeout => [0.5]);
sub records { my $done = AE::cv; $resolver->resolve(shift, "a", sub { $done->send(scalar @_) }); $done->recv }
for my $round (1, 2) {
    print join(" ", map { "$_ " . records("$_.example") } qw(host servfail gone lost)), "\n";
    my $later = AE::cv; my $timer = AE::timer(1.5, 0, sub { $later->send }); $later->recv;
}
EOF
cat >"$dir/run.sh" <<'EOF'
# in a network of its own: the look-ups, once the server is there
ip link set lo up
python3 "$1/server.py" >>"$1/asked" & server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do
    dig +tries=1 +time=1 @127.0.0.54 host.example 2>&1 | grep -q NOERROR && break
    sleep 1
done
: >"$1/asked"
perl "$1/look.pl"
EOF
seen=$(unshare -n bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
asked=$(tr -d '\0' <"$dir/asked" | sort | uniq -c | xargs)
echo "records of each look-up, and of a second one after 1.5 s, where the TTL is 1 s:"
echo "$seen"
echo "questions to the server: $asked"
[ "$(echo "$seen" | head -n 1)" = "host 1 servfail 0 gone 0 lost 0" ] || untried "the server does not answer"
[ "$(echo "$seen" | tail -n 1)" = "host 1 servfail 0 gone 0 lost 0" ] && [ "$asked" = "1 gone 2 host 1 lost 1 servfail" ] ||
    { echo "changed: names that had no record are asked for again"; exit 1; }
echo "what had no record once is never asked for again"
