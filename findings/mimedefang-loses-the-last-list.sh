#!/bin/sh
# mimedefang 3.3-1 (Debian 12), a mail filter written in Perl: relay_is_blacklisted_multi of its Mail::MIMEDefang::Net, which asks several blocklists
#   at once, and relay_is_blacklisted_multi_count and relay_is_blacklisted_multi_list, which are made of it.
# Expected: for each list what it answered: 'a list of IP addresses', or NXDOMAIN, or SERVFAIL, once all have answered.
# Seen: the answer of the list that was named last is thrown away unless it comes before or together with the first of the others: the list
#   'answers' SERVFAIL and isn't counted, though the relay is on it. And a call whose lists have all answered waits until its time is up.
#   For each answer the socket of the last question, in place of the one that was read, is taken from those that are
#   waited for: a variable was renamed in one of two lines (an earlier form of the module has one name in both), and
#   upstream has it still.
# Costs: of two lists the second is as good as not asked, and of more the last, by chance; its listings are missing in the count, and its health is
#   told as a server failure that never was. Each mail from a clean relay takes the whole time, in which the process can take no other.
# The packages are unpacked in the folder, not installed.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d)
server=
trap 'kill $server 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
(cd "$dir" && apt-get -q download mimedefang=3.3-1 libnet-dns-perl libmime-tools-perl libmailtools-perl \
    libunix-syslog-perl libtimedate-perl libconvert-binhex-perl && for package in ./*.deb; do dpkg -x "$package" .; done) \
    >"$dir/log" 2>&1 || untried "Debian's packages can't be had: $(tail -n 1 "$dir/log")"
cat >"$dir/server.py" <<'END'
"""A resolver that has the relay on each list, save 'clean'; each list's name begins with the tenths of a second that it takes."""
import socket, struct, threading

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 5483))
print("ready", flush=True)
while True:
    query, client = server.recvfrom(4096)
    end = query.index(0, 12) + 5
    at = 12
    for label in range(4):
        at += 1 + query[at]
    name = query[at + 1:at + 1 + query[at]].decode()
    there = "clean" not in name
    record = b"\xc0\x0c" + struct.pack(">HHIH4B", 1, 1, 60, 4, 127, 0, 0, 2) if there else b""
    answer = query[:2] + struct.pack(">5H", 0x8180 if there else 0x8183, 1, there, 0, 0) + query[12:end] + record
    threading.Timer(int(name[0]) / 10, server.sendto, (answer, client)).start()
END
cat >"$dir/try.pl" <<'END'
# what is told of each list, by their order, and how many seconds it takes
use strict;
use Time::HiRes qw(time);
use Mail::MIMEDefang;
use Mail::MIMEDefang::Net;
$Features{"Net::DNS"} = 1;
my $resolver = Net::DNS::Resolver->new(nameservers => ["127.0.0.1"], port => 5483);
for my $lists ([qw(5slow 1fast)], [qw(1fast 5slow)], [qw(1fast 3other 5slow)], [qw(1clean 3clean)]) {
    my @zones = map { "$_.example" } @$lists;
    my $start = time;
    my $told = relay_is_blacklisted_multi("192.0.2.4", 2, 0, \@zones, $resolver);
    my $took = time - $start;
    my $count = grep { ref $_ } values %$told;
    print join(", ", map { my $one = $told->{"$_.example"}; "$_ " . (ref $one ? "@$one" : $one) } @$lists), ": $count listed, ",
        $took > 1.5 ? "waited for the end" : "as soon as all were there", "\n";
}
END
python3 "$dir/server.py" >"$dir/ready" 2>&1 & server=$!
for try in 1 2 3 4 5 6 7 8 9 10; do
    [ -s "$dir/ready" ] && break
    sleep 1
done
perl -I "$dir/usr/share/perl5" -I "$(echo "$dir"/usr/lib/*/perl5/*)" "$dir/try.pl" >"$dir/seen" 2>"$dir/log" || untried "it can't be run: $(tail -n 1 "$dir/log")"
cat "$dir/seen"
head -n 1 "$dir/seen" | grep -q '^5slow 127.0.0.2, 1fast 127.0.0.2: 2 listed' || untried "it does not see the lists"
sed 1d "$dir/seen" | cmp -s - <<'END' || { echo "changed: other lists, or sooner"; exit 1; }
1fast 127.0.0.2, 5slow SERVFAIL: 1 listed, waited for the end
1fast 127.0.0.2, 3other 127.0.0.2, 5slow SERVFAIL: 2 listed, waited for the end
1clean NXDOMAIN, 3clean SERVFAIL: 0 listed, waited for the end
END
echo "the list that is named last has failed, though it answered"
