#!/bin/sh
# getdns 1.6.0-3+b1 (getdns-utils, Debian 12) and Ruby 3.1's own Resolv::DNS (ruby3.1 3.1.7+really3.1.2-0+deb12u1): names whose resolver fails.
# Expected: getdns' status GETDNS_RESPSTATUS_NO_NAME, 'all negative responses', is for names that don't exist or lack the type
#   (RFC 2308, 2). Ruby's getresources gives [] for these, and an exception where it could not find out, as its getaddress has one.
# Seen: getdns says NO_NAME of SERVFAIL and REFUSED too; only the header of the reply, deep in the answer, differs. Ruby gives [] for
#   them, and for a server that does not answer at all; getaddress says 'DNS result has no information' of all of them.
# Costs: 'no MX', 'no policy', 'not listed' is what a mail or abuse check in Ruby reads while its resolver is down, with no exception
#   that it could rescue; a monitor on getdns counts broken zones as missing names.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d)
server=
trap 'kill $server 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
dpkg-query -W getdns-utils ruby3.1 2>/dev/null || untried "needs Debian's getdns-utils and ruby"

cat >"$dir/server.py" <<'EOF'
"""A server that answers by the name's first label."""
import socket, struct, sys

CODES = {b"servfail": 2, b"gone": 3, b"refused": 5}
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind((sys.argv[1], int(sys.argv[2])))
data = b"\2ns\7example\0\1h\7example\0" + struct.pack(">5I", 1, 7200, 3600, 1209600, 300)
soa = b"\7example\0" + struct.pack(">HHIH", 6, 1, 300, len(data)) + data
address = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 300, 4) + bytes([192, 0, 2, 1])
while True:
    query, client = server.recvfrom(4096)
    end = query.index(0, 12) + 5
    label = query[13:13 + query[12]]
    print(label.decode(), flush=True)
    code = CODES.get(label, 0)
    there, denied = code == 0 and query[end - 3] == 1, code in (0, 3)
    header = query[:2] + struct.pack(">5H", 0x8180 | code, 1, there, denied and not there, 0)
    server.sendto(header + query[12:end] + (address if there else soa if denied else b""), client)
EOF
cat >"$dir/look.rb" <<'EOF'
require "resolv"
resolver = Resolv::DNS.new(nameserver_port: [["127.0.0.1", Integer(ARGV[0])]])
resolver.timeouts = 1
ARGV.drop(1).each do |name|
  found = begin resolver.getresources("#{name}.example.", Resolv::DNS::Resource::IN::A).size rescue $!.class end
  address = begin resolver.getaddress("#{name}.example.") rescue $!.message.sub(/ for.*/, "") end
  puts "#{name}: #{found} (#{address})"
end
EOF
python3 "$dir/server.py" 127.0.0.1 5435 >"$dir/asked" 2>"$dir/log" & server=$!
status() { getdns_query -s "$1.example" A @127.0.0.1@5435 2>&1 | sed -n 's/.*"status": GETDNS_RESPSTATUS_\([A-Z_]*\).*/\1/p' | tail -n 1; }
for try in 1 2 3 4 5 6 7 8 9 10; do
    [ "$(status host)" = GOOD ] && break
    sleep 1
done
getdns=$(for name in host gone servfail refused; do echo "$name $(status $name)"; done | xargs)
ruby=$(ruby "$dir/look.rb" 5435 host gone servfail refused 2>"$dir/log") || untried "ruby fails: $(tail -n 1 "$dir/log")"
kill $server; wait $server 2>/dev/null || true
silent=$(ruby "$dir/look.rb" 5435 host 2>"$dir/log" | sed 's/host/no server/')
echo "getdns: $getdns"
echo "records that Ruby finds (and getaddress):"
echo "$ruby"
echo "$silent"
[ "${getdns%% servfail*}" = "host GOOD gone NO_NAME" ] || untried "getdns does not work"
[ "$getdns" = "host GOOD gone NO_NAME servfail NO_NAME refused NO_NAME" ] || { echo "changed: getdns says $getdns"; exit 1; }
[ "$ruby
$silent" = "host: 1 (192.0.2.1)
gone: 0 (DNS result has no information)
servfail: 0 (DNS result has no information)
refused: 0 (DNS result has no information)
no server: 0 (DNS result has no information)" ] || { echo "changed: Ruby finds other things"; exit 1; }
echo "failing servers are names that don't exist, and no server at all is an empty answer"
