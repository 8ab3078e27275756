#!/bin/sh
# zonefilegen 0.2.0 (PyPI), which makes a network's forward and reverse zone files from one TOML file: a zone whose primary is called
#   ns-1.example.com., and an address with a TTL of 0.
# Expected: 'Zone serial numbers will automatically be incremented when the input file has changed' (its README): 1, 2, 3, as with a
#   primary ns1.example.com.; and a TTL of 0, which 'ttl: Optional TTL value' may be (RFC 2181, 8: 0 to 2147483647), is written.
# Seen: the serial is 1 each time, in all of the zones: the last one is looked for in the old file by a pattern whose names have letters,
#   digits, '_' and '.', and no '-'. A warning says that there was no SOA, the status is 0. The TTL of 0 is left out, as if it weren't
#   given, so the record gets the zone's 3600.
# Costs: no secondary takes over another version of the zone, ever: who asks these gets the addresses of the day on which they first
#   fetched it, and where the serial was set higher by hand it goes back, which secondaries take for an old zone (RFC 1982). A
#   record that was not to be kept by anybody is kept for an hour.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install zonefilegen==0.2.0 toml==0.10.2 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"

input() { # the TOML file for a primary and the last octet of an address
    cat <<END
origin = "example.com."
default_ttl = 3600
networks = ["192.0.2.0/24"]
[soa]
mname = "$1"
rname = "hostmaster.example.com."
refresh = 7200
retry = 3600
expire = 1209600
negative_caching_ttl = 300
[[rrset]]
name = "@"
type = "NS"
data = "$1"
[[rrset]]
name = "www"
type = "A"
ttl = 0
data = "192.0.2.$2"
END
}
serials() { # of the forward and the reverse zone, for three versions of the input
    mkdir "$dir/$1"
    for version in 1 2 3; do
        input "$1" $version >"$dir/$1.toml"
        "$dir/venv/bin/zonefilegen" "$dir/$1.toml" "$dir/$1" 2>>"$dir/warnings" || untried "it fails: $(tail -n 1 "$dir/warnings")"
        sed -n 's/.*SOA.*(\([0-9]*\) .*/\1/p' "$dir/$1/example.com.zone" "$dir/$1/2.0.192.in-addr.arpa.zone"
    done | xargs
}
plain=$(serials ns1.example.com.)
: >"$dir/warnings"
hyphen=$(serials ns-1.example.com.)
record=$(grep '^www' "$dir/ns-1.example.com./example.com.zone" | xargs)
echo "serials of both zones in three versions: with ns1 $plain, with ns-1 $hyphen"
echo "$record"
sed "s|$dir/||" "$dir/warnings" | head -n 1
[ "$plain" = "1 1 2 2 3 3" ] || untried "serials are not counted: $plain"
[ "$hyphen" = "1 1 1 1 1 1" ] && [ "$record" = "www.example.com. IN A 192.0.2.3" ] || { echo "changed: $hyphen, $record"; exit 1; }
echo "the serial never grows, and a TTL of 0 is none"
