#!/bin/sh
# json-bigint 1.0.0 (npm), 'JSON.parse with bigints': times in seconds with a fraction, as Zeek writes them into its logs in JSON.
# Expected: 1700000000.123456 is a number, as JSON.parse makes it: it has no more digits than a double keeps, and its
#   documentation speaks of integers outside of 2^53.
# Seen: what is written with more than 15 characters is 'big', fractions too: an object, so that time + 1 is the text
#   "1700000000.1234561", while 1700000000.5 beside it is a number. With useNativeBigInt the record is refused: 'Cannot convert
#   1700000000.123456 to a BigInt'; with storeAsString it is a text.
# Costs: sums and means of times and durations are texts or NaN, for most rows and not for all; or a reader stops at the first row
#   with microseconds, though it has no large number at all.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" json-bigint@1.0.0 >"$dir/log" 2>&1 || untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.js" <<'END'
const bigint = require("json-bigint");
const text = '{"first": 1700000000.5, "last": 1700000000.123456}';
const { first, last } = bigint.parse(text);
let native;
try {
  native = typeof bigint({ useNativeBigInt: true }).parse(text).last;
} catch (error) {
  native = error.message;
}
const seen = [first + 1, last + 1, typeof bigint({ storeAsString: true }).parse(text).last, native];
console.log(`JSON.parse: ${JSON.parse(text).first + 1}, ${JSON.parse(text).last + 1}`);
console.log(`json-bigint: ${JSON.stringify(seen[0])}, ${JSON.stringify(seen[1])}; storeAsString: ${seen[2]}; useNativeBigInt: ${native}`);
if (JSON.stringify(seen) !== '[1700000001.5,"1700000000.1234561","string","Cannot convert 1700000000.123456 to a BigInt"]') {
  console.log(`changed: ${JSON.stringify(seen)}`);
  process.exitCode = 1;
} else console.log("a time plus one is a text");
END
node "$dir/try.js"
