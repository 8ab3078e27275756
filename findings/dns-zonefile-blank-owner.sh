#!/bin/sh
# dns-zonefile 0.3.2 (npm) and zonefile-parser 0.1.20 (PyPI): a zone file with a record that names no owner.
# Expected: RFC 1035, 5.1: a line that begins with a blank is of the last stated owner. Below, www has both addresses.
# Seen: both give the AAAA to the zone's apex: www has lost its IPv6 address, and example.com. has got one.
# Costs: blocklists and zones that are taken in so answer NODATA where there is an address, and send the visitors of
#   the bare domain to another host. NSD and BIND write zones in this form.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" dns-zonefile@0.3.2 >"$dir/log" 2>&1 ||
    untried "can't install: $(tail -n 1 "$dir/log")"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install zonefile-parser==0.1.20 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/zone" <<'END'
$ORIGIN example.com.
$TTL 3600
@	IN	SOA	ns.example.com. host.example.com. ( 1 7200 3600 1209600 300 )
@	IN	NS	ns.example.com.
ns	IN	A	192.0.2.1
www	IN	A	192.0.2.2
	IN	AAAA	2001:db8::2
END
cat >"$dir/try.mjs" <<'END'
import { readFileSync } from "fs";
import zonefile from "dns-zonefile";
console.log(zonefile.parse(readFileSync(process.argv[2], "utf8")).aaaa[0].name);
END
npm=$(node "$dir/try.mjs" "$dir/zone")
pypi=$("$dir/venv/bin/python" -c '
import sys, zonefile_parser
print(*[one.name for one in zonefile_parser.parse(open(sys.argv[1]).read()) if one.rtype == "AAAA"])' "$dir/zone")
echo "owner of the AAAA: dns-zonefile says $npm, zonefile-parser says $pypi"
[ "$npm $pypi" = "@ example.com." ] || { echo "changed: $npm and $pypi"; exit 1; }
echo "the second address of www is given to the apex"
