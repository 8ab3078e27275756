#!/bin/sh
# smokeping 2.7.3-4.1 (Debian 12), which draws the time and the loss of a network's or a server's answers: its probe AnotherDNS, which 'does *not*
#   retry the request three times before it is considerd "lost"', with one answer that comes after its timeout.
# Expected: of ten requests, a half second apart, that one is lost. So it is with one that isn't answered at all.
# Seen: the requests after it are lost too, to the last: seven of ten, where the third was late. Each request of a round has the
#   same socket, the late answer is read in place of a later one's own, is dropped for its ID, and so the request counts as lost; its own
#   answer stays in the socket for the next. Nothing is read a second time, and nothing empties the socket. An answer that comes
#   twice, as UDP allows, does the same without any loss.
# Costs: a graph and an alarm of 40 or 70 % loss for a server that answered everything, once after its time, as a resolver does for a name that isn't
#   in its cache: an outage in the place of one slow answer, and the sooner in the round it comes, the worse.
# The packages are unpacked in the folder, not installed.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d)
server=
trap 'kill $server 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
(cd "$dir" && apt-get -q download smokeping=2.7.3-4.1 libcgi-pm-perl libcgi-fast-perl libfcgi-perl libconfig-grammar-perl librrds-perl librrd8 \
    libdbi1 libsnmp-session-perl libdigest-hmac-perl libnet-dns-perl libwww-perl libhttp-message-perl libhttp-date-perl libtimedate-perl \
    libencode-locale-perl liblwp-mediatypes-perl libio-html-perl libclone-perl libnet-http-perl libtry-tiny-perl liburi-perl &&
    for package in ./*.deb; do dpkg -x "$package" .; done) >"$dir/log" 2>&1 ||
    untried "Debian's packages can't be had: $(tail -n 1 "$dir/log")"
PERL5LIB="$dir/usr/share/perl5:$(echo "$dir"/usr/lib/*/perl5/*)"
LD_LIBRARY_PATH="$(echo "$dir"/usr/lib/*-linux-gnu)"
export PERL5LIB LD_LIBRARY_PATH
perl -MSmokeping -e 1 >"$dir/log" 2>&1 || untried "it can't be run: $(head -n 1 "$dir/log")"
cat >"$dir/server.py" <<'END'
"""A name server that leaves out, gives late or gives twice its third answer."""
import socket, struct, sys, threading

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 5482))
print("ready", flush=True)
record = b"\xc0\x0c" + struct.pack(">HHIH4B", 1, 1, 60, 4, 192, 0, 2, 1)
for number in range(1, 1000):
    query, client = server.recvfrom(4096)
    end = query.index(0, 12) + 5
    answer = query[:2] + struct.pack(">5H", 0x8580, 1, 1, 0, 0) + query[12:end] + record
    way = sys.argv[1] if number == 3 else "well"
    if way == "late":
        threading.Timer(1.25, server.sendto, (answer, client)).start()
    for _ in range({"well": 1, "twice": 2}.get(way, 0)):
        server.sendto(answer, client)
END
cat >"$dir/smokeping.conf" <<END
*** General ***
owner = here
contact = here@this.example
mailhost = 127.0.0.1
sendmail = /bin/true
imgcache = $dir
imgurl = img
datadir = $dir/data
piddir = $dir
cgiurl = http://this.example/smokeping.cgi
smokemail = $dir/text
tmail = $dir/text
*** Alerts ***
to = here@this.example
from = here@this.example
*** Database ***
step = 300
pings = 10
AVERAGE 0.5 1 100
*** Presentation ***
template = $dir/text
+ overview
width = 600
height = 50
range = 10h
+ detail
width = 600
height = 200
unison_tolerance = 2
"Last 3 Hours" 3h
*** Probes ***
+ AnotherDNS
lookup = host.example
port = 5482
timeout = 1
*** Targets ***
probe = AnotherDNS
menu = Top
title = Top
+ server
host = 127.0.0.1
END
: >"$dir/text"
lost() { # how many of ten requests are lost, when the server gives its third answer in this way
    rm -rf "$dir/data" "$dir/ready" && mkdir "$dir/data"
    python3 "$dir/server.py" "$1" >"$dir/ready" 2>&1 & server=$!
    for try in 1 2 3 4 5 6 7 8 9 10; do
        [ -s "$dir/ready" ] && break
        sleep 1
    done
    timeout 60 perl "$dir/usr/sbin/smokeping" --config="$dir/smokeping.conf" --debug >"$dir/log" 2>&1 || true
    { kill $server && wait $server; } 2>/dev/null || true
    sed -n 's/.*RRDs::update(.*ping10 [0-9]*:U:\([0-9]*\):.*/\1/p' "$dir/log"
}
for way in well never late twice; do
    printf 'third answer %s: %s of 10 lost\n' $way "$(lost $way)"
done | tee "$dir/seen"
head -n 2 "$dir/seen" | cmp -s - <<'END' || untried "the probe counts otherwise: $(tail -n 1 "$dir/log")"
third answer well: 0 of 10 lost
third answer never: 1 of 10 lost
END
tail -n 2 "$dir/seen" | cmp -s - <<'END' || { echo "changed: other losses"; exit 1; }
third answer late: 7 of 10 lost
third answer twice: 7 of 10 lost
END
echo "one late answer loses all requests of the round that come after it"
