#!/bin/sh
# opendkim-tools 2.11.0~beta2-8+deb12u1 (Debian 12): opendkim-genzone, which 'generates a file suitable for use with named(8) to publish a set
#   of public keys', with -S (an SOA record) and -N (NS records).
# Expected: the zone's servers are those that were named: -N 'specifies a comma-separated list of nameservers, which will be output in NS
#   records', and -C the contact.
# Seen: for the zone _domainkey.example.com they are ns1.example.com._domainkey.example.com and so on, as is the contact's mailbox: the names
#   are written without the dot at their end, and so belong below the zone (RFC 1035, 5.1). Without -N and -C the SOA record's server
#   is this host and its mailbox the user's, without their dots too, which no option changes. With -F the keys' own names, made in
#   the same file, have it. Given with their dots by the user, the names are right, which the manual doesn't say.
# Costs: BIND (named-checkzone 9.18.49) doesn't load the zone ('NS ... has no address records'), and none of its keys are found.
# dnspython 2.7.0 (PyPI) reads the file here. The packages are unpacked in the folder, not installed.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v openssl >/dev/null || untried "needs openssl"
(cd "$dir" && apt-get -q download opendkim-tools=2.11.0~beta2-8+deb12u1 libopendbx1 libmemcached11 libhashkit2 liblua5.3-0 &&
    for package in ./*.deb; do dpkg -x "$package" .; done) >"$dir/log" 2>&1 ||
    untried "Debian's packages can't be had: $(tail -n 1 "$dir/log")"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install dnspython==2.7.0 2>"$dir/log" || untried "can't install: $(tail -n 1 "$dir/log")"
export LD_LIBRARY_PATH="$dir/usr/lib/x86_64-linux-gnu:$dir/usr/lib:$dir/lib/x86_64-linux-gnu:$dir/lib"
openssl genrsa -out "$dir/key" 2048 2>"$dir/log"
echo "mail._domainkey.example.com example.com:mail:$dir/key" >"$dir/table"
echo "KeyTable $dir/table" >"$dir/conf"
genzone() { "$dir/usr/sbin/opendkim-genzone" -x "$dir/conf" -d example.com -t 300 -S "$@" 2>"$dir/log" || untried "it can't be run: $(tail -n 1 "$dir/log")"; }
genzone -N ns1.example.com,ns2.example.com -C admin@example.com >"$dir/zone"
genzone -N ns1.example.com.,ns2.example.com. -C admin@example.com. >"$dir/dotted"
cat >"$dir/read.py" <<'END'
# the servers and keys of a zone, as a server reads them
import sys
import dns.zone

zone = dns.zone.from_file(sys.argv[1], "_domainkey.example.com.", relativize=False)
for name, ttl, data in zone.iterate_rdatas():
    kind = type(data).__name__
    print(f"{sys.argv[2]}: {name} {kind}", {"NS": lambda: data.target, "SOA": lambda: f"{data.mname} {data.rname}", "TXT": lambda: "a key"}[kind]())
END
seen=$(for file in dotted zone; do "$dir/venv/bin/python" "$dir/read.py" "$dir/$file" $file || exit 1; done 2>"$dir/log" | sort) ||
    untried "the zone can't be read: $(tail -n 1 "$dir/log")"
echo "$seen"
zone=_domainkey.example.com
for line in "dotted: $zone. NS ns1.example.com." "dotted: $zone. SOA ns1.example.com. admin.example.com." "zone: mail.$zone. TXT a key"; do
    echo "$seen" | grep -qxF "$line" || untried "another zone: no '$line'"
done
for line in "NS ns1.example.com.$zone." "NS ns2.example.com.$zone." "SOA ns1.example.com.$zone. admin.example.com.$zone."; do
    echo "$seen" | grep -qxF "zone: $zone. $line" || { echo "changed: no '$line'"; exit 1; }
done
echo "the servers that were named are not those of the zone"
