#!/bin/sh
# libdata-messagepack-perl 1.02-1+b1 (Debian 12, Data::MessagePack): a Perl producer's map, read in Python and JavaScript.
# Expected: {name => "a.example"} has the key and the value as strings ('str' of the MessagePack specification), as every
#   other library writes them, and as Data::MessagePack reads them. A map that was read and written again is the same.
# Seen: both are 'bin'. Its documentation speaks of text and other strings at 'utf8', which is off, and not of bin.
# Costs: readers find no key "name": in Python it is b"name", and @msgpack/msgpack 3.1.3 (npm) refuses the whole map. A relay in
#   Perl changes each record that it passes on. '->utf8' mends it, and then spoils what is octets, as DNS names are.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
perl -MData::MessagePack -e 1 2>/dev/null || untried "needs Debian's libdata-messagepack-perl"
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" @msgpack/msgpack@3.1.3 >"$dir/log" 2>&1 || untried "can't install: $(tail -n 1 "$dir/log")"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install msgpack==1.2.1 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"

written=$(perl -MData::MessagePack -e 'print unpack("H*", Data::MessagePack->new->pack({name => "a.example"}))')
again=$(perl -MData::MessagePack -e '
    my $map = Data::MessagePack->unpack(pack("H*", "81a46e616d65a9612e6578616d706c65"));
    print unpack("H*", Data::MessagePack->pack($map))')
python=$("$dir/venv/bin/python" -c 'import msgpack, sys; print(msgpack.unpackb(bytes.fromhex(sys.argv[1])))' "$written")
node=$(cd "$dir" && node -e '
    try { console.log(require("@msgpack/msgpack").decode(Buffer.from(process.argv[1], "hex"))); }
    catch (error) { console.log(error.message); }' "$written")
echo "written $written"
echo "read as strings, written again $again"
echo "in Python $python"
echo "in JavaScript: $node"
[ "$written $again" = "81c4046e616d65c409612e6578616d706c65 81c4046e616d65c409612e6578616d706c65" ] ||
    { echo "changed: $written $again"; exit 1; }
echo "a Perl producer's keys are no strings"
