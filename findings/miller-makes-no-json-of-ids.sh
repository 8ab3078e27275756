#!/bin/sh
# miller 6.6.0-2+b3 (mlr, Debian 12) with a table of DNS messages as tshark 4.0.17 of the same Debian writes it
#   ('-T fields -E header=y -E separator=, -e dns.id -e dns.qry.name'): 'mlr --icsv --ojson cat'.
# Expected: JSON (RFC 8259): what is no number of JSON is in quotation marks.
# Seen: message ids stand bare, as 0x1a2b, and so do names of one label as 0x1f or 0b11, which people do ask the root for. No
#   reader of JSON takes it. A name as 1e5 becomes a number.
# Costs: one such field makes a whole file no JSON. With the ids it fails at once; without them it goes well until somebody asks
#   for such a name. The option -S, which infers no types, mends it.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v mlr >/dev/null || untried "needs Debian's miller"
printf 'dns.id,dns.qry.name\n0x1a2b,www.example.com\n' >"$dir/ids.csv"
printf 'dns.qry.name\nwww.example.com\n0x1f\n' >"$dir/names.csv"
printf 'dns.qry.name\nwww.example.com\n' >"$dir/plain.csv"
printf 'dns.qry.name\n1e5\n' >"$dir/number.csv"
seen=
for file in plain ids names number; do
    mlr --icsv --ojson cat "$dir/$file.csv" >"$dir/$file.json" || untried "$file isn't read"
    read=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1])))' "$dir/$file.json" 2>"$dir/log") ||
        read=$(tail -n 1 "$dir/log")
    tr -d '\n' <"$dir/$file.json"; echo " $file: $read"
    case $read in *JSONDecodeError*) seen="$seen no" ;; *) seen="$seen yes" ;; esac
done
[ "$seen" = " yes no no yes" ] || { echo "changed: read are$seen"; exit 1; }
echo "what tshark writes, Miller makes no JSON of"
