#!/bin/sh
# dnsz 4.5.2 (npm): a zone file whose lines have the class before the TTL.
# Expected: both orders are read: 'The RR begins with optional TTL and class fields', as '[<TTL>] [<class>] <type> <RDATA>' or
#   '[<class>] [<TTL>] <type> <RDATA>' (RFC 1035, 5.1). named-compilezone of BIND 9.18 and dnspython 2.9.2 (PyPI) read both.
# Seen: 'www IN 300 A 192.0.2.1' is a record of type IN, with the TTL of the whole zone and the content '300 A 192.0.2.1'.
#   There is no error, and stringifyZone writes a line that has the class twice.
# Costs: a search for addresses, mail servers or name servers by type finds none in such a zone, and a comparison of it with
#   its other spelling says that every record is gone.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" dnsz@4.5.2 >"$dir/log" 2>&1 || untried "can't install: $(tail -n 1 "$dir/log")"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install dnspython==2.9.2 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/zone" <<'END'
$ORIGIN example.com.
$TTL 60
ttl 300 IN A 192.0.2.1
class IN 300 A 192.0.2.1
END
cat >"$dir/try.mjs" <<'END'
import { readFileSync } from "fs";
import { parseZone, stringifyZone } from "dnsz";
const read = parseZone(readFileSync(new URL("zone", import.meta.url), "utf8"));
for (const { name, ttl, type, content } of read.records) console.log([name, ttl, type, content].join("|"));
console.log(stringifyZone(read).split("\n").find((line) => line.includes("300 A")).replaceAll("\t", " "));
END
cat >"$dir/try.py" <<'END'
import sys

import dns.zone

zone = dns.zone.from_file(sys.argv[1], check_origin=False)
print(" ".join(f"{name} {ttl} {rdata.rdtype.name} {rdata}" for name, ttl, rdata in zone.iterate_rdatas()))
END
echo "dnspython: $("$dir/venv/bin/python" "$dir/try.py" "$dir/zone")" || untried "the zone isn't read by dnspython"
seen=$(node "$dir/try.mjs") || untried "the zone isn't read"
echo "$seen"
case $seen in
"ttl.example.com|300|A|192.0.2.1
class.example.com|60|IN|300 A 192.0.2.1
class"*" 60 IN IN 300 A 192.0.2.1") echo "a class before a TTL is taken for the type" ;;
*) echo "changed: the second record is another"; exit 1 ;;
esac
