#!/bin/sh
# @msgpack/msgpack 3.1.3 and msgpackr 2.1.4 (npm): a record with a time in nanoseconds, read and written again.
# Expected: an unsigned integer of 64 bits that no JavaScript number holds becomes a BigInt, or an error, so that the
#   record that is written equals the one that was read.
# Seen: @msgpack/msgpack, by default, gives the nearest number without a word, and writes it as a float: another time,
#   of another type. msgpackr, of the same octets, gives a BigInt and writes the same integer.
# Costs: a service in between moves times by up to 128 ns and makes them floats: records are no longer equal to
#   themselves, so keys and duplicates by (time, name) no longer meet. The option useBigInt64 mends it.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" @msgpack/msgpack@3.1.3 msgpackr@2.1.4 >"$dir/log" 2>&1 ||
    untried "can't install: $(tail -n 1 "$dir/log")"

cat >"$dir/try.js" <<'END'
const octets = Buffer.from("81a174cf187c3b8ef02fe315", "hex"); // {"t": 1764350639123456789}
const one = require("@msgpack/msgpack"), other = require("msgpackr");
const again = {
  "@msgpack/msgpack": Buffer.from(one.encode(one.decode(octets))).toString("hex"),
  "msgpackr": Buffer.from(other.pack(other.unpack(octets))).toString("hex"),
};
console.log("read", octets.toString("hex"), "written", again);
console.log("as numbers", String(one.decode(octets).t), String(other.unpack(octets).t));
if (!again["@msgpack/msgpack"].includes("cb43b87c3b8ef02fe3")) {
  console.log("changed: @msgpack/msgpack no longer writes a float");
  process.exit(1);
}
console.log("1764350639123456789 comes out of @msgpack/msgpack as the float 1764350639123456768");
END
node "$dir/try.js"
