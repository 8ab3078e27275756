#!/bin/sh
# nkeys 0.2.1 (PyPI), which nats-py signs with: a seed with a typing error in one of its letters.
# Expected: an error: the last 16 bits of a seed are a checksum, made for this. @nats-io/nkeys 2.0.3 (npm) refuses all of them.
# Seen: from_seed takes each of 55 seeds that differ in one letter, and gives another user's key.
# Costs: a digit lost in copying is 'Authorization Violation' of the server, and the search is for rights and users where
#   there is nothing wrong.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q install nkeys==0.2.1 2>"$dir/log" ||
    untried "can't install: $(tail -n 1 "$dir/log")"
npm install --silent --prefix "$dir" @nats-io/nkeys@2.0.3 >"$dir/log" 2>&1 || untried "can't install: $(tail -n 1 "$dir/log")"

"$dir/venv/bin/python" - >"$dir/seeds" <<'END' || untried "no seeds could be made"
import nkeys

letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
seed = nkeys.encode_seed(bytes(range(32)), nkeys.PREFIX_BYTE_USER).decode()
print(seed)
for place in range(3, len(seed)):
    print(seed[:place] + letters[letters.index(seed[place]) ^ 16] + seed[place + 1 :])
END
python=$("$dir/venv/bin/python" - "$dir/seeds" <<'END'
import sys
import nkeys

taken = 0
for seed in open(sys.argv[1]).read().split():
    try:
        taken += bool(nkeys.from_seed(bytearray(seed.encode())).public_key)
    except Exception:
        pass
print(taken)
END
)
cat >"$dir/try.mjs" <<'END'
import { readFileSync } from "node:fs";
import { fromSeed } from "@nats-io/nkeys";
let taken = 0;
for (const seed of readFileSync(process.argv[2], "utf8").trim().split("\n")) {
  try {
    taken += fromSeed(new TextEncoder().encode(seed)).getPublicKey() ? 1 : 0;
  } catch {}
}
console.log(taken);
END
node=$(node "$dir/try.mjs" "$dir/seeds") || untried "node fails"
echo "of a seed and 55 with one wrong letter, taken: $python by Python's nkeys, $node by Node's"
[ "$node" = 1 ] || untried "Node's takes $node"
[ "$python" = 56 ] || { echo "changed: $python"; exit 1; }
echo "no typing error in a seed is noticed"
