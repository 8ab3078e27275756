#!/bin/sh
# messagepack 1.1.12, msgpack-lite 0.2.2, notepack.io 3.0.1 and tiny-msgpack 2.2.0 (npm): a map whose keys are binary, as names of
#   the DNS are ('bin' of the MessagePack specification; a name may have any octets, RFC 2181, 11).
# Expected: as many keys as the map has: a Map, as msgpack5 6.1.0 gives and Python's msgpack in its way, or an error, as
#   @msgpack/msgpack 3.1.3 has one.
# Seen: messagepack makes the key '[object ArrayBuffer]' of every one, so a map of any size has one entry, the last. The three others
#   read the octets as UTF-8, and what is none becomes U+FFFD: names that differ in such octets only are one.
# Costs: counters by name are those of the last name alone, or of one of several, and nothing says so; written again, the lost
#   ones are lost for all.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" messagepack@1.1.12 msgpack-lite@0.2.2 notepack.io@3.0.1 tiny-msgpack@2.2.0 msgpack5@6.1.0 \
    >"$dir/log" 2>&1 || untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.js" <<'END'
const octets = Buffer.from("84" + "c40161" + "01" + "c40162" + "02" + "c401ff" + "03" + "c401fe" + "04", "hex"); // a, b, \255, \254: 1 to 4
const seen = [];
for (const name of ["msgpack5", "messagepack", "msgpack-lite", "notepack.io", "tiny-msgpack"]) {
  const library = name === "msgpack5" ? require(name)() : require(name), read = library.decode(octets);
  const entries = read instanceof Map ? [...read] : Object.entries(read);
  seen.push(entries.length);
  console.log(`${name}: ${entries.length} of 4 keys: ${entries.map(([key, value]) => `${JSON.stringify(key)} ${value}`).join(", ")}`);
}
if (seen.join() !== "4,1,3,3,3") {
  console.log(`changed: ${seen.join()} keys`);
  process.exit(1);
}
console.log("names become one");
END
node "$dir/try.js"
