#!/bin/sh
# bloom-filters 3.0.4 (npm): HyperLogLog, for the number of different names (of a client, of a zone).
# Expected: within a few times accuracy(), which is 0.033 for 1024 registers and 0.016 for 4096, as in the paper that it names (Flajolet
#   and others, 2007), whose figure 3 has the correction for small numbers.
# Seen: half of the true number as long as that is small against the registers: 43 of 100, 476 of 1000 with 1024 registers. Above 2.5 for each
#   register it is right. A name's rank is counted from 0 instead of 1, so half of the registers that were hit count as empty.
# Costs: 'so many different names below this zone' is half of it for all small ones and right for the large: a threshold, or a share
#   of one by the other, is off by two; and a sketch steps from half to whole while it grows, which looks like a burst.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" bloom-filters@3.0.4 >"$dir/log" 2>&1 || untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.js" <<'END'
const { HyperLogLog } = require("bloom-filters");
let halved = true, right = true;
for (const registers of [1024, 4096])
  for (const names of [100, 1000, 20000]) {
    const sketch = new HyperLogLog(registers);
    for (let at = 0; at < names; at++) sketch.update(`h${at}.example`);
    const share = sketch.count() / names;
    console.log(`${registers} registers, accuracy ${sketch.accuracy().toFixed(3)}: ${sketch.count(true)} of ${names}`);
    if (names < registers) halved = halved && share > 0.4 && share < 0.6;
    else right = right && share > 0.9 && share < 1.1;
  }
process.exitCode = halved && right ? 0 : 3;
END
(cd "$dir" && node try.js 2>"$dir/log") && status=0 || status=$?
[ $status = 0 ] || [ $status = 3 ] || untried "bloom-filters can't be run: $(tail -n 1 "$dir/log")"
[ $status = 0 ] || { echo "changed: the estimates are others"; exit 1; }
echo "small numbers of names are half of what they are"
