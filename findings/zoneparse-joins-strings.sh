#!/bin/sh
# libdns-zoneparse-perl 1.10-1.1 (Debian 12, DNS::ZoneParse): a zone file whose TXT record has two strings, read and written.
# Expected: two strings: 'One or more <character-string>s' (RFC 1035, 3.3.14), as every DKIM key of 2048 bits has, since a string
#   ends at 255 octets. named-checkzone -D of BIND 9.18 writes two.
# Seen: one string, with the marks and the blank between the two in it: "v=DKIM1; p=AAAA\" \"BBBB". Nothing is said.
# Costs: a zone that a script in Perl has changed somewhere else has no usable DKIM keys, long SPF policies or other long texts
#   any more: mail that was signed fails its check.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
perl -MDNS::ZoneParse -e 1 2>/dev/null || untried "needs Debian's libdns-zoneparse-perl"
cat >"$dir/zone" <<'END'
$ORIGIN example.com.
$TTL 300
@ IN SOA ns.example.com. h.example.com. 1 7200 3600 1209600 300
@ IN NS ns.example.com.
ns 300 IN A 192.0.2.1
one._domainkey 300 IN TXT "v=DKIM1; p=AAAABBBB"
two._domainkey 300 IN TXT "v=DKIM1; p=AAAA" "BBBB"
END
seen=$(perl -MDNS::ZoneParse -e '
    for my $text (@{DNS::ZoneParse->new($ARGV[0])->txt}) { print "$text->{text}\n" }
    print map { "$_\n" } grep { /^two/ } split /\n/, DNS::ZoneParse->new($ARGV[0])->output' "$dir/zone") || untried "the zone isn't read"
echo "$seen"
if command -v named-checkzone >/dev/null; then
    echo "BIND: $(named-checkzone -q -D -o - example.com "$dir/zone" | grep ^two)"
fi
case $seen in
"v=DKIM1; p=AAAABBBB
v=DKIM1; p=AAAA\" \"BBBB
two._domainkey"*'"v=DKIM1\; p=AAAA\" \"BBBB"') echo "two strings are one, with what was between them" ;;
*) echo "changed: the texts are others"; exit 1 ;;
esac
