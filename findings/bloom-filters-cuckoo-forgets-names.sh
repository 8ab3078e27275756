#!/bin/sh
# bloom-filters 3.0.4 (npm): CuckooFilter.create(10000, 0.01), and 10000 names added, as for a list of names that were seen or are blocked.
# Expected: add is true, then has is true: 'returning False if the element is definitively not in the filter'; a cuckoo filter errs to
#   the other side only ('Cuckoo filter: practically better than Bloom', Fan and others, 2014, which it names).
# Seen: add is true for all 10000, and has is false for a third of them, without any removed; also for some after 5000. An entry that
#   gives way to another goes to a bucket where its name isn't looked for: its two buckets' numbers don't follow from each other.
# Costs: a third of a blocklist isn't blocked, and names that were seen are new again; remove doesn't find them either. Of the first
#   1000 none is lost, so that a test with a handful passes.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" bloom-filters@3.0.4 >"$dir/log" 2>&1 || untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.js" <<'END'
const { CuckooFilter } = require("bloom-filters");
const lost = [1000, 5000, 10000].map((count) => {
  const filter = CuckooFilter.create(10000, 0.01);
  const names = Array.from({ length: count }, (_, at) => `h${at}.example`);
  const added = names.filter((name) => filter.add(name));
  const gone = added.filter((name) => !filter.has(name)).length;
  console.log(`${count} names: add said yes to ${added.length}, of which has says no to ${gone}`);
  return added.length === count ? gone : -1;
});
process.exitCode = lost[0] === 0 && lost[1] > 0 && lost[2] > 1000 ? 0 : 3;
END
(cd "$dir" && node try.js 2>"$dir/log") && status=0 || status=$?
[ $status = 0 ] || [ $status = 3 ] || untried "bloom-filters can't be run: $(tail -n 1 "$dir/log")"
[ $status = 0 ] || { echo "changed: it has the names, or refuses them"; exit 1; }
echo "names that were added aren't there"
