#!/bin/sh
# dns2 3.1.1 (npm), a DNS client and server: a message whose OPT record has the client's subnet of IPv6, as /56.
# Expected: the option. Its address has as many octets as the prefix needs (RFC 7871, 6: it 'MUST be truncated to the number of
#   bits indicated by the SOURCE PREFIX-LENGTH field'): seven for /56, the longest that it recommends for IPv6 (11.1). dns-packet
#   5.6.1 (npm) reads it.
# Seen: the OPT record is not there at all, nor is any record behind it, and nothing says so. With an even number of octets, as of
#   /48 and /128, it is.
# Costs: a server built on it takes such a client for one without EDNS: no DO, 512 octets, no subnet; a forwarder passes the
#   question on without them; and a log of messages lacks the records.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" dns2@3.1.1 dns-packet@5.6.1 >"$dir/log" 2>&1 ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.js" <<'END'
const { Packet } = require("dns2"), other = require("dns-packet");
const query = (prefix) => {
  const octets = Buffer.from("20010db8000000000000000000000000", "hex").subarray(0, prefix / 8);
  const option = Buffer.concat([Buffer.from([0, 8, 0, 4 + octets.length, 0, 2, prefix, 0]), octets]);
  const head = Buffer.from("000101000001000000000001" + "0161076578616d706c650000010001" + "00002904d000008000", "hex");
  return Buffer.concat([head, Buffer.from([0, option.length]), option]);
};
const read = (octets) => Packet.parse(octets).additionals.map((record) => record.rdata.map(({ ip }) => ip).join()).join();
const seen = [48, 56, 128].map((prefix) => read(query(prefix)));
const [option] = other.decode(query(56)).additionals[0].options;
console.log(`dns2 reads of /48, /56 and /128: ${seen.map((ip) => ip || "no OPT record").join(", ")}`);
console.log(`dns-packet reads of /56: ${option.ip}/${option.sourcePrefixLength}`);
if (`${option.ip}/${option.sourcePrefixLength}` !== "2001:db8::/56") {
  console.log("not tried: dns-packet doesn't read it");
  process.exitCode = 2;
} else if (seen.map(Boolean).join() !== "true,false,true") {
  console.log(`changed: ${seen.join(" ")}`);
  process.exitCode = 1;
} else console.log("the client has no EDNS");
END
node "$dir/try.js"
