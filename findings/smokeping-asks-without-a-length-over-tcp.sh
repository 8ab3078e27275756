#!/bin/sh
# smokeping 2.7.3-4.1 (Debian 12), which draws the time and the loss of a network's or a server's answers: its probe AnotherDNS with 'protocol = tcp',
#   'The Network Protocol to use', for which its configuration takes udp and tcp.
# Expected: the times of questions over TCP, as dig +tcp has them from the same server.
# Seen: all requests are lost, whatever the server. Over TCP a message 'is prefixed with a two byte length field' (RFC 1035, 4.2.2); the probe sends
#   it as over UDP. The server takes the two octets of the random ID for a length and waits for thousands of octets that don't come. Nor
#   does the probe take a length from what it reads. Nothing in the debug log tells why.
# Costs: 100 % loss for each server that is watched over TCP, as one does for those behind a firewall that mustn't lose it: an outage
#   that isn't there. And each round leaves the server a connection with a question that never becomes whole, until it gives up.
# The packages are unpacked in the folder, not installed.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d)
server=
trap 'kill $server 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
dig -v >/dev/null 2>&1 || untried "needs dig of Debian's bind9-dnsutils"
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
"""A name server over UDP and TCP; it notes the length that each TCP connection begins with, and how many octets come of it."""
import socket, struct, threading

def answer(query):
    end = query.index(0, 12) + 5
    return query[:2] + struct.pack(">5H", 0x8580, 1, 1, 0, 0) + query[12:end] + b"\xc0\x0c" + struct.pack(">HHIH4B", 1, 1, 60, 4, 192, 0, 2, 1)

def datagrams():
    while True:
        query, client = udp.recvfrom(4096)
        udp.sendto(answer(query), client)

def talk(one):
    stream = one.makefile("rwb")
    while len(length := stream.read(2)) == 2:
        wanted = struct.unpack(">H", length)[0]
        query = stream.read(wanted)
        print(f"asked with a length of {wanted}, {len(query)} octets came", flush=True)
        if len(query) < wanted:
            break
        reply = answer(query)
        stream.write(struct.pack(">H", len(reply)) + reply)
        stream.flush()
    one.close()

udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 5482))
tcp = socket.create_server(("127.0.0.1", 5482))
threading.Thread(target=datagrams, daemon=True).start()
print("ready", flush=True)
while True:
    threading.Thread(target=talk, args=[tcp.accept()[0]], daemon=True).start()
END
cat >"$dir/form.conf" <<END
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
pings = 5
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
protocol = PROTOCOL
*** Targets ***
probe = AnotherDNS
menu = Top
title = Top
+ server
host = 127.0.0.1
END
: >"$dir/text"
python3 "$dir/server.py" >"$dir/told" 2>&1 & server=$!
for try in 1 2 3 4 5 6 7 8 9 10; do
    [ -s "$dir/told" ] && break
    sleep 1
done
lost() { # how many of five requests are lost over this protocol
    rm -rf "$dir/data" && mkdir "$dir/data"
    sed "s/PROTOCOL/$1/" "$dir/form.conf" >"$dir/smokeping.conf"
    timeout 60 perl "$dir/usr/sbin/smokeping" --config="$dir/smokeping.conf" --debug >"$dir/log" 2>&1 || true
    sed -n 's/.*RRDs::update(.*ping5 [0-9]*:U:\([0-9]*\):.*/\1/p' "$dir/log"
}
dig=$(LD_LIBRARY_PATH= dig +tcp +short @127.0.0.1 -p 5482 host.example)
udp=$(lost udp) tcp=$(lost tcp)
echo "dig +tcp: $dig; smokeping's requests that are lost over UDP: $udp of 5; over TCP: $tcp of 5"
sed 1d "$dir/told"
[ "$dig $udp" = "192.0.2.1 0" ] || untried "the server or the probe does not work: $(tail -n 1 "$dir/log")"
[ "$tcp" = 5 ] || { echo "changed: $tcp of 5 lost over TCP"; exit 1; }
echo "a question over TCP has no length, and no answer"
