#!/bin/sh
# libnet-subnets-perl 1.02-3 (Debian 12, Net::Subnets, 'Computing Subnets In Large Scale Networks'): which network of a list an address is in, as
#   one finds the customer or site of a client in logs; the list has networks within others, and a default, 0.0.0.0/0.
# Expected: the longest prefix that fits, as of routes (RFC 4632, 5.1), and as Net::Patricia (libnet-patricia-perl) has it, or,
#   as its manual says nothing of it, the same network whatever else is in the list; and the default for what is in no other.
# Seen: 10.1.2.3 is in 10.0.0.0/8 where the list has 10.1.0.0/16 too, and in 10.1.0.0/16 where a second /8, far away, is added. Lengths are
#   tried in the order of how many networks of the list have them, the rarest first. And 0.0.0.0/0 is taken for a length that is
#   missing, so for /32: 203.0.113.9 is in no network.
# Costs: a client is counted as the provider's or as the customer's by how many other networks there are of either size: a line more in the list, and
#   the counts of all others move; where two lengths are equally frequent it is the order of a hash. What no line covers is lost, though
#   the list ends with a default.
# The package is unpacked in the folder, not installed.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
(cd "$dir" && apt-get -q download libnet-subnets-perl=1.02-3 && dpkg -x ./*.deb .) >"$dir/log" 2>&1 ||
    untried "Debian's package can't be had: $(tail -n 1 "$dir/log")"
cat >"$dir/look.pl" <<'END'
use strict; use warnings; use Net::Subnets;

sub look {
    my ($address, @networks) = @_;
    my $subnets = Net::Subnets->new;
    $subnets->subnets(\@networks);
    my $found = $subnets->check(\$address);
    print "$address of @networks: ", ($found ? $$found : "none"), "\n";
}
look("10.1.2.3", "10.1.0.0/16");
look("10.1.2.3", "10.0.0.0/8", "10.1.0.0/16", "10.2.0.0/16");
look("10.1.2.3", "10.0.0.0/8", "10.1.0.0/16", "11.0.0.0/8");
look("203.0.113.9", "10.0.0.0/8", "0.0.0.0/0");
END
seen=$(perl -I "$dir/usr/share/perl5" "$dir/look.pl" 2>"$dir/log") || untried "it can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in "10.1.2.3 of 10.1.0.0/16: 10.1.0.0/16
"*) ;;
*) untried "one network isn't found either: $(tail -n 1 "$dir/log")";; esac
[ "$seen" = "10.1.2.3 of 10.1.0.0/16: 10.1.0.0/16
10.1.2.3 of 10.0.0.0/8 10.1.0.0/16 10.2.0.0/16: 10.0.0.0/8
10.1.2.3 of 10.0.0.0/8 10.1.0.0/16 11.0.0.0/8: 10.1.0.0/16
203.0.113.9 of 10.0.0.0/8 0.0.0.0/0: none" ] || { echo "changed: other networks are found"; exit 1; }
echo "which network it is depends on the others"
