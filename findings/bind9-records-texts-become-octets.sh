#!/bin/sh
# bind9-records 1.0.0 (PyPI), 'Classes for parsing and manipulating DNS records' in the form of BIND's zone files: records of types that it
#   has the name but no class of its own for, read and written again.
# Expected: the record as it was: HINFO "CPU" "OS", DNSKEY 257 3 13 ..., or its octets in the form for unknown types, '\# 7 ' and the RDATA
#   in hexadecimal (RFC 3597, 5: 'an unsigned decimal integer specifying the RDATA length in octets'), or an error.
# Seen: in that form the letters of the text: '\# 10 224350552220224f5322' is '"CPU" "OS"' in ASCII, quotation marks and all. A record that
#   is in the form already becomes the letters of that, so that it can't read what it wrote. What it keeps of a type without a class is
#   the text, and what it writes is the hexadecimal of what it keeps.
# Costs: an OPENPGPKEY or DNSKEY is loaded with another key, flags and algorithm than in the file that was read, and the zone is bogus or
#   its mail unreadable; with HINFO, RP or NSEC3PARAM the server refuses the zone; and each round makes it longer.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install bind9-records==1.0.0 dnspython==2.9.2 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/again.py" <<'END'
"""Records read and written again by bind9-records, as dnspython reads both."""
import dns.rdata
from bind9_records import Record

def read(kind, data):
    try:
        return dns.rdata.from_text("IN", kind, data).to_text()
    except Exception as problem:
        return type(problem).__name__

for kind, data in (("MX", "10 mail.example."), ("DNSKEY", "257 3 13 AQIDBA=="), ("OPENPGPKEY", "AQIDBA=="), ("HINFO", '"CPU" "OS"'),
                   ("HINFO", r"\# 7 03435055024f53")):
    written = str(Record(f"name.example. 300 IN {kind} {data}")).split("\t", 4)[4]
    print(f"{kind} {data} is written {written}, which is {read(kind, written)}")
END
seen=$("$dir/venv/bin/python" "$dir/again.py" 2>"$dir/log") || untried "can't be run: $(tail -n 1 "$dir/log")"
echo "$seen"
case "$seen" in
    "MX 10 mail.example. is written 10 mail.example., which is 10 mail.example."*) ;;
    *) untried "the control is not as it was";;
esac
case "$seen" in
    *'DNSKEY 257 3 13 AQIDBA== is written \# 17 32353720332031332041'*'OPENPGPKEY AQIDBA== is written \# 8 4151494442413d3d'*) ;;
    *) echo "changed: records are written otherwise"; exit 1;;
esac
case "$seen" in
    *'HINFO "CPU" "OS" is written \# 10 224350552220224f5322, which is SyntaxError'*'is written \# 19 5c2320372030'*) ;;
    *) echo "changed: HINFO is written otherwise"; exit 1;;
esac
echo "the letters of a record's text are its new octets"
