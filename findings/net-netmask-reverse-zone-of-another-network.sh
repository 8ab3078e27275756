#!/bin/sh
# libnet-netmask-perl 2.0002-2 (Debian 12, Net::Netmask) and libnet-ip-perl 1.26-3, to compare: the reverse zone of IPv6 networks whose first
#   digit is a zero, as 64:ff9b::/96, which NAT64 gives all IPv4 hosts addresses in (RFC 6052, 2.1), and 100::/64 (RFC 6666).
# Expected: all 32 digits of an address count, the zeros before the first other one too ('a sequence of nibbles', RFC 3596, 2.5): of 64:ff9b::/96
#   the zone ends with b.9.f.f.4.6.0.0.ip6.arpa, of 100::/64 with 0.0.1.0.ip6.arpa, as Net::IP has them.
# Seen: b.9.f.f.4.6.ip6.arpa, with two zeros more at the other end, and 1.ip6.arpa: zones of 64ff:9b00::/96 and 1000::/64. The address is
#   written as a number in hexadecimal, which has no zeros in front, and the digits are counted from there. For 2001:db8::/32 it is right.
# Costs: reverse zones and delegations for NAT64 are made for names that nobody asks for, and the real ones answer NXDOMAIN, for each
#   IPv4 host behind it; a search of logs for the zone's names finds none of them. Networks of today's providers (2000::/3) are right,
#   and so are tests.
# The packages are unpacked in the folder, not installed.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
(cd "$dir" && apt-get -q download libnet-netmask-perl=2.0002-2 libnet-ip-perl=1.26-3 && for package in ./*.deb; do dpkg -x "$package" .; done) \
    >"$dir/log" 2>&1 || untried "Debian's packages can't be had: $(tail -n 1 "$dir/log")"
cat >"$dir/look.pl" <<'END'
use strict; use warnings; use Net::Netmask; use Net::IP ();
for my $network ("2001:db8::/32", "64:ff9b::/96", "100::/64") {
    my ($zone) = Net::Netmask->new2($network)->inaddr;
    print "$network: $zone, and by Net::IP ", Net::IP->new($network)->reverse_ip, "\n";
}
END
seen=$(perl -I "$dir/usr/share/perl5" "$dir/look.pl" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in "2001:db8::/32: 8.b.d.0.1.0.0.2.ip6.arpa, and by Net::IP 8.b.d.0.1.0.0.2.ip6.arpa.
"*) ;;
*) untried "the zone of 2001:db8::/32 isn't found either: $(tail -n 1 "$dir/log")";; esac
[ "$seen" = "2001:db8::/32: 8.b.d.0.1.0.0.2.ip6.arpa, and by Net::IP 8.b.d.0.1.0.0.2.ip6.arpa.
64:ff9b::/96: 0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.b.9.f.f.4.6.ip6.arpa, and by Net::IP 0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.b.9.f.f.4.6.0.0.ip6.arpa.
100::/64: 0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.ip6.arpa, and by Net::IP 0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.ip6.arpa." ] ||
    { echo "changed: the zones are others"; exit 1; }
echo "the reverse zone is another network's, where the address begins with a zero"
