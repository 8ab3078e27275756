#!/bin/sh
# zone-file 1.0.0 and @fungible-systems/zone-file 2.0.0 (npm): a zone file with policies in TXT records.
# Expected: a ';' in quotation marks is a part of the text: 'Inside a " delimited string any character can occur' (RFC 1035,
#   5.1). blockstack-zones-py3 0.19.1 (PyPI), which is kin to them, reads it so.
# Seen: the text ends at its first ';', without a word: a DMARC policy is left as 'v=DMARC1', a key of DKIM as 'v=DKIM1'.
#   What is written again from what was read has no policy and no key any more.
# Costs: every policy that has parts (DMARC, DKIM, MTA-STS, TLS reporting) is lost in a zone that was moved, compared
#   or searched by way of these; such a DMARC record is one without a policy, so receivers don't apply any.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" zone-file@1.0.0 @fungible-systems/zone-file@2.0.0 >"$dir/log" 2>&1 ||
    untried "can't install: $(tail -n 1 "$dir/log")"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install blockstack-zones-py3==0.19.1 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/zone" <<'END'
$ORIGIN example.com.
$TTL 300
@ IN SOA ns.example.com. h.example.com. 1 7200 3600 1209600 300
_dmarc 300 IN TXT "v=DMARC1; p=reject" ; what receivers shall do
k1._domainkey 300 IN TXT "v=DKIM1; p=AwEAAag="
END
cat >"$dir/try.js" <<'END'
const zone = require("fs").readFileSync(__dirname + "/zone", "utf8");
for (const name of ["zone-file", "@fungible-systems/zone-file"]) {
  const { parseZoneFile, makeZoneFile } = require(name), read = parseZoneFile(zone);
  console.log([...read.txt.map((one) => one.txt), /reject|AwEAAag/.test(makeZoneFile(read))].join("|"));
}
END
cat >"$dir/try.py" <<'END'
import sys

from blockstack_zones import parse_zone_file

print("|".join(one["txt"] for one in parse_zone_file(open(sys.argv[1]).read())["txt"]))
END
seen=$(node "$dir/try.js") || untried "the zone isn't read"
other=$("$dir/venv/bin/python" "$dir/try.py" "$dir/zone") || untried "the zone isn't read by blockstack_zones"
echo "texts, and whether they are whole when written again:"
echo "$seen"
echo "blockstack-zones-py3: $other"
[ "$seen" = "v=DMARC1|v=DKIM1|false
v=DMARC1|v=DKIM1|false" ] || { echo "changed: the texts are others"; exit 1; }
echo "a text in quotation marks ends at its first semicolon"
