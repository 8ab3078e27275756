#!/bin/sh
# parse-prometheus-text-format 1.1.1 (npm): a histogram or a summary with a label of its own, as the exporters of resolvers have
#   them for each server, zone or thread.
# Expected: one metric for each set of labels: the series of one histogram are those whose labels are the same but for "le", and
#   of a summary but for "quantile" (Prometheus' text format). Counters of two zones are two.
# Seen: all series of the name are one metric: the buckets are those of the last, the labels are gone, and so are sum and count,
#   which it has of a histogram without labels.
# Costs: the times of one zone, whichever is the last in the text, stand for all, and nothing shows that there were others; no
#   mean can be made.
set -eu
untried() { echo "not tried: $*"; exit 2; }
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
command -v node >/dev/null || untried "needs node"
npm install --silent --prefix "$dir" parse-prometheus-text-format@1.1.1 >"$dir/log" 2>&1 ||
    untried "can't install: $(tail -n 1 "$dir/log")"
cat >"$dir/try.js" <<'END'
const parse = require("parse-prometheus-text-format");
const read = (text) => JSON.stringify((parse.default ?? parse)(text)[0].metrics);
const series = (labels, slow, all, sum) => `t_bucket{le="0.1"${labels && `,${labels}`}} ${slow}
t_bucket{le="+Inf"${labels && `,${labels}`}} ${all}
t_sum${labels && `{${labels}}`} ${sum}
t_count${labels && `{${labels}}`} ${all}
`;
const plain = read(`# TYPE t histogram\n${series("", 5, 7, 9)}`);
const counters = read('# TYPE c counter\nc{zone="a.example."} 1\nc{zone="b.example."} 2\n');
const seen = read(`# TYPE t histogram\n${series('zone="a.example."', 1, 2, 3)}${series('zone="b.example."', 5, 7, 9)}`);
console.log(`a histogram without labels: ${plain}\ncounters of two zones: ${counters}\na histogram of two zones: ${seen}`);
if (JSON.parse(counters).length !== 2 || JSON.parse(plain)[0].sum !== "9") {
  console.log("not tried: counters are read otherwise");
  process.exitCode = 2;
} else if (seen !== '[{"buckets":{"0.1":"5","+Inf":"7"}}]') {
  console.log(`changed: ${seen}`);
  process.exitCode = 1;
} else console.log("two zones are one");
END
node "$dir/try.js"
