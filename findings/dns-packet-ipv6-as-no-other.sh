#!/bin/sh
# dns-packet 5.6.1 (npm, with @leichtgewicht/ip-codec 2.0.5), dnslib 0.9.26 (PyPI) and Ruby 3.1's Resolv: the text of an IPv6
#   address in an AAAA record.
# Expected: the one text that RFC 5952 gives it: 'The longest run of consecutive 16-bit 0 fields MUST be shortened' (4.2.3), as
#   Python's ipaddress, Node.js' own resolver and dns2 3.0.0 (npm) do: 2001:0:0:1::1.
# Seen: the first run is shortened, and the longer one is written out: 2001::1:0:0:0:1.
# Costs: the address of one answer isn't equal to itself where texts are compared: records from such a reader don't join with
#   those of another, block lists and counts by address miss it, duplicates stay.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" dns-packet@5.6.1 @leichtgewicht/ip-codec@2.0.5 dns2@3.0.0 >"$dir/log" 2>&1 ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.js" <<'END'
const packet = require("dns-packet"), { Packet } = require("dns2");
const addresses = ["20010000000000010000000000000001", "20010db8000000000001000000000001", "20010db8000000000000000000000001"];
const seen = addresses.map((address) => {
  const octets = Buffer.from("000181800001000100000000" + "016100001c0001" + "c00c001c00010000003c0010" + address, "hex");
  return `${packet.decode(octets).answers[0].data} ${Packet.parse(octets).answers[0].address}`;
});
console.log(seen.join("\n"));
END
seen=$(node "$dir/try.js") || untried "the answers aren't read"
python=$(python3 -c 'import ipaddress; print(ipaddress.ip_address("2001:0:0:1:0:0:0:1"))')
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install dnslib==0.9.26 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
dnslib=$("$dir/venv/bin/python" -c 'import dnslib; print(dnslib.AAAA("2001:0:0:1:0:0:0:1"))')
command -v ruby >/dev/null && ruby -r resolv -e 'puts "Ruby of the first: #{Resolv::IPv6.create("2001:0:0:1:0:0:0:1")}"'
echo "dnslib of the first: $dnslib"
echo "dns-packet and dns2 of three answers:"
echo "$seen"
echo "Python of the first: $python"
[ "$dnslib $seen $python" = "2001::1:0:0:0:1 2001::1:0:0:0:1 2001:0:0:1::1
2001:db8::1:0:0:1 2001:db8::1:0:0:1
2001:db8::1 2001:db8::1 2001:0:0:1::1" ] || { echo "changed: the texts are others"; exit 1; }
echo "the first run of zeros is shortened, not the longest"
