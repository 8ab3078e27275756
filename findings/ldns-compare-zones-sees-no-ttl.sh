#!/bin/sh
# ldns-compare-zones of ldnsutils 1.8.3-1+b1 (Debian 12), which is run before a zone is moved or published: files that differ in TTLs.
# Expected: names whose records differ 'in the amount or content' are changed, -e ends with 2 'when zones differ'. A TTL is part of a
#   record (RFC 1035, 3.2.1), and a server that sends it says something else to every resolver: two names are changed.
# Seen: no difference, '+0 -0 ~0', and status 0, for an address from an hour to a week and an MX to 0. With another address it is
#   '~1' and 2. The manual page doesn't say that TTLs aren't looked at.
# Costs: a move that multiplies or drops all TTLs (a provider's default, a $TTL forgotten) passes the check made for it, and so do the
#   short TTLs that are set before a move and should be back after it.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v ldns-compare-zones >/dev/null || untried "needs Debian's ldnsutils"
dpkg-query -W ldnsutils 2>/dev/null || untried "needs Debian's ldnsutils"

cat >"$dir/old" <<'END'
example. 3600 IN SOA ns.example. host.example. 1 7200 3600 1209600 300
example. 3600 IN NS ns.example.
example. 3600 IN MX 10 ns.example.
ns.example. 3600 IN A 192.0.2.1
www.example. 3600 IN A 192.0.2.2
END
sed 's/^www.example. 3600/www.example. 604800/; s/^example. 3600 IN MX/example. 0 IN MX/' "$dir/old" >"$dir/ttl"
sed 's/192.0.2.2/192.0.2.3/' "$dir/old" >"$dir/address"
compare() {
    status=0
    found=$(ldns-compare-zones -e -a "$dir/old" "$dir/$1" | tail -n 1 | xargs) || true
    ldns-compare-zones -e "$dir/old" "$dir/$1" >"$dir/out" || status=$?
    echo "$found, status $status"
}
diff "$dir/old" "$dir/ttl" || true
ttl=$(compare ttl) address=$(compare address)
echo "other TTLs: $ttl"
echo "another address: $address"
[ "$address" = "+0 -0 ~1, status 2" ] || untried "zones can't be compared"
[ "$ttl" = "+0 -0 ~0, status 0" ] || { echo "changed: other TTLs are $ttl"; exit 1; }
echo "zones with other TTLs are the same"
