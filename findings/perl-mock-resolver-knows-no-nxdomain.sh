#!/bin/sh
# libnet-dns-resolver-mock-perl 1.20230216-1 (Debian 12, Net::DNS::Resolver::Mock), which stands for the DNS in tests of mail
#   filters in Perl: 'parses a zonefile for it's data source'.
# Expected: a name that the zone doesn't have is NXDOMAIN (RFC 2308, 2.1), one with other types is NOERROR without answers (2.2), and
#   a wildcard of the zone is one (RFC 4592), as from any server of that zone file.
# Seen: NOERROR without answers for all three, with no SOA. There is no way to have an NXDOMAIN but an exception (die_on).
# Costs: what a program does for domains that don't exist, as rejecting their mail, is run by no test with it, and a test that such
#   a domain passes is green; wildcards, as lists of addresses have for tests, are never found.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
perl -MNet::DNS::Resolver::Mock -e 1 2>/dev/null || untried "needs Debian's libnet-dns-resolver-mock-perl"
cat >"$dir/try.pl" <<'END'
use strict;
use warnings;
use Net::DNS::Resolver::Mock;

my $resolver = Net::DNS::Resolver::Mock->new();
$resolver->zonefile_parse(<<'ZONE');
example.com. 60 SOA ns.example.com. h.example.com. 1 7200 3600 1209600 300
www.example.com. 60 A 192.0.2.1
*.wild.example.com. 60 A 192.0.2.2
ZONE
for my $question (["www.example.com", "A"], ["www.example.com", "AAAA"], ["gone.example.com", "A"], ["x.wild.example.com", "A"]) {
    my $reply = $resolver->send(@$question);
    print join(" ", @$question, $reply->header->rcode, scalar $reply->answer, scalar $reply->authority), "\n";
}
END
seen=$(perl "$dir/try.pl" 2>"$dir/log") || untried "perl fails: $(tail -n 1 "$dir/log")"
echo "question, status, answers, records of the authority:"
echo "$seen"
[ "$seen" = "www.example.com A NOERROR 1 0
www.example.com AAAA NOERROR 0 0
gone.example.com A NOERROR 0 0
x.wild.example.com A NOERROR 0 0" ] || { echo "changed: the answers are others"; exit 1; }
echo "no name is missing, and no wildcard is one"
