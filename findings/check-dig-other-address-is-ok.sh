#!/bin/sh
# monitoring-plugins-standard 2.3.3-5+deb12u2 (Debian 12, for Nagios, Icinga and so on): check_dig -a, 'An address expected to be in the
#   answer section'.
# Expected: OK where the answer has that address, and a warning where it has another, as check_dns of the same package tells.
# Seen: OK for each line of the answer that the text is a part of: -a 192.0.2.1 is found in 192.0.2.10 to 192.0.2.19 and in
#   192.0.2.100 and so on, -a 2001:db8::1 in 2001:db8::1:5, and in a name.
# Costs: a name that was moved to a neighbour's address by mistake stays green: one address in ten of a network is 'the
#   expected one' of .1.
# The package is unpacked in the folder, not installed.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d)
server=
trap 'kill $server 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
dig -v >"$dir/log" 2>&1 || untried "needs dig of Debian's bind9-dnsutils"
package=monitoring-plugins-standard
(cd "$dir" && apt-get -q download $package=2.3.3-5+deb12u2 && dpkg -x $package*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's $package can't be had: $(tail -n 1 "$dir/log")"

cat >"$dir/server.py" <<'EOF'
"""A server whose names are the addresses that it gives."""
import ipaddress, socket, struct

server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 5437))
while True:
    query, client = server.recvfrom(4096)
    end = query.index(0, 12) + 5
    address = ipaddress.ip_address(query[13:13 + query[12]].decode().replace("-", ".").replace("_", ":")).packed
    record = b"\xc0\x0c" + query[end - 4:end - 2] + struct.pack(">HIH", 1, 60, len(address)) + address
    server.sendto(query[:2] + struct.pack(">5H", 0x8580, 1, 1, 0, 0) + query[12:end] + record, client)
EOF
python3 "$dir/server.py" >"$dir/log" 2>&1 & server=$!
check() { # check_dig's status for a name, its type and the address that is expected
    "$dir/usr/lib/nagios/plugins/check_dig" -H 127.0.0.1 -p 5437 -l "$1" -T "$2" -a "$3" >"$dir/said" 2>&1 && echo 0 || echo $?
}
for try in 1 2 3 4 5 6 7 8 9 10; do
    [ "$(check 192-0-2-1 A 192.0.2.1)" = 0 ] && break
    sleep 1
done
same=$(check 192-0-2-1 A 192.0.2.1) other=$(check 192-0-2-2 A 192.0.2.1)
ten=$(check 192-0-2-10 A 192.0.2.1) hundred=$(check 192-0-2-100 A 192.0.2.1) six=$(check 2001_db8__1_5 AAAA 2001:db8::1)
echo "status where 192.0.2.1 is expected and is the answer: $same; and 192.0.2.2 is: $other; 192.0.2.10: $ten; 192.0.2.100: $hundred"
echo "where 2001:db8::1 is expected and 2001:db8::1:5 is the answer: $six"
[ "$same" = 0 ] && [ "$other" != 0 ] || untried "check_dig does not work: $(tail -n 1 "$dir/said")"
[ "$ten $hundred $six" = "0 0 0" ] || { echo "changed: $ten $hundred $six"; exit 1; }
echo "an address that begins with the expected one is the expected one"
