#!/bin/sh
# libemail-valid-perl 1.203-1 (Debian 12): Email::Valid with -mxcheck, which forms and importers check addresses of mail with, for a domain
#   whose mail hosts have IPv6 alone.
# Expected: valid: it 'determines whether a DNS record (A or MX) exists', says its manual, and the MX record does. Its hosts' addresses are
#   those of A and of AAAA alike ('at least one address record (e.g., A or AAAA RR)', RFC 5321, 5.1).
# Seen: invalid, details 'mxcheck', as of a domain that doesn't exist. It asks for A alone, of the mail hosts and then of the domain itself,
#   and reads no other record; so a domain without MX whose own address is of IPv6 is invalid too. A domain of both families is valid,
#   and one with a mail host of each is by the host that has IPv4.
# Costs: who has mail at such a domain can't register, and is told that the address is wrong; lists that are 'cleaned' with it lose them.
# The packages are unpacked in the folder, not installed. Needs root, for port 53 and a resolv.conf in namespaces of its own.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
unshare -mn true 2>/dev/null || untried "needs root and namespaces"
(cd "$dir" && apt-get -q download libemail-valid-perl=1.203-1 libnet-dns-perl libmailtools-perl libtimedate-perl libio-captureoutput-perl \
    libnet-domain-tld-perl && for package in ./*.deb; do dpkg -x "$package" .; done) >"$dir/log" 2>&1 ||
    untried "Debian's packages can't be had: $(tail -n 1 "$dir/log")"
cat >"$dir/server.py" <<'END'
"""A resolver: domains, their mail hosts, and the addresses of both."""
import ipaddress, socket, struct

A, MX, AAAA = 1, 15, 28
MAIL = {b"ipv4": [b"four"], b"both": [b"two"], b"each": [b"six", b"four"], b"ipv6": [b"six"]}
ADDRESSES = {b"four": {A}, b"two": {A, AAAA}, b"six": {AAAA}, b"itself4": {A}, b"itself6": {AAAA}}
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.54", 53))
print("ready", flush=True)
while True:
    query, client = server.recvfrom(4096)
    end = query.index(0, 12) + 5
    name, kind = query[13:13 + query[12]].lower(), query[end - 3]
    if kind == MX:
        data = [struct.pack(">H", 10) + bytes([len(host)]) + host + b"\7example\0" for host in MAIL.get(name, [])]
    else:
        data = [ipaddress.ip_address("192.0.2.1" if kind == A else "2001:db8::1").packed] if kind in ADDRESSES.get(name, ()) else []
    records = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(each)) + each for each in data)
    code = 0 if name in MAIL or name in ADDRESSES else 3
    server.sendto(query[:2] + struct.pack(">5H", 0x8180 | code, 1, len(data), 0, 0) + query[12:end] + records, client)
END
cat >"$dir/try.pl" <<'END'
use strict;
use Email::Valid;
for my $domain (qw(ipv4 both each itself4 gone ipv6 itself6)) {
    my $valid = Email::Valid->address(-address => "somebody\@$domain.example", -mxcheck => 1);
    print "$domain: ", $valid ? "valid" : "invalid ($Email::Valid::Details)", "\n";
}
END
cat >"$dir/run.sh" <<'END'
dir=$1
ip link set lo up
echo 'nameserver 127.0.0.54' >"$dir/resolv.conf"
mount --bind "$dir/resolv.conf" /etc/resolv.conf
python3 "$dir/server.py" >"$dir/ready" & server=$!
trap 'kill $server' EXIT
for try in 1 2 3 4 5 6 7 8 9 10; do
    grep -q ready "$dir/ready" && break
    sleep 1
done
PERL5LIB=$(echo "$dir/usr/share/perl5" "$dir"/usr/lib/*/perl5/5.* | tr ' ' :) /usr/bin/perl "$dir/try.pl"
END
seen=$(unshare -mn bash "$dir/run.sh" "$dir" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$(echo "$seen" | tr '\n' ' ')" in "ipv4: valid both: valid each: valid itself4: valid gone: invalid (mxcheck) "*) ;;
*) untried "other domains are otherwise: $(tail -n 1 "$dir/log")" ;; esac
[ "$(echo "$seen" | tail -n 2 | tr '\n' ' ')" = "ipv6: invalid (mxcheck) itself6: invalid (mxcheck) " ] || { echo "changed: domains of IPv6 are otherwise"; exit 1; }
echo "a domain whose mail hosts have IPv6 has none"
